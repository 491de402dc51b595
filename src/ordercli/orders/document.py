"""A customer order as it is shown: its accepted payload and what the system knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.intake import exact
from ordercli.tmf622 import server_owned
from ordercli.tmf622.words import shown_state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.orders.store import LineView, OrderView

COLLECTION = "/api/sn_ind_tmt_orm/order/productOrder"


def href(order_id: str) -> str:
    """The relative address of an order, as the ServiceNow Product Order Open API writes it."""
    return f"{COLLECTION}/{order_id}"


def order_document(order: OrderView, lines: Iterable[LineView], payload: bytes) -> dict[str, Any]:
    """The document of an order, in the words of its profile.

    Every member of the payload stands in it, numbers as they came, nulls left out; added are the members that
    the page names. ServiceNow Product Order Open API, GET /order/productOrder/{id}.
    """
    return shown(order, lines, exact.without_nulls(exact.decode(payload)))


def shown(order: OrderView, lines: Iterable[LineView], body: dict[str, Any]) -> dict[str, Any]:
    """The document of an order whose payload was decoded, its nulls left out; shares what it can with the payload."""
    known = {line.item_id: line for line in lines}
    document = {
        "id": order.order_id,
        "href": href(order.order_id),
        "state": shown_state(order.state, order.profile),
        "version": str(order.version),
        "ponr": _boolean(any(line.ponr for line in known.values())),
        "orderDate": order.created_at,
        "expectedCompletionDate": body.get("requestedCompletionDate"),
        "orderCurrency": body.get("orderCurrency") or order.filled_currency,
    }
    document = {name: member for name, member in document.items() if member is not None}
    document |= {name: member for name, member in body.items() if name not in server_owned.ORDER_MEMBERS}
    document["productOrderItem"] = [_line(item, known, order.profile) for item in body["productOrderItem"]]
    return document


def _line(item: dict[str, Any], known: dict[str, LineView], profile: str) -> dict[str, Any]:
    line = known[item["id"]]
    shown = {name: member for name, member in item.items() if name not in server_owned.LINE_MEMBERS}
    shown |= {
        "state": shown_state(line.state, profile),
        "version": str(line.version),
        "ponr": _boolean(line.ponr),
    }
    if line.work_notes:
        shown["workNote"] = [note._asdict() for note in line.work_notes]
    if "productOrderItem" in item and profile == "tmf622":
        shown["productOrderItem"] = [_line(child, known, profile) for child in item["productOrderItem"]]
    return shown


def body_of(document: dict[str, Any]) -> dict[str, Any]:
    """The reverse of `shown`: the members of a document that are its caller's."""
    body = {name: member for name, member in document.items() if name not in server_owned.ORDER_MEMBERS}
    body["productOrderItem"] = [_own_members(item) for item in document["productOrderItem"]]
    return body


def _own_members(item: dict[str, Any]) -> dict[str, Any]:
    own = {name: member for name, member in item.items() if name not in server_owned.LINE_MEMBERS}
    if "productOrderItem" in item:
        own["productOrderItem"] = [_own_members(child) for child in item["productOrderItem"]]
    return own


def _boolean(value: bool) -> str:  # noqa: FBT001 - the vendor's API writes booleans as text
    return "true" if value else "false"
