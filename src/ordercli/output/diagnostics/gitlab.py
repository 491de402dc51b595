"""Write diagnostics as a Code Quality report of GitLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ordercli.output.diagnostics.report import (
    ArrayWriter,
    Fingerprints,
    StreamReport,
    as_utf8,
    repository_path,
    sentence,
    to_json,
)

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.errors import BadInputError
    from ordercli.operations.diagnostics import Diagnostic, Summary


_SEVERITIES: Final = {"error": "major", "warning": "minor"}


class GitlabReport(StreamReport):
    """A JSON array with one element for each diagnostic."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
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

    def end(self, summary: Summary) -> None:  # the format has no place for it
        """Close the array."""
        self._stream.write("\n]\n")
