"""Turn entries of the inbound queue into customer orders: claim, create, finish."""

from __future__ import annotations

import json
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.clock import later, timestamp
from ordercli.database import faults
from ordercli.database.faults import Fault
from ordercli.database.listening import now
from ordercli.database.store import savepoint, transaction
from ordercli.errors import ExitCode
from ordercli.failpoints import failpoint
from ordercli.operations import results
from ordercli.operations.create import Creation, Prepared, after_fault
from ordercli.operations.inventory import inventory_versions
from ordercli.queue import claims
from ordercli.reference.store import reference_data
from ordercli.resources.product_order import history, order_store
from ordercli.result_types import Count, ExitStatus, Result, Seconds
from ordercli.rulebook.findings import error_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from ordercli.bulk.preparing import Preparing
    from ordercli.database.store import Store
    from ordercli.queue.workers import Worker
    from ordercli.run_control import Stop
    from ordercli.settings import Settings


SHOWN_FAILURES = 5


@dataclass
class Tally:
    """What one transaction did to the entries that were still ours; `failures` as in `QueueRun`."""

    completed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    retried: int = 0

    def add(self, other: Tally) -> None:
        """Count the other one in."""
        self.completed += other.completed
        self.failures += other.failures
        self.retried += other.retried


class QueueRun(Result, dict=True):
    """What a run of the queue came to."""

    claimed: Count = 0
    completed: Count = 0
    failed: Count = 0
    retried: Count = 0
    released: Count = 0
    remaining: Count = 0
    paused: bool = False
    elapsed_seconds: Seconds = 0.0
    exit_code: ExitStatus = ExitCode.OK

    def __post_init__(self) -> None:
        """Set what is kept beside the members: the first failures, as order ids with their stored error bodies."""
        self.failures: list[tuple[str, str]] = []
        self.paused_since: str | None = None

    @property
    def done(self) -> int:
        """How many entries have left our hands."""
        return self.completed + self.failed + self.retried

    def add(self, tally: Tally) -> None:
        """Count what was committed; the first failures are kept to be shown."""
        self.completed += tally.completed
        self.failed += len(tally.failures)
        self.retried += tally.retried
        self.failures += tally.failures[: SHOWN_FAILURES - len(self.failures)]

    def follow(self, other: QueueRun) -> None:
        """Count in the run that came after this one, and take over how it ended."""
        self.claimed += other.claimed
        self.completed += other.completed
        self.failed += other.failed
        self.retried += other.retried
        self.released += other.released
        self.remaining = other.remaining
        self.exit_code = other.exit_code or self.exit_code
        self.failures += other.failures[: SHOWN_FAILURES - len(self.failures)]

    def pause(self, since: str | None) -> None:
        """Take down since when the queue is paused; None if it is not."""
        self.paused, self.paused_since = since is not None, since


RENEW_SECONDS = claims.CLAIM_SECONDS / 3


class Lease:
    """Every claim of a run, by its token; what is given back is counted in `result`."""

    def __init__(self, connection: Store, result: QueueRun) -> None:
        self._connection = connection
        self._result = result
        self._tokens: set[str] = set()
        self._renew_at = 0.0

    def hold(self, token: str) -> None:
        """Look after a claim that was just taken."""
        if not self._tokens:
            self._renew_at = monotonic() + RENEW_SECONDS
        self._tokens.add(token)

    def renew(self) -> None:
        """Hold all claims for longer, once a third of their time has gone; to be called often.

        Where that fails the next statement fails too, and its caller knows what follows.
        """
        if monotonic() < self._renew_at:
            return
        with suppress(*faults.driver_errors()):
            for token in sorted(self._tokens):
                claims.renew(self._connection, token, later(now(self._connection), claims.CLAIM_SECONDS))
            self._renew_at = monotonic() + RENEW_SECONDS

    def end(self, token: str) -> None:
        """Look no longer after a claim that was worked off."""
        self._tokens.discard(token)

    def give_back(self, token: str) -> None:
        """Leave a claim to others."""
        self.end(token)
        # What cannot be given back is rescued by the next run, for this process is about to end.
        with suppress(*faults.driver_errors()), transaction(self._connection, "release"):
            self._result.released += claims.release(self._connection, token, timestamp(now(self._connection)))

    @contextmanager
    def given_back(self, token: str, *, unless: Fault | None = None) -> Iterator[None]:
        """What fails gives the claim back. A commit can fail and yet have taken effect: claiming is no exception.

        `unless`: the class of faults after which there is nothing to give back, such as a lock that was not had.
        """
        try:
            yield
        except Exception as error:
            if faults.classify(error) is not unless:
                self.give_back(token)
            raise


