"""Rules for the parties of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.validation.rule import SERVICENOW, Broken, Level, rule

if TYPE_CHECKING:
    from ordercli.tmf622.shapes import RelatedParty
    from ordercli.validation.case import OrderCase

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
