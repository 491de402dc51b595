"""`ordercli history` and `ordercli events`."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from ordercli.cli.completion import order_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Limit, Source
from ordercli.database.opening import read_database
from ordercli.operations.history import Cursor, order_events, order_history
from ordercli.operations.history import events as events_since
from ordercli.output.orders import print_events, print_history, print_order_events

app = typer.Typer(add_completion=False)


@app.command("history")
def history(
    context: typer.Context,
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="An order id or an external id.", autocompletion=order_ids)
    ],
    events: Annotated[bool, typer.Option("--events", help="As TMF622 events.")] = False,
    source: Source = None,
) -> None:
    """Tell what happened to an order: when, by whom, and what was there before and after.

    Examples:
        ordercli history CRM-1007
        ordercli history CRM-1007 -o ndjson
        ordercli history CRM-1007 --events
    """
    call = Invocation(context)
    with closing(read_database(call.database)) as store:
        if events:
            print_order_events(order_events(store, identifier, source), call.output)
        else:
            print_history(order_history(store, identifier, source), call.output)


@app.command("events")
def events(
    context: typer.Context,
    since: Annotated[
        str, typer.Option(metavar="CURSOR", help="Only what comes after the event with this cursor; 0: everything.")
    ] = "0",
    limit: Limit = 0,
) -> None:
    """Tell what happened to all orders, in the order in which it happened, as TMF622 events.

    Every line has its cursor: keep the last one, and ask for what came since.

    Examples:
        ordercli events
        ordercli events --since 1207.1 --limit 1000 -o ndjson
    """
    call = Invocation(context)
    cursor = Cursor.of(since)
    with closing(read_database(call.database)) as store:
        print_events(events_since(store, cursor, limit), call.output)
