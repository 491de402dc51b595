"""The currency of an order, and the currency codes that its prices name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ordercli.tmf622.absence import is_blank

if TYPE_CHECKING:
    from ordercli.tmf622.lines import Line
    from ordercli.tmf622.shapes import Price, ProductOrder

Way = tuple[str | int, ...]
Unit = tuple[str, "Line", Way]

_CODE = re.compile("[A-Z]{3}")


def is_currency_code(text: str) -> bool:
    """Whether a text looks like an ISO 4217 code: three upper-case letters."""
    return _CODE.fullmatch(text) is not None


def given_currency(order: ProductOrder) -> tuple[str, str] | None:
    """Where the order names its currency, and how: `orderCurrency`, else its old name `currencyCode`.

    Blank text names none.
    """
    if (text := order.get("orderCurrency")) and not is_blank(text):
        return "/orderCurrency", text
    if (text := order.get("currencyCode")) and not is_blank(text):
        return "/currencyCode", text
    return None


def units(line: Line) -> list[Unit]:
    """Every `unit` under the prices of a line: its code, the line, and the way to it from the line."""
    found: list[Unit] = []
    for n, item_price in enumerate(line.item.get("itemPrice") or ()):
        _add_units(found, line, item_price.get("price"), (n,))
        for m, alteration in enumerate(item_price.get("priceAlteration") or ()):
            _add_units(found, line, alteration.get("price"), (n, "priceAlteration", m))
    return found


def _add_units(found: list[Unit], line: Line, price: Price | None, way: Way) -> None:
    if not price:
        return
    # Spelled out, not built from a generator: every price of every order comes through here.
    if (amount := price.get("dutyFreeAmount")) and (code := amount.get("unit")):
        found.append((code, line, (*way, "price", "dutyFreeAmount")))
    if (amount := price.get("taxIncludedAmount")) and (code := amount.get("unit")):
        found.append((code, line, (*way, "price", "taxIncludedAmount")))


def unit_pointer(line: Line, way: Way) -> str:
    """The pointer of a unit that `units` found."""
    return f"{line.pointer}/itemPrice/{'/'.join(map(str, way))}/unit"
