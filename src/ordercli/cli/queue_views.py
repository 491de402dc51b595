"""`ordercli queue status`, `list` and `show`."""

from contextlib import closing
from typing import Annotated, NoReturn

import typer

from ordercli.cli.completion import batch_ids, codes, entry_ids, entry_states
from ordercli.cli.invocation import Invocation, Limit, MetricsFile, Offset, Resource, Source, seconds
from ordercli.database.opening import read_database
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode
from ordercli.operations.find import show_entry as entry_of
from ordercli.operations.known_values import check_code
from ordercli.operations.list_entries import page_of_entries
from ordercli.operations.queue_status import queue_status
from ordercli.operations.typed_ids import resolved
from ordercli.output.metrics import write_metrics
from ordercli.output.queue import print_status
from ordercli.output.rows import print_result, print_result_page
from ordercli.output.safe_text import visible
from ordercli.queue.entries import QueueEntry
from ordercli.queue.entry_list import EntryFilter

app = typer.Typer(add_completion=False)


@app.command("status")
def status(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 and print the reason on stderr if a limit is exceeded.")
    ] = False,
    max_age: Annotated[
        str, typer.Option(metavar="DURATION", help="With --check: longest wait of the oldest due entry.")
    ] = "15m",
    max_error: Annotated[int, typer.Option(min=0, help="With --check: maximum number of entries in error.")] = 0,
    metrics_file: MetricsFile = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show how it changes, until Ctrl-C; in a pipe, a JSON line for each change.")
    ] = False,
) -> None:
    """Count the entries in each state, by kind of order.

    Examples:
        ordercli queue status
        ordercli queue status --check --max-age 15m --max-error 0       for monitoring
        ordercli queue status --metrics-file /var/lib/node_exporter/ordercli.prom
        ordercli queue status --watch
    """
    if watch:
        _watch_status(Invocation(context), alone=not (check or metrics_file))
    call = Invocation(context, works=True)
    longest = seconds("--max-age", max_age) or 0
    file = call.metrics_file(metrics_file)
    found = queue_status(call.database)
    print_status(found, call.output)
    if file:
        from ordercli.operations.metrics import figures  # few ask for it

        write_metrics(file, figures(call.database), call.failures)
    alarms = found.alarms(longest, max_error) if check else []
    call.output.alarm(map(visible, alarms))  # the reason of a pause is a text of its author
    raise typer.Exit(call.failures.worst(ExitCode.REJECTED if alarms else ExitCode.OK))


def _watch_status(call: Invocation, *, alone: bool) -> NoReturn:
    from ordercli.exit_codes import code_of_stop
    from ordercli.output.live import refuse_unless_live, watch  # most calls print it once
    from ordercli.output.queue import status_members
    from ordercli.run_control import Stop

    if not alone:
        raise UsageError("--watch cannot be combined with --check or --metrics-file")
    refuse_unless_live(call.output)
    stop = Stop().listen()
    watch(
        lambda: queue_status(call.database),
        lambda status: status_members(status, call.output),
        lambda _: False,
        call.output,
        stop,
        moving=frozenset({"oldestDueAgeSeconds"}),
    )
    raise typer.Exit(code_of_stop(stop))


@app.command("list")
def list_entries(
    context: typer.Context,
    state: Annotated[
        list[str] | None, typer.Option(help="Only entries in this state; repeatable.", autocompletion=entry_states)
    ] = None,
    source: Source = None,
    resource: Resource = None,
    batch: Annotated[
        str | None, typer.Option(metavar="ID", help="Only entries of this batch.", autocompletion=batch_ids)
    ] = None,
    code: Annotated[
        str | None,
        typer.Option(metavar="ORDnnn", help="Only entries that failed with this code.", autocompletion=codes),
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List entries, newest first.

    Examples:
        ordercli queue list --state error
        ordercli queue list --state new --state pending --limit 0 -o ndjson
    """
    call = Invocation(context)
    check_code(code)
    entry_filter = EntryFilter(
        states=tuple(state or ()), source=source, resource=resource, batch_id=batch, error_code=code
    )
    on_scan = call.on_scan("entry")
    with page_of_entries(call.database, entry_filter, limit=limit, offset=offset, on_scan=on_scan) as page:
        print_result_page(page, QueueEntry, call.output)


@app.command("show")
def show_entry(
    context: typer.Context,
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="An order id, its end (8 characters or more), an external id, or @last.",
            autocompletion=entry_ids,
        ),
    ],
    source: Source = None,
    resource: Resource = None,
) -> None:
    """Show one entry with its error and payload.

    Examples:
        ordercli queue show CRM-1007
    """
    call = Invocation(context)
    with closing(read_database(call.database)) as store:
        identifier = resolved(store, identifier, source, resource, call.settings)
        found = entry_of(store, identifier, source, resource)
    print_result(found, call.output)
