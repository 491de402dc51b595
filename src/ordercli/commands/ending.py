"""A signal ends a command that has no batch to finish: at once, quietly, with what it opened closed."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from ordercli.errors import BY_SIGNAL

if TYPE_CHECKING:
    from types import FrameType


def end_at_signals() -> None:
    """Let SIGTERM and SIGHUP unwind the command; what was told to be ignored (`nohup`) stays ignored.

    SIGINT does so by itself. Long work that writes listens for itself (pipeline/runs/stopping.py).
    """
    for number in BY_SIGNAL:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    sys.exit(BY_SIGNAL[signal.Signals(number)])
