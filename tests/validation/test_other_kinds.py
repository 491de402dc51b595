"""A document of another kind is told by its kind, in one finding."""

from __future__ import annotations

from typing import Any

import pytest

from support.builders import encoded, line, product_order
from validation.judging import places, said

ITEMS = [{"id": "1", "action": "add", "quantity": 0, "unknown": 1}]


@pytest.mark.parametrize("profile", ["servicenow", "tmf622"])
@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("serviceOrderItem", "a service order (TMF641)"),
        ("serviceOrder", "a service order (TMF641)"),
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

    found = said(document, profile=profile, lint=True)

    assert found == [("ORD011", f"/{member}", f"Not a product order: this looks like {kind}")]


@pytest.mark.parametrize("items", [None, []])
def test_an_order_without_items_is_of_the_other_kind_too(items: Any) -> None:  # noqa: ANN401 - JSON
    assert places({"productOrderItem": items, "quoteItem": ITEMS}) == [("ORD011", "/quoteItem")]


def test_a_product_order_may_hold_such_members() -> None:
    assert places(product_order(items=[line(quoteItem={"id": "1"})], quoteItem=ITEMS)) == []


@pytest.mark.parametrize("items", [None, [], "x", 0])
def test_an_order_that_lacks_its_items_alone_is_told_as_ever(items: Any) -> None:  # noqa: ANN401 - JSON
    assert said(product_order(productOrderItem=..., orderItem=items)) == [
        ("ORD102", "/productOrderItem", "Invalid payload: productOrderItem is missing")
    ]


def test_the_kind_can_be_ignored() -> None:
    assert places(encoded({**product_order(productOrderItem=...), "quoteItem": ITEMS}), ignore=["ORD011"]) == [
        ("ORD102", "/productOrderItem")
    ]
