"""`ordercli rules`."""

from __future__ import annotations

import typer

from ordercli.commands.invocation import Invocation
from ordercli.render.rulebook import print_rules
from ordercli.reports import rulebook

app = typer.Typer(add_completion=False)


@app.command("rules")
def list_rules(context: typer.Context) -> None:
    """List the rules that orders are checked against.

    Examples:
        ordercli rules
        ordercli rules -o json
    """
    call = Invocation(context)
    print_rules(rulebook.rules(), call.output)
