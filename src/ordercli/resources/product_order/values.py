"""Amounts, instants, currencies and line items of an order."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, DecimalException, Inexact
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from ordercli.intake.json_text import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ordercli.resources.product_order.shapes import Price, ProductOrder, ProductOrderItem


MOST_DIGITS = 1000  # more than any real price has

_EXACT = Context(prec=MOST_DIGITS, traps=[Inexact])


def added(one: Decimal, other: Decimal) -> Decimal | None:
    """Return the exact sum; None if it has more than 1,000 digits."""
    try:
        return _EXACT.add(one, other)
    except DecimalException:
        return None


_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)
_SECONDS = slice(17, 19)


@lru_cache(maxsize=1024)
def instant(text: str) -> datetime | None:
    """Return the instant that an RFC 3339 date-time names, to the microsecond; None for anything else.

    An offset or `Z` is required, and the day must exist. `t` and `z` may be small letters (RFC 3339, section 5.6). A
    leap second is allowed where one can occur, at 23:59:60 UTC on the last day of June or December; it counts as the
    second after it. The years 1 to 9999 are supported.
    """
    if not _DATE_TIME.fullmatch(text):
        return None
    try:
        if text[_SECONDS] == "60":
            return _leap_second(datetime.fromisoformat(f"{text[: _SECONDS.start]}59{text[_SECONDS.stop :]}".upper()))
        return datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError):
        return None


def _leap_second(before: datetime) -> datetime | None:
    utc = before.astimezone(UTC)
    at_the_turn = (utc.hour, utc.minute) == (23, 59) and (utc.month, utc.day) in {(6, 30), (12, 31)}
    return utc + timedelta(seconds=1) if at_the_turn else None


Way = tuple[str | int, ...]
Unit = tuple[str, "Line[ProductOrderItem]", Way]

_CODE = re.compile("[A-Z]{3}")


def is_currency_code(text: str) -> bool:
    """Return whether a text looks like an ISO 4217 code: three upper-case letters."""
    return _CODE.fullmatch(text) is not None


def given_currency(order_currency: str | None, currency_code: str | None) -> tuple[str, str] | None:
    """Return the pointer and the value of the currency of an order: `orderCurrency`, else its old name.

    Blank text names none.
    """
    if order_currency and not is_blank(order_currency):
        return "/orderCurrency", order_currency
    if currency_code and not is_blank(currency_code):
        return "/currencyCode", currency_code
    return None


def foreign_units(line: Line[ProductOrderItem], currency: str | None) -> list[Unit]:
    """Return each `unit` in the prices of a line that is another currency: its code, the line, and its path."""
    found: list[Unit] = []
    for n, item_price in enumerate(line.item.item_price or ()):
        if price := item_price.price:
            _add_units(found, currency, line, price, (n,))
        for m, alteration in enumerate(item_price.price_alteration or ()):
            if alteration.price:
                _add_units(found, currency, line, alteration.price, (n, "priceAlteration", m))
    return found


def _add_units(found: list[Unit], currency: str | None, line: Line[ProductOrderItem], price: Price, way: Way) -> None:
    # Spelled out for speed, not built from a generator: this runs for every price of every order.
    if (amount := price.duty_free_amount) and (code := amount.unit) and code != currency:
        found.append((code, line, (*way, "price", "dutyFreeAmount")))
    if (amount := price.tax_included_amount) and (code := amount.unit) and code != currency:
        found.append((code, line, (*way, "price", "taxIncludedAmount")))


def unit_pointer(line: Line[ProductOrderItem], way: Way) -> str:
    """Return the pointer of a unit that `foreign_units` found."""
    return f"{line.pointer}/itemPrice/{'/'.join(map(str, way))}/unit"


AnyItem = TypeVar("AnyItem")
Json = dict[str, Any]


class Line(Struct, Generic[AnyItem], frozen=True):
    """A line item: the `n`th, from 0, of the order, or of the line `above` in which it is nested.

    `items` is the member that has the line items.
    """

    item: AnyItem
    n: int
    above: Line[AnyItem] | None = None
    items: str = "productOrderItem"

    @property
    def pointer(self) -> str:
        """The pointer of the line. It is built on demand, as few lines have findings."""
        return f"{self.above.pointer if self.above else ''}/{self.items}/{self.n}"


def lines(order: ProductOrder) -> list[Line[ProductOrderItem]]:
    """Return the line items of an order of any profile, nested ones too."""
    found: list[Line[ProductOrderItem]] = []
    _collect(order.product_order_item, None, lambda item: getattr(item, "product_order_item", None), found)
    return found


def document_lines(document: Mapping[str, Any], items: str = "productOrderItem") -> list[Line[Json]]:
    """Return the line items of an order document, nested ones too; `items` is the member that has them."""
    found: list[Line[Json]] = []
    _collect(document.get(items), None, lambda item: item.get(items), found, items)
    return found


def _collect(
    given: list[Any] | None,
    above: Line[Any] | None,
    below: Callable[[Any], list[Any] | None],
    found: list[Line[Any]],
    items: str = "productOrderItem",
) -> None:
    for n, item in enumerate(given or ()):
        line = Line(item, n, above, items)
        found.append(line)
        if nested := below(item):
            _collect(nested, line, below, found, items)
