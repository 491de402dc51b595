"""Rules for each line item by itself, and for parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.intake.forms import is_blank
from ordercli.resources.product_order.words import CANONICAL_ACTIONS
from ordercli.rulebook.rule import SERVICENOW, Broken, Level, Rule

if TYPE_CHECKING:
    from ordercli.resources.product_order.shapes import ProductOrderItem, RelatedParty
    from ordercli.rulebook.case import OrderCase


_LINE = "/productOrderItem/0"
_OF_A_SOLD_PRODUCT = frozenset({"change", "delete", "suspend", "resume"})


def _product_inventory_id_missing(item: ProductOrderItem, _case: OrderCase) -> Broken:
    acts_on_sold = CANONICAL_ACTIONS[item.action] in _OF_A_SOLD_PRODUCT
    return acts_on_sold and is_blank(item.product.id or "")


PRODUCT_INVENTORY_ID_MISSING = Rule(
    level=Level.ITEM,
    code="ORD110",
    name="product-inventory-id-missing",
    about="""A line item changes, deletes, suspends or resumes a product, but does not say which one.

    These actions act on a product that was sold before. Give its inventory id as `product.id`.
    """,
    at="/product/id",
    says="Invalid payload: Product inventory ID is missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48",
    profiles=SERVICENOW,
    bad={f"{_LINE}/action": "change"},
    good={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-4711"},
    check=_product_inventory_id_missing,
)


def _quantity_not_positive(item: ProductOrderItem, _case: OrderCase) -> Broken:
    quantity = item.quantity
    return [("", {"quantity": quantity})] if quantity is not None and quantity <= 0 else False


QUANTITY_NOT_POSITIVE = Rule(
    level=Level.ITEM,
    code="ORD209",
    name="quantity-not-positive",
    about="""A line item orders nothing, or less than nothing.

    To take something away use the action `delete`. Leave the quantity out, or give a number above 0.
    """,
    at="/quantity",
    says="The quantity of a line item must be more than 0, not {quantity}",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 45",
    bad={f"{_LINE}/quantity": 0},
    good={f"{_LINE}/quantity": 1},
    check=_quantity_not_positive,
)


_WHO_CAN_BE_BILLED = ("Customer", "Consumer")


def _customer_or_consumer_missing(parties: list[RelatedParty], _case: OrderCase) -> Broken:
    types = {party.referred_type for party in parties}
    return None not in types and types.isdisjoint(_WHO_CAN_BE_BILLED)


CUSTOMER_OR_CONSUMER_MISSING = Rule(
    level=Level.PARTY,
    code="ORD112",
    name="customer-or-consumer-missing",
    about="""The order names parties, but none of them can be its customer.

    A contact alone cannot be billed. Add a party whose `@referredType` is Customer or Consumer.
    """,
    says="Invalid payload: Customer Account or Consumer is missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48",
    profiles=SERVICENOW,
    bad={"/relatedParty": [{"id": "contact-88", "@referredType": "CustomerContact"}]},
    good={"/relatedParty": [{"id": "customer-12", "@referredType": "Customer"}]},
    check=_customer_or_consumer_missing,
)
