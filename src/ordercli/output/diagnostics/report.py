"""What every format of diagnostics is told, helpers that formats share, and diagnostics as JSON."""

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
    """What a rule says of itself: its name, one sentence, the reason with the cure, and its usual severity."""

    name: str
    summary: str
    help: str
    severity: Severity


class Report:
    """One output format, written as the diagnostics come; a format overrides what it has a use for.

    `begin` comes first, `end` last. Between them the diagnostics arrive file by file, those of one document
    together and documents in order, and after each file `file_done`. Orders are announced by `judged` before their
    diagnostics; reference data is not.
    """

    def begin(self) -> None:
        """Write what stands before the first diagnostic."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write, count or keep one diagnostic."""

    def judged(self, orders: Sequence[ValidatedOrder]) -> None:
        """Take note of the next orders of the file."""

    def unreadable(self, error: BadInputError) -> None:
        """Write that an input could not be opened, or broke off."""

    def file_done(self, file: str, orders: int) -> None:
        """Take note that a file ended, which held so many orders."""

    def end(self, summary: Summary) -> None:
        """Write what was kept, and what stands after the last diagnostic."""


def sentence(diagnostic: Diagnostic) -> str:
    """Return the message with its suggestion, for formats that have one text for both."""
    if diagnostic.suggestion is None:
        return diagnostic.message
    return f"{diagnostic.message} (did you mean `{diagnostic.suggestion}`?)"


EXAMPLES: Final = 3

_INDEX = re.compile(r"/(?:0|[1-9][0-9]*)(?=/|$)")


class Group(NamedTuple):
    """The same fault at the same wildcard pointer (`/productOrderItem/*/action`); None stands for many pointers."""

    severity: Severity
    code: str
    name: str
    pointer: str | None


class Groups:
    """How often each group was seen, in order of first sight.

    Unknown members make pointers without end: past `MOST` groups the new ones of a code are counted as one.
    """

    MOST: Final = 10_000

    def __init__(self) -> None:
        self._counts: dict[Group, int] = {}

    def add(self, diagnostic: Diagnostic) -> int:
        """Count a diagnostic; the number that it has in its group, from 1."""
        group = Group(diagnostic.severity, diagnostic.code, diagnostic.name, _INDEX.sub("/*", diagnostic.pointer))
        if group not in self._counts and len(self._counts) >= self.MOST:
            group = group._replace(pointer=None)
        self._counts[group] = self._counts.get(group, 0) + 1
        return self._counts[group]

    def __iter__(self) -> Iterator[tuple[Group, int]]:
        """Each group with its count."""
        return iter(self._counts.items())


def rest_of(group: Group, count: int) -> str:
    """Return how many more there are of a group than the examples that were shown."""
    return f"{group.name}: {count - EXAMPLES:,} more {_places(group)} ({count:,} in all)"


def _places(group: Group) -> str:
    if group.pointer is None:
        return "at many other places"
    return f"at {visible(group.pointer)}" if group.pointer else "at the whole document"


_IN_MEMORY = 1 << 20


class Spool:
    """Takes lines and gives them back in their order; then it is empty again."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - see below
        finalize(self, self._file.close)  # a run that is broken off never comes to the end

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
