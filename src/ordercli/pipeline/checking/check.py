"""Files of product orders become diagnostics, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from ordercli.errors import BadInputError, ExitCode
from ordercli.intake.inputs import printable
from ordercli.intake.reader import read_records
from ordercli.intake.record import Record
from ordercli.pipeline.checking.expectation import expectation_of
from ordercli.pipeline.judgement.judging import Judged
from ordercli.pipeline.judgement.standard import Standard
from ordercli.pipeline.outcomes.diagnostic import Diagnostic, Summary, diagnose
from ordercli.pipeline.runs.chunks import chunks
from ordercli.pipeline.runs.stopping import Stop
from ordercli.validation.registry import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.intake.detect import InputFormat
    from ordercli.intake.source import Progress
    from ordercli.pipeline.checking.expectation import Expectation
    from ordercli.pipeline.judgement.crew import Crew
    from ordercli.pipeline.judgement.judges import Judge
    from ordercli.reference.coverage import Coverage
    from ordercli.settings import Settings
    from ordercli.validation.finding import Finding, Severity

NAMES = {code: rule.name for code, rule in BY_CODE.items()}


class Listener(Protocol):
    """Whoever takes the diagnostics: file by file, those of one order together."""

    def begin(self) -> None:
        """Before the first file."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """One fault."""

    def judged(self, orders: Sequence[Judged]) -> None:
        """The next orders of the file were judged; their diagnostics follow."""

    def advanced(self, orders: int) -> None:
        """The diagnostics of so many more orders are through."""

    def unreadable(self, error: BadInputError) -> None:
        """An input cannot be opened, or breaks off; `file_done` follows."""

    def file_done(self, file: str, orders: int) -> None:
        """A file has ended, which held so many orders."""

    def end(self, summary: Summary) -> None:
        """After the last file."""


@dataclass
class _Counts:
    orders: int = 0
    errors: int = 0
    warnings: int = 0
    expected: int = 0


class Check:
    """One run of validate; `errors` are those of inputs that broke off."""

    def __init__(
        self,
        judge: Judge | Crew,
        settings: Settings,
        listener: Listener,
        *,
        fail_on: Severity,
        coverage: Coverage,
        progress: Progress | None = None,
    ) -> None:
        self._judge = judge
        self._standard = Standard(settings.profile, "sync")
        self._max_bytes = settings.limits.max_order_bytes
        self._listener = listener
        self._fail_on = fail_on
        self._coverage = coverage
        self._progress = progress
        self._counts = _Counts()
        self.errors: list[BadInputError] = []

    def run(
        self,
        inputs: Sequence[str],
        input_format: InputFormat | None = None,
        refused: Sequence[Diagnostic] = (),
        unread: Sequence[BadInputError] = (),
    ) -> Summary:
        """Judge every order of the inputs and tell the listener.

        `refused` are faults of reference data, `unread` are inputs that cannot be opened: both are told first.

        Raises:
            UsageError: a sidecar of expectations is malformed.
        """
        expectations = {file: expected for file in inputs if (expected := expectation_of(file))}
        self._listener.begin()
        self._tell_refused(refused)
        for error in unread:
            self._cannot_read(error)
            self._listener.file_done(error.file or "", 0)
        for file in inputs:
            self._check_file(file, expectations.get(file), input_format)
        counts = self._counts
        unreadable = tuple(error.message for error in self.errors)
        summary = Summary(
            len(inputs),
            counts.orders,
            counts.errors,
            counts.warnings,
            self._exit_code(),
            self._coverage,
            expected=counts.expected,
            unreadable=unreadable,
        )
        self._listener.end(summary)
        return summary

    def _check_file(self, file: str, expected: Expectation | None, input_format: InputFormat | None) -> None:
        orders = 0
        judged = _nothing_in(file)
        try:
            records = read_records(
                [file], input_format=input_format, max_bytes=self._max_bytes, progress=self._progress
            )
            batches = ((self._standard, chunk) for chunk in chunks(records, Stop()))
            for batch in self._judge.judge(batches):
                self._listener.judged(batch)
                for judged in batch:
                    if judged.findings:
                        self._tell(judged, self._unexpected(judged, expected))
                orders += len(batch)
                self._listener.advanced(len(batch))
        except BadInputError as error:
            self._cannot_read(error)
        if expected:
            self._tell(judged, expected.missing())
        self._counts.orders += orders
        self._listener.file_done(printable(file), orders)

    def _unexpected(self, judged: Judged, expected: Expectation | None) -> Sequence[Finding]:
        if expected is None:
            return judged.findings
        unexpected = expected.unexpected(judged.findings)
        self._counts.expected += len(judged.findings) - len(unexpected)
        return unexpected

    def _cannot_read(self, error: BadInputError) -> None:
        self.errors.append(error)
        self._listener.unreadable(error)

    def _tell_refused(self, refused: Sequence[Diagnostic]) -> None:
        in_order = sorted(refused, key=attrgetter("file", "record"))
        for file, faults in groupby(in_order, key=attrgetter("file")):
            last = 0
            for each in faults:
                self._report(each)
                last = each.record
            self._listener.file_done(file, last)

    def _tell(self, judged: Judged, findings: Sequence[Finding]) -> None:
        for each in diagnose(judged.record, judged.external_id, findings, NAMES):
            self._report(each)

    def _report(self, diagnostic: Diagnostic) -> None:
        if diagnostic.severity == "error":
            self._counts.errors += 1
        else:
            self._counts.warnings += 1
        self._listener.diagnostic(diagnostic)

    def _exit_code(self) -> ExitCode:
        if self.errors:
            return ExitCode.BAD_INPUT
        failed = self._counts.errors or (self._fail_on == "warning" and self._counts.warnings)
        return ExitCode.REJECTED if failed else ExitCode.OK


def _nothing_in(file: str) -> Judged:
    """The place of what was expected in a file without orders."""
    return Judged(Record(b"", printable(file), 1, 1, 1), [])
