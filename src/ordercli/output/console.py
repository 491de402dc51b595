"""Set up Rich to print data unchanged."""

from __future__ import annotations

from typing import Any

from rich.console import Console


class DataConsole(Console):
    """A console without markup, emoji or highlighting."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def on_broken_pipe(self) -> None:
        """Do not end the process with exit code 1, as Rich does: `| head` is no error."""
        raise BrokenPipeError
