"""What the tests see of a terminal is what a person sees."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from support.terminals import ended, on_terminal, screen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("", ""),
        ("one\r\ntwo", "one\ntwo\n"),
        ("\x1b[1;31mred\x1b[0m   \r\n", "red\n"),
        ("50 %\rdone\r\n", "done\n"),
        ("100 %\rdone\r\n", "done%\n"),
        ("100 %\r\x1b[2Kdone\r\n", "done\n"),
        ("a bar\r\n\r\x1b[1A\x1b[2Kdone\r\n", "done\n"),
        ("0123456789\r\n", "0123456789\n"),
        ("0123456789abc\r\nx\r\n", "0123456789abc\nx\n"),
        ("01234567  abc\r\n", "01234567  abc\n"),
        ("\n" * 100 + "0123456789" * 5, "\n" * 100 + "0123456789" * 5 + "\n"),
    ],
)
def test_a_screen_shows_what_was_neither_overwritten_nor_erased(sent: str, shown: str) -> None:
    assert screen(sent, columns=10) == shown


@pytest.mark.parametrize(("end", "code"), [("sys.exit(3)", 3), ("os.kill(os.getpid(), 9)", -signal.SIGKILL)])
def test_a_process_that_ends_after_its_terminal_was_closed_is_waited_for(tmp_path: Path, end: str, code: int) -> None:
    leave = f"import os, sys, time; print('bye', flush=True); os.closerange(0, 3); time.sleep(0.5); {end}"

    process = ended(on_terminal([sys.executable, "-c", leave], tmp_path, {}))

    assert process == (code, "bye\n", "bye\r\n")
