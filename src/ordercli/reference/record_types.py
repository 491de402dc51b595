"""The types of reference records by name, and the type of a record by its document."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

# The types that rules of product orders use; records.py has their members.
PRODUCT_ORDER_TYPES = (
    "ProductOffering",
    "ProductSpecification",
    "Product",
    "Customer",
    "Consumer",
    "CustomerContact",
    "DistributionChannel",
    "Place",
    "Currency",
)
ONLY_SERVICE_ORDER_TYPES = ("ServiceSpecification", "Service")
INVENTORY_TYPES = frozenset(("Product", "Service"))
RECORD_TYPES = (*PRODUCT_ORDER_TYPES, *ONLY_SERVICE_ORDER_TYPES)
# The types that rules of service orders use; products that are loaded may stand in for services (`coverage`).
SERVICE_ORDER_TYPES = (*ONLY_SERVICE_ORDER_TYPES, "Customer", "Consumer", "CustomerContact", "Place")

# The types whose records refer to records of a type; `links` in records.py yields these references.
LINKED_FROM: Mapping[str, tuple[str, ...]] = {
    "ProductOffering": ("ProductOffering",),
    "ProductSpecification": ("ProductOffering", "ProductSpecification", "Product"),
    "ServiceSpecification": ("ServiceSpecification", "Service"),
}

# Other types of TM Forum resources in exports, which no rule uses: TMF620, 632 to 634, 637 to 639, 651, 657, 666, 669
# and 673 to 675, versions 4 and 5.
UNUSED_TYPES = frozenset(
    [
        "Agreement",
        "AgreementSpecification",
        "BillingAccount",
        "BillFormat",
        "BillPresentationMedia",
        "BillingCycleSpecification",
        "BusinessPartner",
        "Catalog",
        "Category",
        "ContactMedium",
        "FinancialAccount",
        "GeographicAddress",
        "GeographicLocation",
        "GeographicSite",
        "GeographicSubAddress",
        "Individual",
        "LogicalResource",
        "LogicalResourceSpecification",
        "Organization",
        "Party",
        "PartyAccount",
        "PartyRole",
        "PartyRoleSpecification",
        "PhysicalResource",
        "PhysicalResourceSpecification",
        "Producer",
        "ProductCatalog",
        "ProductOfferingPrice",
        "Promotion",
        "Resource",
        "ResourceCandidate",
        "ResourceCatalog",
        "ResourceCategory",
        "ResourceSpecification",
        "ServiceCandidate",
        "ServiceCatalog",
        "ServiceCategory",
        "ServiceLevelObjective",
        "ServiceLevelSpecification",
        "SettlementAccount",
        "Supplier",
    ]
)
_TYPES = frozenset(RECORD_TYPES) | UNUSED_TYPES
# Subtypes of the standard (TMF633 and 638); those of others name theirs as `@baseType`.
_SUBTYPES: Mapping[str, str] = {
    "CustomerFacingService": "Service",
    "ResourceFacingService": "Service",
    "CustomerFacingServiceSpecification": "ServiceSpecification",
    "ResourceFacingServiceSpecification": "ServiceSpecification",
}
# Members that only records of one type have (TMF620, 633, 637 and 638).
_BY_MEMBER: Mapping[str, str] = {
    "productSpecCharacteristic": "ProductSpecification",
    "productSpecificationRelationship": "ProductSpecification",
    "bundledProductSpecification": "ProductSpecification",
    "bundledProductOffering": "ProductOffering",
    "bundledGroupProductOffering": "ProductOffering",
    "productOfferingCharacteristic": "ProductOffering",
    "isSellable": "ProductOffering",
    "prodSpecCharValueUse": "ProductOffering",
    "productOfferingTerm": "ProductOffering",
    "productCharacteristic": "Product",
    "productSerialNumber": "Product",
    "realizingResource": "Product",
    "realizingService": "Product",
    "specCharacteristic": "ServiceSpecification",
    "serviceSpecRelationship": "ServiceSpecification",
    "serviceLevelSpecification": "ServiceSpecification",
    "hasStarted": "Service",
    "isServiceEnabled": "Service",
    "isStateful": "Service",
    "serviceCharacteristic": "Service",
    "serviceDate": "Service",
    "serviceRelationship": "Service",
    "serviceType": "Service",
    "startMode": "Service",
    "supportingService": "Service",
    "supportingResource": "Service",
}


def kind_of(record: Mapping[str, Any], default: str | None = None) -> str | None:
    """Return the type of a record: its `@type`, what that is a subtype of, or its `@baseType` if only that is known.

    Without an `@type` it is `default`, else the type that href and members indicate; None if they indicate none or
    contradict each other.
    """
    kind, base = record.get("@type"), record.get("@baseType")
    if isinstance(kind, str):
        if kind in _TYPES or not (isinstance(base, str) and base in _TYPES):
            return _SUBTYPES.get(kind, kind)
        return base
    return default or _type_by_members(record)


def _type_by_members(record: Mapping[str, Any]) -> str | None:
    found = {kind for name, kind in _BY_MEMBER.items() if record.get(name) is not None}
    href = record.get("href")
    if isinstance(href, str) and (kind := _kind_in(href)):
        found.add(kind)
    return found.pop() if len(found) == 1 else None


def _kind_in(href: str) -> str | None:
    """Return the type whose collection is named in an href, for example `…/productOffering/7`."""
    segments = href.partition("?")[0].rstrip("/").split("/")
    return _by_collection().get(segments[-2].lower()) if len(segments) > 1 else None


@cache
def _by_collection() -> dict[str, str]:
    """Return the types by the names of their collections, in lower case."""
    return {name.lower(): name for name in _TYPES}
