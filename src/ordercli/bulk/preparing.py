"""Prepare claims of the queue in other processes, while this one writes orders."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import cycle
from typing import TYPE_CHECKING

import msgspec

from ordercli.bulk.worker_pool import close, worker_processes
from ordercli.database.opening import open_database
from ordercli.database.store import snapshot
from ordercli.errors import OrdercliError
from ordercli.operations.create import Creation, Prepared
from ordercli.queue import claims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.bulk.worker_pool import WorkerProcess
    from ordercli.database.store import Store
    from ordercli.settings import Settings

# MessagePack, because pickle takes twice as long to decode, and the decoding process is the one that all others wait
# for.
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Prepared]).decode
_NOTHING = b""
TURN_SECONDS = 1.0


class PreparingProcesses:
    """Processes that prepare claims in turn. Answers come in the order of the questions."""

    def __init__(self, workers: Sequence[WorkerProcess]) -> None:
        self.size = len(workers)
        self._workers = workers
        self._asked = cycle(workers)
        self._answering = cycle(workers)

    def ask(self, token: str) -> None:
        """Let the next process prepare a claim. If the process has ended, the next `answer` reports it."""
        with suppress(OrdercliError):
            next(self._asked).ask(token.encode())

    def answer(self, meanwhile: Callable[[], None]) -> list[Prepared] | None:
        """Return the next claim's entries without their payloads; None if the caller must prepare them.

        Call `meanwhile` once a second while waiting.

        Raises:
            WorkerError, TryAgainError: the process has ended.
        """
        worker = next(self._answering)
        while not worker.has_answered(TURN_SECONDS):
            meanwhile()
        answer = worker.answer()
        return None if answer == _NOTHING else _decode(answer)

    def close(self) -> None:
        """End the processes, and wait for them."""
        close(self._workers)


@contextmanager
def preparing(size: int, database: str, settings: Settings) -> Iterator[PreparingProcesses]:
    """Start `size` processes. Call this before a database is opened: SQLite's locks do not survive a fork."""
    with worker_processes(size, lambda: _Preparer(database, settings).answer) as workers:
        yield PreparingProcesses(workers)


class _Preparer:
    """The work of one process; it opens its own connection at the first call."""

    def __init__(self, database: str, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    @cached_property
    def _connection(self) -> Store:
        return open_database(self._database)

    @cached_property
    def _creation(self) -> Creation:
        return Creation(self._connection, self._settings)

    def answer(self, token: bytes) -> bytes:
        """Return the prepared entries of a claim; nothing if an exception is raised, as a traceback cannot be sent.

        The process that writes then prepares the claim itself, gets the same exception, and handles it.
        """
        try:
            with snapshot(self._connection):
                entries = claims.claimed(self._connection, token.decode())
                self._creation.look_ahead(entries)
                prepared = [self._creation.prepare(entry) for entry in entries]
        except Exception:  # noqa: BLE001 - the process that writes handles it
            return _NOTHING
        if any(each.fault for each in prepared):
            return _NOTHING
        return _encode([each._replace(entry=each.entry._replace(sha256=b"", body=b"")) for each in prepared])
