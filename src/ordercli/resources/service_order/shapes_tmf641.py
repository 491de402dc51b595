"""The JSON of a service order of TMF641 v4.1: the objects of the standard, and which of their members are required.

Source: TMF641 v4.1.0, ServiceOrder_Create and what it refers to. The attributes have the names that the rules read (see
`shapes.py`).
"""
# msgspec reads the annotations while the program runs.

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from ordercli.resources.common.shapes import (
    Note,
    Number,
    Ref,
    RelatedPlace,
    RequiredText,
    RequiredValue,
    Text,
    Typed,
    VersionedRef,
)
from ordercli.resources.resource import Form
from ordercli.resources.service_order import shapes


class RelatedParty(Typed, kw_only=True):
    """A party of the order or of the service."""

    id_at: ClassVar = "/id"

    id: RequiredText
    name: Text = None
    role: Text = None
    type: RequiredText = field(name="@type")
    referred_type: RequiredText = field(name="@referredType")


class Characteristic(Typed, kw_only=True):
    """A property of the service with the value chosen for it."""

    id: Text = None
    name: RequiredText
    value_type: Text = None
    value: RequiredValue
    previous_value: Any = None


class ServiceRelationship(Typed, kw_only=True):
    """Another service that this one is related to; `id` or `service` names it."""

    id: Text = None
    relationship_type: RequiredText
    product: "Service | None" = field(default=None, name="service")


class Service(Typed, kw_only=True):
    """The service by its id, or the service that is ordered."""

    id: Text = None
    name: Text = None
    category: Text = None
    description: Text = None
    service_type: Text = None
    start_date: Text = None
    end_date: Text = None
    is_bundle: bool | None = None
    place: list[RelatedPlace] | None = None
    product_characteristic: list[Characteristic] | None = field(default=None, name="serviceCharacteristic")
    product_specification: VersionedRef | None = field(default=None, name="serviceSpecification")
    product_relationship: list[ServiceRelationship] | None = field(default=None, name="serviceRelationship")
    related_party: list[RelatedParty] | None = None
    supporting_resource: list[Ref] | None = None
    supporting_service: "list[Service] | None" = None


class ItemRef(Typed, kw_only=True):
    """A line item of an order by its id; the contract calls the id `itemId`, and requires `id`."""

    item_id: Text = None
    id: Text = None


class ItemRelationship(Typed, kw_only=True):
    """Another line item of the same order."""

    relationship_type: Text = None
    order_item: ItemRef | None = None

    @property
    def id(self) -> str | None:
        """The id of the other line item."""
        return (self.order_item.item_id or self.order_item.id) if self.order_item else None

    @property
    def id_at(self) -> str:
        """The pointer of that id."""
        return "/orderItem/itemId" if self.order_item and self.order_item.item_id else "/orderItem/id"


class ServiceOrderItem(Typed, kw_only=True):
    """One line of the order, with the lines nested in it."""

    product_at: ClassVar = "/service"
    specification_at: ClassVar = "/service/serviceSpecification"
    characteristics_at: ClassVar = "/service/serviceCharacteristic"
    relationships_at: ClassVar = "/serviceOrderItemRelationship"
    item_price: ClassVar = None
    product_offering: ClassVar = None
    committed_due_date: ClassVar = None

    id: RequiredText
    quantity: Number | None = None
    action: Literal["add", "delete", "modify", "noChange"]
    appointment: Ref | None = None
    product: Service = field(name="service")
    product_order_item: "list[ServiceOrderItem] | None" = field(default=None, name="serviceOrderItem")
    product_order_item_relationship: list[ItemRelationship] | None = field(
        default=None, name="serviceOrderItemRelationship"
    )
    state: Any = None
    version: Any = None
    ponr: Any = None
    work_note: Any = None


class ExternalReference(Typed, kw_only=True):
    """What another system calls the order."""

    id: Text = None
    name: RequiredText
    external_reference_type: Text = None


class ServiceOrder(Typed, kw_only=True):
    """The order as a caller sends it."""

    items: ClassVar = "serviceOrderItem"
    external_id_at: ClassVar = "/externalId"
    order_currency: ClassVar = None
    currency_code: ClassVar = None
    committed_due_date: ClassVar = None

    requested_completion_date: Text = None
    requested_start_date: Text = None
    cancellation_date: Text = None
    cancellation_reason: Text = None
    category: Text = None
    description: Text = None
    external_id: Text = None
    notification_contact: Text = None
    priority: Text = None
    external_reference: list[ExternalReference] | None = None
    note: list[Note] | None = None
    order_relationship: list[shapes.Related] | None = None
    product_order_item: Annotated[list[ServiceOrderItem], Meta(min_length=1)] = field(name="serviceOrderItem")
    related_party: list[RelatedParty] | None = None
    id: Any = None
    href: Any = None
    state: Any = None
    order_date: Any = None
    version: Any = None
    ponr: Any = None
    expected_completion_date: Any = None
    completion_date: Any = None


def _is_whole(order: Any) -> bool:  # an order, or a line item with lines in it
    return all(
        shapes.has_member(item.product) and (item.product_order_item is None or _is_whole(item))
        for item in order.product_order_item
    )


FORM = Form(
    ServiceOrder,
    shapes.KNOWN_FIELDS,
    _is_whole,
    nesting=("service", "serviceOrderItem", "serviceRelationship", "supportingService"),
)
