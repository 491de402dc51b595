"""Rules for the currency of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.tmf622.absence import is_blank
from ordercli.tmf622.currency import given_currency, is_currency_code, unit_pointer
from ordercli.validation.rule import SERVICENOW, Broken, Level, rule

if TYPE_CHECKING:
    from ordercli.tmf622.shapes import ProductOrder
    from ordercli.validation.case import OrderCase

_UNIT = "/productOrderItem/1/itemPrice/0/price/taxIncludedAmount/unit"
_TABLE = "ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48"


@rule(
    Level.CURRENCY,
    "ORD113",
    "order-currency-missing",
    at="/orderCurrency",
    says="Invalid payload: orderCurrency is required",
    source=_TABLE,
    profiles=SERVICENOW,
    bad={"/orderCurrency": None},
    good={"/orderCurrency": "EUR"},
)
def order_currency_missing(_order: ProductOrder, case: OrderCase) -> Broken:
    """The order does not say in which currency it is.

    Its prices would be numbers without a meaning. Give `orderCurrency`; where all orders of a caller are in one
    currency, the setting `validation.default_currency` fills it in.
    """
    return case.currency is None and "/currencyCode" not in case.faults


@rule(
    Level.CURRENCY,
    "ORD124",
    "not-a-currency",
    says="{field} `{value}` is not a currency code of three upper-case letters",
    source="ISO 4217",
    bad={"/orderCurrency": "eur"},
    good={"/orderCurrency": "EUR"},
)
def not_a_currency(order: ProductOrder, case: OrderCase) -> Broken:
    """A currency is not written as a code of three upper-case letters.

    Signs and names of currencies are not unique. Use the ISO 4217 code, like EUR or USD.
    """
    own = given_currency(order.order_currency, order.currency_code)
    given = [own] if own else []
    given += [(unit_pointer(line, way), code) for code, line, way in case.foreign_units]
    return [
        (pointer, {"field": pointer.rpartition("/")[2], "value": text})
        for pointer, text in given
        if not is_currency_code(text) and not is_blank(text)
    ]


@rule(
    Level.CURRENCY,
    "ORD206",
    "line-currency-differs",
    says="One or more line items has a different currency code than the order currency",
    source=_TABLE,
    profiles=SERVICENOW,
    bad={_UNIT: "USD"},
    good={_UNIT: "EUR"},
)
def line_currency_differs(_order: ProductOrder, case: OrderCase) -> Broken:
    """A price is in another currency than the order.

    An order has one currency, for amounts of zero too. Convert the price, or split the order by currency.
    """
    if case.currency is None or not is_currency_code(case.currency):
        return False
    return [unit_pointer(line, way) for code, line, way in case.foreign_units if is_currency_code(code)]


@rule(
    Level.CURRENCY,
    "ORD902",
    "legacy-field-name",
    at="/currencyCode",
    says="currencyCode is the old name of orderCurrency",
    source="ServiceNow Product Order Open API, synchronous example",
    severity="warning",
    bad={"/orderCurrency": None, "/currencyCode": "EUR"},
    good={"/orderCurrency": "EUR"},
)
def legacy_field_name(order: ProductOrder, _case: OrderCase) -> Broken:
    """The order spells its currency `currencyCode`.

    It is understood where `orderCurrency` is missing. Call the field `orderCurrency`.
    """
    return order.currency_code is not None
