"""Deliver events to subscribers: to each in their order, and at least once.

Of several servers on one database, the one that holds the lease delivers. For each subscriber, one event at a time is
under way; when it was answered with success, the cursor of the subscription moves past it. If the server ends between
the two, the event is delivered again, with the same `eventId`.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.clients import subscriptions
from ordercli.clients.subscriptions import LEASE_SECONDS, LeaseLostError
from ordercli.clock import later, timestamp
from ordercli.database import faults
from ordercli.database.opening import open_database
from ordercli.database.store import snapshot, transaction
from ordercli.errors import BadDatabaseError, OrdercliError
from ordercli.http.callbacks import CallbackError
from ordercli.http.hub import Conditions
from ordercli.http.paths import api_of
from ordercli.intake import json_text
from ordercli.operations.history import Cursor, horizon, read_events
from ordercli.orders import history
from ordercli.queue.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.clients.subscriptions import SubscriptionRow
    from ordercli.database.store import Store
    from ordercli.http.callbacks import Callbacks
    from ordercli.operations.history import EventAt
    from ordercli.settings import Settings

_POLL_SECONDS = 0.5
_LONGEST_DELAY = 600
# A delivery that takes longer counts as failed; nothing else is sent to that subscriber until its answer ends.
_STUCK_SECONDS = 60
_STOP_SECONDS = 5
_RENEW_SECONDS = LEASE_SECONDS / 3


class _Delivery(NamedTuple):
    """An event that is under way to a subscriber, sent under the lease `fence`.

    It is `noted` if it took too long and counts as failed already.
    """

    cursor: str
    started: float
    fence: int | None
    noted: bool = False


class _Outcome(NamedTuple):
    subscription_id: str
    cursor: str
    error: str | None


class _Ahead:
    """The events of a subscription that were read and not delivered yet, and how far was read."""

    def __init__(self, cursor: Cursor) -> None:
        self.read_to = cursor
        self.events: deque[tuple[str, bytes]] = deque()


class Sender:
    """A thread that delivers events while it holds the lease."""

    def __init__(
        self, database: str, settings: Settings, callbacks: Callbacks, report: Callable[[Exception], None]
    ) -> None:
        self._database = database
        self._settings = settings
        self._report = report
        self._callbacks = callbacks
        self._outcomes: SimpleQueue[_Outcome] = SimpleQueue()
        self._deliveries: dict[str, _Delivery] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sender")
        self._forget()

    def _forget(self) -> None:
        """Forget everything, and continue from the state in the database."""
        self._fence: int | None = None
        self._renewed = 0.0
        self._horizon = 0
        self._looked = 0.0
        self._ahead: dict[str, _Ahead] = {}
        self._arrived: list[_Outcome] = []

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; wait a moment for what is under way, and leave the lease to others."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with Worker(self._database, uuid7().hex) as worker:
            while not self._stopping.is_set():
                store: Store | None = None
                try:
                    store = open_database(self._database)
                    store.limit_lock_waits(self._settings.serve.lock_timeout)
                    while not self._stopping.is_set():
                        self._turn(store, worker)
                        self._collect(_POLL_SECONDS)
                    self._leave(store)
                except Exception as error:  # noqa: BLE001 - the thread continues once the database works again
                    if not isinstance(error, OrdercliError) and faults.classify(error) == "unknown":
                        self._report(error)
                    self._forget()
                    self._stopping.wait(_POLL_SECONDS)
                finally:
                    if store:
                        with suppress(*faults.driver_errors()):
                            store.close()

    def _turn(self, store: Store, worker: Worker) -> None:
        """Note what was delivered, and send each subscriber its next event."""
        with snapshot(store):
            known = {each.id: each for each in subscriptions.every(store) if not each.disabled_at}
        if not known or not self._holds_lease(store, worker):
            self._arrived = []
            return
        failed = self._note(store, known)
        self._ahead = {each: ahead for each, ahead in self._ahead.items() if each in known}
        self._move_horizon(store)
        at = timestamp(store.now())
        for each in known.values():
            # Of those that failed just now, `known` does not have the time of the next attempt.
            if each.id not in self._deliveries and each.id not in failed and (each.next_at or "") <= at:
                try:
                    self._send_next(store, each)
                except BadDatabaseError as error:  # others have other events
                    self._arrived.append(_Outcome(each.id, each.cursor, str(error)))

    def _holds_lease(self, store: Store, worker: Worker) -> bool:
        """Return whether this server delivers; take the lease if nobody has it, and renew it in time."""
        try:
            if self._fence is None:
                if not subscriptions.may_take_lease(store, worker.name, worker.has_lost):
                    return False
                with transaction(store, "hub"):
                    self._fence = subscriptions.take_lease(store, worker.name, worker.has_lost)
                self._renewed = monotonic()
            elif monotonic() - self._renewed > _RENEW_SECONDS:
                with transaction(store, "hub"):
                    subscriptions.keep_lease(store, self._fence)
                self._renewed = monotonic()
        except LeaseLostError:
            self._forget()
        return self._fence is not None

    def _collect(self, seconds: float) -> None:
        """Wait for outcomes; at most so long for the first one."""
        with suppress(Empty):
            self._arrive(self._outcomes.get(timeout=seconds))
            while True:
                self._arrive(self._outcomes.get_nowait())

    def _arrive(self, outcome: _Outcome) -> None:
        """Keep an outcome, unless the lease was lost meanwhile or it counts as failed already."""
        delivery = self._deliveries.pop(outcome.subscription_id)
        if delivery.fence == self._fence and not delivery.noted:
            self._arrived.append(outcome)

    def _note(self, store: Store, known: dict[str, SubscriptionRow]) -> set[str]:
        """Note outcomes in one transaction, under the number of the lease; return the subscriptions that failed."""
        ended, self._arrived = self._arrived, []
        for subscription_id, delivery in self._deliveries.items():
            if not delivery.noted and monotonic() - delivery.started > _STUCK_SECONDS:
                self._deliveries[subscription_id] = delivery._replace(noted=True)
                ended.append(_Outcome(subscription_id, delivery.cursor, "the answer does not end"))
        if not ended or self._fence is None:
            return set()
        with transaction(store, "hub"):
            subscriptions.keep_lease(store, self._fence)
            for outcome in ended:
                if each := known.get(outcome.subscription_id):
                    self._note_one(store, each, outcome)
        for outcome in ended:
            if outcome.error:
                self._ahead.pop(outcome.subscription_id, None)  # read again from the cursor on
            elif ahead := self._ahead.get(outcome.subscription_id):
                ahead.events.popleft()
        return {outcome.subscription_id for outcome in ended if outcome.error}

    def _note_one(self, store: Store, subscription: SubscriptionRow, outcome: _Outcome) -> None:
        if outcome.error is None:
            subscriptions.note_delivery(store, subscription.id, outcome.cursor)
            return
        at, patience = store.now(), self._settings.serve.hub_give_up_after
        failing_since = subscription.failing_since
        given_up = failing_since is not None and failing_since <= later(at, -patience)
        # A random part of it, at least half, so that subscribers of one host are not all tried at the same moment.
        delay = min(2**subscription.failures, _LONGEST_DELAY) * (0.5 + secrets.randbelow(1000) / 2000)
        disabled_at = timestamp(at) if given_up else None
        subscriptions.note_failure(store, subscription.id, outcome.error, later(at, delay), disabled_at)

    def _move_horizon(self, store: Store) -> None:
        """Update up to which entry events may be read, at most twice a second: on PostgreSQL, writers wait for it."""
        if monotonic() - self._looked < _POLL_SECONDS:
            return
        self._looked, newest = monotonic(), history.newest(store)
        if newest > self._horizon:
            self._horizon = min(horizon(store), newest)

    def _send_next(self, store: Store, subscription: SubscriptionRow) -> None:
        ahead = self._ahead.setdefault(subscription.id, _Ahead(Cursor.of(subscription.cursor)))
        while not ahead.events and (ahead.read_to.read is not None or ahead.read_to.entry < self._horizon):
            self._read_on(store, subscription, ahead)
        if ahead.events:
            cursor, body = ahead.events[0]
            self._deliveries[subscription.id] = _Delivery(cursor, monotonic(), self._fence)
            work = (subscription.id, cursor, subscription.callback, body)
            threading.Thread(target=self._deliver, args=work, name="delivery", daemon=True).start()

    def _read_on(self, store: Store, subscription: SubscriptionRow, ahead: _Ahead) -> None:
        """Read the next events, and skip those that the subscriber does not want."""
        api = api_of(subscription.resource, subscription.profile)
        conditions = Conditions.of(subscription.query, api)
        found, reached = read_events(store, ahead.read_to, self._horizon, subscription.resource)
        for each in found:
            of_path = each.profile == subscription.profile and subscription.source in {None, each.source}
            if of_path and conditions.are_met(each.event):
                ahead.events.append((each.cursor, _body(each, api.with_hrefs)))
        ahead.read_to = Cursor(reached, None)
        # Store how far was read, so that another server need not read all of it again.
        if not ahead.events and reached < self._horizon and self._fence is not None:
            with transaction(store, "hub"):
                subscriptions.keep_lease(store, self._fence)
                subscriptions.pass_over(store, subscription.id, str(reached))

    def _deliver(self, subscription_id: str, cursor: str, callback: str, body: bytes) -> None:
        """Deliver one event, in a thread of its own, so that a subscriber that hangs delays nobody else."""
        error: str | None = None
        try:
            self._callbacks.post(callback, body)
        except CallbackError as refused:
            error = str(refused)
        except Exception as bug:  # noqa: BLE001 - an outcome must come, or nothing is sent to the subscriber again
            self._report(bug)
            error = "internal error"
        self._outcomes.put(_Outcome(subscription_id, cursor, error))

    def _leave(self, store: Store) -> None:
        """Wait a moment for what is under way, note it, and give the lease back."""
        until = monotonic() + _STOP_SECONDS
        while self._deliveries and monotonic() < until:
            self._collect(max(until - monotonic(), 0))
        if self._fence is not None:
            with snapshot(store):
                known = {each.id: each for each in subscriptions.every(store)}
            with suppress(LeaseLostError):
                self._note(store, known)
                with transaction(store, "hub"):
                    subscriptions.keep_lease(store, self._fence, 0)


def _body(found: EventAt, with_hrefs: Callable[[dict[str, object]], dict[str, object]]) -> bytes:
    """Return an event as it is delivered: its id is its cursor, and its addresses are those of the path."""
    payload = {name: with_hrefs(document) for name, document in found.event["event"].items()}
    return json_text.encode({**found.event, "eventId": found.cursor, "event": payload})
