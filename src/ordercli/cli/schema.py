"""`ordercli schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation
from ordercli.operations import schemas
from ordercli.output.rules import print_schema, print_schemas

app = typer.Typer(add_completion=False)


@app.command("schema")
def show_schema(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Such as receipt; without it, the list.", show_default=False)
    ] = None,
) -> None:
    """Print the JSON Schema of an order, or of what a command prints.

    Examples:
        ordercli schema
        ordercli schema order-servicenow > order.schema.json
        ordercli schema receipt
    """
    call = Invocation(context)
    if name is None:
        print_schemas(schemas.schemas(), call.output)
    else:
        print_schema(schemas.schema(name), call.output)
