"""A good order in which every place is known by line and column, the records it points at, and ways to break it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

ORDER = """\
{
  "externalId": "CRM-1007",
  "orderCurrency": "EUR",
  "requestedStartDate": "2026-03-02T08:00:00Z",
  "requestedCompletionDate": "2026-03-20T17:00:00Z",
  "committedDueDate": "2026-03-20T17:00:00Z",
  "channel": [{"id": "online"}],
  "note": [{"text": "Ring twice"}],
  "productOrderItem": [
    {
      "id": "10",
      "action": "change",
      "quantity": 2,
      "committedDueDate": "2026-03-18T17:00:00Z",
      "productOffering": {"id": "home-fibre"},
      "product": {
        "id": "sold-1",
        "place": {"id": "site-7"},
        "productSpecification": {"id": "fibre-access", "version": "2"}
      },
      "productOrderItemRelationship": [{"id": "20", "relationshipType": "HasChild"}]
    },
    {
      "id": "20",
      "action": "add",
      "itemPrice": [{"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.90}}}],
      "productOffering": {"id": "home-fibre"},
      "product": {
        "productCharacteristic": [{"name": "Colour", "value": "white"}],
        "productSpecification": {"id": "wifi-router"}
      },
      "productOrderItemRelationship": [{"id": "10", "relationshipType": "HasParent"}]
    }
  ],
  "relatedParty": [
    {"id": "consumer-88", "@referredType": "Consumer"},
    {"id": "contact-88", "@referredType": "CustomerContact"}
  ]
}
"""
ON_ONE_LINE = json.dumps(json.loads(ORDER)).encode()

RECORDS: list[dict[str, Any]] = [
    {"@type": "Currency", "id": "EUR", "status": "active"},
    {"@type": "Currency", "id": "DEM", "status": "inactive"},
    {"@type": "DistributionChannel", "id": "online"},
    {"@type": "Place", "id": "site-7"},
    {"@type": "Consumer", "id": "consumer-88"},
    {"@type": "Customer", "id": "customer-12"},
    {"@type": "CustomerContact", "id": "contact-88"},
    {"@type": "ProductOffering", "id": "home-fibre", "productSpecification": {"id": "fibre-access"}},
    {"@type": "ProductOffering", "id": "mobile", "productSpecification": {"id": "sim-card"}},
    {
        "@type": "ProductSpecification",
        "id": "fibre-access",
        "productSpecificationRelationship": [{"id": "wifi-router", "relationshipType": "HasChild"}],
    },
    {
        "@type": "ProductSpecification",
        "id": "wifi-router",
        "productSpecCharacteristic": [{"name": "Colour", "productSpecCharacteristicValue": [{"value": "white"}]}],
    },
    {"@type": "ProductSpecification", "id": "sim-card"},
    {
        "@type": "Product",
        "id": "sold-1",
        "status": "active",
        "quantity": 2,
        "productSpecification": {"id": "fibre-access", "version": "2"},
    },
    {"@type": "Product", "id": "sold-2", "status": "suspended"},
]

SETTINGS = """\
[limits]
max_items_sync = 3

[orders]
allow_spec_version_update_in_change_order = false
"""


class Fault(NamedTuple):
    """A diagnostic, as far as the table tells it."""

    code: str
    severity: str
    pointer: str
    line: int
    column: int
    message: str


Broken = dict[str, tuple[bytes, *tuple[Fault, ...]]]


def error(code: str, pointer: str, line: int, column: int, message: str) -> Fault:
    return Fault(code, "error", pointer, line, column, message)


def warning(code: str, pointer: str, line: int, column: int, message: str) -> Fault:
    return Fault(code, "warning", pointer, line, column, message)


def changed(old: str, new: str) -> bytes:
    """The good order with something else in place of `old`, which stands in it once."""
    assert ORDER.count(old) == 1, old
    return ORDER.replace(old, new).encode()


ITEM, CHILD = "/productOrderItem/0", "/productOrderItem/1"
UNIT = f"{CHILD}/itemPrice/0/price/taxIncludedAmount/unit"
CHARACTERISTIC = f"{CHILD}/product/productCharacteristic/0"
HAS_CHILD = '"productOrderItemRelationship": [{"id": "20", "relationshipType": "HasChild"}]'
HAS_PARENT = '"productOrderItemRelationship": [{"id": "10", "relationshipType": "HasParent"}]'
LAST = f"      {HAS_PARENT}\n    }}\n"


def another_item(item_id: str, specification: str, offering: str, relations: str = "") -> str:
    return (
        f'    {{"id": "{item_id}", "action": "add", "productOffering": {{"id": "{offering}"}},\n'
        f'     "product": {{"productSpecification": {{"id": "{specification}"}}}}{relations}}}\n'
    )
