"""The threads that use the database: one that writes, and a few that read."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from uuid_utils import uuid7

from ordercli.database import faults
from ordercli.database.opening import read_database
from ordercli.database.store import snapshot
from ordercli.http.accepting import Accepting, Post
from ordercli.http.answers import BusyError, RefusedError
from ordercli.intake.reader import BATCH, BATCH_BYTES
from ordercli.queue.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from ordercli.database.store import Store
    from ordercli.http.answers import Answer
    from ordercli.settings import Settings

_T = TypeVar("_T")


class Change(NamedTuple):
    """A request that needs a transaction of its own."""

    make: Callable[[Store], Answer]


class _Waiting(NamedTuple):
    work: Post | Change
    future: asyncio.Future[Answer]


class Writer:
    """One thread that writes: it commits together whatever orders have come while the last commit ran.

    A commit waits for the disk, so a hundred orders in one cost hardly more than one order; no timer delays any.
    """

    def __init__(self, database: str, settings: Settings, report: Callable[[Exception], None]) -> None:
        self._database = database
        self._settings = settings
        self._report = report
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._carried: _Waiting | None = None
        self._ends = False
        self._waiting = 0
        self._thread = threading.Thread(target=self._run, name="writer")
        self.trouble: str | None = None

    def start(self) -> None:
        """Start the thread; call it in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def do(self, work: Post | Change) -> Answer:
        """Return the answer to a request, when it was committed.

        Raises:
            BusyError: too many requests wait already.
        """
        if self._waiting >= self._settings.serve.max_waiting:
            raise BusyError("Too many requests wait for the database; send this one again")
        self._waiting += 1
        waiting = _Waiting(work, self._loop.create_future())
        self._queue.put(waiting)
        return await waiting.future

    async def stop(self) -> None:
        """End the thread when everything that waits is done."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        with Worker(self._database, uuid7().hex) as worker:
            accepting = Accepting(self._database, self._settings, worker, self._report)
            accepting.complete_lost()
            while group := self._next():
                try:
                    answers: list[Answer | Exception] = [*_answers(accepting, group)]
                    self.trouble = None
                except Exception as error:  # noqa: BLE001 - it is told to everybody who waits
                    answers = [error] * len(group)
                    if not isinstance(error, RefusedError) and faults.classify(error) != "unknown":
                        self.trouble = str(error)
                        accepting.give_up()
                self._loop.call_soon_threadsafe(self._deliver, group, answers)
            accepting.close()

    def _next(self) -> list[_Waiting]:
        """Wait for a request; return it with all orders that came meanwhile. Return nothing at the end."""
        first = self._carried or (None if self._ends else self._queue.get())
        self._carried = None
        if first is None or isinstance(first.work, Change):
            return [first] if first else []
        group, size, keys = [first], len(first.work.record.data), {_key(first.work)}
        while len(group) < BATCH and size < BATCH_BYTES and (post := self._more(keys)):
            group.append(post)
            size += len(post.work.record.data)  # type: ignore[union-attr] # `_more` returns orders alone
            keys.add(_key(post.work))  # type: ignore[arg-type]
        return group

    def _more(self, keys: Container[tuple[str | None, str] | None]) -> _Waiting | None:
        """Return the next order if one waits; carry over what cannot go into the same transaction.

        That is any other request, and an order whose Idempotency-Key one before it has.
        """
        try:
            waiting = self._queue.get_nowait()
        except Empty:
            return None
        if waiting is None:
            self._ends = True
        elif isinstance(waiting.work, Change) or (waiting.work.key and _key(waiting.work) in keys):
            self._carried = waiting
        else:
            return waiting
        return None

    def _deliver(self, group: list[_Waiting], answers: list[Answer | Exception]) -> None:
        self._waiting -= len(group)
        for waiting, each in zip(group, answers, strict=True):
            if waiting.future.done():  # the server stops, and waits no longer
                continue
            if isinstance(each, Exception):
                waiting.future.set_exception(each)
            else:
                waiting.future.set_result(each)


def _answers(accepting: Accepting, group: list[_Waiting]) -> list[Answer]:
    first = group[0].work
    if isinstance(first, Change):
        return [first.make(accepting.store)]
    return accepting.accept([each.work for each in group if isinstance(each.work, Post)])


def _key(post: Post) -> tuple[str | None, str] | None:
    return (post.context.source, post.key) if post.key else None


class Readers:
    """A few threads that read, each with one connection that it keeps."""

    def __init__(self, database: str, count: int) -> None:
        self._database = database
        self._pool = ThreadPoolExecutor(count, "reader")
        self._own = threading.local()
        self._opened: list[Store] = []

    async def do(self, read: Callable[[Store], _T]) -> _T:
        """Return what a function reads in one snapshot of the database."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, read)

    def _read(self, read: Callable[[Store], _T]) -> _T:
        store: Store | None = getattr(self._own, "store", None)
        if store is None:
            store = self._own.store = read_database(self._database)
        try:
            with snapshot(store):
                return read(store)
        except faults.driver_errors():
            self._own.store = None  # the connection may be lost: the next request makes another
            store.close()
            raise

    def stop(self) -> None:
        """End the threads."""
        self._pool.shutdown()
