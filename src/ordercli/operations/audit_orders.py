"""Check customer orders against their documents and their history."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Final, Generic, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from ordercli.database.store import Store
from ordercli.errors import UnknownKindError
from ordercli.intake import json_text
from ordercli.operations.audit_members import is_as_sent, member_faults
from ordercli.operations.find import RELEASED_ID
from ordercli.orders import external_ids, order_audit
from ordercli.orders.changes import differences
from ordercli.orders.external_ids import ExternalIdRow
from ordercli.orders.history import HistoryKind, Timeline, timelines
from ordercli.orders.order_audit import Documents
from ordercli.orders.order_rows import LineRow, LineView, OrderRow, OrderWithLines
from ordercli.orders.order_store import order_seqs, stored
from ordercli.orders.states import OrderState, rolled_up
from ordercli.queue.entries import is_undamaged
from ordercli.resources.document import shown
from ordercli.resources.events import Occasion, events_of, replay
from ordercli.resources.registry import RESOURCES, stored_kind
from ordercli.resources.resource import CannotBeCreatedError, accepted_of
from ordercli.result_types import Id, Result
from ordercli.run_control import OnProgress, Progress

Json = dict[str, Any]

CHUNK = 200
# What making rows or documents of a document that was changed by hand may raise.
_UNREADABLE = (msgspec.MsgspecError, LookupError, TypeError, ValueError)
# The columns of an order and of a line item that do not come from the document.
_BESIDE = {"state", "version", "created_at", "updated_at", "ponr", "assessed_from"}


CHANGED_BY_HAND = "somebody else than ordercli changed the database; the last backup has it as it was"
CheckName = Literal[
    "integrity",
    "schema",
    "foreign-key",
    "payload",
    "queue",
    "forward",
    "tables",
    "document",
    "history",
    "states",
    "receipt",
    "kind",
]
_Checked = TypeVar("_Checked")
_Found = TypeVar("_Found")


class Check(NamedTuple, Generic[_Checked, _Found]):
    """A check: its name, the function that yields the faults, and what to do about them."""

    name: CheckName
    faults_of: Callable[[_Checked], Iterable[_Found]]
    remedy: str = CHANGED_BY_HAND


class Discrepancy(Result):
    """Two things in the database that do not agree, and what to do about it."""

    columns = ("check", "orderId", "message")
    identified_by = "orderId"

    check: CheckName
    order_id: Id | None
    message: str
    remedy: Annotated[str, Meta(description="what to do about it")] = ""


class _Order(NamedTuple):
    """All data of one order in the database; `body` is the document as patches left it, else the accepted one."""

    rows: OrderWithLines
    timeline: Timeline
    accepted: bytes
    body: bytes
    external_ids: Sequence[ExternalIdRow] = ()

    @property
    def views(self) -> list[LineView]:
        """Return its line items as `show` prints them."""
        notes = self.timeline.notes
        return [
            LineView(line.item_id, line.state, line.version, line.ponr, notes.get(line.item_id, ()))
            for line in self.rows.lines
        ]


def order_faults(
    store: Store, on_progress: OnProgress | None = None, *, after: int = 0, last: int | None = None
) -> Iterator[Discrepancy]:
    """Yield what differs between tables, documents, history and events, in the orders after one key up to another.

    200 orders are read at a time. Most were never changed: their rows are compared all at once with those that creating
    them makes, and only where these differ, and where orders were changed, each is looked at in detail.
    """
    read = 0
    if last is None:
        last = order_audit.last_seq(store)
    while seqs := order_seqs(store, after, last, CHUNK):
        never_changed = order_audit.never_changed(store, json.dumps(seqs))
        if never_changed and _are_as_created(store, json.dumps(never_changed)):
            yield from _faults_among(store, sorted(set(seqs).difference(never_changed)))
        else:
            yield from _faults_among(store, seqs)
        if seqs[-1] <= after:  # only in a damaged table, of which the check of the file tells
            return
        after, read = seqs[-1], read + len(seqs)
        if on_progress:
            on_progress(Progress(after, read, total=last))


def _are_as_created(store: Store, seqs: str) -> bool:
    """Return whether the rows of these orders are those that creating them makes of undamaged documents."""
    made, known = [], external_ids.of_orders(store, seqs)
    for row, document in order_audit.orders_as_accepted(store, seqs):
        try:
            stored_kind(row)
            if document is None or not is_undamaged(*document):
                return False
            if not is_as_sent(row, known.get(row.seq, ()), document.body):
                return False
            rows = RESOURCES[row.resource].to_rows(accepted_of(row), document.body, row.created_at)
        except (UnknownKindError, *_UNREADABLE):
            return False
        if rows.order != row:
            return False
        made.append(rows)
    return order_audit.are_stored(store, seqs, made)


def _faults_among(store: Store, seqs: list[int]) -> Iterator[Discrepancy]:
    """Yield the faults of these orders, one after the other."""
    if not seqs:
        return
    rows, known, kept = stored(store, seqs), timelines(store, seqs), external_ids.of_orders(store, json.dumps(seqs))
    for seq, documents in order_audit.documents(store, json.dumps(seqs)):
        yield from _order_faults(rows[seq], known.get(seq), documents, kept.get(seq, ()))


def _order_faults(
    rows: OrderWithLines, timeline: Timeline | None, documents: Documents, kept: Sequence[ExternalIdRow]
) -> Iterator[Discrepancy]:
    """Yield the faults of one order; of a damaged document nothing else: everything would differ."""
    order_id, accepted = rows.order.order_id, documents.accepted
    if accepted and not is_undamaged(*accepted):
        yield Discrepancy(PAYLOAD, None, DAMAGED.format("accepted", rows.order.seq))
    if unknown := _unknown_kind(rows.order):
        yield unknown
    elif timeline is None or accepted is None:
        missing = "accepted document" if timeline else "batch"
        yield Discrepancy(DOCUMENT, order_id, f"its {missing} is lost")
    elif all(is_undamaged(*each) for each in documents if each):
        body = (documents.revised or accepted).body
        order = _Order(rows, timeline, accepted.body, body, kept)
        yield from (Discrepancy(check, order_id, message) for check, message in _faults(order))


def _unknown_kind(order: OrderRow) -> Discrepancy | None:
    try:
        stored_kind(order)
    except UnknownKindError as error:
        return Discrepancy(KIND, order.order_id, error.message)
    return None


def _faults(order: _Order) -> Iterator[tuple[CheckName, str]]:
    try:
        for check in ORDER_CHECKS:
            yield from ((check.name, message) for message in check.faults_of(order))
    except _UNREADABLE as error:
        yield DOCUMENT, f"it cannot be read: {type(error).__name__}: {error}"


def _row_faults(order: _Order) -> Iterator[str]:
    """Compare the rows with those made from the document."""
    row = order.rows.order
    try:
        expected = RESOURCES[row.resource].to_rows(accepted_of(row), order.body, row.created_at)
    except CannotBeCreatedError as error:
        yield f"the document cannot become rows: {error}"
        return
    yield from _different(row, expected.order, "the order")
    yield from member_faults(row, order.external_ids, order.accepted)
    if [line.item_id for line in order.rows.lines] != [line.item_id for line in expected.lines]:
        yield "the lines in the table are not those of the document"
        return
    for line, wanted in zip(order.rows.lines, expected.lines, strict=True):
        yield from _different(line, wanted, f"line {line.item_id}")
    for name in ("characteristics", "contacts", "related"):
        if getattr(order.rows, name) != getattr(expected, name):
            yield f"the {name} in the table are not those of the document"


def _different(row: OrderRow | LineRow, expected: OrderRow | LineRow, name: str) -> Iterator[str]:
    for column, value in asdict(row).items():
        expected_value = getattr(expected, column)
        if column not in _BESIDE and value != expected_value:
            yield f"{column} of {name} is {value!r}, by the document {expected_value!r}"


def _history_faults(order: _Order) -> Iterator[str]:
    """Check that the history leads without a gap from the created order to the current one."""
    row, entries = order.rows.order, order.timeline.entries
    versions = [entry.version for entry in entries]
    if versions != list(range(1, row.version + 1)):
        yield f"the order has version {row.version}, its history {versions}"
        return
    if entries[-1].at != row.updated_at:
        yield f"the order was changed at {row.updated_at}, by its history at {entries[-1].at}"
    if entries[0].at != row.created_at:
        yield f"the order was created at {row.created_at}, by its history at {entries[0].at}"
    if entries[0].run_id is not None:
        yield f"it was created by run {entries[0].run_id}, and a run over many requests creates no order"
    timeline = order.timeline
    accepted = json_text.decode_given(order.accepted)
    # The documents share what they have in common, so that it need not be compared.
    body = accepted if order.body is order.accepted else json_text.decode_given(order.body)
    documents = list(replay(timeline.order, accepted, entries, timeline.notes))
    # The released id is no part of the document that is stored; older versions kept no entry of it.
    documents[-1].pop(RELEASED_ID, None)
    for change in differences(shown(timeline.order, order.views, body), documents[-1]):
        derived, known = json_text.encode(change.after).decode(), json_text.encode(change.before).decode()
        yield f"{change.pointer} is {known}, by the history {derived}"
    for entry, document in zip(entries, documents, strict=True):
        occasion = Occasion(entry, timeline.order, document, timeline.track_id)
        if not list(events_of(occasion)):
            yield f"version {entry.version} gives no event"


def _state_faults(order: _Order) -> Iterator[str]:
    """Check that the state of the order follows from its lines; where a target decides, it need not."""
    if any(entry.kind is HistoryKind.REMOTE for entry in order.timeline.entries):
        return
    state = OrderState(order.rows.order.state)
    derived = rolled_up(state, [line.state for line in order.rows.lines], order.rows.order.resource)
    if derived != state:
        yield f"the order is {state}, by its lines {derived}"


HISTORY: Final = "history"
ORDER_CHECKS = (Check("tables", _row_faults), Check(HISTORY, _history_faults), Check("states", _state_faults))
KIND: Final = "kind"
KIND_REMEDY = "install a newer ordercli; nothing is lost"
PAYLOAD: Final = "payload"
DAMAGED: Final = "the {} document {} is no longer what was written"
DOCUMENT: Final = "document"
DOCUMENT_REMEDY = f"the stored document cannot be used: {CHANGED_BY_HAND}"
