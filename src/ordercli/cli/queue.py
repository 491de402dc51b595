"""`ordercli queue …`."""

from contextlib import closing
from math import inf
from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.bulk.queue_run import run_queue
from ordercli.cli.completion import entry_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Limit, LogFile, LogForm, Offset, process_count
from ordercli.errors import ExitCode
from ordercli.output.log import open_log
from ordercli.output.progress import progress
from ordercli.output.queue_run import print_run, report_run

if TYPE_CHECKING:
    from ordercli.operations.drain import QueueRun
    from ordercli.output.log import Log
    from ordercli.output_files.output_file import OutputFile

app = typer.Typer(add_completion=False, no_args_is_help=True)

Source = Annotated[str | None, typer.Option(help="Where the order came from, if its external id stands in several.")]
MetricsFile = Annotated[
    str | None, typer.Option(metavar="PATH", help="Write the figures of the queue in the Prometheus text format.")
]


@app.callback()
def queue() -> None:
    """Work off the inbound queue, look into it, and repair what failed.

    Examples:
        ordercli queue run                              create what waits
        ordercli queue status                           how much waits, how much failed
        ordercli queue list --state error               what failed
        ordercli queue retry --code ORD301              try it again
        ordercli queue export --to failed.ndjson        repair it, and submit the file again
    """


@app.command("run")
def run(
    context: typer.Context,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, help="Entries created in one transaction, if they have less than 16 MiB. [default: 500]"),
    ] = None,
    max_runtime: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Stop claiming after this time. [default: 15m; with --watch no end]"),
    ] = None,
    revalidate: Annotated[
        bool | None, typer.Option("--revalidate", help="Validate again before an order is created.")
    ] = None,
    jobs: Annotated[
        str, typer.Option(metavar="N|auto", help="How many processes prepare orders (not with --watch).")
    ] = "auto",
    watch: Annotated[bool, typer.Option("--watch", help="Go on looking for work until a signal comes.")] = False,
    metrics_file: MetricsFile = None,
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Create the customer orders of what waits in the inbound queue.

    Says nothing when there is nothing to do, and prints nothing with -o id. Several runs at once are safe and share the
    work. With --watch and a --log-file, SIGHUP opens the log anew, for logrotate.

    Examples:
        ordercli queue run
        ordercli queue run --watch                          as a service
        * * * * * ordercli queue run --max-runtime 50s      (crontab)
    """
    call = Invocation(
        context, works=True, queue__batch_size=batch_size, queue__max_runtime=max_runtime, queue__revalidate=revalidate
    )
    metrics = call.metrics_file(metrics_file)
    with open_log(call.log_file(log_file), log_format, call.failures) as log:
        if watch:
            longest = call.settings.queue.max_runtime if max_runtime else inf
            result: QueueRun | None = _watch(call, log, longest, metrics)
        else:
            result = _run_once(call, log, metrics, process_count(jobs))
    code = call.failures.worst(result.exit_code if result else ExitCode.OK)
    print_run(result, call.output, code)
    raise typer.Exit(code)


def _run_once(call: Invocation, log: "Log", metrics_file: "OutputFile | None", jobs: int | None) -> "QueueRun | None":
    with progress(call.output, "queue run", "failed") as display:
        result = run_queue(call.database, call.settings, display.show if display else None, jobs)
    report_run(result, call.output, log)
    _write_metrics(call, metrics_file, result)
    return result


def _watch(call: Invocation, log: "Log", longest: float, metrics_file: "OutputFile | None") -> "QueueRun":
    from ordercli.bulk.queue_run import watch_queue  # noqa: PLC0415 - an idle run from cron must be quick

    last: QueueRun | None = None

    def after_round(done: "QueueRun") -> None:
        nonlocal last
        last = done
        report_run(done, call.output, log)
        _write_metrics(call, metrics_file, done)

    def while_idle() -> None:
        _write_metrics(call, metrics_file, last)

    return watch_queue(call.database, call.settings, longest, after_round, while_idle, log.reopen)


def _write_metrics(call: Invocation, file: "OutputFile | None", run: "QueueRun | None") -> None:
    if file:
        from ordercli.operations.queue_status import queue_status  # noqa: PLC0415
        from ordercli.output.metrics import write_metrics  # noqa: PLC0415

        write_metrics(file, queue_status(call.database), call.failures, run)


@app.command("status")
def status(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1, with the reason on stderr, where something is wrong.")
    ] = False,
    max_age: Annotated[
        str, typer.Option(metavar="DURATION", help="With --check: the oldest due entry may wait so long.")
    ] = "15m",
    max_error: Annotated[int, typer.Option(min=0, help="With --check: so many entries may be in error.")] = 0,
    metrics_file: MetricsFile = None,
) -> None:
    """Count the entries in each state.

    Examples:
        ordercli queue status
        ordercli queue status --check --max-age 15m --max-error 0       for monitoring
        ordercli queue status --metrics-file /var/lib/node_exporter/ordercli.prom
    """
    from ordercli.cli.arguments import seconds  # noqa: PLC0415 - an idle run needs none of these
    from ordercli.operations.queue_status import queue_status  # noqa: PLC0415
    from ordercli.output.metrics import write_metrics  # noqa: PLC0415
    from ordercli.output.rows import print_result  # noqa: PLC0415

    call = Invocation(context, works=True)
    longest = seconds("--max-age", max_age) or 0
    file = call.metrics_file(metrics_file)
    found = queue_status(call.database)
    print_result(found, call.output)
    write_metrics(file, found, call.failures)
    alarms = found.alarms(longest, max_error) if check else []
    call.output.alarm(alarms)
    raise typer.Exit(call.failures.worst(ExitCode.REJECTED if alarms else ExitCode.OK))


@app.command("list")
def list_entries(
    context: typer.Context,
    state: Annotated[list[str] | None, typer.Option(help="Only entries in this state; repeatable.")] = None,
    source: Source = None,
    batch: Annotated[str | None, typer.Option(metavar="ID", help="Only entries of this batch.")] = None,
    code: Annotated[str | None, typer.Option(metavar="ORDnnn", help="Only entries that failed with this code.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List entries, the newest first.

    Examples:
        ordercli queue list --state error
        ordercli queue list --state new --state pending --limit 0 -o ndjson
    """
    from ordercli.operations.list_entries import page_of_entries  # noqa: PLC0415
    from ordercli.output.rows import print_result_page  # noqa: PLC0415
    from ordercli.queue.entries import QueueEntry  # noqa: PLC0415
    from ordercli.queue.entry_list import EntryFilter  # noqa: PLC0415

    call = Invocation(context)
    wanted = EntryFilter(states=tuple(state or ()), source=source, batch_id=batch, error_code=code)
    with page_of_entries(call.database, wanted, limit=limit, offset=offset) as page:
        print_result_page(page, QueueEntry, call.output)


@app.command("show")
def show_entry(
    context: typer.Context,
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="An order id or an external id.", autocompletion=entry_ids)
    ],
    source: Source = None,
) -> None:
    """Show one entry with its error and its payload.

    Examples:
        ordercli queue show CRM-1007
    """
    from ordercli.database.opening import read_database  # noqa: PLC0415
    from ordercli.operations.find import show_entry as entry_of  # noqa: PLC0415
    from ordercli.output.rows import print_result  # noqa: PLC0415

    call = Invocation(context)
    with closing(read_database(call.database)) as store:
        found = entry_of(store, identifier, source)
    print_result(found, call.output)
