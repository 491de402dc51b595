"""`ordercli reference …`."""

from typing import Annotated

import typer

from ordercli.cli.completion import record_types
from ordercli.cli.invocation import DryRun, Force, InputFormatOption, Invocation, Limit, Offset, Paths, inputs
from ordercli.exit_codes import ExitCode
from ordercli.operations import reference as operations
from ordercli.output.rows import print_object, print_page, print_results
from ordercli.output.safe_text import visible

COLUMNS = ("id", "externalId", "name", "version", "status")

app = typer.Typer(add_completion=False, no_args_is_help=True)

Type = Annotated[
    str,
    typer.Argument(
        metavar="TYPE", help="A type such as ProductOffering, Customer or Currency.", autocompletion=record_types
    ),
]
Replace = Annotated[
    str | None,
    typer.Option(
        "--replace",
        metavar="TYPE",
        help="Delete records of this type that the files lack and nothing open refers to.",
        autocompletion=record_types,
        show_default=False,
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --replace; required without a terminal.")]
RecordRejectsFile = Annotated[
    str | None,
    typer.Option(
        "--rejects",
        metavar="PATH|none",
        help="File for refused records. [default: beside the input]",
        show_default=False,
    ),
]
DefaultType = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="Type of records that have no @type.", autocompletion=record_types),
]


@app.callback()
def reference() -> None:
    """Import and inspect reference data: catalogue, inventory, parties, places and currencies.

    Examples:
        ordercli reference import catalogue.ndjson parties/
        ordercli reference stats
    """


