"""Every rule of profile servicenow at its bad order: exact code, pointer and message, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.resources.resource import Limits
from support.builders import CUSTOMER, encoded, line, product_order
from validation.judging import said

ONE_LINE = encoded(product_order())
LONG_ID = "4b1c6a9e-0f7d-4f6e-9a55-2d1f0c3b7e88-1234"
RELATIONS = "productOrderItemRelationship"


def price(unit: str | None, value: float = 20) -> dict[str, Any]:
    return {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": unit, "value": value}}}


def related(item_id: str, **other: str) -> dict[str, Any]:
    """A line with relations: HasChild="2" makes one to line 2."""
    return line(
        item_id, productOrderItemRelationship=[{"id": name, "relationshipType": kind} for kind, name in other.items()]
    )


def of_line(**members: Any) -> dict[str, Any]:  # noqa: ANN401
    return product_order(items=[{**line(), **members}])


def of_product(**members: Any) -> dict[str, Any]:  # noqa: ANN401
    return product_order(items=[line(product=members)])


CASES: list[tuple[Any, str, str, str]] = [
    (b'{"externalId": ]', "ORD001", "", "Not JSON: unexpected character, expected a JSON value"),
    (ONE_LINE + ONE_LINE, "ORD002", "", "Trailing data: the order ends before this place"),
    (
        b"\xef\xbb\xbf" + ONE_LINE,
        "ORD003",
        "",
        "The document begins with a byte order mark, which JSON does not have",
    ),
    (b'{"externalId": "\xff"}', "ORD005", "", "Not UTF-8: byte 0xff"),
    (b"[" * 65 + b"]" * 65, "ORD007", "", "Too large: nested deeper than 64 levels"),
    (b"[]", "ORD008", "", "Not an object: an order is a JSON object, not an array"),
    (b'"order"', "ORD008", "", "Not an object: an order is a JSON object, not a string"),
    (b"12", "ORD008", "", "Not an object: an order is a JSON object, not a number"),
    (b"false", "ORD008", "", "Not an object: an order is a JSON object, not a boolean"),
    (b"", "ORD101", "", "Invalid payload: Request body missing"),
    (b" \r\n\t", "ORD101", "", "Invalid payload: Request body missing"),
    (b"null", "ORD101", "", "Invalid payload: Request body missing"),
    (b"{}", "ORD101", "", "Invalid payload: Request body missing"),
    (b'{"externalId": null}', "ORD101", "", "Invalid payload: Request body missing"),
    (
        product_order(productOrderItem=...),
        "ORD102",
        "/productOrderItem",
        "Invalid payload: productOrderItem is missing",
    ),
    (product_order(items=[]), "ORD102", "/productOrderItem", "Invalid payload: productOrderItem is missing"),
    (
        product_order(productOrderItem=None),
        "ORD102",
        "/productOrderItem",
        "Invalid payload: productOrderItem is missing",
    ),
    (of_line(id=None), "ORD103", "/productOrderItem/0/id", "Invalid payload: productOrderItem id is missing"),
    (of_line(id=" \t"), "ORD103", "/productOrderItem/0/id", "Invalid payload: productOrderItem id is missing"),
    (
        of_line(action=None),
        "ORD104",
        "/productOrderItem/0/action",
        "Invalid payload: productOrderItem action is missing",
    ),
    (of_line(action=""), "ORD104", "/productOrderItem/0/action", "Invalid payload: productOrderItem action is missing"),
    (
        of_line(productOffering=None),
        "ORD105",
        "/productOrderItem/0/productOffering",
        "Invalid payload: productOrderItem productOffering is missing",
    ),
    (
        of_line(productOffering={}),
        "ORD105",
        "/productOrderItem/0/productOffering",
        "Invalid payload: productOrderItem productOffering is missing",
    ),
    (
        of_line(productOffering={"name": "Fibre"}),
        "ORD106",
        "/productOrderItem/0/productOffering/id",
        "Invalid payload: productOffering id is missing",
    ),
    (
        of_line(product=None),
        "ORD107",
        "/productOrderItem/0/product",
        "Invalid payload: productOrderItem product is missing",
    ),
    (
        of_line(product={"id": None}),
        "ORD107",
        "/productOrderItem/0/product",
        "Invalid payload: productOrderItem product is missing",
    ),
    (
        of_product(productSpecification=None),
        "ORD107",
        "/productOrderItem/0/product",
        "Invalid payload: productOrderItem product is missing",
    ),
    (
        of_product(productSpecification={}, isBundle=False),
        "ORD108",
        "/productOrderItem/0/product/productSpecification",
        "Invalid payload: product productSpecification is missing",
    ),
    (
        of_product(productSpecification={"id": "", "name": "Access"}),
        "ORD109",
        "/productOrderItem/0/product/productSpecification/id",
        "Invalid payload: productSpecification id is missing",
    ),
    *(
        (
            of_line(action=action),
            "ORD110",
            "/productOrderItem/0/product/id",
            "Invalid payload: Product inventory ID is missing",
        )
        for action in ("change", "delete", "suspend", "resume")
    ),
    (
        product_order(items=[line(action="change", product={"id": "  "})]),
        "ORD110",
        "/productOrderItem/0/product/id",
        "Invalid payload: Product inventory ID is missing",
    ),
    (product_order(relatedParty=None), "ORD111", "/relatedParty", "Invalid payload: relatedParty is missing"),
    (product_order(relatedParty=[]), "ORD111", "/relatedParty", "Invalid payload: relatedParty is missing"),
    (
        product_order(relatedParty=[{"id": "1", "@referredType": "CustomerContact"}]),
        "ORD112",
        "/relatedParty",
        "Invalid payload: Customer Account or Consumer is missing",
    ),
    (product_order(orderCurrency=...), "ORD113", "/orderCurrency", "Invalid payload: orderCurrency is required"),
    (product_order(orderCurrency=" "), "ORD113", "/orderCurrency", "Invalid payload: orderCurrency is required"),
    (product_order(channel=[{}]), "ORD114", "/channel/0/id", "Invalid payload: channel.id is missing"),
    (product_order(note=[None]), "ORD114", "/note/0/text", "Invalid payload: note.text is missing"),
    (product_order(note=[{"text": " "}]), "ORD114", "/note/0/text", "Invalid payload: note.text is missing"),
    (
        of_product(place={}),
        "ORD114",
        "/productOrderItem/0/product/place/id",
        "Invalid payload: place.id is missing",
    ),
    (
        of_line(productOrderItemRelationship=[{"relationshipType": "Requires"}]),
        "ORD114",
        f"/productOrderItem/0/{RELATIONS}/0/id",
        "Invalid payload: productOrderItemRelationship.id is missing",
    ),
    (
        of_line(productOrderItemRelationship=[{"id": "1"}]),
        "ORD114",
        f"/productOrderItem/0/{RELATIONS}/0/relationshipType",
        "Invalid payload: productOrderItemRelationship.relationshipType is missing",
    ),
    (
        product_order(relatedParty=[CUSTOMER, {"id": "2"}]),
        "ORD114",
        "/relatedParty/1/@referredType",
        "Invalid payload: relatedParty.@referredType is missing",
    ),
    (
        product_order(relatedParty=[{"@referredType": "Consumer"}]),
        "ORD114",
        "/relatedParty/0/id",
        "Invalid payload: relatedParty.id is missing",
    ),
    (
        of_product(relatedParty=[{"firstName": "Ana"}]),
        "ORD114",
        "/productOrderItem/0/product/relatedParty/0/@referredType",
        "Invalid payload: relatedParty.@referredType is missing",
    ),
    (product_order(note="x"), "ORD120", "/note", "Invalid payload: note must be an array"),
    (product_order(note=["x"]), "ORD120", "/note/0", "Invalid payload: note must be an object"),
    (product_order() | {"externalId": 5}, "ORD120", "/externalId", "Invalid payload: externalId must be a string"),
    (product_order(currencyCode=5), "ORD120", "/currencyCode", "Invalid payload: currencyCode must be a string"),
    (
        of_line(quantity="1"),
        "ORD120",
        "/productOrderItem/0/quantity",
        "Invalid payload: productOrderItem.quantity must be a number",
    ),
    (
        of_line(quantity=True),
        "ORD120",
        "/productOrderItem/0/quantity",
        "Invalid payload: productOrderItem.quantity must be a number",
    ),
    (
        of_product(isBundle="true"),
        "ORD120",
        "/productOrderItem/0/product/isBundle",
        "Invalid payload: productOrderItem.product.isBundle must be a boolean",
    ),
    (
        of_line(action=1),
        "ORD120",
        "/productOrderItem/0/action",
        "Invalid payload: productOrderItem.action must be a string",
    ),
    (
        of_line(action="ad"),
        "ORD121",
        "/productOrderItem/0/action",
        "action `ad` is none of add, change, delete, no-change, resume, suspend",
    ),
    (
        product_order(relatedParty=[{"id": "1", "@referredType": "customer"}]),
        "ORD121",
        "/relatedParty/0/@referredType",
        "@referredType `customer` is none of Consumer, Customer, CustomerContact",
    ),
    (
        of_product(relatedParty=[{"@referredType": "Customer"}]),
        "ORD121",
        "/productOrderItem/0/product/relatedParty/0/@referredType",
        "@referredType `Customer` is none of OrderLineItemContact",
    ),
    (of_line(id=LONG_ID), "ORD122", "/productOrderItem/0/id", "productOrderItem id is longer than 40 characters"),
    (product_order("x" * 2001), "ORD122", "/externalId", "externalId is longer than 2000 bytes"),
    (product_order("é" * 1001), "ORD122", "/externalId", "externalId is longer than 2000 bytes"),
    (
        product_order(requestedStartDate="2026-03-02"),
        "ORD123",
        "/requestedStartDate",
        "requestedStartDate `2026-03-02` is not a date-time (RFC 3339, as in 2026-03-20T17:00:00Z)",
    ),
    (
        product_order(note=[{"text": "x", "date": "today"}]),
        "ORD123",
        "/note/0/date",
        "date `today` is not a date-time (RFC 3339, as in 2026-03-20T17:00:00Z)",
    ),
    (
        of_line(committedDueDate="2026-02-30T00:00:00Z"),
        "ORD123",
        "/productOrderItem/0/committedDueDate",
        "committedDueDate `2026-02-30T00:00:00Z` is not a date-time (RFC 3339, as in 2026-03-20T17:00:00Z)",
    ),
    (
        product_order(orderCurrency="eur"),
        "ORD124",
        "/orderCurrency",
        "orderCurrency `eur` is not a currency code of three upper-case letters",
    ),
    (
        of_line(itemPrice=[price("€")]),
        "ORD124",
        "/productOrderItem/0/itemPrice/0/price/taxIncludedAmount/unit",
        "unit `€` is not a currency code of three upper-case letters",
    ),
    (product_order(""), "ORD125", "/externalId", "externalId is blank"),
    (
        of_product(productCharacteristic=[{"name": "\n"}]),
        "ORD125",
        "/productOrderItem/0/product/productCharacteristic/0/name",
        "productCharacteristic.name is blank",
    ),
    (
        product_order(items=[line("1"), line("2"), line("1")]),
        "ORD201",
        "/productOrderItem/2/id",
        "Another line item has the id 1 already",
    ),
    (
        product_order(items=[related("1", Requires="2")]),
        "ORD202",
        f"/productOrderItem/0/{RELATIONS}/0/id",
        "The order has no line item 2",
    ),
    (
        product_order(items=[related("1", HasChild="2"), line("2")]),
        "ORD203",
        f"/productOrderItem/0/{RELATIONS}/0",
        "Line item 2 does not say HasParent 1",
    ),
    (
        product_order(items=[line("1"), related("2", HasParent="1")]),
        "ORD203",
        f"/productOrderItem/1/{RELATIONS}/0",
        "Line item 1 does not say HasChild 2",
    ),
    (
        product_order(items=[related("1", HasChild="2", HasParent="2"), related("2", HasChild="1", HasParent="1")]),
        "ORD204",
        f"/productOrderItem/0/{RELATIONS}",
        "Line item 1 is its own ancestor",
    ),
    (
        product_order(
            items=[
                related("1", HasChild="3"),
                related("2", HasChild="3"),
                line(
                    "3", productOrderItemRelationship=[{"id": each, "relationshipType": "HasParent"} for each in "12"]
                ),
            ]
        ),
        "ORD205",
        f"/productOrderItem/2/{RELATIONS}",
        "Line item 3 has several parents: 1, 2",
    ),
    (
        of_line(itemPrice=[price("EUR"), price("USD", 0)]),
        "ORD206",
        "/productOrderItem/0/itemPrice/1/price/taxIncludedAmount/unit",
        "One or more line items has a different currency code than the order currency",
    ),
    (
        product_order(
            committedDueDate="2026-03-01T12:00:00+02:00", items=[line(committedDueDate="2026-03-01T11:00:00Z")]
        ),
        "ORD207",
        "/committedDueDate",
        "The order's committedDueDate is earlier than that of a line item",
    ),
    (
        product_order(requestedStartDate="2026-03-01T11:00:00Z", requestedCompletionDate="2026-03-01T12:00:00+02:00"),
        "ORD208",
        "/requestedCompletionDate",
        "requestedCompletionDate is earlier than requestedStartDate",
    ),
    (
        of_line(quantity=-1.5),
        "ORD209",
        "/productOrderItem/0/quantity",
        "The quantity of a line item must be more than 0, not -1.5",
    ),
    (
        product_order(orderCurrency=..., currencyCode="EUR"),
        "ORD902",
        "/currencyCode",
        "currencyCode is the old name of orderCurrency",
    ),
    *(
        (
            product_order() | {name: "x"},
            "ORD903",
            f"/{name}",
            f"{name} is set by the order system; the value is ignored",
        )
        for name in (
            "id",
            "href",
            "state",
            "orderDate",
            "version",
            "ponr",
            "expectedCompletionDate",
            "completionDate",
        )
    ),
    *(
        (
            product_order(items=[line() | {name: [1]}]),
            "ORD903",
            f"/productOrderItem/0/{name}",
            f"{name} is set by the order system; the value is ignored",
        )
        for name in ("state", "version", "ponr", "workNote")
    ),
]


@pytest.mark.parametrize(("document", "code", "pointer", "message"), CASES)
def test_a_bad_order_has_this_finding_alone(document: Any, code: str, pointer: str, message: str) -> None:  # noqa: ANN401
    assert said(document) == [(code, pointer, message)]


def test_an_order_over_the_limit_of_its_mode_says_what_to_do() -> None:
    order = product_order(items=[line("1"), line("2")])
    limits = Limits(max_items_sync=1, max_items_async=1)

    assert said(order, mode="sync", limits=limits) == [
        (
            "ORD210",
            "/productOrderItem",
            "2 line items are more than limits.max_items_sync = 1 allows; submit it with --async",
        )
    ]
    assert said(order, mode="async", limits=limits) == [
        ("ORD210", "/productOrderItem", "2 line items are more than limits.max_items_async = 1 allows")
    ]
    assert said(order, mode="sync", limits=Limits(max_items_async=1)) == []
