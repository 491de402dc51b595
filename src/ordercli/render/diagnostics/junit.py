"""Diagnostics become a JUnit report: a suite for each file, a case for each order."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ordercli.render.diagnostics.concise import concise
from ordercli.render.diagnostics.report import Report, sentence
from ordercli.render.diagnostics.spool import Spool
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.pipeline.outcomes.diagnostic import Diagnostic, Summary
    from ordercli.validation.finding import Severity


class JunitReport(Report):
    """Cases are named by their record number: a history of results goes on whether or not an order passes.

    An order with errors (and with `fail_on` warning, one with warnings too) fails, an order without findings
    passes, and warnings are told as output.
    """

    def __init__(self, stream: TextIO, fail_on: Severity = "error") -> None:
        self._stream = stream
        self._fail_on = fail_on
        self._cases = Spool()
        self._tests = self._failures = 0
        self._order: list[Diagnostic] = []

    def begin(self) -> None:
        """Open the document."""
        self._stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="ordercli validate">\n')

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Keep the diagnostics of one order until the next comes."""
        if self._order and self._order[0].record != diagnostic.record:
            self._finish_order()
        self._order.append(diagnostic)

    def file_done(self, file: str, orders: int) -> None:
        """Write the suite of a file."""
        if self._order:
            self._finish_order()
        self._pass_up_to(orders, file)
        counts = f'tests="{self._tests}" failures="{self._failures}" errors="0" skipped="0"'
        self._stream.write(f'<testsuite name="{_xml(file)}" {counts}>\n')
        self._stream.writelines(self._cases.drain())
        self._stream.write("</testsuite>\n")
        self._tests = self._failures = 0

    def end(self, summary: Summary) -> None:  # noqa: ARG002 - every suite has its counts
        """Close the document."""
        self._stream.write("</testsuites>\n")

    def _finish_order(self) -> None:
        first = self._order[0]
        failures = [fault for fault in self._order if fault.severity in {"error", self._fail_on}]
        warnings = [fault for fault in self._order if fault.severity not in {"error", self._fail_on}]
        self._pass_up_to(first.record - 1, first.file)
        self._cases.write(
            f"<testcase {_case(first.file, first.record)}>\n{_failure(failures)}{_output(warnings)}</testcase>\n"
        )
        self._tests += 1
        self._failures += bool(failures)
        self._order = []

    def _pass_up_to(self, record: int, file: str) -> None:
        for passed in range(self._tests + 1, record + 1):
            self._cases.write(f"<testcase {_case(file, passed)}/>\n")
            self._tests += 1


def _case(file: str, record: int) -> str:
    return f'classname="{_xml(file)}" name="record {record}" file="{_xml(file)}"'


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
    # What is not printable has become an escape, so that no character is left that XML 1.0 forbids.
    return escape(visible(text))
