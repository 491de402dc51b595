"""Look up reference data for service orders: service specifications (TMF633), and services (TMF638) beside products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ordercli.reference.lookup import HAS_CHILD, HAS_PARENT, ReferenceData, related_ids

if TYPE_CHECKING:
    from ordercli.reference.records import Service

# A service that TMF638 calls inactive was suspended.
_STATUS = {"inactive": "suspended"}


class Installed(NamedTuple):
    """A service of the inventory, with the attributes of a product."""

    status: str | None
    product_specification: Any
    quantity: None = None


class ServiceReferenceData(ReferenceData):
    """The reference data that the rules of service orders use.

    The id of a service may name a service or a product of the inventory.
    """

    SPECIFICATION: ClassVar = "ServiceSpecification"

    @property
    def relates_specifications(self) -> bool:
        """Return True, because this is decided for each pair of specifications."""
        return True

    def product(self, name: str | None) -> Any:  # a product, or a service like one
        """Return the service or the product of the inventory with this name; None if it is unknown."""
        service: Service | None = self._match_product("Service", name).record if "Service" in self.loaded else None
        if service is None:
            return super().product(name)
        return Installed(_STATUS.get(service.state or "", service.state), service.service_specification)

    def lacks(self, record_type: str, name: str | None) -> bool:
        """Return whether the type is loaded and has no record of this name; a service counts as a product."""
        if record_type != "Product":
            return super().lacks(record_type, name)
        loaded = [each for each in ("Service", "Product") if each in self.loaded]
        return bool(loaded) and all(self._lacks(each, name) for each in loaded)

    def _look_whether_part(self, child_id: str, parent_id: str) -> bool:
        """Return whether one specification is part of another; True if neither is related to any."""
        records = [self._named(self.SPECIFICATION, each) for each in (child_id, parent_id)]
        related = any(related_ids(each, kind) for each in records if each for kind in (HAS_CHILD, HAS_PARENT))
        return not related or super()._look_whether_part(child_id, parent_id)
