"""`ordercli reference …`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.cli.arguments import InputFormat, inputs
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import Limit, Offset

app = typer.Typer(add_completion=False, no_args_is_help=True)

Type = Annotated[str, typer.Argument(metavar="TYPE", help="Such as ProductOffering, Customer or Currency.")]


@app.callback()
def reference() -> None:
    """Load catalogue, inventory, parties, places and currencies, and look into them.

    Examples:
        ordercli reference import catalogue.ndjson parties/
        ordercli reference stats
    """


@app.command("import")
def import_records(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Files, folders, globs, or `-` for standard input.", show_default=False),
    ] = None,
    input_format: Annotated[
        InputFormat | None, typer.Option(help="Do not guess the format of the input.", show_default=False)
    ] = None,
    record_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="The type of records that have no @type.")
    ] = None,
) -> None:
    """Load TMF records, one JSON object each; a record replaces the one that has its @type and id.

    A record of a subtype is taken by its @baseType. Records of types that no rule uses (prices, categories, addresses)
    are skipped and counted. What is wrong is refused and named on standard error, the rest is loaded.

    Examples:
        ordercli reference import catalogue.json customers.ndjson.gz
        ordercli reference import exports/ -o json
        ordercli reference import offerings.json --type ProductOffering
    """
    from ordercli.operations.reference import load_reference_files  # noqa: PLC0415 - each command has its own
    from ordercli.output.reference import import_listener, print_loaded  # noqa: PLC0415

    default_type = None
    if record_type:
        from ordercli.operations.reference import record_type as named  # noqa: PLC0415 - hardly ever

        default_type = named(record_type)
    call = Invocation(context, works=True)
    call.output.refuse_ids()
    with import_listener(call.output) as listener:
        loaded = load_reference_files(
            call.database,
            inputs(context, paths),
            call.settings,
            listener,
            input_format=input_format.value if input_format else None,
            default_type=default_type,
            made=call.tell_made,
        )
    print_loaded(loaded, call.output)
    raise typer.Exit(loaded.exit_code)


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
    from ordercli.operations.reference import record_type as named  # noqa: PLC0415
    from ordercli.operations.reference import records  # noqa: PLC0415 - SQLModel is slow to import
    from ordercli.output.reference import print_records  # noqa: PLC0415

    call = Invocation(context)
    with records(call.database, named(record_type), limit=limit, offset=offset) as page:
        print_records(page, call.output)


@app.command("show")
def show_record(
    context: typer.Context,
    record_type: Type,
    identifier: Annotated[str, typer.Argument(metavar="ID", help="An id or an external id.")],
) -> None:
    """Show one record as it was loaded.

    Examples:
        ordercli reference show Customer ACC-DE-1
    """
    from ordercli.operations import reference as reports  # noqa: PLC0415
    from ordercli.output.rows import print_object  # noqa: PLC0415

    call = Invocation(context)
    print_object(reports.record(call.database, reports.record_type(record_type), identifier), call.output)


@app.command("stats")
def stats(context: typer.Context) -> None:
    """Count the records of each type.

    Examples:
        ordercli reference stats -o json
    """
    from ordercli.operations import reference as reports  # noqa: PLC0415
    from ordercli.output.rows import print_result  # noqa: PLC0415

    call = Invocation(context)
    print_result(reports.stats(call.database), call.output)


@app.command("export")
def export(
    context: typer.Context,
    record_type: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="Only records of this type.", show_default=False)
    ] = None,
) -> None:
    """Write all records as NDJSON, in the order in which they came; `reference import` takes it back.

    Examples:
        ordercli reference export > reference.ndjson
        ordercli reference export Product | gzip > inventory.ndjson.gz
    """
    from ordercli.operations import reference as reports  # noqa: PLC0415

    call = Invocation(context)
    with reports.exported(call.database, reports.record_type(record_type) if record_type else None) as lines:
        call.output.stdout.writelines(lines)
