"""Find the order or the queue entry of an id, and show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import UNSET, UnsetType

from ordercli.database.store import Store
from ordercli.errors import AmbiguousIdError, OrderNotFoundError, reading
from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.orders import order_store
from ordercli.orders.order_rows import OrderView, SummaryView
from ordercli.queue import entries
from ordercli.queue.entries import EntryState, EntryView, QueueEntry, digest, read_payload, stored_error, undamaged
from ordercli.resources.document import order_document
from ordercli.result_types import ErrorBody

if TYPE_CHECKING:
    from ordercli.forwarding.forwards import ForwardRow

# Source and kind.
_Key = tuple[str, str]
_Found = TypeVar("_Found", bound=OrderView | EntryView)


def why_unknown(store: Store, identifier: str, source: str | None, resource: str | None = None) -> str:
    """Return the hint to ORD404, whose message does not name the order."""
    if known := _further_holders(store, identifier, source, resource):
        orders = f"order {known[0]}" if len(known) == 1 else f"the orders {', '.join(known)}"
        first = order_store.by_order_id(store, known[0])
        # Orders that hold the id come before those that have released it.
        has = "was released by" if first and first.external_id is None else "is a further external identifier of"
        return f"{identifier!r} {has} {orders}: give the order id"
    of_source = f" from source {source!r}" if source else ""
    of_resource = f" among orders of kind {resource}" if resource else ""
    return f"nothing is known as {identifier!r}{of_source}{of_resource}"


def _further_holders(store: Store, identifier: str, source: str | None, resource: str | None) -> list[str]:
    """Return the ids of the orders that have this id among their further external identifiers."""
    from ordercli.orders import external_ids  # only where nothing else was found

    return external_ids.order_ids(store, identifier, source, resource)


def find(
    store: Store, identifier: str, source: str | None = None, resource: str | None = None
) -> OrderView | EntryView:
    """Return the customer order with this order id or external id, or its queue entry while there is no order.

    `source` and `resource`, the kind of order, narrow what is looked for.

    Raises:
        OrderNotFoundError: Nothing has this id (ORD404).
        AmbiguousIdError: Several sources, or orders of several kinds, have this external id; the hint has the options
            that choose one.
    """
    found = order_store.by_order_id(store, identifier) or entries.by_order_id(store, identifier)
    if found and source in {None, found.source} and resource in {None, found.resource}:
        return found
    queued: dict[_Key, OrderView | EntryView] = {
        (each.source, each.resource): each for each in entries.by_external_id(store, identifier, source)
    }
    created: dict[_Key, OrderView | EntryView] = {
        (each.source, each.resource): each for each in order_store.by_external_id(store, identifier, source)
    }
    return _only(store, queued | created, identifier, source, resource)


def find_entry(store: Store, identifier: str, source: str | None = None, resource: str | None = None) -> EntryView:
    """Return the entry of the inbound queue with this order id or external id.

    Raises:
        OrderNotFoundError, AmbiguousIdError: See `find`.
    """
    found = entries.by_order_id(store, identifier)
    if found and source in {None, found.source} and resource in {None, found.resource}:
        return found
    queued = {(each.source, each.resource): each for each in entries.by_external_id(store, identifier, source)}
    if not queued:
        _refuse_created(store, identifier, source, resource)
    return _only(store, queued, identifier, source, resource)


def _refuse_created(store: Store, identifier: str, source: str | None, resource: str | None) -> None:
    """Raise OrderNotFoundError if a customer order has this id, and say why it has no entry."""
    from ordercli.queue import batches  # rarely needed, and imports much

    created = order_store.by_order_id(store, identifier)
    orders = [created] if created else order_store.by_external_id(store, identifier, source)
    for order in orders:
        if resource not in {None, order.resource}:
            continue
        batch = batches.by_id(store, order_store.batch_of(store, order.seq))
        why = "created synchronously" if batch and batch.mode == "sync" else "created, and its entry purged"
        raise OrderNotFoundError(
            f"Order {order.order_id} has no entry in the inbound queue: it was {why}",
            hint=f"see `ordercli show {order.order_id}`",
        )


def _only(store: Store, found: dict[_Key, _Found], identifier: str, source: str | None, resource: str | None) -> _Found:
    by_key = {key: each for key, each in found.items() if resource in {None, each.resource}}
    if not by_key:
        raise OrderNotFoundError(hint=why_unknown(store, identifier, source, resource))
    if len({source for source, _ in by_key}) > 1:
        known = ", ".join(f"{each.order_id} ({each.source})" for each in by_key.values())
        raise AmbiguousIdError(f"{identifier!r} stands in several sources", hint=f"choose with --source: {known}")
    if len(by_key) > 1:
        known = " or ".join(f"--resource {each.resource} ({each.order_id})" for each in by_key.values())
        raise AmbiguousIdError(f"{identifier!r} stands for orders of several kinds", hint=f"choose with {known}")
    return next(iter(by_key.values()))


def current_body(store: Store, seq: int) -> bytes:
    """Return the document as the last patch left it, or as it was accepted.

    Raises:
        BadDatabaseError: The document is damaged.
    """
    stored = order_store.revised_document(store, seq) or read_payload(store, seq)
    if stored is None:
        raise LookupError(f"the payload {seq} of an order is lost")
    return undamaged(*stored)


STILL_WAITING = "This Order is still in the inbound queue table waiting to be processed."
REQUEST_IN_QUEUE = 102
OTHERS = 1


def find_by_any_id(
    store: Store, identifier: str, source: str | None = None, resource: str | None = None
) -> OrderView | EntryView:
    """Return what `find` returns, else the order that has this id among its further external identifiers.

    Raises:
        OrderNotFoundError: Nothing has this id (ORD404).
        AmbiguousIdError: Several sources or several orders have it; the hint has the order ids.
    """
    try:
        return find(store, identifier, source, resource)
    except OrderNotFoundError:
        known = _further_holders(store, identifier, source, resource)
        if not known:
            raise
    if len(known) > 1:
        raise AmbiguousIdError(
            f"{identifier!r} is an external identifier of several orders", hint=f"choose one: {', '.join(known)}"
        )
    return find(store, known[0], source)


def show(store: Store, identifier: str, source: str | None = None, resource: str | None = None) -> dict[str, Any]:
    """Return the document of an order, or the answer of the API for an order that was not created.

    Raises:
        OrderNotFoundError, AmbiguousIdError: See `find_by_any_id`.
    """
    found = find_by_any_id(store, identifier, source, resource)
    if isinstance(found, EntryView):
        return queued_answer(found)
    from ordercli.forwarding import forwards  # requests to change an order do not need it

    return document_of(store, found) | forwarded_to(forwards.find(store, found.order_id))


def forwarded_to(known: ForwardRow | None) -> dict[str, Any]:
    """Return the member that tells where an order is that was forwarded; none for any other order."""
    if known is None:
        return {}
    there = {"target": known.target, "id": known.remote_id, "href": known.remote_href, "state": known.remote_state}
    trouble = {"trouble": known.trouble} if known.trouble else {}
    return {"forwardedTo": {name: value for name, value in there.items() if value is not None} | trouble}


def document_of(store: Store, order: OrderView) -> dict[str, Any]:
    """Return the document of a customer order."""
    with reading(f"the order {order.order_id}"):
        document = order_document(order, order_store.lines(store, order.seq), current_body(store, order.seq))
    return with_released_id(document, released_ids(store, [order]).get(order.seq))


RELEASED_ID = "releasedExternalId"


def released_ids(store: Store, orders: Iterable[OrderView | SummaryView]) -> dict[int, str]:
    """Return the external ids that those of the orders have released that have none, by the key of the order."""
    nameless = [order for order in orders if order.external_id is None]
    if not nameless:
        return {}
    import json  # most orders have an external id

    from ordercli.orders import external_ids
    from ordercli.orders.states import OrderState

    canceled = [order.seq for order in nameless if order.state == OrderState.CANCELED]
    return external_ids.released(store, json.dumps(canceled)) if canceled else {}


def with_released_id(document: dict[str, Any], released: str | None) -> dict[str, Any]:
    """Return the document of an order with the external id that it has released, if any."""
    return {**document, RELEASED_ID: released} if released else document


class QueueEntryShown(QueueEntry):
    """An entry of the inbound queue, and why it was discarded."""

    reason: str | UnsetType | None = UNSET


class QueuedAnswer(ErrorBody):
    """The status of an order that was not created: it waits (code 102), its creation failed, or it was discarded."""

    queueEntry: QueueEntryShown  # noqa: N815 - as in JSON


class QueueEntryDetails(QueueEntry, kw_only=True):
    """An entry of the inbound queue with its error, why it was discarded, and the order as it came."""

    error: ErrorBody | None
    reason: str | None
    payload: Any


def queued_answer(entry: EntryView) -> dict[str, Any]:
    """Return the answer of the API for an order that was not created: it waits, failed, or was discarded."""
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


def show_entry(
    store: Store, identifier: str, source: str | None = None, resource: str | None = None
) -> QueueEntryDetails:
    """Return an entry of the inbound queue with its error, why it was discarded, and its payload, numbers as they came.

    Raises:
        OrderNotFoundError, AmbiguousIdError: No entry has this id, or several sources have one.
    """
    try:
        entry = find_entry(store, identifier, source, resource)
    except OrderNotFoundError:
        entry = find_entry(store, find_by_any_id(store, identifier, source, resource).order_id)
    kept = read_payload(store, entry.seq)
    return QueueEntryDetails.of(
        entry,
        error=stored_error(entry) if entry.error else None,
        reason=entry.reason,
        payload=_payload(*kept) if kept else None,
    )


def _payload(sha256: bytes, body: bytes) -> JsonValue:
    """Return the accepted document, or the text of a damaged one."""
    return json_text.decode(body) if digest(body) == sha256 else body.decode(errors="replace")
