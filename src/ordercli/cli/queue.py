"""`ordercli queue run`, and the group of commands that process and inspect the inbound queue.

Only what an idle run needs is imported here: cron calls it every minute.
"""

from math import inf
from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.bulk.queue_run import run_queue, watch_queue
from ordercli.cli.invocation import Invocation, LogFile, LogForm, MetricsFile, process_count
from ordercli.exit_codes import ExitCode
from ordercli.output.queue_run import print_run, report_run
from ordercli.settings import QueueSettings

if TYPE_CHECKING:
    from ordercli.operations.drain import QueueRun
    from ordercli.output.stream import Log
    from ordercli.output_files.output_file import OutputFile

app = typer.Typer(add_completion=False, no_args_is_help=True)

_DEFAULT = QueueSettings()
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        help=f"Maximum number of entries per transaction, and 16 MiB. [default: {_DEFAULT.batch_size}]",
    ),
]
MaxRuntime = Annotated[
    str | None,
    typer.Option(
        metavar="DURATION",
        help=f"Claim no more entries after this time. [default: {_DEFAULT.max_runtime.text}; no limit with --watch]",
    ),
]
Revalidate = Annotated[bool | None, typer.Option("--revalidate", help="Validate again before an order is created.")]
Jobs = Annotated[
    str, typer.Option(metavar="N|auto", help="Number of worker processes that prepare orders (not with --watch).")
]
Watch = Annotated[bool, typer.Option("--watch", help="Keep running and wait for entries until a signal comes.")]


@app.callback()
def queue() -> None:
    """Process and inspect the inbound queue, and correct failed entries.

    Examples:
        ordercli queue run                              create the waiting orders
        ordercli queue status                           count the entries in each state
        ordercli queue list --state error               list the failed entries
        ordercli queue retry --code ORD301              retry them
        ordercli queue export --to failed.ndjson        write them to a file, to correct and submit again
    """


@app.command("run")
def run(
    context: typer.Context,
    batch_size: BatchSize = None,
    max_runtime: MaxRuntime = None,
    revalidate: Revalidate = None,
    jobs: Jobs = "auto",
    watch: Watch = False,
    metrics_file: MetricsFile = None,
    log_file: LogFile = None,
    log_format: LogForm = None,
) -> None:
    """Create the customer orders of the entries that wait in the inbound queue.

    Prints nothing when there is nothing to do, and nothing with -o id. Several runs at once are safe and share the
    work. With --watch and --log-file, SIGHUP reopens the log file, for logrotate.

    Examples:
        ordercli queue run
        ordercli queue run --watch                          as a service
        * * * * * ordercli queue run --max-runtime 50s      (crontab)
    """
    call = Invocation(
        context, works=True, queue__batch_size=batch_size, queue__max_runtime=max_runtime, queue__revalidate=revalidate
    )
    metrics = call.metrics_file(metrics_file)
    with call.open_log(call.log_file(log_file), log_format) as log:
        if watch:
            longest = call.settings.queue.max_runtime if max_runtime else inf
            result: QueueRun | None = _watch(call, log, longest, metrics)
        else:
            result = _run_once(call, log, metrics, process_count(jobs))
    code = call.failures.worst(result.exit_code if result else ExitCode.OK)
    print_run(result, call.output, code)
    raise typer.Exit(code)


def _run_once(call: Invocation, log: "Log", metrics_file: "OutputFile | None", jobs: int | None) -> "QueueRun | None":
    database = call.changed_database
    with call.output.progress("queue run", "failed") as display:
        result = run_queue(database, call.settings, display.show if display else None, jobs)
    report_run(result, call.output, log)
    _write_metrics(call, metrics_file, result)
    return result


def _watch(call: Invocation, log: "Log", longest: float, metrics_file: "OutputFile | None") -> "QueueRun":
    last: QueueRun | None = None

    def after_round(done: "QueueRun") -> None:
        nonlocal last
        last = done
        report_run(done, call.output, log)
        _write_metrics(call, metrics_file, done)

    def while_idle() -> None:
        _write_metrics(call, metrics_file, last)

    return watch_queue(call.changed_database, call.settings, longest, after_round, while_idle, log.reopen)


def _write_metrics(call: Invocation, file: "OutputFile | None", run: "QueueRun | None") -> None:
    if file:
        from ordercli.operations.metrics import figures  # most runs write none
        from ordercli.output.metrics import write_metrics

        write_metrics(file, figures(call.database), call.failures, run)
