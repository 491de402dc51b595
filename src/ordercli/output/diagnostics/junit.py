"""Write diagnostics as a JUnit report: a suite for each file, a case for each order."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from ordercli.output.diagnostics.report import Spool, StreamReport, repository_path, sentence
from ordercli.output.diagnostics.text import concise
from ordercli.output.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self, TextIO

    from ordercli.errors import BadInputError
    from ordercli.operations.diagnostics import Diagnostic, Summary
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.output.diagnostics.report import ReportOptions
    from ordercli.rulebook.rule import Severity


class JunitReport(StreamReport):
    """Write a case for each order.

    A case is named by record number and external id, so that its history stays together whether it passes or fails.
    Text passes `visible`, which escapes all characters that are not printable, among them all that XML 1.0 forbids.
    An order with errors fails (with `fail_on` warning, also one with warnings); warnings that do not fail are written
    as output. An input that cannot be read has a case with an error.
    """

    def __init__(self, stream: TextIO, fail_on: Severity = "error") -> None:
        super().__init__(stream)
        self._fail_on = fail_on
        self._text = StringIO()
        self._xml = XMLGenerator(self._text, "UTF-8", short_empty_elements=True)
        self._cases = Spool()
        self._tests = self._failures = 0
        self._order: list[Diagnostic] = []
        self._external_ids: Sequence[str | None] = ()
        self._announced = 0
        self._error: BadInputError | None = None

    @classmethod
    def new(cls, stream: TextIO, options: ReportOptions) -> Self:
        """Return a report that writes to the stream."""
        return cls(stream, options.fail_on)

    def begin(self) -> None:
        """Open the document."""
        self._xml.startDocument()
        self._start("testsuites", name="ordercli validate")
        self._xml.characters("\n")
        self._stream.write(self._written())

    def validated(self, orders: Sequence[ValidatedOrder]) -> None:
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
            self._start_case(file, "input")
            self._xml.characters("\n")
            self._element("error", message=visible(self._error.message))
            self._end_case()
        tests, errors = self._tests + bool(self._error), int(self._error is not None)
        counts = {"tests": tests, "failures": self._failures, "errors": errors, "skipped": 0}
        self._start("testsuite", name=_file(file), **counts)
        self._xml.characters("\n")
        self._stream.write(self._written())
        self._stream.writelines(self._cases.drain())
        self._end("testsuite")
        self._stream.write(self._written())
        self._tests = self._failures = self._announced = 0
        self._external_ids, self._error = (), None

    def end(self, summary: Summary) -> None:  # every suite has its counts
        """Close the document."""
        self._end("testsuites")
        self._stream.write(self._written())

    def _finish_up_to(self, record: int, file: str) -> None:
        if self._order:
            self._finish_order()
        self._pass_up_to(record, file)

    def _finish_order(self) -> None:
        first = self._order[0]
        failures = [fault for fault in self._order if fault.severity in {"error", self._fail_on}]
        warnings = [fault for fault in self._order if fault.severity not in {"error", self._fail_on}]
        self._pass_up_to(first.record - 1, first.file)
        self._start_case(first.file, _name(first.record, first.external_id))
        self._xml.characters("\n")
        if failures:
            more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
            message = visible(f"{sentence(failures[0])}{more}")
            self._element("failure", _listed(failures), type=failures[0].code, message=message)
        if warnings:
            self._element("system-out", _listed(warnings))
        self._end_case()
        self._tests += 1
        self._failures += bool(failures)
        self._order = []

    def _pass_up_to(self, record: int, file: str) -> None:
        for passed in range(self._tests + 1, record + 1):
            self._start_case(file, _name(passed, self._external_id(passed)))
            self._end_case()
            self._tests += 1

    def _external_id(self, record: int) -> str | None:
        first = self._announced - len(self._external_ids) + 1
        return self._external_ids[record - first] if first <= record <= self._announced else None

    def _start_case(self, file: str, name: str) -> None:
        self._start("testcase", classname=_file(file), name=visible(name), file=_file(file))

    def _end_case(self) -> None:
        self._end("testcase")
        self._cases.write(self._written())

    def _start(self, tag: str, **attributes: str | int) -> None:
        self._xml.startElement(tag, AttributesImpl({key: str(value) for key, value in attributes.items()}))

    def _end(self, tag: str) -> None:
        self._xml.endElement(tag)
        self._xml.characters("\n")

    def _element(self, tag: str, text: str = "", **attributes: str) -> None:
        self._start(tag, **attributes)
        self._xml.characters(text)
        self._end(tag)

    def _written(self) -> str:
        """Return what the generator wrote since the last call."""
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text


def _name(record: int, external_id: str | None) -> str:
    return f"record {record}" if external_id is None else f"record {record} ({external_id})"


def _file(file: str) -> str:
    return visible(repository_path(file), limit=None)


def _listed(faults: Sequence[Diagnostic]) -> str:
    return "\n".join(f"{concise(fault)} {visible(fault.pointer)}".rstrip() for fault in faults)
