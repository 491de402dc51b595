"""Report the progress of a run, and stop it when a signal asks for it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

STOP_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


class Progress(NamedTuple):
    """The progress of a run.

    `done` and `total` are in any unit, such as bytes; `total` is None if it is unknown. `counted` is the number of
    orders, entries or rows so far, `refused` the number of those that were refused or failed.
    """

    done: int
    counted: int
    refused: int = 0
    total: int | None = None


# Every long operation calls this after each transaction, or after each step if it has no transactions.
OnProgress = Callable[[Progress], None]


class Interrupted(BaseException):
    """Raised when a run is asked to stop in the middle of a step, such as waiting for input from a pipe."""


class Stop:
    """Tell whether a signal has asked the run to stop.

    The first SIGINT, SIGTERM or SIGHUP is `signal`. The second one ends the process at once.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._waiting = False
        self._handled_signals: list[signal.Signals] = []

    def listen(self, on_hangup: Callable[[], None] | None = None) -> Stop:
        """Handle the signals that are not ignored (`nohup` and background jobs ignore some); main thread only.

        With `on_hangup`, SIGHUP calls that and does not stop the run.
        """
        self._handled_signals = [number for number in STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        if on_hangup:
            self._handled_signals = [number for number in self._handled_signals if number != signal.SIGHUP]
            signal.signal(signal.SIGHUP, lambda _number, _frame: on_hangup())
        for number in self._handled_signals:
            signal.signal(number, self._on_signal)
        return self

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Raise Interrupted on a signal; for a block that may wait long and holds no lock, such as reading a pipe."""
        self._waiting = True
        try:
            if self.signal:
                raise Interrupted
            yield
        finally:
            self._waiting = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.signal = signal.Signals(number)
        for each in self._handled_signals:
            signal.signal(each, signal.SIG_DFL)
        if self._waiting:
            raise Interrupted