@app.command("import")
def import_records(
    context: typer.Context,
    paths: Paths = None,
    input_format: InputFormatOption = None,
    record_type: DefaultType = None,
    replace: Replace = None,
    yes: Yes = False,
    rejects: RecordRejectsFile = None,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Import TMF records (v4 or v5), each a JSON object; a record replaces an earlier one with the same @type and id.

    A record of a subtype is imported as its @baseType. Records of types that no rule uses (prices, categories,
    addresses) are skipped and counted. Invalid records are rejected: reported on stderr, and written to a rejects file
    that this command reads when they are repaired. The rest is imported. Loaded records that lack what a rule needs are
    counted too.

    With --replace, records of a type that the files lack are deleted, unless an open order, a waiting entry or another
    record refers to them. Nothing is deleted if a record was refused. `reference diff` lists those that are missing.

    Examples:
        ordercli reference import catalogue.json customers.ndjson.gz
        ordercli reference import catalogue.json --dry-run
        ordercli reference import exports/ -o json
        ordercli reference import catalogue.json.rejects.ndjson      records that were refused, repaired
        ordercli reference import offerings.json --type ProductOffering
        ordercli reference import catalogue.json --replace ProductOffering --dry-run
    """
    from ordercli.bulk.reference_files import import_reference_files
    from ordercli.bulk.rejects_file import rejects_option
    from ordercli.output.reference import print_loaded, refusals

    default_type = operations.record_type(record_type) if record_type else None
    replaced = operations.record_type(replace) if replace else None
    call = Invocation(context, works=True)
    call.output.refuse_ids()
    if replaced and not dry_run:
        call.confirm(1, f"this deletes every {replaced} that the files lack and nothing open refers to", yes=yes)
    database = call.database if dry_run else call.changed_database
    given = inputs(context, paths)
    option = rejects_option(call.output_files, rejects, force=force, inputs=given)
    with refusals(call.output) as listener:
        loaded = import_reference_files(
            database,
            given,
            call.settings,
            listener.refused,
            on_progress=listener.on_progress,
            input_format=input_format.value if input_format else None,
            default_type=default_type,
            made=call.report_created,
            replace=replaced,
            dry_run=dry_run,
            rejects=option,
            told=lambda note: call.output.note(visible(note), "note: "),
        )
    print_loaded(loaded, call.output, replaced, default_type)
    raise typer.Exit(loaded.exit_code)


@app.command("diff")
def diff(
    context: typer.Context,
    paths: Paths = None,
    input_format: InputFormatOption = None,
    record_type: DefaultType = None,
) -> None:
    """Show how files differ from the loaded records: new records, changed ones with each place, and missing ones.

    Missing are loaded records that the files lack, of the types that the files have. Nothing is changed. The exit code
    is 0 whether or not there is a difference, and 1 if a record of the files is invalid.

    Examples:
        ordercli reference diff catalogue.json
        ordercli reference diff catalogue.json -o ndjson
    """
    from ordercli.bulk.reference_files import compared_reference_files
    from ordercli.operations.compare_reference import RecordDifference
    from ordercli.output.reference import refusals

    default_type = operations.record_type(record_type) if record_type else None
    call = Invocation(context)
    with (
        refusals(call.output) as listener,
        compared_reference_files(
            call.database,
            inputs(context, paths),
            call.settings,
            listener.refused,
            input_format=input_format.value if input_format else None,
            default_type=default_type,
        ) as comparison,
    ):
        print_results(comparison.differences, RecordDifference, call.output)
    raise typer.Exit(ExitCode.REJECTED if comparison.read.refused else ExitCode.OK)


@app.command("delete")
def delete(
    context: typer.Context,
    record_type: Type,
    identifiers: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids or external ids.")],
    include_used: Annotated[
        bool, typer.Option("--include-used", help="Also delete records that something open refers to.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Delete records of a type, all or none; an external id means all versions.

    A record stays while an order that is not final, an entry that waits in the queue, or another record refers to it.
    Looking for them reads all of these.

    Examples:
        ordercli reference delete ProductOffering fiber-2024
        ordercli reference delete Customer ACC-1 ACC-2 --dry-run
    """
    from ordercli.operations.delete_reference import DeletedRecord, delete_records

    call = Invocation(context, works=True)
    deleted = delete_records(
        call.database if dry_run else call.changed_database,
        operations.record_type(record_type),
        identifiers,
        include_used=include_used,
        dry_run=dry_run,
    )
    print_results(deleted, DeletedRecord, call.output)


@app.command("list")
def list_records(
    context: typer.Context,
    record_type: Type,
    limit: Limit = 50,
    offset: Offset = 0,
) -> None:
    """List the records of a type, sorted by id.

    Examples:
        ordercli reference list ProductOffering
        ordercli reference list Customer --limit 0 -o ndjson
    """
    call = Invocation(context)
    with operations.records(call.database, operations.record_type(record_type), limit=limit, offset=offset) as page:
        print_page(page, COLUMNS, call.output)


@app.command("show")
def show_record(
    context: typer.Context,
    record_type: Type,
    identifier: Annotated[str, typer.Argument(metavar="ID", help="An id or an external id.")],
) -> None:
    """Show one record as it was imported.

    Examples:
        ordercli reference show Customer ACC-DE-1
    """
    call = Invocation(context)
    print_object(operations.record(call.database, operations.record_type(record_type), identifier), call.output)


@app.command("stats")
def stats(context: typer.Context) -> None:
    """Count the records of each type, and tell when they were last imported, and from which file.

    Examples:
        ordercli reference stats
        ordercli reference stats -o json
    """
    from ordercli.output.reference import print_stats

    call = Invocation(context)
    print_stats(operations.stats(call.database), call.output)


@app.command("export")
def export(
    context: typer.Context,
    record_type: Annotated[
        str | None,
        typer.Argument(
            metavar="[TYPE]", help="Only records of this type.", show_default=False, autocompletion=record_types
        ),
    ] = None,
) -> None:
    """Write all records as NDJSON, in the order of their import; `reference import` reads this format.

    Examples:
        ordercli reference export > reference.ndjson
        ordercli reference export Product | gzip > inventory.ndjson.gz
    """
    call = Invocation(context)
    with operations.exported(call.database, operations.record_type(record_type) if record_type else None) as lines:
        call.output.stdout.writelines(lines)
