"""`ordercli db …`."""

from __future__ import annotations

import typer

from ordercli.commands.invocation import Invocation
from ordercli.errors import ExitCode
from ordercli.render.rows import print_object

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def db() -> None:
    """Look after the database.

    Examples:
        ordercli db upgrade
    """


@app.command("upgrade")
def upgrade(context: typer.Context) -> None:
    """Bring the schema up to date; every command that uses the database does so by itself.

    Examples:
        ordercli db upgrade
    """
    from ordercli.pipeline.housekeeping.upgrading import upgrade_database  # noqa: PLC0415

    call = Invocation(context)
    print_object(upgrade_database(call.database), call.output)


@app.command("check")
def check(context: typer.Context) -> None:
    """Hold everything in the database against everything else; a fault a line, exit code 1 if there is one.

    The file itself, the queue and its batches, orders and their documents, history and events.

    Examples:
        ordercli db check
    """
    from ordercli.render.faults import print_faults  # noqa: PLC0415
    from ordercli.reports.audit import audit  # noqa: PLC0415

    call = Invocation(context)
    found = print_faults(audit(call.database), call.output)
    raise typer.Exit(ExitCode.REJECTED if found else ExitCode.OK)
