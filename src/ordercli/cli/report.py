"""`ordercli report`."""

from functools import partial
from typing import Annotated

import typer

from ordercli.cli.completion import batch_ids
from ordercli.cli.invocation import Invocation
from ordercli.clock import later, now, timestamp
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode
from ordercli.operations.report import report_of_batch, report_since
from ordercli.output.report import ReportFormat, print_report, refuse_tables, report_format
from ordercli.queue.workers import is_at_work

app = typer.Typer(add_completion=False)

_DAY = 86_400


@app.command("report")
def report(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="PATH", help="File to write, .html or .md; without it, Markdown is printed.", show_default=False
        ),
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="ID", help="Report one batch.", autocompletion=batch_ids)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Report what happened since then: 2h, yesterday, 15:00, 2026-11-29 (local time), RFC 3339."
            " [default: 24h]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Report what was taken in, created, refused and failed, and what waits: as Markdown, one HTML file, or JSON.

    By hour, state, source, channel and kind of order; for each rule, the values that were refused most, each with an
    example. An HTML file has no script and loads nothing; it can be read light or dark, and be printed. An existing
    file is replaced. Findings are those of the runs that began in the period. Times are local.

    Examples:
        ordercli report                              the last 24 hours, as Markdown
        ordercli report night.html --since 18:00     one file for a browser or a mail
        ordercli report --batch 019374d2f0a17c3e9d4b5a6f7c8d9e0f
        ordercli report -o json --since 2026-11-01   the figures
    """
    call = Invocation(context, works=file is not None)
    refuse_tables(call.output)
    if batch is not None and since is not None:
        raise UsageError("--batch and --since cannot be combined: a batch has a period of its own")
    at = now()
    begins = call.time("--since", since) or later(at, -_DAY)
    if begins > timestamp(at):
        raise UsageError(f"--since {since} is in the future")
    target = None if file is None else call.output_files.replaced("", file)
    written = ReportFormat.MARKDOWN if target is None else report_format(target)
    alive = partial(is_at_work, call.database)
    if batch is None:
        found = report_since(call.database, alive, begins, at)
    else:
        found = report_of_batch(call.database, alive, batch, at)
    print_report(found, target, written, call.output, call.failures)
    raise typer.Exit(call.failures.worst(ExitCode.OK))
