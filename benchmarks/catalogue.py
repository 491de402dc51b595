"""The reference data that the generated orders point at."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

FAMILIES = 40
INSTALLED = 10
PARTIES = 500
PLACES = 500
CHANNELS = ("Agent Assist", "Online channel", "Retail shop", "Partner")
CURRENCIES = ("USD", "EUR", "GBP", "SEK")
CONFIGURATION = {
    "CPE Model": ("ASR", "ISR", "Virtual"),
    "WAN Optimization": ("Basic", "Advance"),
    "CPE Type": ("Physical", "Virtual"),
    "Routing": ("Basic", "Premium"),
    "Tenancy": ("Premium (>50 sites)", "Standard"),
    "Security Type": ("Basic", "Premium"),
}


class Component(NamedTuple):
    """A part of the package, with the names of the characteristics that it can be ordered with."""

    name: str
    characteristics: tuple[str, ...]


PACKAGE = Component("SD-WAN Service Package", ())
COMPONENTS = (
    Component("SD-WAN Controller", ("Tenancy",)),
    Component("SD-WAN Edge Device", ("CPE Model", "WAN Optimization", "CPE Type", "Routing")),
    Component("SD-WAN Security", ("Security Type",)),
    Component("SD-WAN Access", ("Routing", "CPE Type")),
    Component("SD-WAN Support", ()),
)


@cache
def identifier(*parts: object) -> str:
    """Return the id of a record: 32 hexadecimal characters that depend only on its parts."""
    return hashlib.blake2b(":".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def records() -> Iterator[Json]:
    """Every record, in no promised order."""
    for family in range(FAMILIES):
        yield from _family(family)
    for n in range(PARTIES):
        for kind in ("Customer", "Consumer", "CustomerContact"):
            yield {"@type": kind, "id": identifier(kind, n), "name": f"{kind} {n}", "status": "active"}
    for n in range(PLACES):
        yield {"@type": "Place", "id": identifier("Place", n), "name": f"Site {n}"}
    for n, name in enumerate(CHANNELS):
        yield {"@type": "DistributionChannel", "id": str(n + 1), "name": name}
    for code in CURRENCIES:
        yield {"@type": "Currency", "id": code, "status": "active"}


def _family(family: int) -> Iterator[Json]:
    """Yield an offering, the specifications of its package and components, and the products that were sold."""
    package = _ref(family, PACKAGE)
    components = [_ref(family, component) for component in COMPONENTS]
    yield {
        "@type": "ProductOffering",
        "id": identifier("ProductOffering", family),
        "name": f"Premium SD-WAN Offering {family}",
        "productSpecification": package,
    }
    related = [{**component, "relationshipType": "HasChild"} for component in components]
    yield {"@type": "ProductSpecification", **package, "productSpecificationRelationship": related}
    for component, ref in zip(COMPONENTS, components, strict=True):
        characteristics = [_characteristic(name) for name in component.characteristics]
        yield {"@type": "ProductSpecification", **ref, "productSpecCharacteristic": characteristics}
    for component in (PACKAGE, *COMPONENTS):
        for status in ("active", "suspended"):
            yield from _sold(family, component, status)


def _ref(family: int, component: Component) -> Json:
    return {"id": identifier("ProductSpecification", family, component.name), "name": component.name}


def _characteristic(name: str) -> Json:
    values = [{"value": value} for value in CONFIGURATION[name]]
    return {"name": name, "valueType": "string", "productSpecCharacteristicValue": values}


def _sold(family: int, component: Component, status: str) -> Iterator[Json]:
    for n in range(INSTALLED):
        yield {
            "@type": "Product",
            "id": identifier("Product", family, component.name, status, n),
            "status": status,
            "quantity": 100,
            "productSpecification": _ref(family, component),
        }
