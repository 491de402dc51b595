"""`ordercli db …`."""

from __future__ import annotations

from typing import Annotated

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


@app.command("copy")
def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The path or the address of a database.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="The same, of an empty one; a file is made.")],
) -> None:
    """Move a whole store: from SQLite to PostgreSQL, back, or to another place.

    Nobody can write to SOURCE meanwhile. Every table is compared at the end, by its rows and a checksum over them.
    A copy that broke off goes on when the same command is given again.

    Examples:
        ordercli db copy orders.db postgresql://orders@db.example.com/orders
        ordercli db copy "postgresql:///orders?host=/var/run/postgresql" orders.db -o json
    """
    from ordercli.pipeline.housekeeping.moving import move  # noqa: PLC0415 - SQLModel is slow to import
    from ordercli.render.moved import follower, print_moved  # noqa: PLC0415
    from ordercli.render.progress import progress  # noqa: PLC0415

    call = Invocation(context)
    with progress(call.output, "db copy") as display:
        moved = move(source, target, follower(display))
    print_moved(moved, call.output)
    raise typer.Exit(moved.exit_code)
