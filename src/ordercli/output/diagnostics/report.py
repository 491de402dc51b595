"""The base class of reports, helpers that formats share, and diagnostics as JSON."""

from __future__ import annotations

import json
import re
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import finalize

from ordercli.output.stream import inert_json, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from ordercli.errors import BadInputError
    from ordercli.operations.results import Diagnostic, Summary
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.rulebook.rule import Severity


class RuleText(NamedTuple):
    """The texts of a rule: its name, one sentence, the reason with the remedy; and its default severity."""

    name: str
    summary: str
    help: str
    severity: Severity


class Report:
    """One output format, written while diagnostics arrive; a format overrides the methods that it needs.

    `begin` is called first, `end` last. In between, the diagnostics come file by file, in the order of the documents,
    and `file_done` after each file. `judged` is called with orders before their diagnostics, but not with reference
    data.
    """

    def begin(self) -> None:
        """Write the text before the first diagnostic."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write, count or keep one diagnostic."""

    def judged(self, orders: Sequence[ValidatedOrder]) -> None:
        """Take note of the next orders of the file."""

    def unreadable(self, error: BadInputError) -> None:
        """Write that an input could not be opened, or broke off."""

    def file_done(self, file: str, orders: int) -> None:
        """Take note of the end of a file, and of its number of orders."""

    def end(self, summary: Summary) -> None:
        """Write what was kept, and the text after the last diagnostic."""


def sentence(diagnostic: Diagnostic) -> str:
    """Return the message with its suggestion, for formats that have one text for both."""
    if diagnostic.suggestion is None:
        return diagnostic.message
    return f"{diagnostic.message} (did you mean `{diagnostic.suggestion}`?)"


EXAMPLES: Final = 3

_INDEX = re.compile(r"/(?:0|[1-9][0-9]*)(?=/|$)")


class Group(NamedTuple):
    """A code and a wildcard pointer (`/productOrderItem/*/action`); the pointer None stands for many pointers."""

    severity: Severity
    code: str
    name: str
    pointer: str | None


class Groups:
    """Count the diagnostics of each group, in the order of their first occurrence.

    Unknown members may have any number of pointers. After `MOST` groups, all new ones of a code are counted as one.
    """

    MOST: Final = 10_000

    def __init__(self) -> None:
        self._counts: dict[Group, int] = {}

    def add(self, diagnostic: Diagnostic) -> int:
        """Count a diagnostic, and return its number in its group, from 1."""
        group = Group(diagnostic.severity, diagnostic.code, diagnostic.name, _INDEX.sub("/*", diagnostic.pointer))
        if group not in self._counts and len(self._counts) >= self.MOST:
            group = group._replace(pointer=None)
        self._counts[group] = self._counts.get(group, 0) + 1
        return self._counts[group]

    def __iter__(self) -> Iterator[tuple[Group, int]]:
        """Yield each group with its count."""
        return iter(self._counts.items())


def rest_of(group: Group, count: int) -> str:
    """Return a text with the number of diagnostics of a group that were not shown."""
    return f"{group.name}: {count - EXAMPLES:,} more {_places(group)} ({count:,} in all)"


def _places(group: Group) -> str:
    if group.pointer is None:
        return "at many other places"
    return f"at {visible(group.pointer)}" if group.pointer else "at the whole document"


_IN_MEMORY = 1 << 20


class Spool:
    """Keep lines in a temporary file, and return them in their order; then it is empty again."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - see below
        finalize(self, self._file.close)  # an interrupted run does not call `end`

    def write(self, line: str) -> None:
        """Keep a line, which ends with a line feed."""
        self._file.write(line)

    def drain(self) -> Iterator[str]:
        """Yield the lines that were kept."""
        self._file.seek(0)
        yield from self._file
        self._file.seek(0)
        self._file.truncate()


_encode = json.JSONEncoder(separators=(",", ":")).encode


def to_json(value: object) -> str:
    """Return the value as JSON on one line; text that a CI log would read as a command is escaped."""
    text = _encode(value)
    return inert_json(text.encode()).decode() if "##" in text else text


class ArrayWriter:
    """Write the elements of a JSON array, one per line; the caller writes the brackets."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "\n"

    def add(self, element: str) -> None:
        """Write one element, given as JSON."""
        self._stream.write(f"{self._separator}{element}")
        self._separator = ",\n"


def as_utf8(path: str) -> str:
    """Return a file name for JSON; bytes that are not UTF-8 are escaped."""
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
