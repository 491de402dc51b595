"""`ordercli show`, `ordercli history` and `ordercli events`."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ordercli.cli.completion import event_types, order_ids
from ordercli.cli.invocation import Invocation, Resource, Source
from ordercli.database.opening import read_database
from ordercli.database.store import Store, snapshot
from ordercli.errors import UsageError
from ordercli.operations.find import show
from ordercli.operations.typed_ids import resolved
from ordercli.output.rows import print_object
from ordercli.output.stream import Format, Output

if TYPE_CHECKING:
    from ordercli.operations.history import Cursor, EventFilter

app = typer.Typer(add_completion=False)

OrderId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="An order id, its end (8 characters or more), an external id, or @last (your last submission).",
        autocompletion=order_ids,
    ),
]


@app.command("show")
def show_order(
    context: typer.Context,
    identifier: OrderId,
    source: Source = None,
    resource: Resource = None,
) -> None:
    """Show one order, or its entry in the inbound queue; a program gets its document.

    Examples:
        ordercli show CRM-1007
        ordercli show 7c8d9e0f          the end of an order id
        ordercli show @last             the order that you submitted last
        ordercli show 019374d2f0a17c3e9d4b5a6f7c8d9e0f -o json
    """
    call = Invocation(context)
    with closing(read_database(call.database)) as store:
        identifier = resolved(store, identifier, source, resource, call.settings)
        if call.output.format_of_one() is Format.TABLE:
            _print_sheet(store, identifier, source, resource, call.output)
            return
        found = show(store, identifier, source, resource)
    print_object(found, call.output)


def _print_sheet(store: Store, identifier: str, source: str | None, resource: str | None, output: Output) -> None:
    """Print an order for people."""
    from ordercli.operations.order_details import order_details  # programs read the document
    from ordercli.orders import order_store
    from ordercli.output.order_sheet import print_order_sheet

    with snapshot(store):
        found = order_details(store, identifier, source, resource)
        order = found.order
        rows = order_store.stored(store, [order.seq])[order.seq] if order else None
    print_order_sheet(found, rows, output)


@app.command("history")
def history(
    context: typer.Context,
    identifier: OrderId,
    events: Annotated[bool, typer.Option("--events", help="Print events (TMF622, TMF641).")] = False,
    source: Source = None,
    resource: Resource = None,
) -> None:
    """Show what happened to an order: when, by whom, and the values before and after.

    Examples:
        ordercli history CRM-1007
        ordercli history CRM-1007 -o ndjson
        ordercli history CRM-1007 --events
    """
    from ordercli.operations.history import order_events, order_history  # `show` is called often
    from ordercli.output.orders import print_history, print_order_events

    call = Invocation(context)
    with closing(read_database(call.database)) as store:
        identifier = resolved(store, identifier, source, resource, call.settings)
        if events:
            print_order_events(order_events(store, identifier, source, resource), call.output)
        else:
            print_history(order_history(store, identifier, source, resource), call.output)


After = Annotated[
    str | None, typer.Option(metavar="CURSOR", help="Only events after the one with this cursor; 0 means all.")
]
SinceOrCursor = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Only events since then: 2h, yesterday, 15:00 (local time), RFC 3339; or a cursor."
    ),
]
EventTypes = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="NAME",
        help="Only events of this type; repeatable.",
        show_default=False,
        autocompletion=event_types,
    ),
]
MostEvents = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        help="Maximum number of rows; 0 means no limit. [default: what fits on a terminal, else 0]",
        show_default=False,
    ),
]
Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Print new events as they happen, from now on, until Ctrl-C.")
]


@app.command("events")
def events(
    context: typer.Context,
    after: After = None,
    since: SinceOrCursor = None,
    types: EventTypes = None,
    resource: Resource = None,
    limit: MostEvents = None,
    follow: Follow = False,
) -> None:
    """List the events of all orders, oldest first, in the form of their standard (TMF622, TMF641).

    Every line has a cursor: keep the last one, and pass it to --after to get only newer events. With --follow and
    --after or --since, what happened since then comes first.

    Examples:
        ordercli events
        ordercli events --since 2h --type ProductOrderStateChangeEvent
        ordercli events --after 1207.1 --limit 1000 -o ndjson
        ordercli events --follow
    """
    from ordercli.operations.history import BEGINNING, Cursor, EventFilter, is_cursor
    from ordercli.operations.history import events as events_after
    from ordercli.output.orders import print_events

    call = Invocation(context)
    if since is not None and is_cursor(since):
        if after is not None:
            raise UsageError("--after and --since both have a cursor", hint="give one of them, or --since a time")
        after, since = since, None
    cursor = None if after is None else Cursor.of(after)
    wanted = EventFilter.of(resource, call.time("--since", since), types or ())
    if follow:
        if limit is not None:
            raise UsageError("--follow and --limit cannot be combined")
        _follow(call, cursor, wanted)
    with closing(read_database(call.database)) as store:
        options = [
            *(("--resource", resource) if resource else ()),
            *(word for name in wanted.types for word in ("--type", name)),
        ]
        print_events(lambda most: events_after(store, cursor or BEGINNING, most, wanted), limit, call.output, *options)


def _follow(call: Invocation, cursor: "Cursor | None", wanted: "EventFilter") -> NoReturn:
    from ordercli.exit_codes import code_of_stop
    from ordercli.operations.history import follow
    from ordercli.output.live import pause
    from ordercli.output.orders import print_as_it_happens, refuse_unless_lines
    from ordercli.run_control import Stop

    refuse_unless_lines(call.output)
    stop = Stop().listen()
    with closing(read_database(call.database)) as store:
        for found in follow(store, cursor, wanted, lambda: pause(stop)):
            print_as_it_happens(found, call.output)
    raise typer.Exit(code_of_stop(stop))
