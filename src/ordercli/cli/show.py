"""`ordercli show`."""

from typing import Annotated

import typer

from ordercli.cli.completion import order_ids
from ordercli.cli.invocation import Invocation
from ordercli.operations.find import show
from ordercli.output.rows import print_object

app = typer.Typer(add_completion=False)


@app.command("show")
def show_order(
    context: typer.Context,
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="An order id or an external id.", autocompletion=order_ids)
    ],
    source: Annotated[
        str | None, typer.Option(help="Where the order came from, if its external id stands in several.")
    ] = None,
) -> None:
    """Show one order: its document, or how it stands in the inbound queue.

    Examples:
        ordercli show CRM-1007
        ordercli show 019374d2f0a17c3e9d4b5a6f7c8d9e0f -o json
    """
    call = Invocation(context)
    print_object(show(call.database, identifier, source), call.output)
