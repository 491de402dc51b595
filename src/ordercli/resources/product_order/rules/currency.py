"""Rules for the currency of an order, and for prices that have to be added."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from ordercli.intake import json_text
from ordercli.intake.json_text import is_blank
from ordercli.resources.common.values import MOST_DIGITS, added, is_currency_code, unit_pointer
from ordercli.resources.common.words import ONLY_SERVICENOW
from ordercli.rulebook.rule import INVALID_FIELD, MISSING_FIELD, Broken, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ordercli.intake.json_text import JsonValue
    from ordercli.reference.lookup import ReferenceData
    from ordercli.resources.common.protocols import ItemPrice
    from ordercli.resources.common.values import ValidationContext
    from ordercli.resources.product_order.shapes import ProductOrder


_UNIT = "/productOrderItem/1/itemPrice/0/price/taxIncludedAmount/unit"
_TABLE = "ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48"


def _order_currency_missing(_order: ProductOrder, context: ValidationContext) -> Broken:
    return context.currency is None and "/currencyCode" not in context.faults


ORDER_CURRENCY_MISSING = Rule(
    level=Level.CURRENCY,
    code="ORD113",
    name="order-currency-missing",
    about="""The order has no currency.

    Prices without a currency mean nothing. Give `orderCurrency`. If all orders of a caller are in one currency, set
    `validation.default_currency`; it is used for orders that name none.
    """,
    at="/orderCurrency",
    says="Invalid payload: orderCurrency is required",
    source=_TABLE,
    profiles=ONLY_SERVICENOW,
    bad={"/orderCurrency": None},
    good={"/orderCurrency": "EUR"},
    error=MISSING_FIELD,
    check=_order_currency_missing,
)


def _not_a_currency(_order: ProductOrder, context: ValidationContext) -> Broken:
    given = [context.given_currency] if context.given_currency else []
    given += [(unit_pointer(line, way), code) for code, line, way in context.foreign_units]
    return [
        (pointer, {"field": pointer.rpartition("/")[2], "value": text})
        for pointer, text in given
        if not is_currency_code(text) and not is_blank(text)
    ]


NOT_A_CURRENCY = Rule(
    level=Level.CURRENCY,
    code="ORD124",
    name="not-a-currency",
    about="""A currency is not written as a code of three upper-case letters.

    Symbols and names of currencies are ambiguous. Use the ISO 4217 code, such as EUR or USD.
    """,
    says="{field} `{value}` is not a currency code of three upper-case letters",
    source="ISO 4217",
    bad={"/orderCurrency": "eur"},
    good={"/orderCurrency": "EUR"},
    error=INVALID_FIELD,
    check=_not_a_currency,
)


def _line_currency_differs(_order: ProductOrder, context: ValidationContext) -> Broken:
    if not context.foreign_units or context.currency is None or not is_currency_code(context.currency):
        return False
    return [unit_pointer(line, way) for code, line, way in context.foreign_units if is_currency_code(code)]


LINE_CURRENCY_DIFFERS = Rule(
    level=Level.CURRENCY,
    code="ORD206",
    name="line-currency-differs",
    about="""A price is in another currency than the order.

    An order has one currency; amounts of zero must have it too. Convert the price, or split the order by currency.
    """,
    says="One or more line items has a different currency code than the order currency",
    source=_TABLE,
    profiles=ONLY_SERVICENOW,
    bad={_UNIT: "USD"},
    good={_UNIT: "EUR"},
    error=INVALID_FIELD,
    check=_line_currency_differs,
)


def _legacy_field_name(order: ProductOrder, _: ValidationContext) -> Broken:
    return order.currency_code is not None


LEGACY_FIELD_NAME = Rule(
    level=Level.CURRENCY,
    code="ORD902",
    name="legacy-field-name",
    about="""The order gives its currency as `currencyCode`.

    It is used if `orderCurrency` is missing. Rename the field to `orderCurrency`.
    """,
    at="/currencyCode",
    says="currencyCode is the old name of orderCurrency",
    source="ServiceNow Product Order Open API, POST /order/productOrder, examples of requests",
    severity="warning",
    bad={"/orderCurrency": None, "/currencyCode": "EUR"},
    good={"/orderCurrency": "EUR"},
    is_about_key=True,
    check=_legacy_field_name,
)


_PRICES = "/productOrderItem/1/itemPrice"
_ADDED = ("recurring", "nonRecurring")
# The sum of numbers between these bounds has far fewer than 1,000 digits, unless one has very many decimals.
_LEAST, _MOST = 1e-100, 1e100
# Each begins with a plain character, because regular expressions find that fast.
_MANY_DIGITS = (
    re.compile(rb"\.[0-9]{300}"),
    re.compile(rb"e(?<=[0-9]{300}e)"),
    re.compile(rb"E(?<=[0-9]{300}E)"),
)
# If a document has 300 digits in a row, every 50th of its bytes gives at least 6 in a row; few other documents do.
_EVERY, _SOME_DIGITS = 50, re.compile(rb"[0-9]{6}")


def _recurring(number: str) -> dict[str, Any]:
    return {
        "priceType": "recurring",
        "price": {"taxIncludedAmount": {"unit": "EUR", "value": msgspec.Raw(number.encode())}},
    }


def _price_not_exact(_order: ProductOrder, context: ValidationContext) -> Broken:
    suspects, added_up, zeros = [], [], []
    for line in context.lines:
        if prices := line.item.item_price:
            extreme = _extreme(prices)
            if extreme == "large":
                suspects.append(line.pointer)
                continue
            if extreme == "small":
                zeros.append(line.pointer)
            if len(prices) > 1 and _has_equal_types(prices):
                added_up.append(line.pointer)
    if added_up and _has_many_digits(context.data):
        suspects += added_up
    # A number that is nearly 0 has a negative exponent, or very many decimals.
    if zeros and (b"e-" in context.data or b"E-" in context.data or _has_many_digits(context.data)):
        suspects += zeros
    if not suspects:
        return False
    document = json_text.decode_values(context.data)
    return [found for pointer in dict.fromkeys(suspects) for found in _inexact(document, pointer)]


PRICE_NOT_EXACT = Rule(
    level=Level.ORDER,
    code="ORD211",
    name="price-not-exact",
    about="""The prices of a line item cannot be added without losing a digit.

    The recurring prices of a line item are added to its `mrc`, the nonRecurring ones to its `nrc`, exactly and with at
    most 1,000 digits. Such a price usually comes from a bug in the program that wrote it: check the exponent of the
    number.
    """,
    says="The price cannot be added exactly: {reason}",
    source="TMF622 v4.0.0, Money; ordercli sets the limit",
    bad={_PRICES: [_recurring("19.9"), _recurring("1e-1200")]},
    good={_PRICES: [_recurring("19.9"), _recurring("1e-12")]},
    error=INVALID_FIELD,
    check=_price_not_exact,
)


def _has_many_digits(data: bytes) -> bool:
    """Return whether a number in a document has 300 decimals, or an exponent after so many digits."""
    return bool(_SOME_DIGITS.search(data[::_EVERY])) and any(digits.search(data) for digits in _MANY_DIGITS)


def _extreme(prices: Sequence[ItemPrice]) -> str | None:
    """Return whether a price is extremely large, or 0 or nearly 0: a tiny one is 0.0 as a float."""
    found = None
    for each in prices:
        amount = each.price.tax_included_amount if each.price else None
        value = amount.value if amount else None
        if value and not -_MOST < value < _MOST:
            return "large"
        if isinstance(value, float) and -_LEAST < value < _LEAST:
            found = "small"
    return found


def _has_equal_types(prices: Sequence[ItemPrice]) -> bool:
    """Return whether two prices of a line are added."""
    kinds = [each.price_type for each in prices if each.price_type in _ADDED]
    return len(kinds) > len(set(kinds))


def _inexact(document: JsonValue, line: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the prices of a line whose exponent is too large, and the first price that makes a sum too long."""
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


