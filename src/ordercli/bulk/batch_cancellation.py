"""Cancel a batch as a whole: discard its waiting entries and cancel its orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from time import monotonic, sleep
from typing import Annotated, Literal, NamedTuple

from msgspec import UNSET, Meta, UnsetType

from ordercli.clock import timestamp_now
from ordercli.database.store import Store, snapshot, transaction
from ordercli.errors import ConflictError, NotFoundError
from ordercli.intake.record import STDIN, Record
from ordercli.operations.cancel import CancelHandler, Decision, reasons_of_options
from ordercli.operations.change_requests import OrderReference, RequestOutcome, RevisionResult
from ordercli.operations.revise import Author
from ordercli.orders import order_store
from ordercli.orders.order_rows import OrderRow
from ordercli.orders.states import OrderState
from ordercli.queue import batch_entries, batches, entry_changes, sent_again
from ordercli.queue.batches import BatchView
from ordercli.queue.entries import EntryState, EntryView
from ordercli.result_types import Code, Count, ExitStatus, Id, Result, StoreName
from ordercli.run_control import Interrupted, OnProgress, Progress, Stop
from ordercli.settings import Settings

CHUNK = 100
_PAUSE_SECONDS = 0.2
# Nobody works on orders in these states; others need --include-in-progress.
_UNTOUCHED = frozenset({OrderState.NEW, OrderState.ACKNOWLEDGED, OrderState.ON_HOLD, OrderState.AWAITING_INFORMATION})
_CLAIMED = "a worker holds this entry; cancel the batch again when it has ended"
_ELSEWHERE = "this entry goes to the system {}"
_LEFT = "the order is {}; --include-in-progress cancels it too, where its state allows it"


class WithdrawalError(Result):
    """The reason why an order of a batch was not withdrawn."""

    code: Code | None
    message: str


class WithdrawnOrder(Result):
    """What became of one order of a batch that is cancelled."""

    columns = ("orderId", "externalId", "outcome", "state", "errors")
    identified_by = "orderId"

    order_id: Id
    external_id: str | None
    outcome: Annotated[
        Literal["discarded", "cancelled", "requested", "conflict"],
        Meta(
            description="discarded: its queue entry waited or had failed; cancelled: the customer order is; requested:"
            " its cancellation waits for approval; conflict: it stays as it is"
        ),
    ]
    state: Annotated[str, Meta(description="of the customer order, else of the queue entry, afterwards")]
    errors: list[WithdrawalError]


class BatchCancellation(Result, kw_only=True):
    """The numbers of orders of a batch that was cancelled, by what became of them."""

    identified_by = "batchId"

    batch_id: Id
    reason: str
    discarded: Count
    cancelled: Count
    requested: Count
    conflicts: Annotated[Count, Meta(description="orders and entries that stay as they are")]
    before: Annotated[Count, Meta(description="orders and entries that were withdrawn before this run")]
    claimed: Annotated[Count, Meta(description="of a dry run: entries that a worker holds")] | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET
    exit_code: ExitStatus
    store: StoreName = UNSET


class Plan(NamedTuple):
    """What cancelling a batch would do: numbers of entries and orders."""

    discarded: int
    claimed: int
    cancelled: int
    left: dict[str, int]
    elsewhere: int
    before: int

    @property
    def kept(self) -> int:
        """Return how many orders and entries would stay as they are."""
        return sum(self.left.values()) + self.elsewhere

    @property
    def changes(self) -> int:
        """Return how many orders and entries would be withdrawn."""
        return self.discarded + self.claimed + self.cancelled


class CancellationOptions(NamedTuple):
    """How a batch is cancelled; `wait` is the number of seconds to wait for claimed entries."""

    reason: str
    include_in_progress: bool
    wait: float


class CancellationRun:
    """A run that cancels one batch; it may be repeated, and goes on where an interrupted one has stopped.

    Raises:
        NotFoundError: there is no such batch.
        ConflictError: the batch is none of submit.
    """

    def __init__(self, store: Store, batch_id: str, settings: Settings, options: CancellationOptions) -> None:
        self.batch_id = batch_id
        self.counts: Counter[str] = Counter()
        self._store = store
        self._options = options
        self._reasons = reasons_of_options(options.reason, None)
        self._actor = settings.acting
        self._handler = CancelHandler(store, settings, Author(self._actor), release_ids=True)
        self._handled: set[int] = set()
        _require_submitted(batches.by_id(store, batch_id), batch_id)

    def plan(self) -> Plan:
        """Return what the run would do now."""
        with snapshot(self._store):
            queued = batch_entries.counts(self._store, self.batch_id)
            created = order_store.states_of_batch(self._store, self.batch_id)
            elsewhere = batch_entries.for_targets(self._store, self.batch_id)
        canceled = created.pop(OrderState.CANCELED, 0)
        left = {state: n for state, n in created.items() if not self._may_cancel(state)}
        return Plan(
            discarded=sum(queued.get(state, 0) for state in batch_entries.WITHDRAWABLE) - elsewhere,
            claimed=queued.get(EntryState.IN_PROGRESS, 0),
            cancelled=sum(created.values()) - sum(left.values()),
            left=left,
            elsewhere=elsewhere,
            before=canceled + queued.get(EntryState.CANCELLED, 0),
        )

    def run(self, stop: Stop, on_progress: OnProgress | None = None) -> Iterator[WithdrawnOrder]:
        """Cancel the batch, and yield a receipt for each order after its commit.

        First nothing more is accepted into the batch. Then waiting entries are discarded and orders cancelled, until no
        worker holds an entry of the batch any more, or the time to wait is up.
        """
        with transaction(self._store, "batch-cancel"):
            batches.cancel(self._store, self.batch_id, self._options.reason, timestamp_now())
        until = monotonic() + self._options.wait
        while not stop.signal:
            claimed = self._claimed()
            for receipt in self._once(stop):
                self.counts[receipt.outcome] += 1
                yield receipt
                if on_progress:
                    on_progress(Progress(self.counts.total(), self.counts.total(), self.counts["conflict"]))
            if not claimed or monotonic() >= until:
                break
            try:
                with stop.waiting():
                    sleep(_PAUSE_SECONDS)
            except Interrupted:
                break
        for receipt in self._still_claimed():
            self.counts[receipt.outcome] += 1
            yield receipt

    def _claimed(self) -> int:
        return batch_entries.counts(self._store, self.batch_id).get(EntryState.IN_PROGRESS, 0)

    def _once(self, stop: Stop) -> Iterator[WithdrawnOrder]:
        for state in batch_entries.WITHDRAWABLE:
            yield from self._chunks(stop, self._entries_in(state), self._discard)
        yield from self._chunks(stop, self._orders, self._cancel)

    def _chunks(
        self,
        stop: Stop,
        keys_after: Callable[[int], list[int]],
        withdraw: Callable[[Sequence[int]], list[WithdrawnOrder]],
    ) -> Iterator[WithdrawnOrder]:
        after = 0
        while not stop.signal and (keys := keys_after(after)):
            after = keys[-1]
            wanted = [seq for seq in keys if seq not in self._handled]
            with transaction(self._store, "batch-cancel"):
                receipts = withdraw(wanted)
                withdrawn = [each.order_id for each in receipts if each.outcome in {"discarded", "cancelled"}]
                sent_again.free(self._store, self.batch_id, withdrawn)
            yield from receipts

    def _entries_in(self, state: EntryState) -> Callable[[int], list[int]]:
        return lambda after: batch_entries.in_state(self._store, self.batch_id, state, after, CHUNK)

    def _orders(self, after: int) -> list[int]:
        return order_store.seqs_of_batch(self._store, self.batch_id, after, CHUNK)

    def _discard(self, seqs: Sequence[int]) -> list[WithdrawnOrder]:
        found = [each for each in entry_changes.locked(self._store, seqs) if each.state in batch_entries.WITHDRAWABLE]
        local = [each for each in found if each.target is None]
        changed = entry_changes.discard(
            self._store, [each.seq for each in local], self._options.reason, self._actor, timestamp_now()
        )
        elsewhere = [each for each in found if each.target is not None]
        self._handled |= {each.seq for each in elsewhere}
        return [
            *(
                WithdrawnOrder(each.order_id, each.external_id, "discarded", EntryState.CANCELLED, [])
                for each in reversed(local)
                if each.seq in changed
            ),
            *(_left_entry(each, _ELSEWHERE.format(each.target)) for each in reversed(elsewhere)),
        ]

    def _cancel(self, seqs: Sequence[int]) -> list[WithdrawnOrder]:
        self._handled |= set(seqs)
        return [receipt for seq in seqs if (receipt := self._cancel_one(seq))]

    def _cancel_one(self, seq: int) -> WithdrawnOrder | None:
        order_store.hold(self._store, seq)
        order = order_store.stored_order(self._store, seq).order
        if order.state == OrderState.CANCELED:  # by another run, since this one has read its number
            return None
        if order.state == OrderState.ASSESSING_CANCELLATION:
            return _receipt(order, "requested", order.state)
        if not self._may_cancel(order.state):
            return _receipt(order, "conflict", order.state, [WithdrawalError(None, _LEFT.format(order.state))])
        reference = OrderReference(order.order_id, resource=order.resource)
        answer = self._handler.decide(Record(b"", STDIN, 1, 1, 1), reference, Decision.CANCELLED, self._reasons)
        return _of_answer(order, answer)

    def _may_cancel(self, state: str) -> bool:
        return self._options.include_in_progress or state in _UNTOUCHED

    def _still_claimed(self) -> Iterator[WithdrawnOrder]:
        after = 0
        while keys := batch_entries.in_state(self._store, self.batch_id, EntryState.IN_PROGRESS, after, CHUNK):
            after = keys[-1]
            with transaction(self._store, "batch-cancel"):
                found = entry_changes.locked(self._store, keys)
            yield from (_left_entry(each, _CLAIMED) for each in reversed(found))

    def result(self, plan: Plan, code: int) -> BatchCancellation:
        """Return the summary of the run, whose plan was this."""
        return BatchCancellation(
            batch_id=self.batch_id,
            reason=self._options.reason,
            discarded=self.counts["discarded"],
            cancelled=self.counts["cancelled"],
            requested=self.counts["requested"],
            conflicts=self.counts["conflict"],
            before=plan.before,
            exit_code=code,
        )

    def planned(self, plan: Plan) -> BatchCancellation:
        """Return the summary of a dry run."""
        return BatchCancellation(
            batch_id=self.batch_id,
            reason=self._options.reason,
            discarded=plan.discarded,
            cancelled=plan.cancelled,
            requested=0,
            conflicts=plan.kept,
            before=plan.before,
            claimed=plan.claimed,
            dry_run=True,
            exit_code=0,
        )


def _require_submitted(batch: BatchView | None, batch_id: str) -> None:
    if batch is None:
        raise NotFoundError(f"No batch has the id {batch_id!r}", hint="see `ordercli batch list`")
    if batch.kind == "http":
        raise ConflictError(
            f"Batch {batch_id} is what a server received", hint="`ordercli cancel --help` tells how to cancel orders"
        )
    if batch.kind != "submit":
        raise ConflictError(f"Batch {batch_id} is a run of `ordercli {batch.kind}`, which cannot be cancelled")


def _receipt(
    order: OrderRow,
    outcome: Literal["cancelled", "requested", "conflict"],
    state: str,
    errors: list[WithdrawalError] | None = None,
) -> WithdrawnOrder:
    return WithdrawnOrder(order.order_id, order.external_id, outcome, state, errors or [])


def _of_answer(order: OrderRow, answer: RevisionResult) -> WithdrawnOrder:
    if answer.outcome is RequestOutcome.CANCELLED:
        return _receipt(order, "cancelled", OrderState.CANCELED)
    if answer.outcome is RequestOutcome.REQUESTED:
        return _receipt(order, "requested", OrderState.ASSESSING_CANCELLATION)
    errors = [WithdrawalError(each.code, each.message) for each in answer.findings if each.severity == "error"]
    return _receipt(order, "conflict", order.state, errors)


def _left_entry(entry: EntryView, why: str) -> WithdrawnOrder:
    return WithdrawnOrder(entry.order_id, entry.external_id, "conflict", entry.state, [WithdrawalError(None, why)])
