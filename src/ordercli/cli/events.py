"""`ordercli events`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Limit
from ordercli.operations.history import events as events_since
from ordercli.output.orders import print_events

app = typer.Typer(add_completion=False)


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
    print_events(events_since(call.database, since, limit), call.output)
