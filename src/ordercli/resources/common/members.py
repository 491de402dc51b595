"""The members of an accepted order that have a column; all others are stored in the document only."""

# msgspec reads the annotations while the program runs.
from decimal import Decimal
from typing import ClassVar, Generic, TypeVar

from msgspec import Raw, Struct, field

Text = str | None

ABSENT = Raw()


class Ref(Struct, gc=False):
    """Something by its id."""

    id: Text = None


class SpecificationRef(Ref, rename="camel", gc=False):
    """A specification in one of its versions."""

    version: Text = None
    internal_version: Text = None


class Amount(Struct, gc=False):
    """An amount of money, exact."""

    value: Decimal | None = None


class Price(Struct, rename="camel", gc=False):
    """What something costs."""

    tax_included_amount: Amount | None = None


class ItemPrice(Struct, rename="camel", gc=False):
    """One price of a line item: recurring, nonRecurring or of another type."""

    price_type: Text = None
    price: Price | None = None


class Characteristic(Struct, rename="camel", gc=False):
    """A property of the product; any JSON may be its value."""

    name: Text = None
    value: Raw = ABSENT
    previous_value: Raw = ABSENT


class Party(Struct, rename="camel", gc=False):
    """A party of the order, or a contact of a line item."""

    id: Text = None
    name: Text = None
    first_name: Text = None
    last_name: Text = None
    email: Text = None
    phone: Text = None
    referred_type: Text = field(default=None, name="@referredType")


class Relationship(Struct, rename="camel", gc=False):
    """Another line item or product: the ServiceNow page names it by id, TMF622 a product by `product`."""

    id: Text = None
    relationship_type: Text = None
    product: Ref | None = None


class Inventory(Struct, rename="camel", gc=False):
    """The caller's own id for the product."""

    external_product_inventory_id: Text = None


class Product(Struct, rename="camel", gc=False):
    """What is ordered; its place is one (servicenow) or a list (tmf622)."""

    id: Text = None
    place: Ref | list[Ref] | None = None
    product_specification: SpecificationRef | None = None
    product_characteristic: list[Characteristic] | None = None
    related_party: list[Party] | None = None
    product_relationship: list[Relationship] | None = None


class Item(Struct, rename="camel", gc=False):
    """One line item."""

    id: str
    action: str
    action_reason: Text = None
    quantity: Decimal | None = None
    committed_due_date: Text = None
    external_product_inventory: list[Inventory] | None = None
    item_price: list[ItemPrice] | None = None
    product: Product | None = None
    product_offering: Ref | None = None
    product_order_item_relationship: list[Relationship] | None = None


class StandardItem(Item, rename="camel", gc=False):
    """One line item of the profile tmf622, with the lines nested in it."""

    product_order_item: "list[StandardItem] | None" = None


AnyItem = TypeVar("AnyItem", bound=Item)


class Order(Struct, Generic[AnyItem], rename="camel", gc=False):
    """The order itself; only TMF622 v5 lets the caller name its first state."""

    requested_initial_state: ClassVar[Text] = None

    product_order_item: list[AnyItem]
    order_currency: Text = None
    currency_code: Text = None
    fulfillment_type: Text = None
    channel: list[Ref] | None = None
    related_party: list[Party] | None = None
    requested_start_date: Text = None
    requested_completion_date: Text = None
    committed_due_date: Text = None