class Drain:
    """One run over the queue; its claims, its counts and its rules for what can go wrong."""

    def __init__(
        self, connection: Store, worker: Worker, settings: Settings, preparing: Preparing | None = None
    ) -> None:
        self._connection = connection
        self._preparing = preparing
        self._worker = worker
        self._actor = settings.acting
        reference = reference_data(connection, settings)
        self._creation = Creation(settings, reference)
        self._inventory = inventory_versions(connection, reference, settings)
        self._rescued_first = False
        self.result = QueueRun()
        self._lease = Lease(connection, self.result)

    def claim(self, limit: int) -> str | None:
        """Wake what is due, rescue what was lost, and claim up to `limit` entries.

        The token; or None where nothing waits, or the queue is paused.
        """
        token = uuid7().hex
        with self._lease.given_back(token, unless=Fault.PASSING), transaction(self._connection, "claim"):
            at = now(self._connection)
            self.result.pause(claims.paused_since(self._connection))
            if self.result.paused:
                return None
            claims.wake_due(self._connection, timestamp(at))
            given_up = self._rescue(at)
            taken = claims.claim(
                self._connection,
                token,
                self._worker.name,
                timestamp(at),
                later(at, claims.CLAIM_SECONDS),
                limit,
                rescued_first=self._rescued_first,
            )
        self.result.add(given_up)
        # In turn, so that a steady inflow does not keep rescued entries waiting.
        self._rescued_first = not self._rescued_first
        self.result.claimed += taken
        self.result.remaining = max(self.result.remaining - taken, 0)
        if not taken:
            return None
        self._lease.hold(token)
        if self._preparing:
            self._preparing.ask(token)
        return token

    def claim_one(self, order_id: str) -> str | None:
        """Claim the entry with this order id, due or not; the token, or None when it is not waiting."""
        token = uuid7().hex
        with self._lease.given_back(token, unless=Fault.PASSING), transaction(self._connection, "claim-one"):
            at = now(self._connection)
            taken = claims.claim_one(
                self._connection, order_id, token, self._worker.name, timestamp(at), later(at, claims.CLAIM_SECONDS)
            )
        self.result.claimed += taken
        if not taken:
            return None
        self._lease.hold(token)
        return token

    def work_off(self, token: str) -> None:
        """Create the orders of a claim and finish its entries.

        Raises:
            OrdercliError, or the driver's error: the surroundings are in trouble; the claim was given back if possible.
            MemberError, TryAgainError: the process that prepares has ended; the next run rescues the claim, for one of
                its entries may be why.
        """
        self._lease.renew()
        prepared = self._preparing.answer(self._lease.renew) if self._preparing else None
        with self._lease.given_back(token):
            if prepared is None:
                entries = claims.claimed(self._connection, token)
                self._creation.look_ahead(entries)
                prepared = [self._prepare(entry) for entry in entries]
            failpoint("create")
            self._create_together(token, prepared)
        self._lease.end(token)

    def give_back(self, token: str) -> None:
        """Leave a claim to others."""
        self._lease.give_back(token)

    def _prepare(self, entry: claims.Claimed) -> Prepared:
        self._lease.renew()
        return self._creation.prepare(entry)

    def _rescue(self, at: datetime) -> Tally:
        """Take over from workers that are lost; gives the entries that were given up for it."""
        error = json.dumps(error_body(results.worker_lost(claims.MAX_LOSSES)))
        given_up: list[str] = []
        for owner, expires_at in claims.owners(self._connection):
            if self._worker.has_lost(owner, expires_at, at):
                given_up += claims.give_up(self._connection, owner, expires_at, timestamp(at), error)
                claims.rescue(self._connection, owner, expires_at, timestamp(at))
                failpoint("rescue")
        return Tally(failures=[(order_id, error) for order_id in given_up])

    def _create_together(self, token: str, prepared: list[Prepared]) -> None:
        """All in one transaction; where that fails, one by one, so that only the culprit fails."""
        try:
            with transaction(self._connection, "finish"):
                tally = self._write(token, prepared)
        except Exception as error:
            if faults.classify(error) is Fault.SURROUNDINGS:
                raise
            self._create_singly(token, prepared)
        else:
            self.result.add(tally)

    def _create_singly(self, token: str, prepared: list[Prepared]) -> None:
        tally = Tally()
        with transaction(self._connection, "finish-singly"):
            for each in prepared:
                try:
                    with savepoint(self._connection):
                        part = self._write(token, [each])
                except Exception as error:
                    if faults.classify(error) is Fault.SURROUNDINGS:
                        raise
                    part = self._set_aside(token, each, error)
                tally.add(part)
        self.result.add(tally)

    def _write(self, token: str, prepared: list[Prepared]) -> Tally:
        """Fence first, then insert: an entry that is no longer ours is passed over."""
        at = timestamp(now(self._connection))
        creatable = [each for each in prepared if each.rows]
        ours = claims.complete(self._connection, token, json.dumps([each.entry.seq for each in creatable]), at)
        created = [each.rows for each in creatable if each.rows and each.entry.seq in ours]
        order_store.create(self._connection, created)
        history.record_creations(self._connection, created, self._actor)
        if self._inventory:
            self._inventory.follow(created)
        tally = Tally(completed=len(ours))
        for each in prepared:
            if each.failure:
                tally.add(self._fail(token, each, each.failure))
            elif each.fault:
                tally.add(self._set_aside(token, each, each.fault))
        return tally

    def _set_aside(self, token: str, prepared: Prepared, error: Exception) -> Tally:
        """An entry whose creation failed alone waits for another attempt, or ends in `error`."""
        verdict = after_fault(prepared.entry, error)
        if isinstance(verdict, claims.Failure):
            return self._fail(token, prepared, verdict)
        at = now(self._connection)
        waits = claims.postpone(self._connection, token, prepared.entry.seq, later(at, verdict), timestamp(at))
        return Tally(retried=int(waits))

    def _fail(self, token: str, prepared: Prepared, failure: claims.Failure) -> Tally:
        ended = claims.fail(self._connection, token, failure, timestamp(now(self._connection)))
        return Tally(failures=[(prepared.entry.order_id, failure.error)] if ended else [])


