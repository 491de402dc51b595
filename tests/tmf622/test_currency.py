"""The currency of an order, and those of its prices."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.resources.common.values import Line, foreign_units, given_currency, is_currency_code, unit_pointer
from ordercli.resources.product_order.shapes import ProductOrderItem
from support.builders import as_order


@pytest.mark.parametrize(("text", "is_one"), [("EUR", True), ("XXX", True), ("eur", False), ("EU", False)])
def test_a_currency_code_is_three_upper_case_letters(text: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_currency_code(text) is is_one


@pytest.mark.parametrize("text", ["EURO", "EUR ", "EUR\n", "ÄÖÜ", "E R", "123", ""])
def test_nothing_else_is_a_currency_code(text: str) -> None:
    assert not is_currency_code(text)


@pytest.mark.parametrize(
    ("order_currency", "currency_code", "given"),
    [
        ("EUR", "USD", ("/orderCurrency", "EUR")),
        (" ", "USD", ("/currencyCode", "USD")),
        (None, "\t", None),
        (None, None, None),
    ],
)
def test_the_old_name_counts_where_the_new_one_is_missing(
    order_currency: str | None, currency_code: str | None, given: tuple[str, str] | None
) -> None:
    assert given_currency(order_currency, currency_code) == given


def test_every_unit_in_another_currency_is_found_with_the_way_to_it() -> None:
    item: Any = {
        "itemPrice": [
            {},
            {
                "price": {"taxRate": 1, "dutyFreeAmount": {"unit": "EUR"}, "taxIncludedAmount": {"unit": "USD"}},
                "priceAlteration": [{"price": None}, {"price": {"taxIncludedAmount": {"unit": "GBP", "value": 1}}}],
            },
            {"price": {"dutyFreeAmount": {"unit": ""}, "taxIncludedAmount": None}, "priceAlteration": None},
            {"price": {"dutyFreeAmount": {"unit": "CHF"}, "taxIncludedAmount": {"unit": "chf"}}},
        ]
    }
    line = Line(as_order(item, ProductOrderItem), 3)

    found = foreign_units(line, "CHF")

    assert [(code, unit_pointer(each, way)) for code, each, way in found] == [
        ("EUR", "/productOrderItem/3/itemPrice/1/price/dutyFreeAmount/unit"),
        ("USD", "/productOrderItem/3/itemPrice/1/price/taxIncludedAmount/unit"),
        ("GBP", "/productOrderItem/3/itemPrice/1/priceAlteration/1/price/taxIncludedAmount/unit"),
        ("chf", "/productOrderItem/3/itemPrice/3/price/taxIncludedAmount/unit"),
    ]
