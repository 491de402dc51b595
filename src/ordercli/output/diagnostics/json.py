"""Diagnostics as one JSON object, or as one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ordercli.output.diagnostics.report import Report
from ordercli.output.visible import inert_json

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.operations.results import Diagnostic, Summary


_encode = json.JSONEncoder(separators=(",", ":")).encode


def to_json(value: object) -> str:
    """Return the value on one line; what a CI log would take for a command is escaped."""
    text = _encode(value)
    return inert_json(text.encode()).decode() if "##" in text else text


class ArrayWriter:
    """The elements of a JSON array, one a line; its brackets are the caller's."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "\n"

    def add(self, element: str) -> None:
        """Write one element, given as JSON."""
        self._stream.write(f"{self._separator}{element}")
        self._separator = ",\n"


def as_utf8(path: str) -> str:
    """Return a file name, which need not be UTF-8, as JSON can hold it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


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


class NdjsonReport(Report):
    """One line for each diagnostic."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write the line."""
        self._stream.write(f"{to_json(members(diagnostic))}\n")


def members(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return the members of a diagnostic."""
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
