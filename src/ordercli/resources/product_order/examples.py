"""Make the examples of the rules: a valid order with the changes of each example."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec

from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.rulebook.rule import TextEdit

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Example, Rule

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


def example_document(example: Example) -> bytes:
    """Return the whole document of an example."""
    if isinstance(example, bytes):
        return example
    if isinstance(example, TextEdit):
        return msgspec.json.encode(GOOD_ORDER).replace(*example)
    order = deepcopy(GOOD_ORDER)
    for pointer, value in example.items():
        _edit(order, pointer.split("/")[1:], value)
    return msgspec.json.encode(order)


def example_options(rule: Rule) -> dict[str, Any]:
    """Return the options with which the examples of a rule have their expected findings."""
    reference = {"reference": ReferenceData(HeldRecords(*GOOD_RECORDS))} if rule.asks_reference else {}
    return {"lint": rule.is_lint, **reference, **rule.options}


def _edit(order: dict[str, Any], path: list[str], value: object) -> None:
    parent: Any = order
    for name in path[:-1]:
        parent = parent[int(name) if isinstance(parent, list) else name]
    if isinstance(parent, list):
        parent[int(path[-1])] = value
    elif value is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
