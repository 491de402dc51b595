"""Turn entries of the inbound queue into customer orders: claim, create, finish."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import UNSET
from uuid_utils import uuid7

from ordercli.clock import later, timestamp
from ordercli.database import faults
from ordercli.database.faults import Fault
from ordercli.database.store import Store, savepoint, transaction
from ordercli.failpoints import ARMED, failpoint
from ordercli.operations.create import Creation, Prepared
from ordercli.queue import claims
from ordercli.queue.workers import Worker
from ordercli.result_types import Count, ExitStatus, Result, Seconds, StoreName
from ordercli.run_control import OnProgress, Progress
from ordercli.settings import Settings

if TYPE_CHECKING:
    from ordercli.queue.tallies import Event

SHOWN_FAILURES = 5


class QueueRun(Result, dict=True):
    """The result of a run of the queue."""

    claimed: Count = 0
    completed: Count = 0
    failed: Count = 0
    retried: Count = 0
    released: Count = 0
    remaining: Count = 0
    paused: bool = False
    elapsed_seconds: Seconds = 0.0
    exit_code: ExitStatus = 0
    store: StoreName = UNSET

    def __post_init__(self) -> None:
        """Keep what is not printed: the first failures (order ids with their stored error bodies), what is counted."""
        self.failures: list[tuple[str, str]] = []
        self.tallied: dict[Event, int] = {}
        self.paused_since: str | None = None

    def progress(self) -> Progress:
        """Return the number of processed entries, and the estimated number of all entries."""
        done = self.completed + self.failed + self.retried
        return Progress(done, done, self.failed, done + self.remaining)

    def add(self, other: QueueRun) -> None:
        """Add the counts of another run or transaction, and the first of its failures."""
        self.claimed += other.claimed
        self.completed += other.completed
        self.failed += other.failed
        self.retried += other.retried
        self.released += other.released
        self.failures += other.failures[: SHOWN_FAILURES - len(self.failures)]
        for event, n in other.tallied.items():
            self.tallied[event] = self.tallied.get(event, 0) + n

    def add_failure(self, order_id: str, error: str) -> None:
        """Count a failed entry, and keep its error body (JSON text) if it is among the first."""
        self.failed += 1
        if len(self.failures) < SHOWN_FAILURES:
            self.failures.append((order_id, error))

    def tally(self, resource: str, target: str, what: Literal["failed", "retried"], cause: str) -> None:
        """Count what happened to an entry, for `keep_tallies`; see `Event`."""
        from ordercli.queue.tallies import Event  # only after a failure

        event = Event(resource, target, what, cause)
        self.tallied[event] = self.tallied.get(event, 0) + 1

    def keep_tallies(self, store: Store) -> None:
        """Add what was counted to the tallies of the store, at the end of the transaction in which it happened."""
        if self.tallied:
            from ordercli.queue import tallies  # only after a failure

            tallies.add(store, self.tallied)

    def pause(self, since: str | None) -> None:
        """Record since when the queue is paused; None if it is not."""
        self.paused, self.paused_since = since is not None, since


class PreparationPool(Protocol):
    """Prepare claims in other processes, `size` of them at a time; answers come in the order of the requests."""

    size: int

    def ask(self, token: str) -> None:
        """Begin to prepare the entries of a claim."""

    def answer(self, meanwhile: Callable[[], None]) -> list[Prepared] | None:
        """Return the entries of the next claim; None if the caller must prepare them.

        Call `meanwhile` regularly while waiting.
        """


RENEW_SECONDS = claims.CLAIM_SECONDS / 3


class Lease:
    """The claims that a run holds, by token; released entries are counted in `result`."""

    def __init__(self, store: Store, result: QueueRun) -> None:
        self._store = store
        self._result = result
        self._tokens: set[str] = set()
        self._renew_at = 0.0

    def hold(self, token: str) -> None:
        """Renew a claim from now on."""
        if not self._tokens:
            self._renew_at = monotonic() + RENEW_SECONDS
        self._tokens.add(token)

    def renew(self) -> None:
        """Extend all claims once a third of their time is over; call this often.

        Ignore errors of the driver: the next statement raises them too, and its caller handles them.
        """
        if monotonic() < self._renew_at:
            return
        with suppress(*faults.driver_errors()):
            for token in sorted(self._tokens):
                claims.renew(self._store, token, later(self._store.now(), claims.CLAIM_SECONDS))
            self._renew_at = monotonic() + RENEW_SECONDS

    def end(self, token: str) -> None:
        """Stop renewing a claim whose entries are finished."""
        self._tokens.discard(token)

    def release(self, token: str) -> None:
        """Give the entries of a claim back to the queue."""
        self.end(token)
        # The next run rescues entries that cannot be released, because this process is about to end.
        with suppress(*faults.driver_errors()), transaction(self._store, "release"):
            self._result.released += claims.release(self._store, token, timestamp(self._store.now()))

    @contextmanager
    def released_on_error(self, token: str, *, unless: Fault | None = None) -> Iterator[None]:
        """Release the claim if the block raises. Claiming is wrapped too: a COMMIT may fail after it took effect.

        `unless`: the class of faults after which there is nothing to release, such as a lock that was not obtained.
        """
        try:
            yield
        except Exception as error:
            if faults.classify(error) is not unless:
                self.release(token)
            raise


class Drain:
    """One run over the queue, or for a target: its claims, its counts, and what it does after a fault."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        settings: Settings,
        pool: PreparationPool | None = None,
        *,
        target: str = "",
    ) -> None:
        self._store = store
        self._pool = pool
        self._target = target
        self._worker = worker
        self._creation = Creation(store, settings)
        self._rescued_first = False
        self.result = QueueRun()
        self._lease = Lease(store, self.result)

    def claim(self, limit: int) -> str | None:
        """Wake entries that are due, rescue those of lost workers, and claim up to `limit` entries.

        Return the token of the claim; None where nothing waits, or the queue is paused.
        """
        token = uuid7().hex
        with self._lease.released_on_error(token, unless="passing"), transaction(self._store, "claim"):
            at = self._store.now()
            moment = timestamp(at)
            self.result.pause(claims.paused_since(self._store))
            if self.result.paused:
                return None
            claims.wake_due(self._store, moment)
            given_up = self._rescue(at, moment)
            claimed = claims.claim(
                self._store,
                token,
                self._worker.name,
                moment,
                later(at, claims.CLAIM_SECONDS),
                limit,
                rescued_first=self._rescued_first,
            )
        self.result.add(given_up)
        # Alternate, so that a steady inflow does not keep rescued entries waiting.
        self._rescued_first = not self._rescued_first
        self.result.remaining = max(self.result.remaining - claimed, 0)
        if self._hold(token, claimed) and self._pool:
            self._pool.ask(token)
        return token if claimed else None

    def claim_one(self, order_id: str) -> str | None:
        """Claim the entry with this order id, due or not; return the token, or None when it is not waiting."""
        token = uuid7().hex
        with self._lease.released_on_error(token, unless="passing"), transaction(self._store, "claim-one"):
            at = self._store.now()
            claimed = claims.claim_one(
                self._store, order_id, token, self._worker.name, timestamp(at), later(at, claims.CLAIM_SECONDS)
            )
        return token if self._hold(token, claimed) else None

    def process(self, token: str) -> None:
        """Create the orders of a claim and finish its entries.

        Raises:
            OrdercliError, or the driver's error: the database or its disk fails; the claim was released if
                possible.
            WorkerError, TryAgainError: a process of the pool has ended. The claim is not released: one of its entries
                may be the cause, so the next run rescues them and runs each alone.
        """
        self._lease.renew()
        prepared = self._pool.answer(self._lease.renew) if self._pool else None
        with self._lease.released_on_error(token):
            if prepared is None:
                prepared = self._prepared(token)
            if ARMED:
                failpoint("create")
            self._finish_together(token, prepared)
        self._lease.end(token)

    def create_entries(self, token: str, chosen: list[claims.Claimed]) -> QueueRun:
        """Create the orders of some entries of a claim, and return what came of them; the claim goes on."""
        self.result = QueueRun()
        self._creation.look_ahead(chosen)
        self._finish_together(token, [self._creation.prepare(entry) for entry in chosen])
        return self.result

    def release(self, token: str) -> None:
        """Give the entries of a claim back to the queue."""
        self._lease.release(token)

    def _hold(self, token: str, claimed: int) -> bool:
        """Count the entries of a claim, and renew it from now on; return whether there are any."""
        self.result.claimed += claimed
        if claimed:
            self._lease.hold(token)
        return bool(claimed)

    def _prepared(self, token: str) -> list[Prepared]:
        claimed = claims.claimed(self._store, token)
        self._creation.look_ahead(claimed)
        prepared = []
        for entry in claimed:
            self._lease.renew()
            prepared.append(self._creation.prepare(entry))
        return prepared

    def _rescue(self, at: datetime, moment: str) -> QueueRun:
        """Take over the entries of lost workers; return those that were given up, because too many workers crashed."""
        result = QueueRun()
        for owner, expires_at in claims.owners(self._store):
            if self._worker.has_lost(owner, expires_at, at):
                from ordercli.operations.failures import worker_lost  # only after a crash

                error = worker_lost()
                for order_id, resource in claims.fail_lost(self._store, owner, expires_at, moment, error):
                    result.add_failure(order_id, error)
                    result.tally(resource, self._target, "failed", claims.LOST)
                for resource in claims.rescue(self._store, owner, expires_at, moment):
                    result.tally(resource, self._target, "retried", "lost")
                if ARMED:
                    failpoint("rescue")
        result.keep_tallies(self._store)
        return result

    def _finish_together(self, token: str, prepared: list[Prepared]) -> None:
        """Finish all entries in one transaction; if that fails, one by one, so that only the entry at fault fails."""
        try:
            with transaction(self._store, "finish"):
                result = self._finish(token, prepared)
                result.keep_tallies(self._store)
        except Exception as error:
            if faults.classify(error) == "surroundings":
                raise
            self._finish_singly(token, prepared)
        else:
            self.result.add(result)

    def _finish_singly(self, token: str, prepared: list[Prepared]) -> None:
        result = QueueRun()
        with transaction(self._store, "finish-singly"):
            for each in prepared:
                try:
                    with savepoint(self._store):
                        part = self._finish(token, [each])
                except Exception as error:
                    if faults.classify(error) == "surroundings":
                        raise
                    part = QueueRun()
                    self._retry_or_fail(part, token, each, error)
                result.add(part)
            result.keep_tallies(self._store)
        self.result.add(result)

    def _finish(self, token: str, prepared: list[Prepared]) -> QueueRun:
        """Mark entries as completed, then insert their orders; skip entries that are no longer in this claim."""
        creatable = {each.entry.seq: each for each in prepared if each.rows}
        at = timestamp(self._store.now())
        completed = claims.complete(self._store, token, json.dumps(list(creatable)), at)
        self._creation.write([each for seq, each in creatable.items() if seq in completed])
        result = QueueRun(completed=len(completed))
        for each in prepared:
            if each.failure:
                self._fail(result, token, each, each.failure)
            elif each.fault:
                self._retry_or_fail(result, token, each, each.fault)
        return result

    def _retry_or_fail(self, result: QueueRun, token: str, prepared: Prepared, error: Exception) -> None:
        """Postpone an entry whose creation failed, or end it in `error`."""
        from ordercli.operations.failures import after_fault  # only after a failure

        failure = after_fault(prepared.entry, error)
        if isinstance(failure, claims.Failure):
            self._fail(result, token, prepared, failure)
            return
        at = self._store.now()
        if claims.postpone(self._store, token, prepared.entry.seq, later(at, failure), timestamp(at)):
            result.retried += 1
            result.tally(prepared.entry.resource, self._target, "retried", "fault")

    def _fail(self, result: QueueRun, token: str, prepared: Prepared, failure: claims.Failure) -> None:
        if claims.fail(self._store, token, failure, timestamp(self._store.now())):
            result.add_failure(prepared.entry.order_id, failure.error)
            result.tally(prepared.entry.resource, self._target, "failed", failure.error_code)


