"""Make the examples of the rules of quotes: a valid quote with the changes of each example."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from ordercli.resources.common.examples import edited
from ordercli.rulebook.rule import TextEdit

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Example

GOOD_QUOTE: dict[str, Any] = {
    "id": "QT-2026-17",
    "version": "2",
    "externalId": "CRM-Q-17",
    "state": "accepted",
    "validFor": {"startDateTime": "2026-02-01T00:00:00Z", "endDateTime": "2099-12-31T23:59:59Z"},
    "expectedFulfillmentStartDate": "2099-03-02T08:00:00Z",
    "billingAccount": [{"id": "account-88"}],
    "note": [{"id": "1", "author": "Ana Duarte", "text": "Please ring before the visit"}],
    "quoteItem": [
        {
            "id": "10",
            "action": "add",
            "quantity": 1,
            "state": "accepted",
            "product": {"productSpecification": {"id": "fibre-access"}},
            "productOffering": {"id": "home-fibre-1000"},
            "quoteItemPrice": [
                {
                    "priceType": "recurring",
                    "recurringChargePeriod": "month",
                    "price": {"taxIncludedAmount": {"unit": "EUR", "value": 39.9}},
                }
            ],
        },
        {
            "id": "20",
            "action": "add",
            "product": {"productSpecification": {"id": "installation"}},
            "productOffering": {"id": "installation-visit"},
            "quoteItem": [
                {
                    "id": "21",
                    "action": "add",
                    "productOffering": {"id": "wall-socket"},
                    "quoteItemPrice": [
                        {"priceType": "nonRecurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 49}}}
                    ],
                }
            ],
        },
        {
            "id": "30",
            "action": "remove",
            "product": {"id": "inventory-4711"},
            "productOffering": {"id": "home-dsl-50"},
        },
    ],
    "quoteTotalPrice": [{"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 39.9}}}],
    "relatedParty": [{"id": "consumer-88", "name": "Ana Duarte", "role": "Customer", "@referredType": "Consumer"}],
}

# The moment at which the examples are converted.
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def example_document(example: Example) -> bytes:
    """Return the whole document of an example, which edits the valid quote."""
    if isinstance(example, bytes):
        return example
    if isinstance(example, TextEdit):
        return msgspec.json.encode(GOOD_QUOTE).replace(*example)
    return msgspec.json.encode(edited(deepcopy(GOOD_QUOTE), example))
