"""Print a report: as Markdown or JSON on standard output, as Markdown or HTML in a file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING

from ordercli.errors import UsageError
from ordercli.output.batches import next_command
from ordercli.output.report_text import report_text
from ordercli.output.rows import print_result
from ordercli.output.safe_text import inert, visible
from ordercli.output.stream import Format

if TYPE_CHECKING:
    from ordercli.operations.report import Report
    from ordercli.output.stream import FileFailures, Output
    from ordercli.output_files.output_file import OutputFile


class ReportFormat(StrEnum):
    """The formats of the file of a report."""

    HTML = "html"
    MARKDOWN = "md"


_SUFFIXES = {
    ".html": ReportFormat.HTML,
    ".htm": ReportFormat.HTML,
    ".md": ReportFormat.MARKDOWN,
    ".markdown": ReportFormat.MARKDOWN,
}


def report_format(file: OutputFile) -> ReportFormat:
    """Return the format that the name of a file asks for, if it can be written; a pipe without one gets Markdown.

    Raises:
        UsageError: the name asks for no format, or a package that HTML needs is not installed.
    """
    found = _SUFFIXES.get(PurePath(file.path).suffix.lower())
    if found is None and file.stream is not None:
        return ReportFormat.MARKDOWN
    if found is None:
        raise UsageError(
            f"{visible(file.path)} is no name of a report", hint="end it in .html or .md; -o json prints the figures"
        )
    if found is ReportFormat.HTML:
        try:
            import jinja2  # noqa: F401 - an extra
        except ImportError as error:
            raise UsageError(
                f"a report as HTML needs a package that is not installed ({error.name})",
                hint="install it into the environment of ordercli: pip install jinja2; Markdown (.md) needs nothing",
            ) from error
    return found


def refuse_tables(output: Output) -> None:
    """Refuse formats of tables, which a report is not, before it is made.

    Raises:
        UsageError: CSV or ids are wanted.
    """
    if output.format in {Format.CSV, Format.ID}:
        raise UsageError(f"a report is not printed as {output.format}", hint="use -o json, or none for Markdown")


def print_report(
    report: Report, file: OutputFile | None, written: ReportFormat, output: Output, failures: FileFailures
) -> None:
    """Write a report to a file; print it where there is none, where it cannot be written, or as JSON if asked to."""
    if output.shown_store:
        report.store = output.shown_store
    if report.batch:
        report.batch.next_command = next_command(report.batch, output)
    for run in report.runs:
        run.next_command = next_command(run, output)
    title = _title(report)
    offset = _offset(report.at)
    if file:
        with file.replaced(failures.report) as stream:
            stream.write(_content(report, written, title, offset).encode())
    failed = bool(failures.worst(0))
    if output.wants_json:
        print_result(report, output)
    elif file is None or failed:
        output.stdout.write(inert(report_text(report, title, offset, None)).encode())
    if file and not failed:
        output.note(f"report written to {visible(file.path)}")


def _content(report: Report, written: ReportFormat, title: str, offset: str) -> str:
    if written is ReportFormat.MARKDOWN:
        return report_text(report, title, offset, None)
    from ordercli.output.pages.report_page import report_page  # an extra, and slow to import

    return report_page(report, title, offset, None)


def _title(report: Report) -> str:
    title = "Report of a batch" if report.batch else "Report"
    return f"{title}, store {visible(report.store)}" if report.store else title


def _offset(at: str) -> str:
    """Return how far local time is ahead of UTC, such as `UTC+01:00`."""
    offset = f"{datetime.fromisoformat(at).astimezone():%z}"
    return f"UTC{offset[:3]}:{offset[3:5]}"
