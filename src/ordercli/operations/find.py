"""Find the order or queue entry that an id means, and show it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import UNSET, UnsetType

from ordercli.database.faults import reading
from ordercli.database.opening import read_database
from ordercli.errors import AmbiguousIdError, OrderNotFoundError
from ordercli.intake import exact
from ordercli.operations.results import unknown
from ordercli.queue import entries, payloads
from ordercli.queue.entries import EntryState, EntryView, QueueEntry, stored_error
from ordercli.resources.product_order import order_store
from ordercli.resources.product_order.document import order_document
from ordercli.resources.product_order.order_store import OrderView
from ordercli.resources.registry import ErrorBody

if TYPE_CHECKING:
    from ordercli.database.store import Store


_Found = TypeVar("_Found", bound=OrderView | EntryView)


def find(connection: Store, identifier: str, source: str | None = None) -> OrderView | EntryView:
    """The customer order with this order id or external id; while there is none, its entry in the inbound queue.

    Raises:
        OrderNotFoundError: nothing has this id (ORD404).
        AmbiguousIdError: an external id that stands in several sources; the hint has the order ids.
    """
    found = order_store.by_order_id(connection, identifier) or entries.by_order_id(connection, identifier)
    if found and source in {None, found.source}:
        return found
    queued: dict[str, OrderView | EntryView] = {
        each.source: each for each in entries.by_external_id(connection, identifier, source)
    }
    created: dict[str, OrderView | EntryView] = {
        each.source: each for each in order_store.by_external_id(connection, identifier, source)
    }
    return _only(queued | created, identifier, source)


def find_entry(connection: Store, identifier: str, source: str | None = None) -> EntryView:
    """The entry of the inbound queue with this order id or external id.

    Raises:
        OrderNotFoundError, AmbiguousIdError: as `find`.
    """
    found = entries.by_order_id(connection, identifier)
    if found and source in {None, found.source}:
        return found
    queued = {each.source: each for each in entries.by_external_id(connection, identifier, source)}
    if not queued:
        _refuse_created(connection, identifier, source)
    return _only(queued, identifier, source)


def _refuse_created(connection: Store, identifier: str, source: str | None) -> None:
    """Say of a customer order that is there why it has no entry."""
    from ordercli.queue import batches  # noqa: PLC0415 - rarely needed, and imports much

    created = order_store.by_order_id(connection, identifier)
    orders = [created] if created else order_store.by_external_id(connection, identifier, source)
    for order in orders:
        batch = batches.by_id(connection, order_store.batch_of(connection, order.seq))
        why = "created synchronously" if batch and batch.mode == "sync" else "created, and its entry purged"
        raise OrderNotFoundError(
            f"Order {order.order_id} has no entry in the inbound queue: it was {why}",
            hint=f"see `ordercli show {order.order_id}`",
        )


def _only(by_source: dict[str, _Found], identifier: str, source: str | None) -> _Found:
    if not by_source:
        raise OrderNotFoundError(hint=unknown(identifier, source))
    if len(by_source) > 1:
        known = ", ".join(f"{each.order_id} ({each.source})" for each in by_source.values())
        raise AmbiguousIdError(f"{identifier!r} stands in several sources", hint=f"choose with --source: {known}")
    return next(iter(by_source.values()))


def current_body(connection: Store, seq: int) -> bytes:
    """The document as the last patch left it; without one, as it was accepted.

    Raises:
        BadDatabaseError: it is no longer what was written.
    """
    kept = order_store.revised_document(connection, seq) or payloads.read(connection, seq)
    if kept is None:
        raise LookupError(f"the payload {seq} of an order is lost")
    return payloads.undamaged(*kept)


STILL_WAITING = "This Order is still in the inbound queue table waiting to be processed."
REQUEST_IN_QUEUE = 102
OTHERS = 1


def show(database: str, identifier: str, source: str | None = None) -> dict[str, Any]:
    """The document of an order; of one that waits or failed, the answer of the API with its queue entry.

    Raises:
        OrderNotFoundError, AmbiguousIdError: see `find`.
    """
    with closing(read_database(database)) as connection:
        found = find(connection, identifier, source)
        return queued_answer(found) if isinstance(found, EntryView) else document_of(connection, found)


def document_of(connection: Store, order: OrderView) -> dict[str, Any]:
    """The document of a customer order."""
    with reading(f"the order {order.order_id}"):
        return order_document(order, order_store.lines(connection, order.seq), current_body(connection, order.seq))


class QueueEntryShown(QueueEntry):
    """An entry of the inbound queue, and why it was discarded."""

    reason: str | UnsetType | None = UNSET


class QueuedAnswer(ErrorBody):
    """How an order stands that has not been created: it waits (code 102), its creation failed, or it was discarded."""

    queueEntry: QueueEntryShown  # noqa: N815 - as in JSON


class QueueEntryDetails(QueueEntry, kw_only=True):
    """An entry of the inbound queue with its error, why it was discarded, and the order as it came."""

    error: ErrorBody | None
    reason: str | None
    payload: Any


def queued_answer(entry: EntryView) -> dict[str, Any]:
    """Return what there is to say of an order that has not been created: it waits, failed, or was discarded."""
    shown = QueueEntryShown.of(entry, reason=entry.reason if entry.state == EntryState.CANCELLED else UNSET)
    if entry.error:
        return {**stored_error(entry), "queueEntry": shown.members()}
    if entry.state == EntryState.CANCELLED:
        message = f"This order was discarded from the inbound queue: {entry.reason}"
        details = [{"message": message}]
        return {
            "code": OTHERS,
            "reason": message,
            "message": message,
            "details": details,
            "queueEntry": shown.members(),
        }
    return {
        "code": REQUEST_IN_QUEUE,
        "reason": "Request in queue",
        "message": STILL_WAITING,
        "details": [{"message": STILL_WAITING}],
        "queueEntry": shown.members(),
    }


def show_entry(database: str, identifier: str, source: str | None = None) -> QueueEntryDetails:
    """Return an entry of the inbound queue with its error, why it was discarded, and its payload, numbers as they came.

    Raises:
        OrderNotFoundError, AmbiguousIdError: no entry has this id, or several sources have one.
    """
    with closing(read_database(database)) as connection:
        entry = find_entry(connection, identifier, source)
        kept = payloads.read(connection, entry.seq)
        return QueueEntryDetails.of(
            entry,
            error=stored_error(entry) if entry.error else None,
            reason=entry.reason,
            payload=_payload(*kept) if kept else None,
        )


def _payload(sha256: bytes, body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The accepted document; of a damaged one the text that is left of it."""
    return exact.decode(body) if payloads.digest(body) == sha256 else body.decode(errors="replace")
