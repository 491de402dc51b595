"""`ordercli quote …`."""

from contextlib import nullcontext
from typing import Annotated, Any

import typer

from ordercli.bulk.convert_quotes import convert_files
from ordercli.cli.invocation import Force, InputFormatOption, Invocation, Paths, inputs, order_path
from ordercli.cli.validate import FailOn, Report, ReportFormat, files_of_reports
from ordercli.clock import now
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode
from ordercli.intake.inputs import readable
from ordercli.output.diagnostics.reports import print_summary, reports
from ordercli.resources.common.values import instant
from ordercli.resources.quote.convert import Additions
from ordercli.resources.quote.quote import Terms
from ordercli.resources.registry import QUOTE
from ordercli.settings_loading import short

app = typer.Typer(add_completion=False, no_args_is_help=True)

To = Annotated[str | None, typer.Option(metavar="PATH", help="File to write. [default: stdout]")]
Approved = Annotated[bool, typer.Option("--approved", help="Convert approved quotes too, not only accepted ones.")]
Channel = Annotated[
    str | None, typer.Option(metavar="ID", help="Channel of the orders; a quote has none.", show_default=False)
]
CompletionDate = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="requestedCompletionDate of the orders, such as 2026-03-20T17:00:00Z.", show_default=False
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="POINTER", help="Where each document holds its quote or list of quotes: /event/quote or data."
    ),
]


@app.callback()
def quote() -> None:
    """Convert quotes (TMF648) to product orders.

    Examples:
        ordercli quote convert quotes.ndjson | ordercli submit - --profile tmf622
    """


@app.command("convert")
def convert(
    context: typer.Context,
    paths: Paths = None,
    to: To = None,
    force: Force = False,
    approved: Approved = False,
    channel: Channel = None,
    completion_date: CompletionDate = None,
    report_format: ReportFormat = None,
    report: Report = None,
    fail_on: FailOn = "error",
    input_format: InputFormatOption = None,
    at: At = None,
) -> None:
    """Convert accepted quotes (TMF648 v4) to product orders (TMF622 v4), and print these as NDJSON.

    A quote that cannot be ordered is left out, and each reason is shown with its location in the quote. Findings go to
    standard error, with --to to standard output. No database is needed.

    Examples:
        ordercli quote convert quotes.ndjson | ordercli submit - --profile tmf622
        ordercli quote convert quotes/ --to orders.ndjson --channel online
        ordercli quote convert events.ndjson --at /event/quote --approved
        ordercli quote convert quotes.ndjson --to orders.ndjson --format github
    """
    # It is also the format of errors.
    output: dict[str, Any] = {"output": report_format} if report_format in {"json", "ndjson"} else {}
    call = Invocation(context, **output)
    terms = Terms(now(), approved, Additions(_given_channel(channel), _given_date(completion_date)))
    given = inputs(context, paths)
    call.output_files.reads(readable(given))
    file = call.output_files.made("--to", to, force=force) if to is not None else None
    files = files_of_reports(call, report, given)
    with (
        reports(
            report_format,
            files,
            call.output,
            call.failures,
            fail_on=fail_on,
            kind=QUOTE,
            command="quote convert",
            on_stderr=file is None or file.stream is not None,
        ) as (listener, on_progress),
        file.complete() if file else nullcontext(call.output.stdout.write) as write,
    ):
        summary, errors = convert_files(
            given,
            call.settings,
            terms,
            listener,
            write,
            fail_on=fail_on,
            input_format=input_format.value if input_format else None,
            at=order_path(at),
            on_progress=on_progress,
        )
    print_summary(summary, errors, call.output, "quote")
    raise typer.Exit(call.failures.worst(ExitCode(summary.exit_code)))


def _given_channel(channel: str | None) -> str | None:
    if channel is not None and not channel.strip():
        raise UsageError("--channel takes the id of a channel, and the one given is empty")
    return channel


def _given_date(date: str | None) -> str | None:
    if date is not None and instant(date) is None:
        raise UsageError(
            f"--completion-date takes a date and time with an offset, not {short(date)}",
            hint="such as 2026-03-20T17:00:00Z",
        )
    return date
