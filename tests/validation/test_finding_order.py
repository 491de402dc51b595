"""Findings are told in the order of the contract."""

from __future__ import annotations

from typing import Any

from support.builders import line, product_order
from validation.findings import places

RELATIONS = "productOrderItemRelationship"


def test_findings_go_from_the_order_over_its_lines_to_relations_parties_and_currency() -> None:
    first = line("1", quantity=0, productOrderItemRelationship=[{"id": "9", "relationshipType": "Requires"}]) | {
        "action": None
    }
    second = line("1", itemPrice=[{"price": {"dutyFreeAmount": {"unit": "usd"}}}]) | {"productOffering": None}
    order = product_order(
        "",
        orderCurrency="eur",
        note=[{}],
        state="new",
        requestedStartDate="soon",
        items=[first, second],
        relatedParty=[{"@referredType": "Customer"}],
    )

    assert places(order) == [
        ("ORD114", "/note/0/text"),
        ("ORD123", "/requestedStartDate"),
        ("ORD125", "/externalId"),
        ("ORD903", "/state"),
        ("ORD104", "/productOrderItem/0/action"),
        ("ORD209", "/productOrderItem/0/quantity"),
        ("ORD105", "/productOrderItem/1/productOffering"),
        ("ORD201", "/productOrderItem/1/id"),
        ("ORD202", f"/productOrderItem/0/{RELATIONS}/0/id"),
        ("ORD114", "/relatedParty/0/id"),
        ("ORD124", "/orderCurrency"),
        ("ORD124", "/productOrderItem/1/itemPrice/0/price/dutyFreeAmount/unit"),
    ]


def test_lines_keep_the_order_of_the_document_past_the_tenth() -> None:
    items = [line(str(n), quantity=0) for n in range(12)]

    assert places(product_order(items=items)) == [("ORD209", f"/productOrderItem/{n}/quantity") for n in range(12)]


def test_a_nested_line_comes_after_the_line_that_holds_it() -> None:
    def item(*nested: dict[str, Any]) -> dict[str, Any]:
        return {"action": "add", "productOrderItem": list(nested)}

    assert places({"productOrderItem": [item(item(item()), item()), item()]}, profile="tmf622") == [
        ("ORD103", f"{pointer}/id")
        for pointer in (
            "/productOrderItem/0",
            "/productOrderItem/0/productOrderItem/0",
            "/productOrderItem/0/productOrderItem/0/productOrderItem/0",
            "/productOrderItem/0/productOrderItem/1",
            "/productOrderItem/1",
        )
    ]


def test_missing_party_and_currency_come_last() -> None:
    order = product_order(orderCurrency=..., relatedParty=..., items=[line() | {"id": ""}])

    assert places(order) == [
        ("ORD103", "/productOrderItem/0/id"),
        ("ORD111", "/relatedParty"),
        ("ORD113", "/orderCurrency"),
    ]


def test_what_is_wrong_with_the_document_comes_first() -> None:
    data = b'\xef\xbb\xbf{"externalId":"","externalId":" ","relatedParty":[],"foo":1}'

    assert places(data, lint=True) == [
        ("ORD003", ""),
        ("ORD004", "/externalId"),
        ("ORD102", "/productOrderItem"),
        ("ORD125", "/externalId"),
        ("ORD901", "/foo"),
        ("ORD111", "/relatedParty"),
        ("ORD113", "/orderCurrency"),
    ]
