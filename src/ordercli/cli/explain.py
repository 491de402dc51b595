"""`ordercli explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation
from ordercli.operations import rules
from ordercli.output.rules import print_explanation

app = typer.Typer(add_completion=False)


@app.command()
def explain(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="A code such as ORD121, or a name such as not-one-of.")],
) -> None:
    """Say why a rule is there, show a bad and a good example, and how to repair an order.

    Examples:
        ordercli explain ORD121
    """
    call = Invocation(context)
    print_explanation(rules.explain(code), call.output)
