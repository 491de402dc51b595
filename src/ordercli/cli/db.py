"""`ordercli db …`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Force
from ordercli.errors import ExitCode
from ordercli.output.rows import print_result

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def db() -> None:
    """Look after the database: back it up, check it, upgrade it.

    Examples:
        ordercli db backup /backup/orders-2026-03-01.db     while everything goes on
        ordercli db check                                   is everything as it should be?
        ordercli db info                                    how large, which schema
        ordercli db upgrade --dry-run                       what a newer ordercli would change
    """


@app.command("backup")
def backup(
    context: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file that the backup becomes.")],
    force: Force = False,
) -> None:
    """Copy the database, as it stands at one moment, into a file; runs and submissions go on meanwhile.

    The copy is looked through, synced to disk and only then given its name. It is a database that every command opens.

    Examples:
        ordercli db backup /backup/orders-2026-03-01.db
        ordercli db backup /backup/orders.db --force -o json
        ordercli db check --database /backup/orders.db
    """
    from ordercli.operations.backup import back_up  # noqa: PLC0415
    from ordercli.output.database import backup_follower, print_backup  # noqa: PLC0415
    from ordercli.output.progress import progress  # noqa: PLC0415
    from ordercli.run_control import Stop  # noqa: PLC0415

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    stop = Stop().listen()
    with progress(call.output, "backup, MiB") as display:
        made = back_up(call.database, call.output_files.made("", path, force=force), backup_follower(display), stop)
    print_backup(made, call.output)
    raise typer.Exit(ExitCode.OK if made else stop.exit_code or ExitCode.OK)


@app.command("info")
def info(context: typer.Context) -> None:
    """Tell size, schema, rows and age of the database, and who works on it; reads only, and upgrades nothing.

    Examples:
        ordercli db info
        ordercli db info -o json
    """
    from ordercli.operations.database import describe  # noqa: PLC0415
    from ordercli.output.database import print_info  # noqa: PLC0415

    call = Invocation(context)
    raise typer.Exit(print_info(describe(call.database), call.output))


@app.command("upgrade")
def upgrade(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and touch nothing.")] = False,
) -> None:
    """Bring the schema up to date; every command that uses the database does so by itself.

    Examples:
        ordercli db upgrade --dry-run
        ordercli db upgrade
    """
    from ordercli.operations.database import planned_upgrade, upgrade_database  # noqa: PLC0415

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    result = planned_upgrade(call.database) if dry_run else upgrade_database(call.database, call.tell_made)
    print_result(result, call.output)


@app.command("check")
def check(
    context: typer.Context,
    receipts: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Receipts of `submit -o ndjson`, or its --accepted file: every order in it must be there.",
        ),
    ] = None,
) -> None:
    """Hold everything in the database against everything else; a fault a line, exit code 1 if there is one.

    The file itself, the queue and its batches, orders and their documents, history and events. What to do about the
    faults is told on standard error. Nothing is made or upgraded: without a database, or with an older schema, it ends
    with 6.

    Examples:
        ordercli db check
        ordercli db check --receipts night.receipts.ndjson
    """
    from ordercli.operations.audit import audit  # noqa: PLC0415
    from ordercli.output.database import print_faults  # noqa: PLC0415

    call = Invocation(context, works=True)
    found = print_faults(audit(call.database, receipts), call.output)
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
    from ordercli.operations.copy import move  # noqa: PLC0415 - SQLModel is slow to import
    from ordercli.output.database import copy_follower, print_moved  # noqa: PLC0415
    from ordercli.output.progress import progress  # noqa: PLC0415

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    with progress(call.output, "db copy") as display:
        moved = move(call.named(source, "SOURCE"), call.named(target, "TARGET"), copy_follower(display))
    print_moved(moved, call.output)
    raise typer.Exit(moved.exit_code)
