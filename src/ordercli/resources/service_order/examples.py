"""Make the examples of the rules of service orders: a valid order with the changes of each example."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import msgspec

from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.resources.common.examples import edited
from ordercli.resources.resource import Examples
from ordercli.resources.service_order.profiles import SERVICENOW
from ordercli.rulebook.rule import TextEdit

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Example, Rule

GOOD_ORDER: dict[str, Any] = {
    "externalId": "OSS-2007",
    "requestedStartDate": "2026-03-02T08:00:00Z",
    "requestedCompletionDate": "2026-03-20T17:00:00Z",
    "committedDueDate": "2026-03-20T17:00:00Z",
    "note": [{"author": "Ana Duarte", "date": "2026-02-27T15:04:05Z", "text": "Please ring before the visit"}],
    "serviceOrderItem": [
        {
            "id": "10",
            "quantity": 1,
            "action": "add",
            "committedDueDate": "2026-03-18T17:00:00Z",
            "service": {"serviceSpecification": {"id": "internet-access", "name": "Internet access", "version": "2"}},
            "place": {"id": "site-lisbon"},
            "relatedParty": [{"firstName": "Ana", "lastName": "Duarte", "@referredType": "OrderLineItemContact"}],
            "orderRelationship": [{"id": "20", "relationshipType": "HasChild"}],
        },
        {
            "id": "20",
            "quantity": 1,
            "action": "add",
            "service": {
                "serviceCharacteristic": [{"name": "Protocol", "value": "IPv4"}],
                "serviceSpecification": {"id": "static-address", "name": "Static address"},
            },
            "orderRelationship": [{"id": "10", "relationshipType": "HasParent"}],
        },
        {
            "id": "30",
            "action": "add",
            "service": {
                "serviceSpecification": {"id": "managed-firewall", "name": "Managed firewall"},
                "serviceRelationship": [{"id": "service-4711", "relationshipType": "Requires"}],
            },
        },
    ],
    "relatedParty": [
        {"id": "consumer-88", "name": "Ana Duarte", "@referredType": "Consumer"},
        {"id": "contact-88", "name": "Ana Duarte", "@referredType": "CustomerContact"},
    ],
}


# The reference data that the valid order refers to.
GOOD_RECORDS: tuple[dict[str, Any], ...] = (
    {"@type": "Place", "id": "site-lisbon"},
    {"@type": "Customer", "id": "customer-12"},
    {"@type": "Consumer", "id": "consumer-88"},
    {"@type": "CustomerContact", "id": "contact-88"},
    {
        "@type": "ServiceSpecification",
        "id": "internet-access",
        "version": "2",
        "serviceSpecRelationship": [{"id": "static-address", "relationshipType": "HasChild"}],
    },
    {
        "@type": "ServiceSpecification",
        "id": "static-address",
        "specCharacteristic": [
            {"name": "Protocol", "characteristicValueSpecification": [{"value": "IPv4"}, {"value": "IPv6"}]}
        ],
    },
    {"@type": "ServiceSpecification", "id": "managed-firewall"},
    {
        "@type": "Service",
        "id": "service-4711",
        "state": "active",
        "serviceSpecification": {"id": "internet-access", "version": "2"},
    },
    {"@type": "Service", "id": "service-4712", "state": "inactive"},
    {
        "@type": "Service",
        "id": "service-4713",
        "state": "active",
        "serviceSpecification": {"id": "internet-access", "version": "1"},
    },
)


def example_document(example: Example, _profile: str = SERVICENOW.name) -> bytes:
    """Return the whole document of an example, which edits the valid order; all are of profile servicenow."""
    if isinstance(example, bytes):
        return example
    if isinstance(example, TextEdit):
        return msgspec.json.encode(GOOD_ORDER).replace(*example)
    return msgspec.json.encode(edited(deepcopy(GOOD_ORDER), example))


def example_options(rule: Rule) -> dict[str, Any]:
    """Return the options with which the examples of a rule have their findings."""
    reference = {"reference": ReferenceData(HeldRecords(*GOOD_RECORDS))} if rule.asks_reference else {}
    return {"lint": rule.is_lint, **reference, **rule.options}


EXAMPLES = Examples(example_document, example_options)
