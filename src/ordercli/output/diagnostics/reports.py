"""All the reports of one run of `validate` or `quote convert`: printed, and in files."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Literal, get_args

from ordercli.errors import UsageError
from ordercli.output.diagnostics.report import EXAMPLES, Groups, Report, ReportOptions
from ordercli.output.finding_groups import group_lines
from ordercli.output.stream import Format as OutputFormat
from ordercli.output.stream import print_coverage, print_problem
from ordercli.resources.all_rules import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from ordercli.errors import BadInputError, OrdercliError
    from ordercli.operations.diagnostics import Diagnostic, Summary
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.output.progress import Display
    from ordercli.output.stream import FileFailures, Output
    from ordercli.output_files.guard import OutputFiles
    from ordercli.output_files.output_file import OutputFile
    from ordercli.rulebook.rule import Severity
    from ordercli.run_control import OnProgress


# The module of a format has its name, and in it a class such as `SarifReport`; some formats share a module.
Format = Literal["text", "concise", "json", "ndjson", "github", "gitlab", "junit", "sarif"]
FORMATS: tuple[Format, ...] = get_args(Format)
_SHARED_MODULES = {"concise": "text", "json": "json_report", "ndjson": "json_report"}


def new_report(name: Format, stream: TextIO, options: ReportOptions) -> Report:
    """Return a report of that format that writes to the stream; only its module is imported."""
    module = import_module(f"ordercli.output.diagnostics.{_SHARED_MODULES.get(name, name)}")
    report: Report = getattr(module, f"{name.capitalize()}Report").new(stream, options)
    return report


class Reports(Report):
    """Pass every call to several reports."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = reports

    def begin(self) -> None:
        """Begin them all."""
        for report in self._reports:
            report.begin()

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Hand the diagnostic to each."""
        for report in self._reports:
            report.diagnostic(diagnostic)

    def validated(self, orders: Sequence[ValidatedOrder]) -> None:
        """Announce the orders to each."""
        for report in self._reports:
            report.validated(orders)

    def unreadable(self, error: BadInputError) -> None:
        """Tell each that an input could not be read."""
        for report in self._reports:
            report.unreadable(error)

    def file_done(self, file: str, orders: int) -> None:
        """Tell each that a file ended."""
        for report in self._reports:
            report.file_done(file, orders)

    def end(self, summary: Summary) -> None:
        """End them all."""
        for report in self._reports:
            report.end(summary)


class ProgressReport(Report):
    """Clears the progress bar before the next reports print on the terminal.

    `examples` is the number of diagnostics of a group that they print; None if they print all of them. A bar that is
    cleared for what nobody sees would flicker.
    """

    def __init__(self, display: Display, examples: int | None = None) -> None:
        self._display = display
        self._examples = examples
        self._groups = Groups()

    def diagnostic(self, diagnostic: Diagnostic) -> None:  # the others print it
        """Make room for a diagnostic."""
        if self._examples is None or (self._examples and self._groups.add(diagnostic) <= self._examples):
            self._display.clear()

    def end(self, summary: Summary) -> None:  # the others print it
        """Make room for the end."""
        self._display.clear()


class ErrorsOnly(Report):
    """Pass the errors to a report on standard error, where `--quiet` wants nothing else."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def begin(self) -> None:
        """Begin the report."""
        self._report.begin()

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Pass an error."""
        if diagnostic.severity == "error":
            self._report.diagnostic(diagnostic)

    def validated(self, orders: Sequence[ValidatedOrder]) -> None:
        """Announce the orders."""
        self._report.validated(orders)

    def unreadable(self, error: BadInputError) -> None:
        """Tell that an input could not be read."""
        self._report.unreadable(error)

    def file_done(self, file: str, orders: int) -> None:
        """Tell that a file ended."""
        self._report.file_done(file, orders)

    def end(self, summary: Summary) -> None:
        """End the report."""
        self._report.end(summary)


@contextmanager
def reports(
    report_format: Format | None,
    files: Sequence[tuple[Format, OutputFile]],
    output: Output,
    failures: FileFailures,
    *,
    fail_on: Severity,
    statistics: bool = False,
    kind: str | None = None,
    command: str = "validate",
    on_stderr: bool = False,
) -> Iterator[tuple[Report, OnProgress | None]]:
    """Open the reports that the command line asks for; files are complete when the block ends.

    `kind` is the kind of the documents, if they have one only. `on_stderr`: standard output has other data. Yield what
    passes diagnostics to them, and on a terminal the function that shows progress. A file that cannot be written is
    reported, and the run continues.

    Raises:
        UsageError: `--statistics` was given with a format that does not support it.
    """
    options = ReportOptions(partial(rule_of, resource=kind), fail_on, no_color=not output.color)
    name = report_format or _by_output(output, command, on_stderr=on_stderr)
    printed = _printed(name, options, statistics=statistics, on_stderr=on_stderr)
    if on_stderr and output.quiet:
        printed = ErrorsOnly(printed)
    with ExitStack() as stack:
        display = stack.enter_context(output.progress(command, "errors"))
        examples = _examples(name, statistics=statistics, on_stderr=on_stderr)
        made: list[Report] = [ProgressReport(display, examples), printed] if display else [printed]
        for name, file in files:
            stream = stack.enter_context(file.replaced(failures.report))
            text = stack.enter_context(TextIOWrapper(stream, encoding="utf-8", newline="\n"))
            made.append(new_report(name, text, options._replace(alone=True)))
        yield (made[0] if len(made) == 1 else Reports(made)), (display.show if display else None)


def _printed(name: Format, options: ReportOptions, *, statistics: bool, on_stderr: bool) -> Report:
    stream = sys.stderr if on_stderr else sys.stdout
    if name != "text" and isinstance(stream, TextIOWrapper):
        stream.reconfigure(encoding="utf-8")  # programs expect UTF-8, whatever the locale of the terminal
    if not statistics:
        return new_report(name, stream, options)
    if name in {"text", "json", "ndjson"}:
        from ordercli.output.diagnostics.text import CountsReport  # Rich is slow to import

        return CountsReport(stream, name)
    raise UsageError(f"--statistics cannot be combined with --format {name}", hint="use text, json or ndjson")


def _examples(name: Format, *, statistics: bool, on_stderr: bool) -> int | None:
    """Return the number of diagnostics of a group that are printed on a terminal while a run goes on; None: all."""
    if statistics or not (on_stderr or sys.stdout.isatty()):
        return 0
    return EXAMPLES if name == "text" else None


def _by_output(output: Output, command: str, *, on_stderr: bool) -> Format:
    """Return the format that `-o` asks for; on standard error a program reads line by line."""
    if output.format in {OutputFormat.CSV, OutputFormat.ID}:
        named = "csv-safe" if output.for_spreadsheet else output.format.value
        raise UsageError(f"{command} prints no {named}", hint=f"choose --format: {', '.join(FORMATS)}")
    if output.format is OutputFormat.JSON and not on_stderr:
        return "json"
    return "ndjson" if output.wants_json else "text"


def report_files(named: Sequence[str], files: OutputFiles) -> list[tuple[Format, OutputFile]]:
    """Return the formats and files of `--report FORMAT=PATH`.

    Raises:
        UsageError: the format is unknown, or the file must not be written.
        BadInputError: the file cannot be written.
    """
    parsed = [_parse(each) for each in named]
    return [(name, files.replaced("--report", path)) for name, path in parsed]


def _parse(report: str) -> tuple[Format, str]:
    name, _, path = report.partition("=")
    for known in FORMATS:
        if name == known and path:
            return known, path
    raise UsageError(f"--report takes FORMAT=PATH, not {report!r}", hint=f"formats: {', '.join(FORMATS)}")


def print_summary(summary: Summary, errors: Sequence[OrdercliError], output: Output, documents: str = "order") -> None:
    """Print errors on stderr, and for people the counts in one line; `documents` are what the inputs have."""
    for error in errors:
        print_problem(error, output.advice, as_json=output.wants_json)
    if not output.wants_json:
        if documents == "order":
            print_coverage(summary.coverage, output)
        read = _counted(summary.orders, documents)
        converted = "" if summary.converted is None else f" {summary.converted:,} converted,"
        output.note(
            f"{read} in {_counted(summary.files, 'file')}:{converted}"
            f" {_counted(summary.errors, 'error')}, {_counted(summary.warnings, 'warning')}{_besides(summary)}"
        )
        if groups := summary.groups:
            for line in group_lines(groups.largest(), groups.others(), documents):
                output.note(line)


def _besides(summary: Summary) -> str:
    expected = f", {_counted(summary.expected, 'expected finding')}, as expected" if summary.expected else ""
    unreadable = f", {_counted(len(summary.unreadable), 'unreadable input')}" if summary.unreadable else ""
    return f"{unreadable}{expected}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
