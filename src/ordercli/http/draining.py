"""Run the inbound queue beside the server, in a process of its own that ends with it."""

from __future__ import annotations

import logging
import os
import signal
import threading
from math import inf
from multiprocessing import get_context
from typing import TYPE_CHECKING, Self

from ordercli.bulk.queue_run import watch_queue
from ordercli.http.answers import is_trouble, words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType

    from ordercli.settings import Settings

_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_log = logging.getLogger("ordercli.http")
# A new interpreter: the threads of the server, and the locks of SQLite, do not survive a fork.
_spawning = get_context("spawn")


class Draining:
    """A process that runs the queue while the block runs; if it ends by itself, it is started again.

    Its transactions are small, because the server waits for each of them. It notices when the server has ended, and
    finishes the entries that it has claimed. `stopping` returns whether a signal has asked the server to stop: then the
    same signal may have ended the process, which is not started again.
    """

    def __init__(self, database: str, settings: Settings, stopping: Callable[[], bool]) -> None:
        size = min(settings.queue.batch_size, settings.serve.drain_batch_size)
        self._database = database
        self._settings = settings._replace(queue=settings.queue._replace(batch_size=size))
        self._stopping = stopping
        self._ends = threading.Event()
        self._starting = threading.Lock()
        self._lifeline: Connection | None = None
        self._keeper = threading.Thread(target=self._keep, name="draining")

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the process finish what it has claimed, and wait for its end."""
        with self._starting:
            self._ends.set()
            if self._lifeline:
                self._lifeline.close()
        self._keeper.join()

    def _keep(self) -> None:
        pause = _SHORTEST_PAUSE
        while process := self._started():
            process.join()
            if process.exitcode == 0:
                pause = _SHORTEST_PAUSE
            if self._ends.wait(pause) or self._stopping():
                return
            _log.warning("the process that runs the queue has ended (%s); it is started anew", process.exitcode)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _started(self) -> SpawnProcess | None:
        with self._starting:
            if self._ends.is_set():
                return None
            theirs, self._lifeline = _spawning.Pipe(duplex=False)
            process = _spawning.Process(target=_run, args=(self._database, self._settings, theirs), name="draining")
            process.start()
            theirs.close()
            return process


def _run(database: str, settings: Settings, lifeline: Connection) -> None:
    """Run the queue until a signal comes, or the server is gone."""
    threading.Thread(target=_stop_at_the_end, args=(lifeline,), daemon=True).start()
    try:
        watch_queue(database, settings, inf, lambda _run: None)
    except Exception as error:
        if not is_trouble(error):
            raise
        _log.warning("the queue does not run: %s", words_of(error))
        raise SystemExit(1) from error


def _stop_at_the_end(lifeline: Connection) -> None:
    """Wait until the server has closed its end of the pipe, or has been killed; then stop this process."""
    lifeline.poll(None)
    os.kill(os.getpid(), signal.SIGTERM)
