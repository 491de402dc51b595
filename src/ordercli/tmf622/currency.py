"""The currency of an order, and the currency codes that its prices name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ordercli.tmf622.absence import is_blank

if TYPE_CHECKING:
    from ordercli.tmf622.lines import Line
    from ordercli.tmf622.shapes import Price, ProductOrderItem

Way = tuple[str | int, ...]
Unit = tuple[str, "Line[ProductOrderItem]", Way]

_CODE = re.compile("[A-Z]{3}")


def is_currency_code(text: str) -> bool:
    """Whether a text looks like an ISO 4217 code: three upper-case letters."""
    return _CODE.fullmatch(text) is not None


def given_currency(order_currency: str | None, currency_code: str | None) -> tuple[str, str] | None:
    """Where an order with these members names its currency, and how: `orderCurrency`, else by its old name.

    Blank text names none.
    """
    if order_currency and not is_blank(order_currency):
        return "/orderCurrency", order_currency
    if currency_code and not is_blank(currency_code):
        return "/currencyCode", currency_code
    return None


def foreign_units(line: Line[ProductOrderItem], currency: str | None) -> list[Unit]:
    """Every `unit` under the prices of a line that is not this currency: its code, the line, and the way to it."""
    found: list[Unit] = []
    for n, item_price in enumerate(line.item.item_price or ()):
        if price := item_price.price:
            _add_units(found, currency, line, price, (n,))
        for m, alteration in enumerate(item_price.price_alteration or ()):
            if alteration.price:
                _add_units(found, currency, line, alteration.price, (n, "priceAlteration", m))
    return found


def _add_units(found: list[Unit], currency: str | None, line: Line[ProductOrderItem], price: Price, way: Way) -> None:
    # Spelled out, not built from a generator: every price of every order comes through here.
    if (amount := price.duty_free_amount) and (code := amount.unit) and code != currency:
        found.append((code, line, (*way, "price", "dutyFreeAmount")))
    if (amount := price.tax_included_amount) and (code := amount.unit) and code != currency:
        found.append((code, line, (*way, "price", "taxIncludedAmount")))


def unit_pointer(line: Line[ProductOrderItem], way: Way) -> str:
    """The pointer of a unit that `foreign_units` found."""
    return f"{line.pointer}/itemPrice/{'/'.join(map(str, way))}/unit"
