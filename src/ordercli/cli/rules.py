"""`ordercli rules`."""

from __future__ import annotations

import typer

from ordercli.cli.invocation import Invocation
from ordercli.operations import rules
from ordercli.output.rules import print_rules

app = typer.Typer(add_completion=False)


@app.command("rules")
def list_rules(context: typer.Context) -> None:
    """List the rules that orders are checked against.

    Examples:
        ordercli rules
        ordercli rules -o json
    """
    call = Invocation(context)
    print_rules(rules.rules(), call.output)
