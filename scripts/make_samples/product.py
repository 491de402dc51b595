"""Entries of a catalogue: product specifications with their characteristics, product offerings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.make_samples.documents import given
from scripts.make_samples.listed import Listed

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json

ON_SALE_SINCE = "2025-01-01T00:00:00.000Z"


@dataclass(frozen=True, kw_only=True)
class Versioned(Listed):
    """An entry of the catalogue; `version` is the internal one, the outer system says v1, v2."""

    version: int = 1

    def versions(self, version: int | None = None) -> Json:
        """Both spellings of a version, by default of the one on sale."""
        number = version or self.version
        return {"version": f"v{number}", "internalVersion": str(number)}

    def lifecycle(self) -> Json:
        """Members that say since when it is sold."""
        return self.versions() | {"lifecycleStatus": "Active", "validFor": {"startDateTime": ON_SALE_SINCE}}


@dataclass(frozen=True, kw_only=True)
class Specification(Versioned):
    """A TMF620 ProductSpecification.

    `characteristics` maps a name to the values it may have; none means free text. `children` are named by
    this record (HasChild); `parent` is for a specification that names its parent itself (HasParent).
    """

    kind = "ProductSpecification"
    prefix = "SPEC"

    characteristics: dict[str, tuple[str, ...]] = field(default_factory=dict)
    children: tuple[Specification, ...] = ()
    parent: Specification | None = None

    def ref(self) -> Json:
        """Point at it from another record."""
        return {"id": self.id, "name": self.name, "@type": "ProductSpecificationRef"}

    def details(self) -> Json:
        """Add characteristics and relations."""
        relations = [_related(child, "HasChild") for child in self.children]
        relations += [_related(self.parent, "HasParent")] if self.parent else []
        return self.lifecycle() | {
            "isBundle": bool(self.children),
            "productSpecCharacteristic": [_characteristic(*each) for each in self.characteristics.items()],
            "productSpecificationRelationship": relations,
        }


def _related(specification: Specification, relationship: str) -> Json:
    return {"id": specification.id, "name": specification.name, "relationshipType": relationship}


def _characteristic(name: str, values: tuple[str, ...]) -> Json:
    options = [{"value": value, "isDefault": value == values[0]} for value in values]
    return given({"name": name, "configurable": True, "valueType": "string", "productSpecCharacteristicValue": options})


@dataclass(frozen=True, kw_only=True)
class Offering(Versioned):
    """A TMF620 ProductOffering of one specification; `bundled` offerings are sold together with it."""

    kind = "ProductOffering"
    prefix = "OFF"

    specification: Specification
    bundled: tuple[Offering, ...] = ()

    def ref(self) -> Json:
        """Point at it from another record."""
        return {"id": self.id, "name": self.name}

    def details(self) -> Json:
        """Add what is sold."""
        return self.lifecycle() | {
            "isBundle": bool(self.bundled),
            "isSellable": True,
            "productSpecification": self.specification.ref() | self.specification.versions(),
            "bundledProductOffering": [offering.ref() for offering in self.bundled],
        }
