"""`ordercli convert`."""

from contextlib import closing, nullcontext
from typing import Annotated, Any

import typer

from ordercli.bulk.convert_sheets import SheetConversion
from ordercli.cli.invocation import Force, Invocation, Map, Paths, inputs
from ordercli.cli.quote import To
from ordercli.cli.validate import FailOn, Report, ReportFormat, files_of_reports, note_ignored
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode
from ordercli.intake.inputs import readable
from ordercli.operations.propose_map import proposed_map
from ordercli.operations.sheet_map import read_map
from ordercli.operations.validate import Validator
from ordercli.output.diagnostics.reports import print_summary, reports

app = typer.Typer(add_completion=False)

Init = Annotated[
    str | None,
    typer.Option("--init", metavar="SHEET", help="Print a map for this sheet, to be completed.", show_default=False),
]


@app.command("convert")
def convert(
    context: typer.Context,
    paths: Paths = None,
    sheet_map: Map = None,
    init: Init = None,
    to: To = None,
    force: Force = False,
    report_format: ReportFormat = None,
    report: Report = None,
    fail_on: FailOn = "error",
) -> None:
    """Convert spreadsheets (CSV, XLSX) to orders, and print these as NDJSON; each row is a line item.

    A map tells which column has what. An order with errors is left out, and each error is shown with its row and
    column. Findings go to standard error, with --to to standard output. Reference data is used if there is a database.

    Examples:
        ordercli convert --init orders.csv > map.toml
        ordercli convert orders.csv --map map.toml | ordercli submit -
        ordercli convert orders.xlsx --map map.toml --to orders.ndjson
        ordercli convert orders.csv --map map.toml --to orders.ndjson --format github
    """
    output: dict[str, Any] = {"output": report_format} if report_format in {"json", "ndjson"} else {}
    call = Invocation(context, **output)
    if init is not None:
        if sheet_map is not None or paths:
            raise UsageError("--init takes one sheet, and neither --map nor another path")
        call.output.stdout.write(proposed_map(init).encode())
        return
    if sheet_map is None:
        raise UsageError(
            "--map is missing: it names the file that tells where each column goes",
            hint="`ordercli convert --init SHEET > map.toml` proposes one",
        )
    given = inputs(context, paths)
    columns = read_map(sheet_map)
    call.output_files.reads(readable([*given, sheet_map]))
    file = call.output_files.made("--to", to, force=force) if to is not None else None
    files = files_of_reports(call, report, [*given, sheet_map])
    with (
        closing(Validator.open(call.database_to_consult, call.settings)) as validator,
        reports(
            report_format,
            files,
            call.output,
            call.failures,
            fail_on=fail_on,
            command="convert",
            on_stderr=file is None or file.stream is not None,
        ) as (listener, on_progress),
        file.complete() if file else nullcontext(call.output.stdout.write) as write,
    ):
        run = SheetConversion(
            columns, call.settings, validator, listener, write, fail_on=fail_on, on_progress=on_progress
        )
        summary = run.run(given)
    note_ignored(call.output, run.ignored)
    print_summary(summary, run.errors, call.output)
    raise typer.Exit(call.failures.worst(ExitCode(summary.exit_code)))
