"""Make the examples of the rules: a valid order with the changes of each example."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec

from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.resources.common.examples import edited
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.profiles import PROFILES, SERVICENOW, TMF622_V5
from ordercli.resources.resource import Examples
from ordercli.rulebook.rule import Example, Rule, TextEdit

GOOD_ORDER: dict[str, Any] = {
    "externalId": "CRM-1007",
    "requestedStartDate": "2026-03-02T08:00:00Z",
    "requestedCompletionDate": "2026-03-20T17:00:00Z",
    "committedDueDate": "2026-03-20T17:00:00Z",
    "orderCurrency": "EUR",
    "channel": [{"id": "online", "name": "Web shop"}],
    "note": [{"author": "Ana Duarte", "date": "2026-02-27T15:04:05Z", "text": "Please ring before the visit"}],
    "productOrderItem": [
        {
            "id": "10",
            "quantity": 1,
            "action": "add",
            "committedDueDate": "2026-03-18T17:00:00Z",
            "product": {
                "productSpecification": {"id": "fibre-access", "version": "2"},
                "place": {"id": "site-lisbon"},
                "relatedParty": [{"firstName": "Ana", "lastName": "Duarte", "@referredType": "OrderLineItemContact"}],
            },
            "productOffering": {"id": "home-fibre-1000"},
            "productOrderItemRelationship": [{"id": "20", "relationshipType": "HasChild"}],
        },
        {
            "id": "20",
            "quantity": 1,
            "action": "add",
            "itemPrice": [
                {
                    "priceType": "recurring",
                    "recurringChargePeriod": "month",
                    "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}},
                }
            ],
            "product": {
                "productCharacteristic": [{"name": "Colour", "value": "white"}],
                "productSpecification": {"id": "wifi-router"},
            },
            "productOffering": {"id": "home-fibre-1000"},
            "productOrderItemRelationship": [{"id": "10", "relationshipType": "HasParent"}],
        },
        {
            "id": "30",
            "action": "add",
            "product": {"productSpecification": {"id": "installation"}},
            "productOffering": {"id": "installation-visit"},
        },
    ],
    "relatedParty": [
        {"id": "consumer-88", "name": "Ana Duarte", "@referredType": "Consumer"},
        {"id": "contact-88", "name": "Ana Duarte", "@referredType": "CustomerContact"},
    ],
}


# The reference data that the valid order refers to.
GOOD_RECORDS: tuple[dict[str, Any], ...] = (
    {"@type": "Currency", "id": "EUR", "status": "active"},
    {"@type": "Currency", "id": "HRK", "status": "inactive"},
    {"@type": "DistributionChannel", "id": "online"},
    {"@type": "Place", "id": "site-lisbon"},
    {"@type": "Customer", "id": "customer-12"},
    {"@type": "Consumer", "id": "consumer-88"},
    {"@type": "CustomerContact", "id": "contact-88"},
    {
        "@type": "ProductOffering",
        "id": "home-fibre-1000",
        "externalId": "HF1000",
        "productSpecification": {"id": "fibre-access"},
    },
    {"@type": "ProductOffering", "id": "installation-visit", "productSpecification": {"id": "installation"}},
    {
        "@type": "ProductSpecification",
        "id": "fibre-access",
        "version": "2",
        "productSpecificationRelationship": [{"id": "wifi-router", "relationshipType": "HasChild"}],
    },
    {
        "@type": "ProductSpecification",
        "id": "wifi-router",
        "productSpecCharacteristic": [
            {"name": "Colour", "productSpecCharacteristicValue": [{"value": "white"}, {"value": "black"}]}
        ],
    },
    {"@type": "ProductSpecification", "id": "installation"},
    {
        "@type": "Product",
        "id": "inventory-4711",
        "status": "active",
        "quantity": 1,
        "productSpecification": {"id": "fibre-access", "version": "2"},
    },
    {"@type": "Product", "id": "inventory-4712", "status": "suspended"},
    {
        "@type": "Product",
        "id": "inventory-4713",
        "status": "active",
        "productSpecification": {"id": "fibre-access", "version": "1"},
    },
)


_V5_ACTIONS = {"change": "modify", "no-change": "noChange"}


def good_order_v5() -> dict[str, Any]:
    """Return the valid order as TMF622 v5 writes it."""
    return _in_v5(deepcopy(GOOD_ORDER))


def example_document(example: Example, profile: str = SERVICENOW.name) -> bytes:
    """Return the whole document of an example, which edits the valid order of a profile."""
    if isinstance(example, bytes):
        return example
    order = good_order_v5() if profile == TMF622_V5.name else deepcopy(GOOD_ORDER)
    if isinstance(example, TextEdit):
        return msgspec.json.encode(order).replace(*example)
    return msgspec.json.encode(edited(order, example))


def example_in_v5(rule: Rule) -> bytes | None:
    """Return the bad example of a rule as an order of TMF622 v5; None if it is no order, or the rule is of others."""
    if rule.bad is None or isinstance(rule.bad, bytes | TextEdit) or TMF622_V5.name not in (rule.profiles or PROFILES):
        return None
    if rule.bad_v5 is not None or example_profile(rule) == TMF622_V5.name:
        return example_document(rule.bad_v5 or rule.bad, TMF622_V5.name)
    return msgspec.json.encode(_in_v5(edited(deepcopy(GOOD_ORDER), rule.bad)))


def example_profile(rule: Rule) -> str:
    """Return the profile in which the examples of a rule are written."""
    return rule.profiles[0] if rule.profiles else SERVICENOW.name


def example_options(rule: Rule, profile: str | None = None) -> dict[str, Any]:
    """Return the options with which the examples of a rule have their findings, in their profile or in another one."""
    profile = profile or example_profile(rule)
    reference = {"reference": ReferenceData(HeldRecords(*GOOD_RECORDS))} if rule.asks_reference else {}
    select = {"select": [rule.code]} if profile in rule.warns_in else {}
    return {"profile": profile, "lint": rule.is_lint, **reference, **select, **rule.options}


def _in_v5(order: dict[str, Any]) -> dict[str, Any]:
    for item in order.get("productOrderItem", ()):
        if item.get("action") in _V5_ACTIONS:
            item["action"] = _V5_ACTIONS[item["action"]]
        product = item.get("product", {})
        if isinstance(place := product.get("place"), dict):
            product["place"] = [place]
        for party in product.get("relatedParty", ()):
            party.pop("@referredType", None)
    return as_v5(order)


EXAMPLES = Examples(example_document, example_options)
