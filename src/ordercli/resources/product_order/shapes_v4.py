"""The JSON of a product order of TMF622 v4: the objects of the standard, and which of their members are required.

Source: TMF622 v4.0.0, ProductOrder_Create and what it refers to. Required are the id and the action of a line item, the
id of references, @referredType and id of parties, the text of notes, the role of places, and name and value of
characteristics; all else is optional.
"""
# msgspec reads the annotations while the program runs.

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from ordercli.resources.common.shapes import (
    ExternalProductInventory,
    Note,
    Number,
    Person,
    Ref,
    RelatedPlace,
    RequiredText,
    RequiredValue,
    Text,
    Typed,
    VersionedRef,
)
from ordercli.resources.product_order import shapes
from ordercli.resources.product_order.shapes import Price
from ordercli.resources.resource import Form


class RelatedParty(Person, kw_only=True):
    """A party of the order or of the line item."""

    id_at: ClassVar = "/id"

    id: RequiredText
    referred_type: RequiredText = field(name="@referredType")
    role: Text = None


class PriceAlteration(shapes.PriceAlteration, kw_only=True):
    """A discount or a surcharge, and the catalogue price behind it."""

    product_offering_price: Ref | None = None


class OrderPrice(Typed, kw_only=True):
    """One price of the order or of a line item."""

    description: Text = None
    name: Text = None
    price_type: Text = None
    recurring_charge_period: Text = None
    price: Price | None = None
    price_alteration: list[PriceAlteration] | None = None
    product_offering_price: Ref | None = None
    billing_account: Ref | None = None


class ProductRelationship(Typed, kw_only=True):
    """Another product that this one is related to; `id` as in ServiceNow's API."""

    id: Text = None
    relationship_type: Text = None
    product: "Product | None" = None


class Characteristic(Typed, kw_only=True):
    """A property of the product with the value chosen for it."""

    name: RequiredText
    value_type: Text = None
    value: RequiredValue
    previous_value: Any = None


class Product(Typed, kw_only=True):
    """The product by its id, or the product that is ordered."""

    id: Text = None
    name: Text = None
    is_bundle: bool | None = None
    start_date: Text = None
    termination_date: Text = None
    place: list[RelatedPlace] | None = None
    product: "list[Product] | None" = None
    product_characteristic: list[Characteristic] | None = None
    product_offering: Ref | None = None
    product_specification: VersionedRef | None = None
    product_relationship: list[ProductRelationship] | None = None
    related_party: list[RelatedParty] | None = None
    agreement: list[Ref] | None = None
    billing_account: Ref | None = None
    realizing_resource: list[Ref] | None = None
    realizing_service: list[Ref] | None = None


class OrderItemRelationship(Typed, kw_only=True):
    """Another line item of the same order; the standard requires neither member."""

    id_at: ClassVar = "/id"

    id: Text = None
    relationship_type: Text = None


class ProductOrderItem(Typed, kw_only=True):
    """One line of the order, with the lines nested in it."""

    product_at: ClassVar = "/product"
    specification_at: ClassVar = "/product/productSpecification"
    characteristics_at: ClassVar = "/product/productCharacteristic"
    relationships_at: ClassVar = "/productOrderItemRelationship"

    id: RequiredText
    quantity: Number | None = None
    action: Literal["add", "delete", "modify", "noChange"]
    action_reason: Text = None
    committed_due_date: Text = None
    appointment: Ref | None = None
    billing_account: Ref | None = None
    external_product_inventory: list[ExternalProductInventory] | None = None
    item_price: list[OrderPrice] | None = None
    item_total_price: list[OrderPrice] | None = None
    payment: list[Ref] | None = None
    product: Product | None = None
    product_offering: VersionedRef | None = None
    product_offering_qualification_item: Ref | None = None
    product_order_item: "list[ProductOrderItem] | None" = None
    product_order_item_relationship: list[OrderItemRelationship] | None = None
    qualification: list[Ref] | None = None
    quote_item: Ref | None = None
    state: Any = None
    version: Any = None
    ponr: Any = None
    work_note: Any = None


class ProductOrder(Typed, kw_only=True):
    """The order as a caller sends it."""

    items: ClassVar = "productOrderItem"
    external_id_at: ClassVar = "/externalId"

    requested_completion_date: Text = None
    requested_start_date: Text = None
    committed_due_date: Text = None
    cancellation_date: Text = None
    external_id: Text = None
    order_currency: Text = None
    currency_code: Text = None
    fulfillment_type: Text = None
    agreement: list[Ref] | None = None
    billing_account: Ref | None = None
    channel: list[Ref] | None = None
    note: list[Note] | None = None
    order_total_price: list[OrderPrice] | None = None
    payment: list[Ref] | None = None
    product_offering_qualification: list[Ref] | None = None
    product_order_item: Annotated[list[ProductOrderItem], Meta(min_length=1)]
    quote: list[Ref] | None = None
    related_party: list[RelatedParty] | None = None
    id: Any = None
    href: Any = None
    state: Any = None
    order_date: Any = None
    version: Any = None
    ponr: Any = None
    expected_completion_date: Any = None
    completion_date: Any = None


FORM = Form(ProductOrder, shapes.KNOWN_FIELDS, nesting=("product", "productOrderItem", "productRelationship"))
