"""Diagnostics become JSON objects, one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.render.diagnostics.json_stream import as_utf8, to_json
from ordercli.render.diagnostics.report import Report

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.pipeline.outcomes.diagnostic import Diagnostic


class NdjsonReport(Report):
    """One line for each diagnostic."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write the line."""
        self._stream.write(f"{to_json(members(diagnostic))}\n")


def members(diagnostic: Diagnostic) -> dict[str, Any]:
    """The diagnostic as scripts read it."""
    return {
        "file": as_utf8(diagnostic.file),
        "line": diagnostic.line,
        "column": diagnostic.column,
        "endLine": diagnostic.end_line,
        "endColumn": diagnostic.end_column,
        "record": diagnostic.record,
        "externalId": diagnostic.external_id,
        "pointer": diagnostic.pointer,
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "suggestion": diagnostic.suggestion,
    }
