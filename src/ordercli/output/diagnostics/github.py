"""Write diagnostics as workflow commands of GitHub Actions, which annotate files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.output.diagnostics.report import Groups, Spool, StreamReport, repository_path, sentence
from ordercli.output.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from ordercli.errors import BadInputError
    from ordercli.operations.diagnostics import Diagnostic, Summary


# "Workflow commands for GitHub Actions": characters that must be escaped in a value and in a property.
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_DATA | str.maketrans({":": "%3A", ",": "%2C"})


class GithubReport(StreamReport):
    """Write one command for each diagnostic, beginning with the first one of each group.

    GitHub shows ten errors and ten warnings of a step. In this order they are ten different faults.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
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

    def end(self, summary: Summary) -> None:  # a workflow command tells of one fault
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
