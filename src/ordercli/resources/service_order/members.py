"""The members of an accepted service order that have a column; all others are stored in the document only.

The attributes are those of a product order, because both kinds of order are kept in the same tables.
"""

# msgspec reads the annotations while the program runs.
from typing import ClassVar

from msgspec import Struct, field

from ordercli.resources.common.members import (
    Characteristic,
    Inventory,
    Item,
    Party,
    Product,
    Ref,
    Relationship,
    SpecificationRef,
    StandardItem,
    Text,
)


class ServiceRelationship(Struct, rename="camel", gc=False):
    """Another service, by its id or in `service`."""

    id: Text = None
    relationship_type: Text = None
    product: Ref | None = field(default=None, name="service")


class Service(Product, rename="camel", gc=False):
    """What is ordered."""

    product_specification: SpecificationRef | None = field(default=None, name="serviceSpecification")
    product_characteristic: list[Characteristic] | None = field(default=None, name="serviceCharacteristic")
    product_relationship: list[ServiceRelationship] | None = field(  # type: ignore[assignment]
        default=None, name="serviceRelationship"
    )


class ServiceItem(Item, rename="camel", gc=False):
    """One line item of profile servicenow, whose place and contacts stand beside the service."""

    product: Service | None = field(default=None, name="service")
    product_order_item_relationship: list[Relationship] | None = field(default=None, name="orderRelationship")
    place: Ref | None = None
    related_party: list[Party] | None = None

    def __post_init__(self) -> None:
        """Set place and contacts where a product has them."""
        if self.place or self.related_party:
            self.product = self.product or Service()
            self.product.place, self.product.related_party = self.place, self.related_party


class ItemRef(Struct, rename="camel", gc=False):
    """A line item by its id."""

    item_id: Text = None
    id: Text = None


class ItemRelationship(Struct, rename="camel", gc=False):
    """Another line item in the form of TMF641."""

    relationship_type: Text = None
    order_item: ItemRef | None = None

    @property
    def id(self) -> Text:
        """The id of the other line item."""
        return (self.order_item.item_id or self.order_item.id) if self.order_item else None


class StandardServiceItem(StandardItem, rename="camel", gc=False):
    """One line item of profile tmf641, with the lines nested in it."""

    external_product_inventory: list[Inventory] | None = None
    product: Service | None = field(default=None, name="service")
    product_order_item_relationship: list[ItemRelationship] | None = field(  # type: ignore[assignment]
        default=None, name="serviceOrderItemRelationship"
    )
    product_order_item: "list[StandardServiceItem] | None" = field(  # type: ignore[assignment]
        default=None, name="serviceOrderItem"
    )


class ServiceOrder(Struct, rename="camel", kw_only=True, gc=False):
    """The order itself; it has no price, and so no currency, and no channel."""

    requested_initial_state: ClassVar = None
    order_currency: ClassVar = None
    currency_code: ClassVar = None
    channel: ClassVar = None
    fulfillment_type: ClassVar = None

    related_party: list[Party] | None = None
    requested_start_date: Text = None
    requested_completion_date: Text = None
    committed_due_date: Text = None


class ServiceNowOrder(ServiceOrder, rename="camel", kw_only=True, gc=False):
    """An order of profile servicenow."""

    product_order_item: list[ServiceItem] = field(name="serviceOrderItem")


class StandardOrder(ServiceOrder, rename="camel", kw_only=True, gc=False):
    """An order of profile tmf641."""

    product_order_item: list[StandardServiceItem] = field(name="serviceOrderItem")
