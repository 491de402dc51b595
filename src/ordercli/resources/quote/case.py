"""What the rules share about one quote: its items, those that are ordered, and the currencies of their prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ordercli.resources.common.values import Line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ordercli.resources.product_order.shapes import Amount, Price
    from ordercli.resources.product_order.shapes_v4 import OrderPrice
    from ordercli.resources.quote.shapes import Quote, QuoteItem

ORDERED = ("accepted", "approved")  # the states of items that are ordered
LEFT_OUT = ("cancelled", "rejected")  # the states of items that are not


@dataclass
class QuoteCase:
    """What the rules share about one quote.

    `order` is the quote, under the name that the rule engine uses. `lines` are its items, nested ones too, `ordered`
    those that become line items, `left_out` those that do not. `units` are the currencies of the prices of the quote
    and of the `ordered` items, each with its pointer. `faults` are the pointers with a wrong shape.
    """

    order: Quote
    lines: list[Line[QuoteItem]]
    ordered: list[Line[QuoteItem]]
    left_out: list[Line[QuoteItem]]
    units: list[tuple[str, str]]
    now: datetime
    approved_too: bool = False
    faults: Collection[str] = ()
    filled_currency: str | None = None


def quote_case(quote: Quote, now: datetime, *, approved_too: bool = False, faults: Collection[str] = ()) -> QuoteCase:
    """Return what the rules share about a quote."""
    ordered: list[Line[QuoteItem]] = []
    left_out: list[Line[QuoteItem]] = []
    lines = list(_lines(quote.quote_item, None, ordered, left_out, is_left_out=False))
    units = list(_units(quote.quote_total_price, "/quoteTotalPrice"))
    for line in ordered:
        units += _units(line.item.quote_item_price, f"{line.pointer}/quoteItemPrice")
    return QuoteCase(quote, lines, ordered, left_out, units, now, approved_too, faults)


def _lines(
    items: list[QuoteItem] | None,
    above: Line[QuoteItem] | None,
    ordered: list[Line[QuoteItem]],
    left_out: list[Line[QuoteItem]],
    *,
    is_left_out: bool,
) -> Iterator[Line[QuoteItem]]:
    """Yield the items; what is nested in an item that is left out is left out, too."""
    for n, item in enumerate(items or ()):
        line = Line(item, n, above, "quoteItem")
        is_out = is_left_out or item.state in LEFT_OUT
        (left_out if is_out else ordered).append(line)
        yield line
        if item.quote_item:
            yield from _lines(item.quote_item, line, ordered, left_out, is_left_out=is_out)


def _units(prices: list[OrderPrice] | None, pointer: str) -> Iterator[tuple[str, str]]:
    for n, each in enumerate(prices or ()):
        yield from _units_of(each.price, f"{pointer}/{n}/price")
        for m, alteration in enumerate(each.price_alteration or ()):
            yield from _units_of(alteration.price, f"{pointer}/{n}/priceAlteration/{m}/price")


def _units_of(price: Price | None, pointer: str) -> Iterator[tuple[str, str]]:
    if price:
        amounts: tuple[tuple[str, Amount | None], ...] = (
            ("dutyFreeAmount", price.duty_free_amount),
            ("taxIncludedAmount", price.tax_included_amount),
        )
        for name, amount in amounts:
            if amount and amount.unit:
                yield amount.unit, f"{pointer}/{name}/unit"
