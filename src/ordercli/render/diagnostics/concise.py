"""Diagnostics become lines that editors and grep know: `file:line:column: CODE message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.diagnostics.report import Report
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.errors import BadInputError
    from ordercli.pipeline.outcomes.diagnostic import Diagnostic


class ConciseReport(Report):
    """One line for each diagnostic, and with `alone` for each input that could not be read."""

    def __init__(self, stream: TextIO, *, alone: bool = False) -> None:
        self._stream = stream
        self._alone = alone

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write the line."""
        self._stream.write(f"{concise(diagnostic)}\n")

    def unreadable(self, error: BadInputError) -> None:
        """Write the line, where standard error does not have it."""
        if self._alone:
            self._stream.write(f"error: {visible(error.message)}\n")


def concise(diagnostic: Diagnostic) -> str:
    """The diagnostic in one line, without its end."""
    place = f"{visible(diagnostic.file)}:{diagnostic.line}:{diagnostic.column}"
    return f"{place}: {diagnostic.code} {visible(diagnostic.message)}"
