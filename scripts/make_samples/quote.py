"""A quote of TMF648 v4 that the customer has accepted: what an order in the words of the standard was offered as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripts.make_samples.documents import given, identifier
from scripts.make_samples.standard import standard_payload

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json
    from scripts.make_samples.order import Order

_ACTIONS = {"delete": "remove"}


def quote_payload(order: Order) -> Json:
    """Give the document; its order is known by id and version of the quote."""
    wanted = standard_payload(order)
    return given(
        {
            "id": f"QT-{order.external_id}",
            "version": "1",
            "category": wanted.get("category"),
            "state": "accepted",
            "quoteDate": wanted["requestedStartDate"],
            "validFor": {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2099-12-31T23:59:59Z"},
            "expectedFulfillmentStartDate": wanted["requestedStartDate"],
            "billingAccount": [{"id": identifier("billing account", order.external_id)}],
            "note": [{"id": str(n), **note} for n, note in enumerate(wanted.get("note", ()), 1)],
            "quoteItem": [_item(item) for item in wanted["productOrderItem"]],
            "relatedParty": wanted["relatedParty"],
            "@type": "Quote",
        }
    )


def _item(item: dict[str, Any]) -> Json:
    return given(
        {
            "id": item["id"],
            "quantity": item["quantity"],
            "action": _ACTIONS.get(item["action"], item["action"]),
            "state": "accepted",
            "quoteItemPrice": item.get("itemPrice", []),
            "product": item["product"],
            "productOffering": item["productOffering"],
            "quoteItem": [_item(child) for child in item.get("productOrderItem", ())],
            "@type": "QuoteItem",
        }
    )
