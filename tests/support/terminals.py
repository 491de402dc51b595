"""Run processes on a terminal, and return what the screen shows after they have ended."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pyte

from support.running import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ROWS = 40


class Ended(NamedTuple):
    """The exit code of a process, the final screen, and every character that was sent to the terminal."""

    exit_code: int
    screen: str
    sent: str


class _Screen(pyte.Screen):
    """A screen that records which lines were wrapped into the next one."""

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__(columns, lines)
        self.continued: set[int] = set()
        self._drawing = False

    def draw(self, data: str) -> None:
        self._drawing = True
        super().draw(data)
        self._drawing = False

    def linefeed(self) -> None:
        (self.continued.add if self._drawing else self.continued.discard)(self.cursor.y)
        super().linefeed()


def on_terminal(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], columns: int = 100
) -> pexpect.spawn:
    """Start a command on a new terminal; `ended` returns its result."""
    process = pexpect.spawn(
        command[0],
        list(command[1:]),
        cwd=str(folder),
        env={"TERM": "xterm", **environment},
        encoding="utf-8",
        codec_errors="replace",
        timeout=PATIENCE_SECONDS,
        dimensions=(ROWS, columns),
    )
    process.logfile_read = io.StringIO()
    return process


def ended(process: pexpect.spawn) -> Ended:
    """Wait for the end of a process on a terminal; an exit code below zero is the signal that ended it."""
    process.expect(pexpect.EOF)
    # Closing the terminal sends SIGHUP to a process that still runs, which would change its exit code.
    process.wait()
    _, columns = process.getwinsize()
    process.close()
    sent: str = process.logfile_read.getvalue()
    code = process.exitstatus if process.exitstatus is not None else -process.signalstatus
    return Ended(code, screen(sent, columns), sent)


def screen(sent: str, columns: int) -> str:
    """Return what a terminal shows, as it is copied from there: wrapped lines whole, no blanks at the end of a line.

    The terminal is so high that nothing scrolls out of it.
    """
    shown = _Screen(columns, sent.count("\n") + len(sent) // columns + 1)
    pyte.Stream(shown).feed(sent)
    lines = [line if y in shown.continued else line.rstrip() + "\n" for y, line in enumerate(shown.display)]
    text = "".join(lines).rstrip("\n")
    return f"{text}\n" if text else ""
