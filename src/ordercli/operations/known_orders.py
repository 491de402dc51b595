"""Compare an order with one that is known already, by an external id or by the line of a rejects file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.operations.results import Known
from ordercli.orders import order_store
from ordercli.orders.states import OrderState
from ordercli.queue import entries
from ordercli.queue.entries import digest, read_payload
from ordercli.resources.common.words import TMF622
from ordercli.resources.document import fingerprint

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.orders.order_rows import OrderView
    from ordercli.queue.entries import EntryView


def known_order(store: Store, order_id: str | None, profile: str) -> Known:
    """Return what a conflict tells about a stored order that has an external id of an order in `profile`."""
    found = _find(store, order_id or "")
    if found is None:
        return Known(order_id, None, None, is_canceled=False)
    payload = read_payload(store, found.seq)
    version = other_version(found.profile, profile)
    return Known(order_id, payload[1] if payload else None, version, found.state == OrderState.CANCELED)


def other_version(known: str | None, own: str) -> str | None:
    """Return the profile of a known order if that is of the same standard in another version, else None."""
    return known if known != own and known and {known, own} <= set(TMF622) else None


def equals_accepted(store: Store, order_id: str, order: ValidatedOrder) -> bool:
    """Return whether the order that was accepted under this id is equal; True for one that was purged."""
    found = _find(store, order_id)
    payload = found and read_payload(store, found.seq)
    return not (found and payload) or _equals_payload(store, found.seq, *payload, order)


def equals_stored(store: Store, seq: int, order: ValidatedOrder) -> bool:
    """Return whether the order with this payload is equal."""
    payload = read_payload(store, seq)
    return payload is not None and _equals_payload(store, seq, *payload, order)


def has_content(sha256: bytes, body: bytes, data: bytes) -> bool:
    """Return whether a payload equals `data`; a damaged one is compared only by its hash."""
    if sha256 == digest(data):
        return True
    return digest(body) == sha256 and fingerprint(body) == fingerprint(data)


def _equals_payload(store: Store, seq: int, sha256: bytes, body: bytes, order: ValidatedOrder) -> bool:
    """Return whether a stored order is equal, also if one names the currency that the other got by default."""
    if has_content(sha256, body, order.record.data):
        return True
    currency = order_store.filled_currency(store, seq) or entries.filled_currency(store, seq)
    if not (currency or order.filled_currency) or digest(body) != sha256:
        return False
    return fingerprint(body, currency) == fingerprint(order.record.data, order.filled_currency)


def _find(store: Store, order_id: str) -> EntryView | OrderView | None:
    """Return the queue entry or the order with this id."""
    return entries.by_order_id(store, order_id) or order_store.by_order_id(store, order_id)
