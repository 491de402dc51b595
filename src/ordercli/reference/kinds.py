"""Of which type a record is, if its `@type` is a subtype or missing, and which types no rule uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.reference.records import RECORD_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

# Resources of TM Forum that exports hold beside those that rules use: TMF620, 632, 633, 634, 637 to 639, 651, 666, 673
# to 675.
UNUSED_TYPES = frozenset(
    [
        "Agreement",
        "AgreementSpecification",
        "BillingAccount",
        "BillFormat",
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
        "PhysicalResource",
        "PhysicalResourceSpecification",
        "ProductCatalog",
        "ProductOfferingPrice",
        "Promotion",
        "Resource",
        "ResourceCandidate",
        "ResourceCatalog",
        "ResourceCategory",
        "ResourceSpecification",
        "Service",
        "ServiceCandidate",
        "ServiceCatalog",
        "ServiceCategory",
        "ServiceSpecification",
        "SettlementAccount",
    ]
)
_TYPES = frozenset(RECORD_TYPES) | UNUSED_TYPES
# By the name of its collection, which stands in the href.
_BY_COLLECTION: Mapping[str, str] = {name.lower(): name for name in _TYPES}
# What the records of one type alone have (TMF620, TMF637).
_BY_MEMBER: Mapping[str, str] = {
    "productSpecCharacteristic": "ProductSpecification",
    "productSpecificationRelationship": "ProductSpecification",
    "bundledProductSpecification": "ProductSpecification",
    "bundledProductOffering": "ProductOffering",
    "isSellable": "ProductOffering",
    "prodSpecCharValueUse": "ProductOffering",
    "productOfferingTerm": "ProductOffering",
    "productCharacteristic": "Product",
    "productSerialNumber": "Product",
    "realizingResource": "Product",
    "realizingService": "Product",
}


def kind_of(record: Mapping[str, Any], default: str | None = None) -> str | None:
    """Return the type of a record: its `@type`, or its `@baseType` if only that is known.

    Without an `@type` it is `default`, else what href and members tell, if they agree; None if nothing does.
    """
    kind, base = record.get("@type"), record.get("@baseType")
    if isinstance(kind, str):
        return base if kind not in _TYPES and isinstance(base, str) and base in _TYPES else kind
    return default or _told(record)


def _told(record: Mapping[str, Any]) -> str | None:
    told = {kind for name, kind in _BY_MEMBER.items() if record.get(name) is not None}
    href = record.get("href")
    if isinstance(href, str) and (kind := _kind_in(href)):
        told.add(kind)
    return told.pop() if len(told) == 1 else None


def _kind_in(href: str) -> str | None:
    """Return the type whose collection an href leads through: `…/productOffering/7`."""
    segments = href.partition("?")[0].rstrip("/").split("/")
    return _BY_COLLECTION.get(segments[-2].lower()) if len(segments) > 1 else None
