"""The objects that orders of several kinds have, with their members, and which of them are required.

Each shape is written once and has two readers: msgspec reads every order, pydantic names the faults of an order that
msgspec refuses. A member with a default may be absent, and null counts as absent. A member of type `Any` may have any
type: the server owns it, or any JSON is allowed there. Only msgspec uses the bounds in `Meta`. They are stricter than
the rules, so what they refuse is read again.

Sources: ServiceNow Product Order Open API, tables 45 and 51; for references and places with a role TMF622 v4.0.0,
ProductOrder_Create and what it refers to.
"""
# msgspec reads the annotations while the program runs.

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, field

Text = str | None
Number = int | float
RequiredText = Annotated[str, Meta(min_length=1)]
# Any JSON but null, which counts as absent. A blank text is a value here.
RequiredValue = str | Number | bool | list[Any] | dict[str, Any]


class Shape(Struct, rename="camel", gc=False, eq=False):
    """A JSON object. It ignores members that it does not know, and equals only itself."""


class Typed(Shape, kw_only=True):
    """An object that may have an `@type`."""

    type: Text = field(default=None, name="@type")


class Note(Typed, kw_only=True):
    """A remark of the customer."""

    id: Text = None
    author: Text = None
    date: Text = None
    text: RequiredText


class Characteristic(Typed, kw_only=True):
    """A property of the product with the value chosen for it."""

    name: Text = None
    value_type: Text = None
    value: Any = None
    previous_value: Any = None


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


class ExternalProductInventory(Shape, kw_only=True):
    """The caller's own id for the product that the order makes."""

    external_product_inventory_id: Text = None


class Ref(Typed, kw_only=True):
    """Something that is kept elsewhere, by its id."""

    id_at: ClassVar = "/id"

    id: RequiredText
    name: Text = None


class VersionedRef(Ref, kw_only=True):
    """An offering or a specification, with the version that is meant."""

    version: Text = None
    internal_version: Text = None


class RelatedPlace(Typed, kw_only=True):
    """A place with the role that it plays, by its id or as a value."""

    id_at: ClassVar = "/id"

    id: Text = None
    name: Text = None
    role: RequiredText
