"""A good order, and what the examples of the rules change in it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Example

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


def example_document(example: Example) -> bytes:
    """The whole document of an example: its bytes, or the good order with its edits."""
    if isinstance(example, bytes):
        return example
    order = deepcopy(GOOD_ORDER)
    for pointer, value in example.items():
        _edit(order, pointer.split("/")[1:], value)
    return msgspec.json.encode(order)


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
