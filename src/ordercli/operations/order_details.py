"""Collect everything about one order: its entry in the queue, its document, its line items and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.forwarding import forwards
from ordercli.intake import json_text
from ordercli.operations.find import document_of, find_by_any_id
from ordercli.operations.history import HistoryLine, history_of
from ordercli.orders import external_ids, order_store
from ordercli.orders.order_rows import OrderView
from ordercli.queue import entries
from ordercli.queue.entries import EntryView, digest, read_payload, stored_error
from ordercli.resources.common.values import document_lines
from ordercli.resources.registry import RESOURCES

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.forwarding.forwards import ForwardRow
    from ordercli.intake.json_text import JsonValue

Json = dict[str, Any]
# The members that say what a line item orders, in the order of preference.
_SUBJECTS = ("productOffering", "productSpecification", "serviceSpecification")


class LineItem(NamedTuple):
    """A line item as pages show it; `subject` is what it orders, `depth` how many line items it is nested in."""

    id: str
    action: str
    state: str
    subject: str
    quantity: str
    depth: int
    notes: list[str]


class OrderDetails(NamedTuple):
    """An order, or an entry of the queue that has not become one, or both.

    `document` is what `show` prints, or the order as it came; `error` is why its creation failed. `there` is what is
    known of it at its target.
    """

    order_id: str
    external_id: str | None
    source: str
    profile: str
    resource: str
    order: OrderView | None
    entry: EntryView | None
    document: JsonValue
    lines: list[LineItem]
    history: list[HistoryLine]
    error: Json | None
    there: ForwardRow | None

    @property
    def state(self) -> str:
        """The state of the order in the words of its profile, or that of its entry."""
        if isinstance(self.document, dict) and self.order:
            return str(self.document["state"])
        return self.entry.state if self.entry else ""


def order_details(
    store: Store, identifier: str, source: str | None = None, resource: str | None = None
) -> OrderDetails:
    """Return everything about the order with this order id or external id; source and kind narrow external ids.

    Raises:
        OrderNotFoundError, AmbiguousIdError: nothing has this id, or several orders have it.
    """
    found = find_by_any_id(store, identifier, source, resource)
    if isinstance(found, OrderView):
        entry, order = entries.by_order_id(store, found.order_id), found
        document: JsonValue = document_of(store, found)
        history = history_of(store, found)
    else:
        entry, order, history = found, None, []
        kept = read_payload(store, found.seq)
        document = _as_it_came(*kept) if kept else None
    error = stored_error(entry) if entry and entry.error else None
    of = (found.order_id, found.external_id, found.source, found.profile, found.resource)
    there = forwards.find(store, found.order_id)
    return OrderDetails(*of, order, entry, document, _lines(document, found.resource), history, error, there)


def order_ids_of(store: Store, external_id: str, source: str | None) -> list[str]:
    """Return the ids of all orders and entries with this external id, also as a further identifier."""
    found: list[OrderView | EntryView] = [
        *order_store.by_external_id(store, external_id, source),
        *entries.by_external_id(store, external_id, source),
    ]
    return list(
        dict.fromkeys([*(each.order_id for each in found), *external_ids.order_ids(store, external_id, source)])
    )


def _as_it_came(sha256: bytes, body: bytes) -> JsonValue:
    return json_text.decode(body) if digest(body) == sha256 else body.decode(errors="replace")


def _lines(document: JsonValue, resource: str) -> list[LineItem]:
    """Return the line items; none if they are malformed, as in an order that was queued without validation."""
    items = RESOURCES[resource].items
    if not isinstance(document, dict) or not _are_objects(document.get(items)):
        return []
    return [
        LineItem(
            _text(line.item.get("id")),
            _text(line.item.get("action")),
            _text(line.item.get("state")),
            _subject(line.item),
            _text(line.item.get("quantity")),
            line.pointer.count(f"/{items}/") - 1,
            [_text(note.get("text")) for note in line.item.get("workNote") or () if isinstance(note, dict)],
        )
        for line in document_lines(document, items)
    ]


def _are_objects(found: JsonValue) -> bool:
    return isinstance(found, list) and all(isinstance(each, dict) for each in found)


def _subject(item: Json) -> str:
    holders = (item, item.get("product"), item.get("service"))
    for name in _SUBJECTS:
        for holder in holders:
            referred = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(referred, dict) and (referred.get("name") or referred.get("id")):
                return _text(referred.get("name") or referred.get("id"))
    return ""


def _text(value: object) -> str:
    return "" if value is None else str(value)