def drain(
    connection: Store,
    worker: Worker,
    settings: Settings,
    stop: Stop,
    follow: Callable[[QueueRun], None] | None = None,
    preparing: Preparing | None = None,
) -> QueueRun:
    """Work until nothing is left to claim, the queue is paused, the time is up, or somebody asks to stop.

    `follow` is called after each claim that was worked off, with about how many remain. Where other processes are
    `preparing`, each is given a claim ahead.
    """
    started = monotonic()
    run = Drain(connection, worker, settings, preparing)
    if follow:
        run.result.remaining = claims.count_claimable(connection, timestamp(now(connection)))

    def tokens() -> Iterator[str]:
        while not stop.requested and monotonic() - started < settings.queue.max_runtime:
            token = run.claim(settings.queue.batch_size)
            if token is None:
                return
            yield token

    _work_off(run, tokens(), stop, follow, ahead=preparing.size if preparing else 0)
    result = run.result
    result.remaining = claims.count_claimable(connection, timestamp(now(connection)))
    result.elapsed_seconds = round(monotonic() - started, 3)
    result.exit_code = stop.exit_code or (ExitCode.REJECTED if result.failed else ExitCode.OK)
    return result


def _work_off(
    run: Drain, tokens: Iterator[str], stop: Stop, follow: Callable[[QueueRun], None] | None, ahead: int
) -> None:
    """Work off claims, so many of them taken ahead; those that are left when something stops the run are given back."""
    waiting = deque(islice(tokens, ahead))
    try:
        while not stop.requested and (token := _next(waiting, tokens)):
            run.work_off(token)
            if follow:
                follow(run.result)
    finally:
        for token in waiting:
            run.give_back(token)


def _next(waiting: deque[str], tokens: Iterator[str]) -> str | None:
    """The claim that has waited longest, once another one was taken."""
    waiting.extend(islice(tokens, 1))
    return waiting.popleft() if waiting else None
