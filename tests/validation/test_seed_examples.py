"""The order documents of the Product Order Open API, or such as have the same members, run through."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.validator import OrderValidator
from support.builders import as_document, encoded
from validation.findings import places

if TYPE_CHECKING:
    from support.builders import Json

SOURCES = os.environ.get("ORDERCLI_SOURCES")
MARKERS = {
    "asynchronous": "Example: Processing asynchronously",
    "synchronous": "Example: Processing synchronously",
    "deprecated": "The following code example creates a customer order.",
}


def price(kind: str, value: float) -> Json:
    amounts = {name: {"unit": "USD", "value": value} for name in ("dutyFreeAmount", "taxIncludedAmount")}
    return {"name": "Fee", "description": "A fee", "priceType": kind, "price": {"taxRate": 0, **amounts}}


def item(item_id: str, action: str, relations: dict[str, str], **product: Any) -> Json:
    return {
        "id": item_id,
        "quantity": 1,
        "action": action,
        "actionReason": "as agreed",
        "itemPrice": [price("recurring", 20) | {"recurringChargePeriod": "month"}, price("nonRecurring", 0)],
        "product": {
            "@type": "Product",
            "isBundle": False,
            "productCharacteristic": [{"name": "Tenancy", "valueType": "string", "value": "Premium (>50 sites)"}],
            "productSpecification": {"id": "s", "name": "Controller", "@type": "ProductSpecificationRef"},
            "place": {"id": "p", "@type": "Place"},
            "relatedParty": [
                {
                    "firstName": "Ana",
                    "lastName": "Duarte",
                    "email": "ana@example.com",
                    "phone": "32456768",
                    "@type": "RelatedParty",
                    "@referredType": "OrderLineItemContact",
                }
            ],
            "productRelationship": [{"id": "q", "relationshipType": "Requires"}],
            **product,
        },
        "productOffering": {"id": "o", "name": "Premium"},
        "productOrderItemRelationship": [{"id": k, "relationshipType": kind} for k, kind in relations.items()],
        "@type": "ProductOrderItem",
    }


ORDER: Json = {
    "requestedCompletionDate": "2021-05-02T08:13:59.506Z",
    "requestedStartDate": "2020-05-03T08:13:59.506Z",
    "externalId": "PO-456",
    "channel": [{"id": "2", "name": "Online channel"}],
    "note": [{"id": "1", "author": "Ana", "date": "2019-04-30T08:13:59.509Z", "text": "An illustration"}],
    "productOrderItem": [
        item("100", "add", {"110": "HasChild"}),
        item("110", "change", {"100": "HasParent", "120": "Requires"}, id="inventory-1"),
        item("120", "no-change", {}),
    ],
    "relatedParty": [
        {"id": kind, "name": kind, "@type": "RelatedParty", "@referredType": kind}
        for kind in ("CustomerContact", "Customer", "Consumer")
    ],
    "@type": "ProductOrder",
}


def documents() -> dict[str, Json]:
    """The three requests of the seed."""
    (path,) = Path(SOURCES or "").glob("seeds/003_*.txt")
    text = path.read_text("utf-8")
    starts = {name: text.index("{", text.index("-d ", text.index(marker))) for name, marker in MARKERS.items()}
    return {name: json.JSONDecoder().raw_decode(text, start)[0] for name, start in starts.items()}


def test_an_order_with_every_documented_member_has_no_finding() -> None:
    order = ORDER | {"orderCurrency": "USD"}

    validation = OrderValidator(lint=True).validate(encoded(order))

    assert validation.findings == []
    assert as_document(validation.order) == order


def test_an_order_that_spells_its_currency_the_old_way_passes_with_a_warning() -> None:
    assert places(ORDER | {"currencyCode": "USD"}, lint=True) == [("ORD902", "/currencyCode")]


def test_an_order_without_a_currency_passes_where_the_default_fills_it() -> None:
    assert places(ORDER, lint=True) == [("ORD113", "/orderCurrency")]
    assert places(ORDER, lint=True, default_currency="USD") == []


@pytest.mark.skipif(not SOURCES, reason="ORDERCLI_SOURCES names no folder with the documents")
def test_the_examples_of_the_seed_run_through() -> None:
    seed = documents()

    assert places(seed["asynchronous"], lint=True) == [("ORD903", "/orderDate")]
    assert places(seed["synchronous"], lint=True) == [("ORD902", "/currencyCode")]
    assert places(seed["deprecated"], lint=True) == [("ORD113", "/orderCurrency")]
    assert places(seed["deprecated"], lint=True, default_currency="USD") == []
