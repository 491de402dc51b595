"""`ordercli validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.bulk.validate import check_files
from ordercli.cli.arguments import InputFormat, Jobs, inputs
from ordercli.cli.invocation import Invocation
from ordercli.cli.options import process_count
from ordercli.errors import ExitCode
from ordercli.intake.inputs import readable
from ordercli.output.diagnostics.reports import Format, print_summary, report_files, reports
from ordercli.rulebook.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.output_files.output_file import OutputFile

app = typer.Typer(add_completion=False)


@app.command("validate")
def validate(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Files, folders, globs, or `-` for standard input.", show_default=False),
    ] = None,
    report_format: Annotated[
        Format | None,
        typer.Option("--format", help="How findings are printed; text, if not given.", show_default=False),
    ] = None,
    report: Annotated[
        list[str] | None, typer.Option(metavar="FORMAT=PATH", help="Write a report to a file too; repeatable.")
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Look references up in these files, not in the database; repeatable."),
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(metavar="CODES", help="Only these rules: codes or their beginnings; CODE:MEMBER for one member."),
    ] = None,
    ignore: Annotated[
        str | None, typer.Option(metavar="CODES", help="Not these rules, such as ORD3,ORD114:@referredType.")
    ] = None,
    fail_on: Annotated[Severity, typer.Option(help="What makes the exit code 1.")] = "error",
    no_lint: Annotated[bool, typer.Option("--no-lint", help="Leave out ORD004, ORD006 and ORD901.")] = False,
    statistics: Annotated[bool, typer.Option("--statistics", help="Count the findings per rule instead.")] = False,
    input_format: Annotated[
        InputFormat | None, typer.Option(help="Do not guess the format of the input.", show_default=False)
    ] = None,
    jobs: Jobs = "auto",
) -> None:
    """Check TMF622 product orders, and show what is wrong and where; nothing is written.

    A file that must fail has a sidecar: `bad.json` and `bad.expect.json` with the findings expected of it.

    Examples:
        ordercli validate orders.ndjson
        ordercli validate fixtures/ --profile tmf622 --fail-on warning
        ordercli validate orders/ --reference catalogue.json --reference parties/
        ordercli validate orders/ --format github --report sarif=ordercli.sarif
    """
    output = {"output": report_format} if report_format in {"json", "ndjson"} else {}  # then errors too are JSON
    call = Invocation(context, works=True, validation__select=select, validation__ignore=ignore, **output)
    given = inputs(context, paths)
    with reports(
        report_format,
        _report_files(call, report, [*given, *(reference or ())]),
        call.output,
        call.failures,
        fail_on=fail_on,
        statistics=statistics,
    ) as listener:
        summary, errors = check_files(
            given,
            call.settings,
            listener,
            database=None if reference else call.database_to_consult,
            reference=reference or [],
            lint=not no_lint,
            fail_on=fail_on,
            input_format=input_format.value if input_format else None,
            jobs=process_count(jobs),
            on_progress=listener.on_progress,
        )
    print_summary(summary, errors, call.output)
    raise typer.Exit(call.failures.worst(ExitCode(summary.exit_code)))


def _report_files(call: Invocation, wanted: list[str] | None, read: Sequence[str]) -> list[tuple[Format, OutputFile]]:
    if not wanted:
        return []
    call.output_files.reads(readable(read))
    return report_files(wanted, call.output_files)
