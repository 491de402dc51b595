"""The JSON of a product order of profile servicenow: its objects, their members, and which of them are required.

Sources: ServiceNow Product Order Open API, tables 45 and 51, and the request examples below them. Each shape is written
once and has two readers: msgspec reads every order, pydantic names the faults of an order that msgspec refuses.

A member with a default may be absent, and null counts as absent. A member of type `Any` may have any type: the server
owns it, or any JSON is allowed there. Only msgspec uses the bounds in `Meta`. They are stricter than the rules, so what
they refuse is read again.
"""
# msgspec reads the annotations while the program runs.

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, field

from ordercli.intake.forms import Extension, KnownFields
from ordercli.resources.resource import Form

Text = str | None
Number = int | float
RequiredText = Annotated[str, Meta(min_length=1)]


class Shape(Struct, rename="camel", gc=False, eq=False):
    """A JSON object. It ignores members that it does not know, and equals only itself."""


class Typed(Shape, kw_only=True):
    """An object that may say what it is."""

    type: Text = field(default=None, name="@type")


class Channel(Typed, kw_only=True):
    """Where the order was sold."""

    id_at: ClassVar = "/id"

    id: RequiredText
    name: Text = None


class Note(Typed, kw_only=True):
    """A remark of the customer."""

    id: Text = None
    author: Text = None
    date: Text = None
    text: RequiredText


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


class Characteristic(Typed, kw_only=True):
    """A property of the product with the value chosen for it."""

    name: Text = None
    value_type: Text = None
    value: Any = None
    previous_value: Any = None


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


class Person(Typed, kw_only=True):
    """The name of a party, and how to reach it."""

    name: Text = None
    first_name: Text = None
    last_name: Text = None
    email: Text = None
    phone: Text = None


class LineContact(Person, kw_only=True):
    """The contact of one line item."""

    id: Text = None
    referred_type: Literal["OrderLineItemContact"] = field(name="@referredType")


class RelatedParty(Person, kw_only=True):
    """Who orders: a customer account, a consumer, or the contact of one."""

    id_at: ClassVar = "/id"

    id: RequiredText
    referred_type: Literal["Consumer", "Customer", "CustomerContact"] = field(name="@referredType")


class Place(Typed, kw_only=True):
    """Where the product is installed."""

    id_at: ClassVar = "/id"

    id: RequiredText


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


class ExternalProductInventory(Shape, kw_only=True):
    """The caller's own id for the product that the order makes."""

    external_product_inventory_id: Text = None


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
