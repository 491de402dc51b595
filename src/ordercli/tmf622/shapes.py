"""The product order on the wire, profile servicenow: its objects, their members, and which of them must be there.

Sources: seed 003, tables 45 and 51, and the request examples below them. Each shape is written once and has two
readers: msgspec reads every order, pydantic names the faults of one that msgspec refused.

`NotRequired[X | None]` may be absent, and null counts as absent. `Any` is never refused for its type: the server
owns the member, or any JSON may stand there. The bounds in `Meta` are msgspec's alone, and stricter than the rules:
what they refuse is looked at again.
"""
# ruff: noqa: N815 - members keep their names of the wire

from typing import Annotated, Any, Literal, NotRequired

from msgspec import Meta
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

Text = str | None
Number = int | float
RequiredText = Annotated[str, Meta(min_length=1)]

Typed = TypedDict("Typed", {"@type": NotRequired[Text]})


class Channel(Typed):
    """Where the order was sold."""

    id: RequiredText
    name: NotRequired[Text]


class Note(Typed):
    """A remark of the customer."""

    id: NotRequired[Text]
    author: NotRequired[Text]
    date: NotRequired[Text]
    text: RequiredText


class Amount(TypedDict):
    """An amount of money in a currency (TMF: Money)."""

    unit: NotRequired[Text]
    value: NotRequired[Number | None]


class Price(Typed):
    """What something costs, with and without tax."""

    taxRate: NotRequired[Number | None]
    dutyFreeAmount: NotRequired[Amount | None]
    taxIncludedAmount: NotRequired[Amount | None]


class PriceAlteration(Typed):
    """A discount or a surcharge."""

    price: NotRequired[Price | None]


class ItemPrice(Typed):
    """One price of a line item: recurring, nonRecurring or of another type."""

    description: NotRequired[Text]
    name: NotRequired[Text]
    priceType: NotRequired[Text]
    recurringChargePeriod: NotRequired[Text]
    price: NotRequired[Price | None]
    priceAlteration: NotRequired[list[PriceAlteration] | None]


class Characteristic(Typed):
    """A property of the product with the value chosen for it."""

    name: NotRequired[Text]
    valueType: NotRequired[Text]
    value: NotRequired[Any]
    previousValue: NotRequired[Any]


class ProductOfferingRef(Typed):
    """The offering that is ordered, by its initial version or its external id."""

    id: RequiredText
    name: NotRequired[Text]
    internalVersion: NotRequired[Text]
    version: NotRequired[Text]


class ProductSpecificationRef(Typed):
    """What the product is, by its initial version or its external id."""

    id: RequiredText
    name: NotRequired[Text]
    internalVersion: NotRequired[Text]
    version: NotRequired[Text]


OrderLineItemContact = TypedDict("OrderLineItemContact", {"@referredType": Literal["OrderLineItemContact"]})
Customer = TypedDict("Customer", {"@referredType": Literal["Consumer", "Customer", "CustomerContact"]})


class Person(Typed):
    """How a party is called and reached."""

    name: NotRequired[Text]
    firstName: NotRequired[Text]
    lastName: NotRequired[Text]
    email: NotRequired[Text]
    phone: NotRequired[Text]


class LineContact(Person, OrderLineItemContact):
    """The contact of one line item."""

    id: NotRequired[Text]


class RelatedParty(Person, Customer):
    """Who orders: a customer account, a consumer, or the contact of one."""

    id: RequiredText


class Place(Typed):
    """Where the product is installed."""

    id: RequiredText


class ProductRef(TypedDict):
    """A product by its id."""

    id: NotRequired[Text]


class ProductRelationship(Typed):
    """Another product that this one stands in relation to; seed 003 names it by id, TMF622 by product."""

    id: NotRequired[Text]
    relationshipType: NotRequired[Text]
    product: NotRequired[ProductRef | None]


class Product(Typed):
    """The product as it is, or as it shall be."""

    id: NotRequired[Text]
    isBundle: NotRequired[bool | None]
    place: NotRequired[Place | None]
    productCharacteristic: NotRequired[list[Characteristic] | None]
    productSpecification: ProductSpecificationRef
    relatedParty: NotRequired[list[LineContact] | None]
    productRelationship: NotRequired[list[ProductRelationship] | None]


class ExternalProductInventory(TypedDict):
    """The caller's own id for the product that the order makes."""

    externalProductInventoryId: NotRequired[Text]


class ProductOrderItemRelationship(Typed):
    """Another line item of the same order, and what it is to this one."""

    id: RequiredText
    relationshipType: RequiredText


class ProductOrderItem(Typed):
    """One line of the order: what shall be done with which product."""

    id: RequiredText
    quantity: NotRequired[Number | None]
    action: Literal["add", "change", "delete", "no-change", "resume", "suspend"]
    actionReason: NotRequired[Text]
    committedDueDate: NotRequired[Text]
    externalProductInventory: NotRequired[list[ExternalProductInventory] | None]
    itemPrice: NotRequired[list[ItemPrice] | None]
    product: Product
    productOffering: ProductOfferingRef
    productOrderItemRelationship: NotRequired[list[ProductOrderItemRelationship] | None]
    state: NotRequired[Any]
    version: NotRequired[Any]
    ponr: NotRequired[Any]
    workNote: NotRequired[Any]


class ProductOrder(Typed):
    """The order as a caller sends it."""

    requestedCompletionDate: NotRequired[Text]
    requestedStartDate: NotRequired[Text]
    committedDueDate: NotRequired[Text]
    externalId: NotRequired[Text]
    orderCurrency: NotRequired[Text]
    currencyCode: NotRequired[Text]
    fulfillmentType: NotRequired[Text]
    channel: NotRequired[list[Channel] | None]
    note: NotRequired[list[Note] | None]
    productOrderItem: Annotated[list[ProductOrderItem], Meta(min_length=1)]
    relatedParty: Annotated[list[RelatedParty], Meta(min_length=1)]
    id: NotRequired[Any]
    href: NotRequired[Any]
    state: NotRequired[Any]
    orderDate: NotRequired[Any]
    version: NotRequired[Any]
    ponr: NotRequired[Any]
    expectedCompletionDate: NotRequired[Any]
    completionDate: NotRequired[Any]
