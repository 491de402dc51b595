"""Diagnostics become one JSON object, with the counts of the run after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.diagnostics.json_stream import ArrayWriter, to_json
from ordercli.render.diagnostics.ndjson import members
from ordercli.render.diagnostics.report import Report

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.pipeline.outcomes.diagnostic import Diagnostic, Summary


class JsonReport(Report):
    """`{"diagnostics": [...], "files": ..., "orders": ..., "errors": ..., "warnings": ..., "exitCode": ...}`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._diagnostics = ArrayWriter(stream)

    def begin(self) -> None:
        """Open the object and its array."""
        self._stream.write('{"diagnostics":[')

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write one element of the array."""
        self._diagnostics.add(to_json(members(diagnostic)))

    def end(self, summary: Summary) -> None:
        """Close the array and write the counts."""
        counts = {
            "files": summary.files,
            "orders": summary.orders,
            "errors": summary.errors,
            "warnings": summary.warnings,
            "exitCode": summary.exit_code,
            **summary.coverage.as_json(),
            "expected": summary.expected,
            "unreadable": summary.unreadable,
        }
        self._stream.write(f"],{to_json(counts)[1:]}\n")
