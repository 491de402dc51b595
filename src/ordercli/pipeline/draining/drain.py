"""Entries of the inbound queue become customer orders: claim, create, finish."""

from __future__ import annotations

import json
from collections import deque
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.clock import later, timestamp
from ordercli.database import faults
from ordercli.database.clock import now
from ordercli.database.faults import Fault
from ordercli.database.transaction import savepoint, transaction
from ordercli.errors import ExitCode
from ordercli.failpoints import failpoint
from ordercli.inbound import claims, pauses
from ordercli.orders import history, store
from ordercli.pipeline.draining.creation import Creation, Prepared
from ordercli.pipeline.draining.drained import Drained, Tally
from ordercli.pipeline.draining.lease import Lease
from ordercli.pipeline.draining.retrying import after_fault
from ordercli.pipeline.loading.reference_data import inventory_versions, reference_data
from ordercli.pipeline.outcomes import messages
from ordercli.validation.error_body import error_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from ordercli.database.driver import Connection
    from ordercli.pipeline.draining.preparing import Preparing
    from ordercli.pipeline.runs.stopping import Stop
    from ordercli.pipeline.runs.worker import Worker
    from ordercli.settings import Settings


class Drain:
    """One run over the queue; its claims, its counts and its rules for what can go wrong."""

    def __init__(
        self, connection: Connection, worker: Worker, settings: Settings, preparing: Preparing | None = None
    ) -> None:
        self._connection = connection
        self._preparing = preparing
        self._worker = worker
        self._actor = settings.acting
        reference = reference_data(connection, settings)
        self._creation = Creation(settings, reference)
        self._inventory = inventory_versions(connection, reference, settings)
        self._rescued_first = False
        self.result = Drained()
        self._lease = Lease(connection, self.result)

    def claim(self, limit: int) -> str | None:
        """Wake what is due, rescue what was lost, and claim up to `limit` entries.

        The token; or None where nothing waits, or the queue is paused.
        """
        token = uuid7().hex
        with self._lease.given_back(token, unless=Fault.PASSING), transaction(self._connection, "claim"):
            at = now(self._connection)
            self.result.paused_since = pauses.paused_since(self._connection)
            if self.result.paused_since:
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
        error = json.dumps(error_body(messages.worker_lost(claims.MAX_LOSSES)))
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
        store.create(self._connection, created)
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
    connection: Connection,
    worker: Worker,
    settings: Settings,
    stop: Stop,
    follow: Callable[[Drained], None] | None = None,
    preparing: Preparing | None = None,
) -> Drained:
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
    result.elapsed_seconds = monotonic() - started
    result.exit_code = stop.exit_code or (ExitCode.REJECTED if result.failed else ExitCode.OK)
    return result


def _work_off(
    run: Drain, tokens: Iterator[str], stop: Stop, follow: Callable[[Drained], None] | None, ahead: int
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
