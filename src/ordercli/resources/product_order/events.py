"""An entry of the history becomes the notifications that TMF622 v4 knows for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.resources.product_order.changes import ChangeType, change_type
from ordercli.resources.product_order.document import href
from ordercli.resources.product_order.history import HistoryKind
from ordercli.resources.product_order.states import OrderState
from ordercli.resources.product_order.words import shown_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.resources.product_order.history import Entry

Json = dict[str, Any]

DOMAIN = "productOrdering"


class Occasion(NamedTuple):
    """An entry with the order as it was after it; `track_id` is that of the run that accepted the order."""

    entry: Entry
    order_id: str
    profile: str
    document: Json
    track_id: str | None


def events_of(occasion: Occasion) -> Iterator[Json]:
    """The notifications of an entry, in the order in which they are told. TMF622 v4, notification schemas.

    The id of an event is made of the order id, its version and the number of the event, and never changes.
    """
    entry, name = occasion.entry, occasion.document.get("externalId", occasion.order_id)
    for number, (kind, title, payload) in enumerate(_told(occasion), start=1):
        event = {
            "eventId": f"{occasion.order_id}-{entry.version}-{number}",
            "eventTime": entry.at,
            "eventType": kind,
            "correlationId": occasion.track_id,
            "domain": DOMAIN,
            "title": title,
            "description": f"{title}: {name}, version {entry.version}",
            "fieldPath": _field_path(entry) if kind == "ProductOrderAttributeValueChangeEvent" else None,
            "event": payload,
        }
        yield {name: member for name, member in event.items() if member is not None}


def _told(occasion: Occasion) -> Iterator[tuple[str, str, Json]]:
    """Type, title and payload of each event."""
    entry, order = occasion.entry, {"productOrder": occasion.document}
    if entry.kind is HistoryKind.CREATION:
        yield "ProductOrderCreateEvent", "Product order created", order
    if entry.kind is HistoryKind.CANCELLATION:
        yield _cancellation(occasion)
    if ChangeType.STATE in entry.change_types:
        yield "ProductOrderStateChangeEvent", "Product order changed its state", order
    if set(entry.change_types) - {ChangeType.STATE}:
        yield "ProductOrderAttributeValueChangeEvent", "Product order revised", order


def _cancellation(occasion: Occasion) -> tuple[str, str, Json]:
    """A request to cancel the order; or the decision about one, which leads out of the assessment."""
    entry, order_id = occasion.entry, occasion.order_id
    assessing = shown_state(OrderState.ASSESSING_CANCELLATION, occasion.profile)
    decided = any(change.before == assessing for change in entry.changes)
    waits = any(change.after == assessing for change in entry.changes)
    cancelled = any(change.after == shown_state(OrderState.CANCELED, occasion.profile) for change in entry.changes)
    request = {
        "id": order_id,
        **(entry.cancellation or {}),
        "productOrder": {"id": order_id, "href": href(order_id), "@referredType": "ProductOrder"},
        "state": "inProgress" if waits else "done" if cancelled else "terminatedWithError",
    }
    payload = {"cancelProductOrder": request}
    if decided:
        return "CancelProductOrderStateChangeEvent", "Cancellation of product order decided", payload
    return "CancelProductOrderCreateEvent", "Cancellation of product order requested", payload


def _field_path(entry: Entry) -> str:
    """The places that were changed, states apart."""
    pointers = (change.pointer for change in entry.changes)
    return ", ".join(pointer for pointer in pointers if change_type(pointer) is not ChangeType.STATE)
