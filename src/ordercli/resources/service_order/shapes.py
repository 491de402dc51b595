"""The JSON of a service order of profile servicenow: its objects, their members, and which of them are required.

Source: ServiceNow Service Order Open API, POST /order/serviceOrder, its table of parameters, its errors, and its
examples. The rules of both kinds of order read the same attributes: a service counts as the product of its line item,
because ServiceNow keeps both in the same tables. Where a value stands tells the attributes that end with `_at`.
"""
# msgspec reads the annotations while the program runs.

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field
from msgspec.structs import astuple

from ordercli.intake.forms import KnownFields
from ordercli.resources.common.shapes import (
    Characteristic,
    ExternalProductInventory,
    LineContact,
    Note,
    Number,
    Place,
    RelatedParty,
    RequiredText,
    Text,
    Typed,
)
from ordercli.resources.resource import Form


class ServiceSpecificationRef(Typed, kw_only=True):
    """What the service is, by its initial version or its external id."""

    id: RequiredText
    name: Text = None
    internal_version: Text = None
    version: Text = None


class Related(Typed, kw_only=True):
    """Another line item, service or order, and what it is to this one."""

    id_at: ClassVar = "/id"

    id: RequiredText
    relationship_type: RequiredText


class Service(Typed, kw_only=True):
    """The service that exists, or that is ordered."""

    id: Text = None
    product_characteristic: list[Characteristic] | None = field(default=None, name="serviceCharacteristic")
    product_specification: ServiceSpecificationRef | None = field(default=None, name="serviceSpecification")
    product_relationship: list[Related] | None = field(default=None, name="serviceRelationship")


class ServiceOrderItem(Typed, kw_only=True):
    """One line item of the order: an action and its service."""

    product_at: ClassVar = "/service"
    specification_at: ClassVar = "/service/serviceSpecification"
    characteristics_at: ClassVar = "/service/serviceCharacteristic"
    relationships_at: ClassVar = "/orderRelationship"
    item_price: ClassVar = None
    product_offering: ClassVar = None

    id: RequiredText
    quantity: Number | None = None
    action: Literal["add", "change", "delete", "no-change", "resume", "suspend"]
    action_reason: Text = None
    committed_due_date: Text = None
    external_product_inventory: list[ExternalProductInventory] | None = None
    product: Service = field(name="service")
    place: Place | None = None
    related_party: list[LineContact] | None = None
    product_order_item_relationship: list[Related] | None = field(default=None, name="orderRelationship")
    state: Any = None
    version: Any = None
    ponr: Any = None
    work_note: Any = None


class ServiceOrder(Typed, kw_only=True):
    """The order as a caller sends it."""

    items: ClassVar = "serviceOrderItem"
    external_id_at: ClassVar = "/externalId"
    order_currency: ClassVar = None
    currency_code: ClassVar = None

    requested_completion_date: Text = None
    requested_start_date: Text = None
    committed_due_date: Text = None
    external_id: Text = None
    category: Text = None
    description: Text = None
    priority: Text = None
    disable_char_value_validation: bool | None = None
    note: list[Note] | None = None
    order_relationship: list[Related] | None = None
    product_order_item: Annotated[list[ServiceOrderItem], Meta(min_length=1)] = field(name="serviceOrderItem")
    related_party: Annotated[list[RelatedParty], Meta(min_length=1)]
    id: Any = None
    href: Any = None
    state: Any = None
    order_date: Any = None
    version: Any = None
    ponr: Any = None
    expected_completion_date: Any = None
    completion_date: Any = None


KNOWN_FIELDS = KnownFields(Path(__file__).parent, "ServiceOrder")


def has_member(service: Any) -> bool:  # a service of either profile
    """Return whether a service has any member."""
    if service.product_specification is not None or service.id is not None:
        return True
    return any(member is not None for member in astuple(service))


def _is_whole(order: Any) -> bool:  # an order of this shape
    return all(has_member(item.product) for item in order.product_order_item)


FORM = Form(ServiceOrder, KNOWN_FIELDS, _is_whole)
