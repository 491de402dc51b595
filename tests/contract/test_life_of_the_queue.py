"""Whatever operators, callers and crashes do in whatever order, the database says what a dictionary says that knows it.

An example is the life of one queue. `pytest --hypothesis-profile=long` tries many more of them.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from ordercli.bulk.batches import Followers
from ordercli.bulk.queue_run import run_queue
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.database.address import is_server
from ordercli.database.opening import open_database
from ordercli.errors import ConflictError, NotFoundError
from ordercli.intake.record import Record
from ordercli.operations.audit import audit
from ordercli.operations.cancel import Decision, cancel_order
from ordercli.operations.change_entries import Operation, create_now, discard, operate_on_ids, retry
from ordercli.operations.change_requests import OrderReference, RequestOutcome
from ordercli.operations.drain import Drain
from ordercli.operations.patch import PatchRequest, patch_order
from ordercli.operations.purge_entries import Retention, purge
from ordercli.operations.queue_status import pause_queue, resume_queue
from ordercli.operations.results import Outcome
from ordercli.operations.revise import Author
from ordercli.queue.tallies import tallies
from ordercli.queue.workers import Worker
from ordercli.settings import Settings, ValidationSettings
from support.builders import encoded, line, product_order, write_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.results import OrderResult
    from ordercli.resources.resource import Mode
    from support.builders import Json

SETTINGS = Settings(actor="tester")
# What nobody validates can turn out to be no order when it shall be created.
CARELESS = SETTINGS._replace(validation=ValidationSettings(create_product_order_validation_async=False))
ONE_BY_ONE = SETTINGS._replace(queue=SETTINGS.queue._replace(batch_size=1))
AT_ONCE = Retention(completed=-3600, error=-3600)
MOST_LOSSES = 3
HOLDING = {"new", "in_progress", "completed"}

EXTERNAL_IDS = st.sampled_from([None, "PO-1", "PO-2", "PO-3"])
SOURCES = st.sampled_from(["crm", "shop"])


class Request(NamedTuple):
    """An order about to be submitted; `kind` is good, refused (by the rules) or hopeless (cannot be created)."""

    external_id: str | None
    quantity: int
    kind: str

    def document(self) -> Json:
        """The order that is sent."""
        items = [line(quantity=self.quantity)]
        if self.kind == "refused":
            return product_order(self.external_id, items=items, orderCurrency="none")
        return product_order(self.external_id, items=items if self.kind == "good" else [*items, *items])


REQUESTS = st.builds(Request, EXTERNAL_IDS, st.integers(1, 2), st.sampled_from(["good", "good", "good", "refused"]))
HOPELESS = st.builds(Request, EXTERNAL_IDS, st.just(1), st.just("hopeless"))


@dataclass
class Known:
    """What must be known of an accepted order: its queue entry (None: it has none), and its customer order."""

    request: Request
    source: str
    entry: str | None
    losses: int = 0
    token: str | None = None
    order: str | None = None
    version: int = 1
    notes: int = 0

    @property
    def holds(self) -> bool:
        """Whether its external id is taken."""
        return self.order is not None or self.entry in HOLDING


class Crashed(NamedTuple):
    """A worker that claimed entries and was never heard of again; or is it only slow?"""

    connection: Store
    drain: Drain
    token: str


@dataclass
class Receipts:
    """Collects the results of committed orders."""

    orders: list[OrderResult] = field(default_factory=list)

    def committed(self, orders: Sequence[OrderResult]) -> None:
        self.orders += orders


class LifeOfTheQueue(RuleBasedStateMachine):
    """The database and the dictionary, side by side."""

    ids = Bundle("ids")

    def __init__(self, database: str) -> None:
        super().__init__()
        self.database = database
        self.known: dict[str, Known] = {}
        self.paused = False
        self.crashed: list[Crashed] = []
        self.tallied: Counter[tuple[str, str]] = Counter()
        self.folder = TemporaryDirectory()

    # What callers do

    @rule(
        target=ids,
        sent=st.lists(REQUESTS, min_size=1, max_size=4),
        source=SOURCES,
        mode=st.sampled_from(["sync", "async"]),
    )
    def submit(self, sent: list[Request], source: str, mode: Mode) -> object:
        return self._submit(sent, source, mode, SETTINGS)

    @rule(target=ids, request=HOPELESS, source=SOURCES)
    def submit_without_validation(self, request: Request, source: str) -> object:
        return self._submit([request], source, "async", CARELESS)

    def _submit(self, sent: list[Request], source: str, mode: Mode, how: Settings) -> object:
        path = write_orders(Path(self.folder.name, f"{uuid4().hex}.ndjson"), *(request.document() for request in sent))
        receipts = Receipts()
        submit_files(self.database, Run(mode, source, [path], "tester"), how, followers=Followers([receipts]))
        accepted = []
        for request, receipt in zip(sent, receipts.orders, strict=True):
            expected = self._expected(request, source)
            if expected == (Outcome.ACCEPTED, None):
                assert receipt.order_id
                self.known[receipt.order_id] = Known(request, source, "new" if mode == "async" else None)
                if mode == "sync":
                    self.known[receipt.order_id].order = "new"
                accepted.append(receipt.order_id)
                expected = (Outcome.ACCEPTED, receipt.order_id)
            assert (receipt.outcome, receipt.order_id) == expected
        return multiple(*accepted)

    def _expected(self, request: Request, source: str) -> tuple[Outcome, str | None]:
        if request.kind == "refused":
            return Outcome.REJECTED, None
        holder = self._holder(source, request.external_id)
        if holder is None:
            return Outcome.ACCEPTED, None
        return Outcome.DUPLICATE if self.known[holder].request == request else Outcome.CONFLICT, holder

    def _holder(self, source: str, external_id: str | None) -> str | None:
        return next(
            (
                order_id
                for order_id, each in self.known.items()
                if external_id and each.holds and (each.source, each.request.external_id) == (source, external_id)
            ),
            None,
        )

    @rule(order_id=ids)
    def patch(self, order_id: str) -> None:
        known = self.known.get(order_id)
        document = Record(encoded({"note": [{"text": f"note {known.notes if known else 0}"}]}), "-", 1, 1, 1)
        with closing(open_database(self.database)) as connection:
            answer = patch_order(
                connection, OrderReference(order_id), PatchRequest(document), SETTINGS, Author("tester")
            ).result
        assert answer.outcome is self._answer_to_request(known, RequestOutcome.PATCHED)
        if known and answer.outcome is RequestOutcome.PATCHED:
            known.notes += 1
            known.version += 1

    @rule(order_id=ids)
    def cancel(self, order_id: str) -> None:
        known = self.known.get(order_id)
        reasons = {"cancellationReason": "moved"}
        with closing(open_database(self.database)) as connection:
            answer = cancel_order(
                connection, OrderReference(order_id), Decision.CANCELLED, reasons, SETTINGS, Author("tester")
            )
        assert answer.outcome is self._answer_to_request(known, RequestOutcome.CANCELLED)
        if known and answer.outcome is RequestOutcome.CANCELLED:
            known.order = "canceled"
            known.version += 1

    @staticmethod
    def _answer_to_request(known: Known | None, done: RequestOutcome) -> RequestOutcome:
        if known is None:
            return RequestOutcome.NOT_FOUND
        return done if known.order == "new" else RequestOutcome.CONFLICT

    # What operators do

    @rule(how=st.sampled_from([SETTINGS, ONE_BY_ONE]))
    def run_the_queue(self, how: Settings) -> None:
        run_queue(self.database, how)
        if not self.paused:
            self._rescue()
            for each in self.known.values():
                if each.entry == "new":
                    self._create(each)

    @rule(order_id=ids)
    def create_by_hand(self, order_id: str) -> None:
        known = self.known.get(order_id)
        with suppress(NotFoundError, ConflictError):
            create_now(self.database, [order_id], SETTINGS)
            assert known
            assert known.entry == "new"
        if known and known.entry == "new":
            self._create(known)

    @rule(order_id=ids)
    def retry(self, order_id: str) -> None:
        known = self.known.get(order_id)
        free = known and known.entry == "error" and self._holder(known.source, known.request.external_id) is None
        assert self._operate(order_id, retry("ana")) is bool(free)
        if known and free:
            known.entry, known.losses = "new", 0

    @rule(order_id=ids)
    def discard(self, order_id: str) -> None:
        known = self.known.get(order_id)
        discardable = known is not None and known.entry in {"new", "error"}
        assert self._operate(order_id, discard("why", "ana")) is discardable
        if known and discardable:
            known.entry = "cancelled"

    def _operate(self, order_id: str, operation: Operation) -> bool:
        try:
            operate_on_ids(self.database, operation, [order_id])
        except (NotFoundError, ConflictError):
            return False
        return True

    @rule()
    def purge(self) -> None:
        purge(self.database, AT_ONCE)
        for order_id, each in list(self.known.items()):
            if each.entry == "completed":
                each.entry = None
            elif each.entry in {"error", "cancelled"}:
                del self.known[order_id]

    @rule()
    def pause(self) -> None:
        pause_queue(self.database, "ops")
        self.paused = True

    @rule()
    def resume(self) -> None:
        resume_queue(self.database)
        self.paused = False

    # What fate does

    @rule(limit=st.integers(1, 3))
    def claim_and_crash(self, limit: int) -> None:
        connection = open_database(self.database)
        with Worker(self.database, uuid4().hex) as worker:
            drain = Drain(connection, worker, SETTINGS)
            token = drain.claim(limit)
        if not self.paused:
            self._rescue()
        claimed = self._claimed_with(connection, token)
        waiting = {order_id for order_id, each in self.known.items() if each.entry == "new"}
        assert claimed <= waiting
        assert bool(claimed) is bool(waiting and not self.paused)
        assert len(claimed) <= limit
        for order_id in claimed:
            self.known[order_id].entry, self.known[order_id].token = "in_progress", token
        if token:
            self._let_time_pass(connection, token)
            self.crashed.append(Crashed(connection, drain, token))
        else:
            connection.close()

    @rule()
    def one_that_was_given_up_goes_on(self) -> None:
        if self.crashed:
            connection, drain, token = self.crashed.pop(0)
            drain.process(token)
            connection.close()
            for each in self.known.values():
                if each.token == token:
                    self._create(each)

    def _let_time_pass(self, connection: Store, token: str) -> None:
        """On a server a claim is its owner's until it expires; on a file it is free as soon as the owner has ended."""
        if is_server(self.database):
            expired = "UPDATE inbound_entry SET claim_expires_at = created_at WHERE claim_token = ?"
            connection.execute(expired, (token,))

    @staticmethod
    def _claimed_with(connection: Store, token: str | None) -> set[str]:
        rows = connection.execute("SELECT order_id FROM inbound_entry WHERE claim_token = ?", (token,))
        return {order_id for (order_id,) in rows}

    def _rescue(self) -> None:
        for each in self.known.values():
            if each.entry == "in_progress":
                each.losses += 1
                is_last = each.losses == MOST_LOSSES
                each.entry, each.token = "error" if is_last else "new", None
                self.tallied["failed", "ORD192"] += is_last
                self.tallied["retried", "lost"] += not is_last

    def _create(self, known: Known) -> None:
        known.token = None
        if known.request.kind == "hopeless":
            known.entry = "error"
            self.tallied["failed", "ORD190"] += 1
        else:
            known.entry, known.order = "completed", "new"

    # What must hold

    @invariant()
    def the_database_says_what_the_dictionary_says(self) -> None:
        with closing(open_database(self.database)) as connection:
            entries = connection.execute(
                "SELECT order_id, source, external_id, state, losses FROM inbound_entry"
            ).fetchall()
            orders = connection.execute(
                "SELECT order_id, source, external_id, state, version FROM customer_order"
            ).fetchall()
            tallied = {(event.what, event.cause): n for event, n in tallies(connection).items()}
        assert {row[0]: tuple(row[1:]) for row in entries} == {
            order_id: (each.source, each.request.external_id, each.entry, each.losses)
            for order_id, each in self.known.items()
            if each.entry
        }
        assert {row[0]: tuple(row[1:]) for row in orders} == {
            order_id: (each.source, each.request.external_id, each.order, each.version)
            for order_id, each in self.known.items()
            if each.order
        }
        assert tallied == {event: n for event, n in self.tallied.items() if n}

    @invariant()
    def everything_agrees_with_everything(self) -> None:
        assert [str(fault) for fault in audit(self.database)] == []

    def teardown(self) -> None:
        self.resume()
        self.run_the_queue(SETTINGS)
        self.the_database_says_what_the_dictionary_says()
        self.everything_agrees_with_everything()
        assert {each.entry for each in self.known.values()} <= {None, "completed", "error", "cancelled"}
        for each in self.crashed:
            each.connection.close()
        self.folder.cleanup()


def test_nothing_is_lost_and_nothing_is_there_twice_in_any_life_of_a_queue(new_database: Callable[[], str]) -> None:
    # An example is as much work as many of others.
    lives = settings(
        max_examples=settings().max_examples // 8,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )

    run_state_machine_as_test(lambda: LifeOfTheQueue(new_database()), settings=lives)  # type: ignore[arg-type] # makes one
