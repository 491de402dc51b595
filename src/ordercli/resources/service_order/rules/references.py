"""Rules for the records that a service order refers to, and for how its parts fit together by the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ordercli.resources.common.rules import catalogue
from ordercli.resources.common.rules import references as common_references
from ordercli.resources.service_order.rules.order import ERRORS, LINE, PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.reference.lookup import ReferenceData
    from ordercli.resources.common.values import ValidationContext
    from ordercli.rulebook.rule import Broken

_CHILD = "/serviceOrderItem/1"
_SPECIFICATION = "/service/serviceSpecification"
_CHARACTERISTICS = "/service/serviceCharacteristic"
_NOTES = f"{PAGE}, status code 201"
_CATALOGUE = "TMF633 v4.0.0, ServiceSpecRelationship"

UNKNOWN_SERVICE_SPECIFICATION = replace(
    common_references.UNKNOWN_PRODUCT_SPECIFICATION,
    name="unknown-service-specification",
    about="""A line item names a service specification, or a version of one, that is not in the catalogue.

    Without it, nobody knows what to build. Correct the id or the version, or load the catalogue again.
    """,
    at=_SPECIFICATION,
    says="Invalid payload: Service specification does not exist.",
    source=ERRORS,
    bad={f"{LINE}{_SPECIFICATION}": {"id": "internet-access", "version": "7"}},
    good={f"{LINE}{_SPECIFICATION}": {"id": "internet-access", "version": "2"}},
)
UNKNOWN_SERVICE_INVENTORY = replace(
    common_references.UNKNOWN_PRODUCT_INVENTORY,
    name="unknown-service-inventory",
    about="""A line item refers to a service that is not in the inventory, or changes more of it than the inventory has.

    `service.id` may name a service (TMF638) or a product (TMF637). The place is that id, or the quantity of the line
    item. A record without a quantity sets no limit. Correct the line item, or load the inventory again.
    """,
    says="Invalid payload: Product Inventory does not exist.",
    source=ERRORS,
    bad={f"{LINE}/action": "change", f"{LINE}/service/id": "service-1"},
    good={f"{LINE}/action": "change", f"{LINE}/service/id": "service-4711"},
)
SOLD_SERVICE_INACTIVE = replace(
    common_references.SOLD_PRODUCT_INACTIVE,
    name="sold-service-inactive",
    about="""A line item refers to a service whose state does not allow the action.

    Only an active service can be changed or suspended, and only a suspended (TMF638: inactive) one can be resumed; both
    can be deleted. A record without a state allows every action. Print the record with `ordercli reference show Service
    ID`.
    """,
    at="/service/id",
    says="Invalid payload: Sold Product is inactive.",
    source=ERRORS,
    bad={f"{LINE}/action": "change", f"{LINE}/service/id": "service-4712"},
    good={f"{LINE}/action": "resume", f"{LINE}/service/id": "service-4712"},
)
UNKNOWN_CONSUMER = replace(
    common_references.UNKNOWN_CONSUMER,
    about="""The order names a consumer that is not known.

    Nobody would receive the service. Correct the id, or load the consumer.
    """,
    source=ERRORS,
)
UNKNOWN_CUSTOMER_ACCOUNT = replace(
    common_references.UNKNOWN_CUSTOMER_ACCOUNT, says="Invalid payload: Customer Account does not exist.", source=ERRORS
)
UNKNOWN_CONTACT = replace(common_references.UNKNOWN_CONTACT, source=PAGE)


def _unknown_place(_order: Any, context: ValidationContext, reference: ReferenceData) -> Broken:  # of either profile
    return [
        (f"{line.pointer}{at}", {"id": name})
        for line in context.lines
        for at, name in _places(line.item)
        if reference.lacks("Place", name)
    ]


def _places(item: Any) -> Iterator[tuple[str, str | None]]:  # of either profile
    """Yield the ids of the places of a line item: one beside its service (servicenow), or several in it (tmf641)."""
    beside = getattr(item, "place", None)
    if beside:
        yield "/place/id", beside.id
    for n, each in enumerate(getattr(item.product, "place", None) or ()):
        yield f"{item.product_at}/place/{n}/id", each.id


UNKNOWN_PLACE = replace(
    common_references.UNKNOWN_PLACE,
    about="""A line item names a place that is not known.

    Nobody would find the place of installation. Correct the id, or load the place.
    """,
    source=PAGE,
    bad={f"{LINE}/place/id": "site-nowhere"},
    good={f"{LINE}/place/id": "site-lisbon"},
    check=_unknown_place,
)
SPECIFICATION_VERSION_MISMATCH = replace(
    catalogue.SPECIFICATION_VERSION_MISMATCH,
    about="""A line item changes a service and names another version of its specification than the inventory has.

    The rule applies if `orders.allow_spec_version_update_in_change_order` is false. If it is true, creating the order
    sets the inventory to that version. `internalVersion` is compared if both sides have it, else `version`. Name the
    installed version, or upgrade the service first.
    """,
    at=_SPECIFICATION,
    source=f"{PAGE}, serviceSpecification",
    bad={f"{LINE}/action": "change", f"{LINE}/service/id": "service-4713"},
    good={f"{LINE}/action": "change", f"{LINE}/service/id": "service-4711"},
)
SPECIFICATIONS_NOT_RELATED = replace(
    catalogue.SPECIFICATIONS_NOT_RELATED,
    about="""A line item is the child of another, but in the catalogue its specification is not part of the other's.

    The parent's specification must name the child's with HasChild, or the child's must name the parent's with
    HasParent. The rule applies to specifications of which one has such a relationship. Put the line item below the
    right parent.
    """,
    says="Service specification {child} is not part of {parent}, the specification of the parent line item",
    source=_CATALOGUE,
    bad={f"{_CHILD}{_SPECIFICATION}/id": "managed-firewall", f"{_CHILD}{_CHARACTERISTICS}": None},
    good={f"{_CHILD}{_SPECIFICATION}/id": "static-address"},
)
UNKNOWN_CHARACTERISTIC = replace(
    catalogue.UNKNOWN_CHARACTERISTIC,
    at=_CHARACTERISTICS,
    says="The following Order Item characteristics does not exist: Review specification {specification} and correct the"
    " characteristic and characteristic option in the order line item prior to approving the order.",
    source=_NOTES,
    bad={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Flavour", "value": "IPv4"}},
    good={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Protocol", "value": "IPv4"}},
)
INVALID_CHARACTERISTIC_VALUE = replace(
    catalogue.INVALID_CHARACTERISTIC_VALUE,
    at=_CHARACTERISTICS,
    source=_NOTES,
    bad={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Protocol", "value": "IPX"}},
    good={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Protocol", "value": "IPv6"}},
)
