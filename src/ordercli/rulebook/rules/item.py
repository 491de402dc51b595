"""Rules for each line item by itself, and for parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.intake.forms import is_blank
from ordercli.resources.product_order.words import CANONICAL_ACTIONS
from ordercli.rulebook.rule import SERVICENOW, Broken, Level, rule

if TYPE_CHECKING:
    from ordercli.resources.product_order.shapes import ProductOrderItem, RelatedParty
    from ordercli.rulebook.case import OrderCase


_LINE = "/productOrderItem/0"
_OF_A_SOLD_PRODUCT = frozenset({"change", "delete", "suspend", "resume"})


@rule(
    Level.ITEM,
    "ORD110",
    "product-inventory-id-missing",
    at="/product/id",
    says="Invalid payload: Product inventory ID is missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48",
    profiles=SERVICENOW,
    bad={f"{_LINE}/action": "change"},
    good={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-4711"},
)
def product_inventory_id_missing(item: ProductOrderItem, _case: OrderCase) -> Broken:
    """A line item changes, deletes, suspends or resumes a product, but does not say which one.

    These actions act on a product that was sold before. Give its inventory id as `product.id`.
    """
    acts_on_sold = CANONICAL_ACTIONS[item.action] in _OF_A_SOLD_PRODUCT
    return acts_on_sold and is_blank(item.product.id or "")


@rule(
    Level.ITEM,
    "ORD209",
    "quantity-not-positive",
    at="/quantity",
    says="The quantity of a line item must be more than 0, not {quantity}",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 45",
    bad={f"{_LINE}/quantity": 0},
    good={f"{_LINE}/quantity": 1},
)
def quantity_not_positive(item: ProductOrderItem, _case: OrderCase) -> Broken:
    """A line item orders nothing, or less than nothing.

    To take something away use the action `delete`. Leave the quantity out, or give a number above 0.
    """
    quantity = item.quantity
    return [("", {"quantity": quantity})] if quantity is not None and quantity <= 0 else False


_WHO_CAN_BE_BILLED = ("Customer", "Consumer")


@rule(
    Level.PARTY,
    "ORD112",
    "customer-or-consumer-missing",
    says="Invalid payload: Customer Account or Consumer is missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48",
    profiles=SERVICENOW,
    bad={"/relatedParty": [{"id": "contact-88", "@referredType": "CustomerContact"}]},
    good={"/relatedParty": [{"id": "customer-12", "@referredType": "Customer"}]},
)
def customer_or_consumer_missing(parties: list[RelatedParty], _case: OrderCase) -> Broken:
    """The order names parties, but none of them can be its customer.

    A contact alone cannot be billed. Add a party whose `@referredType` is Customer or Consumer.
    """
    types = {party.referred_type for party in parties}
    return None not in types and types.isdisjoint(_WHO_CAN_BE_BILLED)
