"""`ordercli validate`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.bulk.validate import check_files
from ordercli.cli.completion import listed_codes, severities
from ordercli.cli.completion import report_files as completed_reports
from ordercli.cli.invocation import (
    At,
    InputFormatOption,
    Invocation,
    Jobs,
    Map,
    Paths,
    Resource,
    inputs,
    order_path,
    process_count,
    sheet_reader,
)
from ordercli.exit_codes import ExitCode
from ordercli.intake.inputs import readable
from ordercli.output.diagnostics.reports import Format, print_summary, report_files, reports
from ordercli.output.safe_text import visible
from ordercli.output.stream import Output
from ordercli.rulebook.rule import Severity

if TYPE_CHECKING:
    from ordercli.output_files.output_file import OutputFile

app = typer.Typer(add_completion=False)

ReportFormat = Annotated[
    Format | None, typer.Option("--format", help="Format of the findings. [default: text]", show_default=False)
]
Report = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FORMAT=PATH", help="Also write a report to a file; repeatable.", autocompletion=completed_reports
    ),
]
Reference = Annotated[
    list[str] | None,
    typer.Option(metavar="PATH", help="Check references against these files instead of the database; repeatable."),
]
Select = Annotated[
    str | None,
    typer.Option(
        metavar="CODES",
        help="Only these rules: codes or their beginnings; CODE:MEMBER for one member.",
        autocompletion=listed_codes,
    ),
]
Ignore = Annotated[
    str | None,
    typer.Option(
        metavar="CODES", help="Not these rules, such as ORD3,ORD114:@referredType.", autocompletion=listed_codes
    ),
]
SeverityOfRules = Annotated[
    str | None,
    typer.Option(
        metavar="CODE=LEVEL",
        help="error or warning for a rule, such as ORD208=warning,ORD114:id=warning.",
        autocompletion=severities,
    ),
]
FailOn = Annotated[Severity, typer.Option(help="Lowest severity that makes the exit code 1.")]
NoLint = Annotated[bool, typer.Option("--no-lint", help="Do not run ORD004, ORD006 and ORD901.")]
Statistics = Annotated[bool, typer.Option("--statistics", help="Print the number of findings per rule instead.")]


@app.command("validate")
def validate(
    context: typer.Context,
    paths: Paths = None,
    report_format: ReportFormat = None,
    report: Report = None,
    reference: Reference = None,
    select: Select = None,
    ignore: Ignore = None,
    severity: SeverityOfRules = None,
    fail_on: FailOn = "error",
    no_lint: NoLint = False,
    statistics: Statistics = False,
    input_format: InputFormatOption = None,
    at: At = None,
    sheet_map: Map = None,
    resource: Resource = None,
    jobs: Jobs = "auto",
) -> None:
    """Validate product orders (TMF622) and service orders (TMF641); show each error with its location, write nothing.

    The sidecar file `bad.expect.json` lists the findings that are expected of `bad.json`.

    Examples:
        ordercli validate orders.ndjson
        ordercli validate fixtures/ --profile tmf622 --fail-on warning
        ordercli validate orders/ --reference catalogue.json --reference parties/
        ordercli validate orders/ --format github --report sarif=ordercli.sarif
        ordercli validate events.ndjson --at /event/productOrder
        ordercli validate orders.xlsx --map map.toml     a spreadsheet; findings have its rows and columns
        ordercli validate orders.ndjson --resource serviceOrder      other kinds are errors (ORD011)
    """
    output = {"output": report_format} if report_format in {"json", "ndjson"} else {}  # also the format of errors
    rules = {"validation__select": select, "validation__ignore": ignore, "validation__severity": severity}
    call = Invocation(context, works=True, **rules, **output)
    given = inputs(context, paths)
    sheets = sheet_reader(call, sheet_map, at=at, input_format=input_format)
    files = files_of_reports(call, report, [*given, *(reference or ()), *([sheet_map] if sheet_map else ())])
    told = reports(report_format, files, call.output, call.failures, fail_on=fail_on, statistics=statistics)
    with told as (listener, on_progress):
        summary, errors = check_files(
            given,
            call.settings,
            listener,
            database=None if reference else call.database_to_consult,
            reference=reference or [],
            lint=not no_lint,
            fail_on=fail_on,
            input_format=input_format.value if input_format else None,
            at=order_path(at),
            resource=resource,
            sheets=sheets,
            jobs=process_count(jobs),
            on_progress=on_progress,
        )
    if sheets:
        note_ignored(call.output, sheets.ignored)
    print_summary(summary, errors, call.output)
    raise typer.Exit(call.failures.worst(ExitCode(summary.exit_code)))


def note_ignored(output: Output, columns: Sequence[str]) -> None:
    """Name the columns of sheets that no map names, if there are any."""
    if columns:
        output.note(f"columns without a place in the map: {visible(', '.join(columns))}")


def files_of_reports(
    call: Invocation, named: list[str] | None, read: Sequence[str]
) -> list[tuple[Format, "OutputFile"]]:
    """Return the formats and files of `--report`; they may not be those that are read."""
    if not named:
        return []
    call.output_files.reads(readable(read))
    return report_files(named, call.output_files)
