"""Check customer orders against their documents and their history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Final, Generic, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from ordercli.database.store import Store
from ordercli.errors import UnknownKindError
from ordercli.intake import json_text
from ordercli.orders.changes import differences
from ordercli.orders.history import HistoryKind, Timeline, timelines
from ordercli.orders.order_rows import LineRow, LineView, OrderRow, OrderWithLines
from ordercli.orders.order_store import order_seqs, revised_document, stored
from ordercli.orders.states import OrderState, rolled_up
from ordercli.queue import payloads
from ordercli.resources.document import order_document
from ordercli.resources.events import Occasion, events_of, replay
from ordercli.resources.registry import RESOURCES, stored_kind
from ordercli.resources.resource import CannotBeCreatedError, accepted_of
from ordercli.result_types import Id, Result

Json = dict[str, Any]

CHUNK = 200
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
    """All data of one order in the database."""

    rows: OrderWithLines
    timeline: Timeline
    accepted: bytes
    body: bytes

    @property
    def views(self) -> list[LineView]:
        """Return its line items as `show` prints them."""
        notes = self.timeline.notes
        return [
            LineView(line.item_id, line.state, line.version, line.ponr, notes.get(line.item_id, ()))
            for line in self.rows.lines
        ]


def order_faults(store: Store) -> Iterator[Discrepancy]:
    """Yield what differs between tables, documents, history and events; read 200 orders at a time.

    Skip an order whose document is damaged: everything would differ.
    """
    after = 0
    while seqs := order_seqs(store, after, CHUNK):
        after = seqs[-1]
        rows, known = stored(store, seqs), timelines(store, seqs)
        for seq in seqs:
            accepted = payloads.read(store, seq)
            revised = revised_document(store, seq) or accepted
            if unknown := _unknown_kind(rows[seq].order):
                yield unknown
            elif seq not in known or accepted is None or revised is None:
                missing = "batch" if seq not in known else "accepted document"
                yield Discrepancy(DOCUMENT, rows[seq].order.order_id, f"its {missing} is lost")
            elif all(payloads.digest(body) == sha256 for sha256, body in (accepted, revised)):
                order = _Order(rows[seq], known[seq], accepted[1], revised[1])
                yield from (
                    Discrepancy(check, order.timeline.order.order_id, message) for check, message in _faults(order)
                )


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
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError) as error:
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
    timeline = order.timeline
    documents = list(replay(timeline.order, order.accepted, entries, timeline.notes))
    shown = order_document(timeline.order, order.views, order.body)
    for change in differences(shown, documents[-1]):
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


ORDER_CHECKS = (Check("tables", _row_faults), Check("history", _history_faults), Check("states", _state_faults))
KIND: Final = "kind"
KIND_REMEDY = "install a newer ordercli; nothing is lost"
DOCUMENT: Final = "document"
DOCUMENT_REMEDY = f"the stored document cannot be used: {CHANGED_BY_HAND}"
