"""A signal asks long work to stop after the batch at hand."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_EXIT_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class Interrupted(BaseException):
    """Raised in place of waiting on."""


class Stop:
    """Set by the first SIGINT or SIGTERM; the second ends the process at once."""

    def __init__(self) -> None:
        self.exit_code: ExitCode | None = None
        self._waiting = False

    @property
    def requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self.exit_code is not None

    def listen(self) -> Stop:
        """Take over the signals; only the main thread may."""
        for number in _EXIT_CODES:
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
        self.exit_code = _EXIT_CODES[signal.Signals(number)]
        signal.signal(number, signal.SIG_DFL)
        if self._waiting:
            raise Interrupted
