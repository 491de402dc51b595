"""`ordercli history`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.cli.completion import order_ids
from ordercli.cli.invocation import Invocation
from ordercli.cli.request_options import Source
from ordercli.operations.history import order_events, order_history
from ordercli.output.orders import print_history, print_order_events

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
    if events:
        print_order_events(order_events(call.database, identifier, source), call.output)
    else:
        print_history(order_history(call.database, identifier, source), call.output)
