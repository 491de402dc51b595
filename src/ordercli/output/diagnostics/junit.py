"""Write diagnostics as a JUnit report: a suite for each file, a case for each order."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ordercli.output.diagnostics.report import Spool, StreamReport, repository_path, sentence
from ordercli.output.diagnostics.text import concise
from ordercli.output.stream import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self, TextIO

    from ordercli.errors import BadInputError
    from ordercli.operations.results import Diagnostic, Summary
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.output.diagnostics.report import Wanted
    from ordercli.rulebook.rule import Severity


class JunitReport(StreamReport):
    """Write a case for each order.

    A case is named by record number and external id, so that its history stays together whether it passes or fails.
    An order with errors fails (with `fail_on` warning, also one with warnings); warnings that do not fail are written
    as output. An input that cannot be read has a case with an error.
    """

    def __init__(self, stream: TextIO, fail_on: Severity = "error") -> None:
        super().__init__(stream)
        self._fail_on = fail_on
        self._cases = Spool()
        self._tests = self._failures = 0
        self._order: list[Diagnostic] = []
        self._external_ids: Sequence[str | None] = ()
        self._announced = 0
        self._error: BadInputError | None = None

    @classmethod
    def new(cls, stream: TextIO, wanted: Wanted) -> Self:
        """Return a report that writes to the stream."""
        return cls(stream, wanted.fail_on)

    def begin(self) -> None:
        """Open the document."""
        self._stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="ordercli validate">\n')

    def judged(self, orders: Sequence[ValidatedOrder]) -> None:
        """Finish the orders before these, and keep the names of these."""
        if orders:
            self._finish_up_to(self._announced, orders[0].record.file)
            self._external_ids = [each.external_id for each in orders]
            self._announced += len(orders)

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Keep the diagnostics of one order until the next comes."""
        if self._order and self._order[0].record != diagnostic.record:
            self._finish_order()
        self._order.append(diagnostic)

    def unreadable(self, error: BadInputError) -> None:
        """Keep why the file could not be read until it is done."""
        self._error = error

    def file_done(self, file: str, orders: int) -> None:
        """Write the suite of a file."""
        self._finish_up_to(orders, file)
        if self._error:
            message = _xml(self._error.message)
            self._cases.write(f'<testcase {_case(file, "input")}>\n<error message="{message}"/>\n</testcase>\n')
        errors = int(self._error is not None)
        counts = f'tests="{self._tests + errors}" failures="{self._failures}" errors="{errors}" skipped="0"'
        self._stream.write(f'<testsuite name="{_file(file)}" {counts}>\n')
        self._stream.writelines(self._cases.drain())
        self._stream.write("</testsuite>\n")
        self._tests = self._failures = self._announced = 0
        self._external_ids, self._error = (), None

    def end(self, summary: Summary) -> None:  # noqa: ARG002 - every suite has its counts
        """Close the document."""
        self._stream.write("</testsuites>\n")

    def _finish_up_to(self, record: int, file: str) -> None:
        if self._order:
            self._finish_order()
        self._pass_up_to(record, file)

    def _finish_order(self) -> None:
        first = self._order[0]
        failures = [fault for fault in self._order if fault.severity in {"error", self._fail_on}]
        warnings = [fault for fault in self._order if fault.severity not in {"error", self._fail_on}]
        self._pass_up_to(first.record - 1, first.file)
        case = _case(first.file, _name(first.record, first.external_id))
        self._cases.write(f"<testcase {case}>\n{_failure(failures)}{_output(warnings)}</testcase>\n")
        self._tests += 1
        self._failures += bool(failures)
        self._order = []

    def _pass_up_to(self, record: int, file: str) -> None:
        for passed in range(self._tests + 1, record + 1):
            self._cases.write(f"<testcase {_case(file, _name(passed, self._external_id(passed)))}/>\n")
            self._tests += 1

    def _external_id(self, record: int) -> str | None:
        first = self._announced - len(self._external_ids) + 1
        return self._external_ids[record - first] if first <= record <= self._announced else None


def _case(file: str, name: str) -> str:
    return f'classname="{_file(file)}" name="{_xml(name)}" file="{_file(file)}"'


def _name(record: int, external_id: str | None) -> str:
    return f"record {record}" if external_id is None else f"record {record} ({external_id})"


def _file(file: str) -> str:
    return escape(visible(repository_path(file), limit=None))


def _failure(faults: Sequence[Diagnostic]) -> str:
    if not faults:
        return ""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    message = f"{sentence(faults[0])}{more}"
    return f'<failure type="{faults[0].code}" message="{_xml(message)}">{_listed(faults)}</failure>\n'


def _output(faults: Sequence[Diagnostic]) -> str:
    return f"<system-out>{_listed(faults)}</system-out>\n" if faults else ""


def _listed(faults: Sequence[Diagnostic]) -> str:
    return "\n".join(escape(f"{concise(fault)} {visible(fault.pointer)}".rstrip()) for fault in faults)


def _xml(text: str) -> str:
    # `visible` escapes all characters that are not printable, among them all that XML 1.0 forbids.
    return escape(visible(text))
