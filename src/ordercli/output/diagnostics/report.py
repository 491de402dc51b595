"""The base class of reports, and what formats share: groups, kept lines, JSON, fingerprints and paths."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import finalize

from ordercli.intake.inputs import current_folder
from ordercli.output.safe_text import inert_json, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self, TextIO

    from ordercli.errors import BadInputError
    from ordercli.operations.diagnostics import Diagnostic, Summary
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.rulebook.rule import Rule, Severity


class RuleText(NamedTuple):
    """The texts of a rule: its name, the fault in one sentence, why it matters; and its default severity."""

    name: str
    fault: str
    why: str
    severity: Severity


class ReportOptions(NamedTuple):
    """What formats need besides the diagnostics: the rule of a code, the severity that fails, colours.

    `alone`: the report is read without standard error, so that text must also list the inputs that cannot be read.
    """

    rule_of: Callable[[str], RuleText | Rule]
    fail_on: Severity = "error"
    no_color: bool = False
    alone: bool = False


class Report:
    """One output format, written while diagnostics arrive; a format overrides the methods that it needs.

    `begin` is called first, `end` last. In between, the diagnostics come file by file, in the order of the documents,
    and `file_done` after each file. `validated` is called with orders before their diagnostics, but not with reference
    data.
    """

    def begin(self) -> None:
        """Write the text before the first diagnostic."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write, count or keep one diagnostic."""

    def validated(self, orders: Sequence[ValidatedOrder]) -> None:
        """Take note of the next orders of the file."""

    def unreadable(self, error: BadInputError) -> None:
        """Write that an input could not be opened or read to its end."""

    def file_done(self, file: str, orders: int) -> None:
        """Take note of the end of a file, and of its number of orders."""

    def end(self, summary: Summary) -> None:
        """Write what was kept, and the text after the last diagnostic."""


class StreamReport(Report):
    """A format that is written to a stream of text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @classmethod
    def new(cls, stream: TextIO, _: ReportOptions) -> Self:
        """Return a report that writes to the stream."""
        return cls(stream)


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


class Fingerprints:
    """Unique fingerprints of 32 hexadecimal digits.

    They are computed from the file, the order's external id (or its record number), the code, the pointer, the message
    and the number of the repetition, but not from line and column. At most `MOST` are compared with each other, so that
    a report of any length needs little memory; those after `MOST` also depend on the number of diagnostics before them.
    """

    MOST: Final = 100_000

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}
        self._round = 0

    def of(self, diagnostic: Diagnostic) -> str:
        """Return the fingerprint of the next diagnostic; a repeated diagnostic gets another one."""
        order = diagnostic.record if diagnostic.external_id is None else diagnostic.external_id
        file = repository_path(diagnostic.file)
        return self._next((file, order, diagnostic.code, diagnostic.pointer, diagnostic.message))

    def of_unreadable(self, error: BadInputError) -> str:
        """Return the fingerprint of an input that could not be read."""
        return self._next((repository_path(error.file or ""), error.message))

    def _next(self, identity: tuple[object, ...]) -> str:
        if len(self._seen) >= self.MOST:
            self._seen.clear()
            self._round += 1
        digest = _digest((*identity, self._round))
        repetition = self._seen[digest] = self._seen.get(digest, 0) + 1
        return (digest if repetition == 1 else _digest((digest, repetition))).hex()


def _digest(identity: object) -> bytes:
    return blake2b(repr(identity).encode("utf-8", "backslashreplace"), digest_size=16).digest()


# The folder of the checked-out repository in GitHub Actions and GitLab CI, whatever the working folder of a step.
_CHECKED_OUT_AT = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def repository_path(file: str) -> str:
    """Return the path relative to the root of the repository; an absolute path if the file is outside.

    The root is what GITHUB_WORKSPACE or CI_PROJECT_DIR names, else the folder above that has a `.git`, else the
    current folder. Standard input (`-`) stays as it is.
    """
    checked_out_at = next(filter(None, map(os.environ.get, _CHECKED_OUT_AT)), None)
    return _within(file, checked_out_at, str(current_folder()))


@lru_cache(maxsize=8)
def _within(file: str, checked_out_at: str | None, current: str) -> str:
    """Return the path within the root; the last few are cached, as the diagnostics of a file come together."""
    if file == "-":
        return file
    root = _real(checked_out_at) if checked_out_at else _top_of_git(_real(current))
    folder, name = os.path.split(os.path.abspath(file))  # text, which need not be a file
    path = os.path.relpath(os.path.join(_real(folder), name), root)
    is_elsewhere = path == os.pardir or path.startswith(os.pardir + os.sep)
    return os.path.abspath(file) if is_elsewhere else path


def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _top_of_git(folder: str) -> str:
    above = (folder, *map(str, Path(folder).parents))
    return next((each for each in above if Path(each, ".git").exists()), folder)
