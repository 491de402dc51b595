"""Diagnostics for forges: GitHub annotations, GitLab Code Quality, and fingerprints and paths that SARIF shares."""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ordercli.intake.inputs import current_folder
from ordercli.output.diagnostics.report import ArrayWriter, Groups, Report, Spool, as_utf8, sentence, to_json
from ordercli.output.stream import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from ordercli.errors import BadInputError
    from ordercli.operations.results import Diagnostic, Summary


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
    folder, name = os.path.split(os.path.abspath(file))  # noqa: PTH100 - text, which need not be a file
    path = os.path.relpath(os.path.join(_real(folder), name), root)  # noqa: PTH118
    is_elsewhere = path == os.pardir or path.startswith(os.pardir + os.sep)
    return os.path.abspath(file) if is_elsewhere else path  # noqa: PTH100


def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _top_of_git(folder: str) -> str:
    above = (folder, *map(str, Path(folder).parents))
    return next((each for each in above if Path(each, ".git").exists()), folder)


# "Workflow commands for GitHub Actions": characters that must be escaped in a value and in a property.
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_DATA | str.maketrans({":": "%3A", ",": "%2C"})


class GithubReport(Report):
    """Write one command for each diagnostic, beginning with the first one of each group.

    GitHub shows ten errors and ten warnings of a step. In this order they are ten different faults.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._groups = Groups()
        self._rest = Spool()

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write the command of a new fault; keep the others until the end."""
        out = self._stream if self._groups.add(diagnostic) == 1 else self._rest
        out.write(_annotation(diagnostic))

    def unreadable(self, error: BadInputError) -> None:
        """Write the command of an input that could not be read."""
        properties = {"file": repository_path(error.file or ""), "title": "unreadable input"}
        self._stream.write(_command("error", properties, error.message))

    def end(self, summary: Summary) -> None:  # noqa: ARG002 - a workflow command tells of one fault
        """Write the commands that were kept."""
        self._stream.writelines(self._rest.drain())


def _annotation(diagnostic: Diagnostic) -> str:
    properties: dict[str, object] = {"file": repository_path(diagnostic.file), "line": diagnostic.line}
    properties["endLine"] = diagnostic.end_line
    if diagnostic.end_line == diagnostic.line:  # columns are valid only within one line
        properties |= {"col": diagnostic.column, "endColumn": diagnostic.end_column}
    properties["title"] = f"{diagnostic.code} {diagnostic.name}"
    order = "" if diagnostic.external_id is None else f"order {diagnostic.external_id}"
    message = "\n".join(filter(None, (sentence(diagnostic), diagnostic.pointer, order)))
    return _command(diagnostic.severity, properties, message)


def _command(name: str, properties: Mapping[str, object], message: str) -> str:
    listed = ",".join(f"{key}={_escape(str(value), _IN_PROPERTY)}" for key, value in properties.items())
    return f"::{name} {listed}::{_escape(message, _IN_DATA)}\n"


def _escape(text: str, table: dict[int, str]) -> str:
    return visible(text.translate(table))


_SEVERITIES: Final = {"error": "major", "warning": "minor"}


class GitlabReport(Report):
    """A JSON array with one element for each diagnostic."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._elements = ArrayWriter(stream)
        self._fingerprints = Fingerprints()

    def begin(self) -> None:
        """Open the array."""
        self._stream.write("[")

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write one element."""
        fault = f"{sentence(diagnostic)} {diagnostic.pointer}".rstrip()
        element = {
            "description": f"{diagnostic.code}: {fault}",
            "check_name": f"{diagnostic.code} {diagnostic.name}",
            "fingerprint": self._fingerprints.of(diagnostic),
            "severity": _SEVERITIES[diagnostic.severity],
            "location": {
                "path": as_utf8(repository_path(diagnostic.file)),
                "lines": {"begin": diagnostic.line, "end": diagnostic.end_line},
            },
        }
        self._elements.add(to_json(element))

    def unreadable(self, error: BadInputError) -> None:
        """Write an element for the input."""
        element = {
            "description": error.message,
            "check_name": "unreadable-input",
            "fingerprint": self._fingerprints.of_unreadable(error),
            "severity": "critical",
            "location": {"path": as_utf8(repository_path(error.file or "")), "lines": {"begin": 1, "end": 1}},
        }
        self._elements.add(to_json(element))

    def end(self, summary: Summary) -> None:  # noqa: ARG002 - the format has no place for it
        """Close the array."""
        self._stream.write("\n]\n")
