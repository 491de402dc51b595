"""The threads that use the database: one that writes, and a few that read."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import ExitStack
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from uuid_utils import uuid7

from ordercli.database.opening import read_database
from ordercli.database.store import snapshot
from ordercli.errors import OrdercliError
from ordercli.http.accepting import Accepting, Post
from ordercli.http.answers import BusyError, RefusedError, answer, is_trouble, words_of
from ordercli.http.kept_store import WRITABLE, KeptStore, check_writable
from ordercli.intake.reader import BATCH, BATCH_BYTES
from ordercli.queue.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from ordercli.database.store import Store
    from ordercli.http.answers import Answer
    from ordercli.queue.batches import Counts
    from ordercli.settings import Settings

_T = TypeVar("_T")
_CHECK_SECONDS = 1.0


class Change(NamedTuple):
    """A request that needs a transaction of its own."""

    make: Callable[[Store], Answer]


class _Waiting(NamedTuple):
    work: Post | Change
    future: asyncio.Future[Answer]


class Writer:
    """One thread that writes: it commits together whatever orders have come while the last commit ran.

    A commit waits for the disk, so committing a hundred orders costs hardly more than committing one; no order waits
    for a timer. `trouble` says why nothing can be written, None if writing works; the thread then retries by itself.

    Raises:
        TryAgainError: the folder of the database cannot be written.
    """

    def __init__(self, database: str, settings: Settings, report: Callable[[Exception], None]) -> None:
        self._database = database
        self._settings = settings
        self._report = report
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._carried: _Waiting | None = None
        self._ends = False
        self._stopping = False
        self._waiting = 0
        self._leaving = ExitStack()
        worker = self._leaving.enter_context(Worker(database, uuid7().hex))
        self._accepting = Accepting(database, settings, worker, report)
        self._thread = threading.Thread(target=self._run, name="writer")
        self._wrote_at = -_CHECK_SECONDS
        self._looking: asyncio.Future[Answer] | None = None
        self.trouble: str | None = None

    @property
    def received(self) -> list[tuple[str, Counts]]:
        """The modes in which clients sent orders, each with the counts of their outcomes."""
        return self._accepting.received

    @property
    def waiting(self) -> int:
        """The number of requests that are not done."""
        return self._waiting

    def start(self) -> None:
        """Start the thread; call it in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def do(self, work: Post | Change) -> Answer:
        """Return the answer to a request, when it was committed.

        Raises:
            BusyError: too many requests wait already, or the server stops.
        """
        if self._stopping:
            raise BusyError("The server stops; send this request again")
        if self._waiting >= self._settings.serve.max_waiting:
            raise BusyError("Too many requests wait for the database; send this one again")
        self._waiting += 1
        waiting = _Waiting(work, self._loop.create_future())
        self._queue.put(waiting)
        return await waiting.future

    async def ready(self) -> Answer:
        """Answer 200 if orders can be written; callers need no token, so it is tried once a second at most.

        Raises:
            BusyError: too many requests wait already, or the server stops.
            OrdercliError: orders cannot be written.
        """
        if not (self.trouble or self._stopping) and monotonic() - self._wrote_at < _CHECK_SECONDS:
            return answer(200, WRITABLE)
        return await asyncio.shield(self._look())

    def look(self) -> None:
        """Check soon whether orders can be written, because a reader failed; call it in the event loop."""
        if not (self.trouble or self._stopping or self._waiting):  # else it is known, or a waiting request will show it
            self._look()

    def _look(self) -> asyncio.Future[Answer]:
        """Check whether orders can be written; concurrent callers share one check."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self.do(Change(check_writable)))
            self._looking.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._looking

    async def stop(self) -> None:
        """End the thread when everything that waits is done."""
        self._stopping = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        with self._leaving:
            self._attempt(self._accepting.complete_lost)
            while group := self._next():
                answers = self._answers(group)
                self._loop.call_soon_threadsafe(self._deliver, group, answers)
            self._attempt(self._accepting.close)

    def _answers(self, group: list[_Waiting]) -> list[Answer | Exception]:
        """Return the answers to requests, or the error that all of them met."""
        answers: list[Answer | Exception] = []
        first = group[0].work
        if isinstance(first, Change):
            error = self._attempt(lambda: answers.append(first.make(self._accepting.connect())))
        else:
            posts = [each.work for each in group if isinstance(each.work, Post)]
            error = self._attempt(lambda: answers.extend(self._accepting.accept(posts)))
        return [error] * len(group) if error else answers

    def _attempt(self, step: Callable[[], object]) -> Exception | None:
        """Do something with the database; return the error that it raised, and update `trouble`."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - it is told to everybody who waits
            if is_trouble(error):
                self.trouble = words_of(error)
            if not isinstance(error, RefusedError | OrdercliError) or self.trouble:
                self._accepting.disconnect()
            return error
        self.trouble, self._wrote_at = None, monotonic()
        return None

    def _first(self) -> _Waiting | None:
        """Wait for the next request; while writing fails, check every second whether it works again."""
        while True:
            try:
                return self._queue.get(timeout=_CHECK_SECONDS if self.trouble else None)
            except Empty:
                self._attempt(lambda: check_writable(self._accepting.connect()))

    def _next(self) -> list[_Waiting]:
        """Wait for a request; return it with all orders that came meanwhile. Return nothing at the end."""
        first = self._carried or (None if self._ends else self._first())
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


def _key(post: Post) -> tuple[str | None, str] | None:
    return (post.context.source, post.key) if post.key else None


class _Reading(NamedTuple):
    read: Callable[[Store], Any]
    future: Future[Any]


class Readers:
    """A few threads that read, each with a connection of its own; `alarm` is called if the database fails for one."""

    def __init__(self, database: str, count: int, alarm: Callable[[], None]) -> None:
        self._database = database
        self._alarm = alarm
        self._queue: SimpleQueue[_Reading | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._run, name=f"reader {n}") for n in range(count)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    async def do(self, read: Callable[[Store], _T]) -> _T:
        """Return what a function reads in one snapshot of the database."""
        reading = _Reading(read, Future())
        self._queue.put(reading)
        try:
            found: _T = await asyncio.wrap_future(reading.future)
        except Exception as error:
            if is_trouble(error):
                self._alarm()
            raise
        return found

    async def stop(self) -> None:
        """End the threads, which close their connections, when everything that waits is read."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _run(self) -> None:
        connection = KeptStore(self._database, read_database)
        while reading := self._queue.get():
            if not reading.future.set_running_or_notify_cancel():
                continue
            try:
                with snapshot(connection.get()) as store:
                    found = reading.read(store)
            except Exception as error:  # noqa: BLE001 - it is told to who waits
                if is_trouble(error):
                    connection.disconnect()
                reading.future.set_exception(error)
            else:
                reading.future.set_result(found)
        connection.disconnect()
