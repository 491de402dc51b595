"""Diagnostics become lines that editors and grep know: `file:line:column: CODE message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.diagnostics.report import Report
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from typing import TextIO

    from ordercli.pipeline.outcomes.diagnostic import Diagnostic


class ConciseReport(Report):
    """One line for each diagnostic."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write the line."""
        self._stream.write(f"{concise(diagnostic)}\n")


def concise(diagnostic: Diagnostic) -> str:
    """The diagnostic in one line, without its end."""
    place = f"{visible(diagnostic.file)}:{diagnostic.line}:{diagnostic.column}"
    return f"{place}: {diagnostic.code} {visible(diagnostic.message)}"