def drain(
    store: Store,
    worker: Worker,
    settings: Settings,
    *,
    stop: Callable[[], bool],
    on_progress: OnProgress | None = None,
    pool: PreparationPool | None = None,
) -> QueueRun:
    """Process the queue until nothing can be claimed, it is paused, the time is over, or `stop` returns True.

    Call `on_progress` after each claim that was processed. With a `pool`, claim `size` times ahead, so that each of its
    processes has work.
    """
    started = monotonic()
    run = Drain(store, worker, settings, pool)
    result = run.result
    if on_progress:
        result.remaining = claims.count_claimable(store, timestamp(store.now()))

    def tokens() -> Iterator[str]:
        while not stop() and monotonic() - started < settings.queue.max_runtime:
            token = run.claim(settings.queue.batch_size)
            if token is None:
                return
            yield token

    claimable = tokens()
    ahead = deque(islice(claimable, pool.size if pool else 0))
    try:
        while not stop():
            ahead.extend(islice(claimable, 1))
            if not ahead:
                break
            run.process(ahead.popleft())
            if on_progress:
                on_progress(result.progress())
    finally:
        for token in ahead:
            run.release(token)
    result.remaining = claims.count_claimable(store, timestamp(store.now()))
    result.elapsed_seconds = round(monotonic() - started, 3)
    return result
