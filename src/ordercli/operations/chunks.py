"""Chunks of records, each of which is one transaction, until a signal asks the run to stop."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.errors import BY_SIGNAL, BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from ordercli.errors import ExitCode
    from ordercli.intake.record import Record


class Interrupted(BaseException):
    """Raised in place of waiting on."""


class Stop:
    """Set by the first SIGINT, SIGTERM or SIGHUP; the second one, whichever it is, ends the process at once."""

    def __init__(self) -> None:
        self.exit_code: ExitCode | None = None
        self._waiting = False
        self._heard: list[signal.Signals] = []

    @property
    def requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self.exit_code is not None

    def listen(self, on_hangup: Callable[[], None] | None = None) -> Stop:
        """Take over the signals that are not ignored (`nohup`, a job in the background); only the main thread may.

        With `on_hangup`, SIGHUP calls that and stops nothing.
        """
        self._heard = [number for number in BY_SIGNAL if signal.getsignal(number) is not signal.SIG_IGN]
        if on_hangup:
            self._heard = [number for number in self._heard if number != signal.SIGHUP]
            signal.signal(signal.SIGHUP, lambda _number, _frame: on_hangup())
        for number in self._heard:
            signal.signal(number, self._on_signal)
        return self

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Work that may block and holds nothing, such as reading a pipe: a signal raises Interrupted in it."""
        self._waiting = True
        try:
            if self.requested:
                raise Interrupted
            yield
        finally:
            self._waiting = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.exit_code = BY_SIGNAL[signal.Signals(number)]
        for each in self._heard:
            signal.signal(each, signal.SIG_DFL)
        if self._waiting:
            raise Interrupted


BATCH = 500
BATCH_BYTES = 16 * 1024 * 1024


def chunks(records: Iterator[Record], stop: Stop) -> Iterator[list[Record]]:
    """Batches of records; what was read before the input broke off, or before a signal, is handed over first."""
    while not stop.requested:
        chunk: list[Record] = []
        try:
            with stop.waiting():
                _fill(chunk, records)
        except Interrupted:
            pass
        except BadInputError:
            if chunk:
                yield chunk
            raise
        if not chunk:
            return
        yield chunk


def _fill(chunk: list[Record], records: Iterator[Record]) -> None:
    """Take records until the batch has 500 of them or 16 MiB, so that large orders do not pile up in memory."""
    size = 0
    for record in records:
        chunk.append(record)
        size += len(record.data)
        if len(chunk) == BATCH or size >= BATCH_BYTES:
            return
