"""A document of another kind is told by its kind, in one finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, line, product_order
from validation.findings import places, short_findings

if TYPE_CHECKING:
    from support.builders import Json

ITEMS = [{"id": "1", "action": "add", "quantity": 0, "unknown": 1}]


@pytest.mark.parametrize("profile", ["servicenow", "tmf622"])
@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("serviceOrderItem", "a service order (TMF641)"),
        ("quoteItem", "a quote (TMF648)"),
        ("cartItem", "a shopping cart (TMF663)"),
        ("cart", "a shopping cart (TMF663)"),
        (
            "orderItem",
            "a product order in the form before TMF622 v4, whose `orderItem` is `productOrderItem` now",
        ),
    ],
)
def test_the_kind_is_named_and_nothing_else(profile: str, member: str, kind: str) -> None:
    document = {"id": "7", "state": "new", member: ITEMS, "requestedStartDate": "soon"}

    found = short_findings(document, profile=profile, lint=True)

    assert found == [("ORD011", f"/{member}", f"Not a product order: this looks like {kind}")]


@pytest.mark.parametrize("items", [None, []])
def test_an_order_without_items_is_of_the_other_kind_too(items: Any) -> None:
    assert places({"productOrderItem": items, "quoteItem": ITEMS}) == [("ORD011", "/quoteItem")]


def test_a_product_order_may_hold_such_members() -> None:
    assert places(product_order(items=[line(quoteItem={"id": "1"})], quoteItem=ITEMS)) == []


@pytest.mark.parametrize("items", [None, [], "x", 0])
def test_an_order_that_lacks_its_items_alone_is_reported_as_ever(items: Any) -> None:
    assert short_findings(product_order(productOrderItem=..., orderItem=items)) == [
        ("ORD102", "/productOrderItem", "Invalid payload: productOrderItem is missing")
    ]


@pytest.mark.parametrize(
    ("document", "pointer", "kind"),
    [
        ({"event": {"quote": {"quoteItem": ITEMS}}}, "/event/quote/quoteItem", "a quote"),
        ({"data": [{"id": "1"}, {"quoteItem": ITEMS}]}, "/data/1/quoteItem", "a quote"),
        ({"quote": {"a/b": {"quoteItem": ITEMS}}}, "/quote/a~1b/quoteItem", "a quote"),
        ({"serviceOrder": ITEMS, "x": {"quoteItem": ITEMS}}, "/x/quoteItem", "a quote"),
    ],
)
def test_the_kind_is_named_in_an_envelope_too(document: Json, pointer: str, kind: str) -> None:
    (found,) = short_findings(document)

    assert found[:2] == ("ORD011", pointer)
    assert found[2].startswith(f"Not a product order: this looks like {kind}")


@pytest.mark.parametrize(
    "document",
    [
        {"quote": [{"id": "q"}], "description": "no items"},
        {"note": [{"quoteItem": {"id": "1"}}]},
        {"relatedOrder": {"productOrder": {"id": "7"}}},
        {"productOrder": {"id": "7", "productOrderItem": []}, "x": 1},
        {"productOrderMilestone": [{"productOrderItem": [{"productOrderId": "1", "productOrderItemId": "1"}]}]},
        {"note": [{"product": {"productOrderItem": [{"orderId": "1", "orderItemId": "1", "role": "x"}]}}]},
    ],
)
def test_a_reference_to_another_document_is_no_envelope(document: Json) -> None:
    assert ("ORD102", "/productOrderItem") in places(document)


CANCELLATION = "a request to cancel an order, which `ordercli cancel --from` takes"
EVENT = "an event that holds no order with its line items"
OPERATION = "an operation of a JSON Patch, which `ordercli patch` takes"
ABOUT = {"eventId": "7", "eventTime": "2026-03-02T08:00:00Z", "correlationId": "c-1", "timeOcurred": "soon"}


@pytest.mark.parametrize("profile", ["servicenow", "tmf622"])
@pytest.mark.parametrize(
    ("document", "pointer", "kind"),
    [
        ({"cancellationReason": "Twice", "productOrder": {"id": "7"}}, "/productOrder", CANCELLATION),
        ({"@type": "CancelProductOrder", "productOrder": {"id": "7", "@type": "X"}}, "/productOrder", CANCELLATION),
        ({"requestedCancellationDate": "soon", "serviceOrder": {"id": "7"}}, "/serviceOrder", CANCELLATION),
        ({"op": "replace", "path": "/description", "value": "x"}, "/op", OPERATION),
        (
            {
                **ABOUT,
                "eventType": "ProductOrderStateChangeEvent",
                "event": {"productOrder": {"id": "7", "state": "held"}},
            },
            "/event",
            EVENT,
        ),
        (
            {
                **ABOUT,
                "eventType": "CancelProductOrderCreateEvent",
                "event": {"cancelProductOrder": {"productOrder": {"id": "7"}, "cancellationReason": "Twice"}},
            },
            "/event",
            EVENT,
        ),
    ],
)
def test_a_request_and_an_event_without_an_order_are_named_and_nothing_else(
    profile: str, document: Json, pointer: str, kind: str
) -> None:
    assert short_findings(document, profile=profile, lint=True) == [
        ("ORD011", pointer, f"Not a product order: this looks like {kind}")
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"productOrder": {"id": "7"}, "description": "x"},
        {"productOrder": "7", "cancellationReason": "x"},
        {"op": "ad", "path": "/x"},
        {"op": "add", "description": "x"},
        {"event": {"id": "7"}, "description": "x"},
        {"eventType": "x", "description": "x"},
    ],
)
def test_what_only_resembles_a_request_or_an_event_is_an_order_without_items(document: Json) -> None:
    assert ("ORD102", "/productOrderItem") in places(document)


IMPORTED = "a record of reference data ({}), which `ordercli reference import` takes"


@pytest.mark.parametrize("profile", ["servicenow", "tmf622", "tmf622-v5"])
@pytest.mark.parametrize(
    ("document", "pointer", "kind"),
    [
        ({"@type": "ProductSpecification", "brand": "x"}, "/@type", IMPORTED.format("ProductSpecification")),
        ({"@type": "Fibre", "@baseType": "ProductOffering"}, "/@type", IMPORTED.format("ProductOffering")),
        ({"@type": "Product", "productOrderItem": []}, "/@type", IMPORTED.format("Product")),
        ({"href": "/productCatalogManagement/v4/productOffering/7"}, "", IMPORTED.format("ProductOffering")),
        ({"productSpecCharacteristic": [{"name": "Colour"}]}, "", IMPORTED.format("ProductSpecification")),
        (
            {"@type": "ProductOfferingPrice", "priceType": "recurring"},
            "/@type",
            "a record of the type ProductOfferingPrice",
        ),
    ],
)
def test_a_record_of_reference_data_is_named_and_nothing_else(
    profile: str, document: Json, pointer: str, kind: str
) -> None:
    record = {"id": "7", "version": "1", "lastUpdate": "soon", "lifecycleStatus": "Active", **document}

    assert short_findings(record, profile=profile, lint=True) == [
        ("ORD011", pointer, f"Not a product order: this looks like {kind}")
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "ProductOrder", "id": "7"},
        {"@type": "Fibre", "description": "x"},
        {"@type": 7, "description": "x"},
        {"href": "/productOrderingManagement/v4/productOrder/7"},
        {"@type": "ProductOrder", "productCharacteristic": [{"name": "Colour"}]},
    ],
)
def test_what_only_resembles_a_record_is_an_order_without_items(document: Json) -> None:
    assert ("ORD102", "/productOrderItem") in places(document)


def test_an_event_with_an_order_is_an_envelope() -> None:
    event = {**ABOUT, "eventType": "ProductOrderCreateEvent", "event": {"productOrder": product_order()}}

    assert short_findings(event) == [
        ("ORD012", "/event/productOrder", "An order stands inside this document: read it with --at /event/productOrder")
    ]


def test_the_kind_can_be_ignored() -> None:
    assert places(encoded({**product_order(productOrderItem=...), "quoteItem": ITEMS}), ignore=["ORD011"]) == [
        ("ORD102", "/productOrderItem")
    ]
