"""The reference data that the good order fits, so that the examples of the rules can be tried."""

from __future__ import annotations

from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords

GOOD_RECORDS = HeldRecords(
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
FITTING = {"reference": ReferenceData(GOOD_RECORDS)}
