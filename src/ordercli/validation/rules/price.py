"""The rule for prices that have to be added."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from ordercli.intake import exact
from ordercli.tmf622.amounts import MOST_DIGITS, added
from ordercli.validation.rule import Broken, Level, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ordercli.tmf622.shapes import ItemPrice, ProductOrder
    from ordercli.validation.case import OrderCase

_PRICES = "/productOrderItem/1/itemPrice"
_ADDED = ("recurring", "nonRecurring")
# Numbers between these, none with so many digits beside its point, have a sum of far fewer than 1,000 digits.
_LEAST, _MOST = 1e-100, 1e100
# Each begins with a plain character, for that is what a regular expression finds fast.
_MANY_DIGITS = (
    re.compile(rb"\.[0-9]{300}"),
    re.compile(rb"e(?<=[0-9]{300}e)"),
    re.compile(rb"E(?<=[0-9]{300}E)"),
)


def _recurring(number: str) -> dict[str, Any]:
    return {
        "priceType": "recurring",
        "price": {"taxIncludedAmount": {"unit": "EUR", "value": msgspec.Raw(number.encode())}},
    }


@rule(
    Level.ORDER,
    "ORD211",
    "price-not-exact",
    says="The price cannot be added exactly: {reason}",
    source="ordercli mrc and nrc",
    bad={_PRICES: [_recurring("19.9"), _recurring("1e-1200")]},
    good={_PRICES: [_recurring("19.9"), _recurring("1e-12")]},
)
def price_not_exact(_order: ProductOrder, case: OrderCase) -> Broken:
    """The prices of a line item cannot be added without losing a digit.

    The recurring prices of a line add up to its `mrc`, the nonRecurring ones to its `nrc`, exactly and with at most
    1,000 digits. Such a price is mostly a fault of the program that wrote it: look at the exponent of the number.
    """
    suspects, added_up = [], []
    for line in case.lines:
        if prices := line.item.item_price:
            if _has_extreme(prices):
                suspects.append(line.pointer)
            elif len(prices) > 1 and _has_equal_types(prices):
                added_up.append(line.pointer)
    if added_up and any(digits.search(case.data) for digits in _MANY_DIGITS):
        suspects += added_up
    if not suspects:
        return False
    document = exact.decode_values(case.data)
    return [found for pointer in suspects for found in _inexact(document, pointer)]


def _has_extreme(prices: Sequence[ItemPrice]) -> bool:
    """Return whether a price is of a size that nobody asks; as a float, a tiny one is 0.0."""
    for each in prices:
        amount = each.price.tax_included_amount if each.price else None
        value = amount.value if amount else None
        if value and not -_MOST < value < _MOST:
            return True
        if isinstance(value, float) and -_LEAST < value < _LEAST:
            return True
    return False


def _has_equal_types(prices: Sequence[ItemPrice]) -> bool:
    """Return whether two prices of a line are added."""
    kinds = [each.price_type for each in prices if each.price_type in _ADDED]
    return len(kinds) > len(set(kinds))


def _inexact(document: Any, line: str) -> Iterator[tuple[str, Mapping[str, str]]]:  # noqa: ANN401 - JSON
    """Look at the numbers as they are written: the prices of a line that are none, and the first that goes too far."""
    for name in line.split("/")[1:]:
        document = document[int(name) if isinstance(document, list) else name]
    sums: dict[str, Decimal] = {}
    for n, item_price in enumerate(document["itemPrice"]):
        value = _amount(item_price)
        if value is None:
            continue
        pointer = f"{line}/itemPrice/{n}/price/taxIncludedAmount/value"
        if isinstance(value, str):
            yield pointer, {"reason": "its exponent is too large"}
            continue
        kind = item_price.get("priceType")
        if kind in _ADDED:
            total = added(sums[kind], Decimal(value)) if kind in sums else Decimal(value)
            if total is None:
                yield pointer, {"reason": f"the sum of the {kind} prices would have more than {MOST_DIGITS:,} digits"}
                return
            sums[kind] = total


def _amount(item_price: Any) -> Decimal | int | str | None:  # noqa: ANN401 - JSON
    """Return the value of a price: a number or, if it has no room in a Decimal, its text; None for anything else."""
    for name in ("price", "taxIncludedAmount", "value"):
        item_price = item_price.get(name) if isinstance(item_price, dict) else None
    return item_price if isinstance(item_price, Decimal | int | str) and not isinstance(item_price, bool) else None
