"""Diagnostics as JSON: one document, or one line for each."""

from __future__ import annotations

from typing import Any, TextIO

from msgspec import UNSET

from ordercli.operations.diagnostics import Diagnostic as Found
from ordercli.operations.diagnostics import Summary
from ordercli.output.diagnostics.diagnostic_shapes import Diagnostic, Diagnostics
from ordercli.output.diagnostics.report import ArrayWriter, StreamReport, as_utf8, to_json


class JsonReport(StreamReport):
    """`{"diagnostics": [...], "files": ..., "orders": ..., "errors": ..., "warnings": ..., "exitCode": ...}`."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._diagnostics = ArrayWriter(stream)

    def begin(self) -> None:
        """Open the object and its array."""
        self._stream.write('{"diagnostics":[')

    def diagnostic(self, diagnostic: Found) -> None:
        """Write one element of the array."""
        self._diagnostics.add(to_json(members(diagnostic)))

    def end(self, summary: Summary) -> None:
        """Close the array and write the counts."""
        counts = Diagnostics(
            files=summary.files,
            orders=summary.orders,
            errors=summary.errors,
            warnings=summary.warnings,
            exit_code=summary.exit_code,
            reference_rules=summary.coverage.state,
            missing_reference_types=list(summary.coverage.missing),
            expected=summary.expected,
            unreadable=list(summary.unreadable),
            converted=UNSET if summary.converted is None else summary.converted,
            groups=[],
            other_groups=summary.groups.others() if summary.groups else 0,
            diagnostics=[],
        ).members()
        counts["groups"] = [each.members() for each in (summary.groups.largest() if summary.groups else ())]
        del counts["diagnostics"]  # they were written as they came
        self._stream.write(f"],{to_json(counts)[1:]}\n")


class NdjsonReport(StreamReport):
    """One line for each diagnostic."""

    def diagnostic(self, diagnostic: Found) -> None:
        """Write the line."""
        self._stream.write(f"{to_json(members(diagnostic))}\n")


def members(diagnostic: Found) -> dict[str, Any]:
    """Return the members of a diagnostic; its excerpt is for people alone."""
    applicability = diagnostic.applicability or UNSET
    return Diagnostic(as_utf8(diagnostic.file), *diagnostic[1:13], applicability).members()
