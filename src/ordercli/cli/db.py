"""`ordercli db …`.

Each command imports only its own operation, because importing the others takes longer than the command itself.
"""

from typing import Annotated

import typer

from ordercli.cli.invocation import Force, Invocation, process_count
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.output.rows import print_result

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def db() -> None:
    """Back up, restore, check, upgrade and copy the database.

    Examples:
        ordercli db backup /backup/orders-2026-03-01.db     back up while other commands run
        ordercli db restore /backup/orders-2026-03-01.db    put the backup in the place of the database
        ordercli db check                                   check that the data is consistent
        ordercli db info                                    show size, schema and row counts
        ordercli db upgrade --dry-run                       show the pending schema changes
    """


@app.command("backup")
def backup(
    context: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="Backup file to write.")],
    force: Force = False,
) -> None:
    """Copy a snapshot of the database into a file, while other commands keep running.

    The copy is checked and synced to disk before it gets its name. Every command can open it as a database.

    Examples:
        ordercli db backup /backup/orders-2026-03-01.db
        ordercli db backup /backup/orders.db --force -o json
        ordercli db check --database /backup/orders.db
    """
    from ordercli.operations.backup import back_up
    from ordercli.output.database import print_backup
    from ordercli.run_control import Stop

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    stop = Stop().listen()
    with call.output.progress("backup, MiB") as display:
        made = back_up(
            call.database,
            call.output_files.made("", path, force=force),
            stop=lambda: stop.signal is not None,
            on_progress=display.show if display else None,
        )
    print_backup(made, call.output)
    raise typer.Exit(ExitCode.OK if made else code_of_stop(stop))


@app.command("restore")
def restore(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup, as `db backup` makes it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; required without a terminal.")] = False,
) -> None:
    """Put a backup in the place of the database file, and keep the replaced file beside it.

    Refused while a process uses the database. The backup is copied and checked first; after an error the database is as
    it was. The queue is paused afterwards, and so is each target for which orders wait: orders may have been sent there
    after the backup was made, so they are looked for before they are sent.

    Examples:
        ordercli db restore /backup/orders-2026-03-01.db
        ordercli db restore /backup/orders-2026-03-01.db --yes -o json
    """
    from ordercli.cli.confirm import is_asked
    from ordercli.operations.restore import plan_restore, refuse_server
    from ordercli.operations.restore import restore as put_back
    from ordercli.output.database import print_restored, replacement_in_words
    from ordercli.run_control import Stop

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    refuse_server(call.database, file)
    database = call.database if is_asked(yes=yes) else call.changed_database
    plan = plan_restore(database, file)
    call.confirm(int(plan.is_there), replacement_in_words(database, file, plan), yes=yes)
    database = call.changed_database
    stop = Stop().listen()
    with call.output.progress("restore, MiB") as display:
        done = put_back(
            database,
            file,
            call.settings.acting,
            stop=lambda: stop.signal is not None,
            on_progress=display.show if display else None,
        )
    print_restored(done, call.output)
    raise typer.Exit(ExitCode.OK if done else code_of_stop(stop))


@app.command("info")
def info(context: typer.Context) -> None:
    """Show size, schema version, rows and age of the database, and which processes use it; changes nothing.

    Examples:
        ordercli db info
        ordercli db info -o json
    """
    from ordercli.operations.database import describe
    from ordercli.output.database import print_info

    call = Invocation(context)
    raise typer.Exit(print_info(describe(call.database), call.output))


@app.command("upgrade")
def upgrade(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the pending changes and change nothing.")] = False,
) -> None:
    """Upgrade the schema; other commands that may write to the database also do this, except backup, check and info.

    Examples:
        ordercli db upgrade --dry-run
        ordercli db upgrade
    """
    from ordercli.operations.database import planned_upgrade, upgrade_database

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    result = planned_upgrade(call.database) if dry_run else upgrade_database(call.changed_database, call.report_created)
    print_result(result, call.output)


@app.command("check")
def check(
    context: typer.Context,
    receipts: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Receipts of `submit -o ndjson`, or its --accepted file: check that every order in it exists.",
        ),
    ] = None,
    jobs: Annotated[
        str, typer.Option(metavar="N|auto", help="Number of worker processes that compare orders with documents.")
    ] = "auto",
) -> None:
    """Check that the data is consistent; print one fault per line, and exit 1 if there is any.

    Checks the file itself, the queue and its batches, orders and their documents, history and events. Advice is printed
    on stderr. Nothing is created or upgraded: without a database, or with an older schema, the exit code is 6.

    Examples:
        ordercli db check
        ordercli db check --receipts night.receipts.ndjson
    """
    from ordercli.bulk.audit_run import run_audit
    from ordercli.output.database import print_faults
    from ordercli.output.progress import cleared

    call = Invocation(context, works=True)
    with call.output.progress("db check") as display:
        faults = run_audit(call.database, receipts, display.show if display else None, process_count(jobs))
        found = print_faults(cleared(faults, display), call.output)
    raise typer.Exit(ExitCode.REJECTED if found else ExitCode.OK)


@app.command("copy")
def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Path or address of a database.")],
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="Path or address of an empty database; a file is created.")
    ],
    with_tokens: Annotated[
        bool,
        typer.Option("--with-tokens", help="Copy the tokens of HTTP clients too: they are valid for the copy then."),
    ] = False,
) -> None:
    """Copy a whole database: from SQLite to PostgreSQL, back, or to another place.

    SOURCE cannot be written meanwhile. At the end, the row count and a checksum of every table are compared.
    Run the same command again to resume an interrupted copy. Tokens of HTTP clients are left out.

    Examples:
        ordercli db copy orders.db postgresql://orders@db.example.com/orders
        ordercli db copy "postgresql:///orders?host=/var/run/postgresql" orders.db -o json
    """
    from ordercli.operations.copy import move  # SQLModel is slow to import
    from ordercli.output.database import print_moved
    from ordercli.run_control import Stop

    call = Invocation(context, works=True)
    call.output.refuse_ids()
    stop = Stop().listen()
    with call.output.progress("db copy") as display:
        moved = move(
            call.named(source, "SOURCE"),
            call.confirmed(call.named(target, "TARGET")),
            with_tokens=with_tokens,
            stop=lambda: stop.signal is not None,
            on_progress=display.show if display else None,
        )
    moved.exit_code = code_of_stop(stop)
    print_moved(moved, call.output)
    raise typer.Exit(moved.exit_code)
