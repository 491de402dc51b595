"""The JSON of a product order of profile servicenow: its objects, their members, and which of them are required.

Sources: ServiceNow Product Order Open API, tables 45 and 51, and the request examples below them. `common/shapes.py`
tells how shapes are read.
"""
# msgspec reads the annotations while the program runs.

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from ordercli.intake.forms import Extension, KnownFields
from ordercli.resources.common.shapes import (
    Characteristic,
    ExternalProductInventory,
    LineContact,
    Note,
    Number,
    Place,
    RelatedParty,
    RequiredText,
    Shape,
    Text,
    Typed,
)
from ordercli.resources.resource import Form


class Channel(Typed, kw_only=True):
    """Where the order was sold."""

    id_at: ClassVar = "/id"

    id: RequiredText
    name: Text = None


class Amount(Shape, kw_only=True):
    """An amount of money in a currency (TMF: Money)."""

    unit: Text = None
    value: Number | None = None


class Price(Typed, kw_only=True):
    """What something costs, with and without tax."""

    tax_rate: Number | None = None
    duty_free_amount: Amount | None = None
    tax_included_amount: Amount | None = None


class PriceAlteration(Typed, kw_only=True):
    """A discount or a surcharge."""

    price: Price | None = None


class ItemPrice(Typed, kw_only=True):
    """One price of a line item: recurring, nonRecurring or of another type."""

    description: Text = None
    name: Text = None
    price_type: Text = None
    recurring_charge_period: Text = None
    price: Price | None = None
    price_alteration: list[PriceAlteration] | None = None


class ProductOfferingRef(Typed, kw_only=True):
    """The offering that is ordered, by its initial version or its external id."""

    id: RequiredText
    name: Text = None
    internal_version: Text = None
    version: Text = None


class ProductSpecificationRef(Typed, kw_only=True):
    """What the product is, by its initial version or its external id."""

    id: RequiredText
    name: Text = None
    internal_version: Text = None
    version: Text = None


class ProductRef(Shape, kw_only=True):
    """A product by its id."""

    id: Text = None


class ProductRelationship(Typed, kw_only=True):
    """Another product that this one is related to; ServiceNow names it by `id`, TMF622 by `product`."""

    id: Text = None
    relationship_type: Text = None
    product: ProductRef | None = None


class Product(Typed, kw_only=True):
    """The product that exists, or that is ordered."""

    id: Text = None
    is_bundle: bool | None = None
    place: Place | None = None
    product_characteristic: list[Characteristic] | None = None
    product_specification: ProductSpecificationRef
    related_party: list[LineContact] | None = None
    product_relationship: list[ProductRelationship] | None = None


class ProductOrderItemRelationship(Typed, kw_only=True):
    """Another line item of the same order, and how it is related to this one."""

    id_at: ClassVar = "/id"

    id: RequiredText
    relationship_type: RequiredText


class ProductOrderItem(Typed, kw_only=True):
    """One line item of the order: an action and its product."""

    product_at: ClassVar = "/product"
    specification_at: ClassVar = "/product/productSpecification"
    characteristics_at: ClassVar = "/product/productCharacteristic"
    relationships_at: ClassVar = "/productOrderItemRelationship"

    id: RequiredText
    quantity: Number | None = None
    action: Literal["add", "change", "delete", "no-change", "resume", "suspend"]
    action_reason: Text = None
    committed_due_date: Text = None
    external_product_inventory: list[ExternalProductInventory] | None = None
    item_price: list[ItemPrice] | None = None
    product: Product
    product_offering: ProductOfferingRef
    product_order_item_relationship: list[ProductOrderItemRelationship] | None = None
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
    external_id: Text = None
    order_currency: Text = None
    currency_code: Text = None
    fulfillment_type: Text = None
    disable_char_value_validation: bool | None = None
    channel: list[Channel] | None = None
    note: list[Note] | None = None
    product_order_item: Annotated[list[ProductOrderItem], Meta(min_length=1)]
    related_party: Annotated[list[RelatedParty], Meta(min_length=1)]
    id: Any = None
    href: Any = None
    state: Any = None
    order_date: Any = None
    version: Any = None
    ponr: Any = None
    expected_completion_date: Any = None
    completion_date: Any = None


# MEF LSO Sonata and Cantata belong to the same family. They require contacts, and name the types of their products.
MEF = Extension(
    edition="_mef",
    member="relatedContactInformation",
    types=re.compile(r"urn:mef:|MEF|https://(?:github\.com|raw\.githubusercontent\.com)/MEF-GIT/"),
)
KNOWN_FIELDS = KnownFields(Path(__file__).parent, "ProductOrder", extension=MEF)
FORM = Form(ProductOrder, KNOWN_FIELDS)