def _amount(item_price: JsonValue) -> Decimal | int | str | None:
    """Return the value of a price: a number or, if it does not fit into a Decimal, its text; None for anything else."""
    for name in ("price", "taxIncludedAmount", "value"):
        item_price = item_price.get(name) if isinstance(item_price, dict) else None
    return item_price if isinstance(item_price, Decimal | int | str) and not isinstance(item_price, bool) else None


def _inactive_currency(_order: ProductOrder, context: ValidationContext, reference: ReferenceData) -> Broken:
    code = context.currency
    if code is None or not is_currency_code(code) or "Currency" not in reference.loaded:
        return False
    currency = reference.currency(code)
    if currency and currency.status in {None, "active"}:
        return False
    given = context.given_currency
    return [(given[0] if given else "/orderCurrency", {"currency": code})]


INACTIVE_CURRENCY = Rule(
    level=Level.CURRENCY,
    code="ORD307",
    name="inactive-currency",
    about="""The currency of the order is inactive or not known.

    No price can be billed in it. Use another currency, or load this one again as active.
    """,
    says="Inactive Currency Code: {currency}",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 45",
    bad={"/orderCurrency": "HRK", "/productOrderItem/1/itemPrice": None},
    good={"/orderCurrency": "EUR"},
    asks_reference=True,
    error=INVALID_FIELD,
    check=_inactive_currency,
)
