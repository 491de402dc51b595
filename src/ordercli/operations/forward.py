"""Forward entries to a target, effectively once: claim, send, note what came of it, create the order here.

What may have arrived is never sent again before the target was asked for it, several times, when the time in which a
late request could still arrive is over. Each step is a transaction of its own:

1. the claim, with the note that the orders are about to be sent; then they are sent, in threads;
2. (A) what the target answered; an order that it has is noted with its id there, whoever holds the claim by then;
3. (B) the customer order, under the fence of the claim.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Literal

from uuid_utils import uuid7

from ordercli.clock import later, timestamp
from ordercli.database.store import transaction
from ordercli.forwarding import forwards, pauses
from ordercli.operations import failures, results, target_pauses
from ordercli.operations.drain import RENEW_SECONDS, Drain
from ordercli.operations.forward_attempt import Job, Outcome, What
from ordercli.operations.forward_wire import Arrived, sent_body
from ordercli.operations.target_runs import TargetRun, allowed_in_second
from ordercli.queue import claims, tallies, target_claims
from ordercli.queue.entries import digest
from ordercli.result_types import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from ordercli.database.store import Store
    from ordercli.forwarding.forwards import ForwardRow
    from ordercli.queue.claims import Claimed
    from ordercli.queue.workers import Worker
    from ordercli.settings import Settings
    from ordercli.targets import Target

# How often the target must not have an order before it is sent again.
LOOKUPS = 2
MAX_ATTEMPTS = 10
LONGEST_BODY = 64 * 1024
LONGEST_DELAY_SECONDS = 6 * 3600.0
_HOUR = 3600.0


class ForwardRun(TargetRun):
    """What a run did for one target."""

    columns = ("target", "completed", "failed", "retried", "uncertain", "remaining", "paused")

    completed: Count = 0
    failed: Count = 0
    retried: Count = 0
    uncertain: Count = 0
    remaining: Count = 0

    def add_failures(self, failed: int, first: Iterable[tuple[str, str]]) -> None:
        """Count orders that failed; of the first ones, the error bodies (JSON texts) are given."""
        self.failed += failed
        for order_id, error in first:
            self.add_incident("order failed", order_id, json.loads(error)["details"][0])


class Forwarder:
    """One run for one target: its claims, its counts, and what it notes."""

    def __init__(self, store: Store, worker: Worker, settings: Settings, name: str, target: Target) -> None:
        self._store = store
        self._worker = worker
        self._name = name
        self._target = target
        # The target has taken the order: it is too late to refuse it here.
        settings = settings._replace(queue=settings.queue._replace(revalidate=False))
        self._drain = Drain(store, worker, settings, target=name)
        self._tallied: Counter[tallies.Event] = Counter()  # what happened in the transaction that is open
        self._under_way: dict[str, int] = {}  # by token, the number of its entries that are under way
        self._renewed = store.now()
        self.waits = False  # the limit per second keeps entries waiting, for a moment
        self.result = ForwardRun(name)

    def claim(self) -> list[Job]:
        """Claim as many entries as the limits of the target allow, and note that they are about to be sent."""
        token = uuid7().hex
        with transaction(self._store, "forward-claim"):
            self._store.lock(f"target {self._name}")
            at = self._store.now()
            moment = timestamp(at)
            self.waits = False
            if self._is_paused(moment):
                return []
            target_claims.wake_due(self._store, self._name, moment)
            self._rescue(at, moment)
            limit = self._allowed(at)
            claimed = 0
            if limit > 0:
                expires_at = later(at, claims.CLAIM_SECONDS)
                claimed = target_claims.claim(
                    self._store, self._name, token, self._worker.name, moment, expires_at, limit
                )
            if not claimed:
                return []
            jobs = self._jobs(token)
            posted = [job.entry.order_id for job in jobs if _is_posted(job)]
            if posted:
                forwards.note_sending(self._store, posted, moment)
        self._under_way[token] = len(jobs)
        return jobs

    def _is_paused(self, moment: str) -> bool:
        self.result.show_pause(target_pauses.current_pause(self._store, self._name, moment))
        return self.result.paused

    def _allowed(self, at: datetime) -> int:
        """Return how many orders may be sent now, by all forwarders together."""
        target = self._target
        under_way, others = target_claims.in_flight(self._store, self._name, self._worker.name)
        allowed = target.max_in_flight - under_way
        if not others and not target.max_per_second:
            # The next ones wait in this run, so that none of its threads waits for the store.
            allowed += target.max_in_flight
        if target.max_per_hour and allowed > 0:
            sent = forwards.sent_since(self._store, self._name, later(at, -_HOUR))
            allowed = min(allowed, target.max_per_hour - sent)
        if allowed > 0:
            allowed = allowed_in_second(self._store, self._name, target, at, allowed)
            self.waits = allowed <= 0
        return allowed

    def _rescue(self, at: datetime, moment: str) -> None:
        """Take over the entries of lost workers; their requests may still be under way for a while."""
        self._tallied.clear()
        for owner, expires_at in target_claims.owners(self._store, self._name):
            if self._worker.has_lost(owner, expires_at, at):
                until = later(at, self._target.settle_seconds)
                for resource in target_claims.rescue(self._store, self._name, owner, expires_at, until, moment):
                    self._tally(resource, "retried", "lost")
        tallies.add(self._store, self._tallied)

    def _jobs(self, token: str) -> list[Job]:
        claimed = claims.claimed(self._store, token)
        known = forwards.of_orders(self._store, [entry.order_id for entry in claimed])
        return [self._job(entry, token, known[entry.order_id]) for entry in claimed]

    def _job(self, entry: Claimed, token: str, forward: ForwardRow) -> Job:
        is_whole = digest(entry.body) == entry.sha256
        body = sent_body(entry.body, forward.external_id, entry.filled_currency) if is_whole else None
        unknown = forward.sent_at is not None and forward.lookups < LOOKUPS
        return Job(entry, token, forward, body, looks_up=unknown)

    def without_request(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Return the outcomes of jobs for which nothing is sent: the target has them, or cannot be asked for them."""
        found = []
        for job in jobs:
            if job.forward.remote_id:
                there = Arrived(job.forward.remote_id, job.forward.remote_href, job.forward.remote_state)
                found.append(Outcome(job, What.ARRIVED, arrived=there))
            elif job.body is None:
                found.append(Outcome(job, What.REFUSED, reason="damaged"))
            elif job.looks_up and self._target.lookup == "none":
                found.append(Outcome(job, What.UNKNOWN, reason="it may have been sent, and cannot be looked for"))
        return found

    def renew(self) -> None:
        """Extend the claims once a third of their time is over; call this often."""
        at = self._store.now()
        if (at - self._renewed).total_seconds() < RENEW_SECONDS:
            return
        for token in sorted(self._under_way):
            claims.renew(self._store, token, later(at, claims.CLAIM_SECONDS))
        self._renewed = at

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Note what came of requests (A). The lock keeps a pause by hand that comes at the same time."""
        with transaction(self._store, "forward-answers"):
            self._store.lock(f"target {self._name}")
            at = self._store.now()
            self._tallied.clear()
            for outcome in outcomes:
                self._record_one(outcome, at)
            tallies.add(self._store, self._tallied)

    def create(self, outcomes: Sequence[Outcome]) -> None:
        """Create the customer orders of what the target has (B)."""
        for token in dict.fromkeys(outcome.job.token for outcome in outcomes):
            entries = [each.job.entry for each in outcomes if each.job.token == token and each.what is What.ARRIVED]
            if entries:
                done = self._drain.create_entries(token, entries)
                self.result.completed += done.completed
                self.result.retried += done.retried
                self.result.add_failures(done.failed, done.failures)
        for outcome in outcomes:
            token = outcome.job.token
            self._under_way[token] -= 1
            if not self._under_way[token]:
                del self._under_way[token]

    def count_remaining(self) -> None:
        """Count what is due and was not sent."""
        self.result.remaining = target_claims.count_due(self._store, self._name, timestamp(self._store.now()))

    def _record_one(self, outcome: Outcome, at: datetime) -> None:
        job, now = outcome.job, timestamp(at)
        order_id, seq = job.entry.order_id, job.entry.seq
        if outcome.answer or outcome.reason:
            forwards.note_answer(self._store, order_id, *_kept(outcome))
        if outcome.what is What.ARRIVED and outcome.arrived:
            if not job.forward.remote_id:
                forwards.note_arrival(self._store, order_id, outcome.arrived)
            self._reached()
        elif outcome.what is What.NOT_THERE:
            wait = 0.0 if job.forward.lookups + 1 >= LOOKUPS else self._settle(job)
            if claims.postpone(self._store, job.token, seq, later(at, wait), now):
                forwards.note_lookup(self._store, order_id)
                self._retried(job)
            self._reached()
        elif outcome.what in {What.REFUSED, What.DIFFERS}:
            self._fail(outcome, now)
        elif outcome.what is What.UNKNOWN:
            self._leave_unknown(outcome, at)
        else:
            # Whoever has taken the claim over may have sent the order since.
            if target_claims.release(self._store, job.token, seq, now) and not job.looks_up:
                forwards.note_unsent(self._store, [order_id])
            if outcome.what is not What.HELD_BACK:
                self._pause(outcome, at)

    def _leave_unknown(self, outcome: Outcome, at: datetime) -> None:
        job, now = outcome.job, timestamp(at)
        if self._target.lookup == "none" or job.entry.attempts >= MAX_ATTEMPTS:
            if target_claims.leave_to_people(self._store, job.token, job.entry.seq, now):
                self.result.uncertain += 1
                self.result.add_incident("order uncertain", job.entry.order_id, {"message": outcome.reason})
        else:
            wait = self._settle(job)
            if claims.postpone(self._store, job.token, job.entry.seq, later(at, wait), now):
                self._retried(job)
        if outcome.retry_after:
            self._pause(outcome, at)

    def _retried(self, job: Job) -> None:
        self.result.retried += 1
        self._tally(job.entry.resource, "retried", "fault")

    def _tally(self, resource: str, what: Literal["failed", "retried"], cause: str) -> None:
        self._tallied[tallies.Event(resource, self._name, what, cause)] += 1

    def _settle(self, job: Job) -> float:
        """Return how long to wait before the order is looked for: never less than the time to settle, and growing."""
        longest = min(self._target.settle_seconds * 2.0 ** (job.entry.attempts - 1), LONGEST_DELAY_SECONDS)
        return max(longest, self._target.settle_seconds) * random.uniform(1.0, 1.25)  # noqa: S311 - spreads requests

    def _fail(self, outcome: Outcome, now: str) -> None:
        entry = outcome.job.entry
        if outcome.job.body is None:
            failure = failures.payload_damaged(entry)
        elif outcome.what is What.DIFFERS:
            failure = failures.failure(entry, results.other_order(outcome.job.forward.external_id, outcome.reason))
        else:
            status = outcome.answer.status if outcome.answer else 0
            failure = failures.failure(entry, results.target_refused(self._name, status))
        if claims.fail(self._store, outcome.job.token, failure, now):
            self.result.add_failures(1, [(entry.order_id, failure.error)])
            self._tally(entry.resource, "failed", failure.error_code)
            if outcome.what is What.REFUSED and outcome.job.forward.sent_at is None:
                forwards.release_ids(self._store, [entry.order_id])

    def _pause(self, outcome: Outcome, at: datetime) -> None:
        """Pause the target, as its answer or the lack of one asks for."""
        if outcome.what is What.STOP:
            self.result.refused = True
            target_pauses.stop(self._store, self._name, at, outcome.reason)
        elif outcome.what is What.NOT_SENT:
            self.result.unreachable = True
            target_pauses.back_off(self._store, self._name, at, outcome.reason)
        else:
            seconds = outcome.retry_after or target_pauses.DEFAULT_RETRY_AFTER
            target_pauses.wait(self._store, self._name, at, seconds, outcome.reason)

    def _reached(self) -> None:
        """Forget failures to connect."""
        pauses.forget_failures(self._store, self._name)


def _is_posted(job: Job) -> bool:
    return not job.looks_up and job.forward.remote_id is None and job.body is not None


def _kept(outcome: Outcome) -> tuple[int | None, str]:
    if outcome.answer is None:
        return None, outcome.reason
    text = outcome.answer.body[:LONGEST_BODY].decode(errors="replace").replace("\0", "\ufffd")
    return outcome.answer.status, text
