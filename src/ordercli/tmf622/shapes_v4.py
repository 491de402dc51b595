"""The product order on the wire, profile tmf622: the standard's objects and the least that they must hold.

Source: TMF622 v4, ProductOrder_Create and what it refers to. Beyond the standard's minimum (an item's id and action,
the id of references, @referredType and id of parties, the text of notes, the role of places) all is optional.
"""
# ruff: noqa: N815 - members keep their names of the wire

from typing import Annotated, Any, Literal, NotRequired

from msgspec import Meta
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from ordercli.tmf622 import shapes
from ordercli.tmf622.shapes import ExternalProductInventory, Note, Number, Person, Price, RequiredText, Text, Typed


class Ref(Typed):
    """Something that is kept elsewhere, by its id."""

    id: RequiredText
    name: NotRequired[Text]


class VersionedRef(Ref):
    """An offering or a specification, with the version that is meant."""

    version: NotRequired[Text]
    internalVersion: NotRequired[Text]


Referred = TypedDict("Referred", {"@referredType": RequiredText})


class RelatedParty(Person, Referred):
    """Who takes part in the order or the line."""

    id: RequiredText
    role: NotRequired[Text]


class RelatedPlace(Typed):
    """A place with the role that it plays, by its id or as a value."""

    id: NotRequired[Text]
    name: NotRequired[Text]
    role: RequiredText


class PriceAlteration(shapes.PriceAlteration):
    """A discount or a surcharge, and the catalogue price behind it."""

    productOfferingPrice: NotRequired[Ref | None]


class OrderPrice(Typed):
    """One price of the order or of a line item."""

    description: NotRequired[Text]
    name: NotRequired[Text]
    priceType: NotRequired[Text]
    recurringChargePeriod: NotRequired[Text]
    price: NotRequired[Price | None]
    priceAlteration: NotRequired[list[PriceAlteration] | None]
    productOfferingPrice: NotRequired[Ref | None]
    billingAccount: NotRequired[Ref | None]


class ProductRelationship(Typed):
    """Another product and what it is to this one; `id` as seed 003 has it."""

    id: NotRequired[Text]
    relationshipType: NotRequired[Text]
    product: NotRequired["Product | None"]


class Product(Typed):
    """The product by its id, or as it shall be."""

    id: NotRequired[Text]
    name: NotRequired[Text]
    isBundle: NotRequired[bool | None]
    startDate: NotRequired[Text]
    terminationDate: NotRequired[Text]
    place: NotRequired[list[RelatedPlace] | None]
    product: NotRequired["list[Product] | None"]
    productCharacteristic: NotRequired[list[shapes.Characteristic] | None]
    productOffering: NotRequired[Ref | None]
    productSpecification: NotRequired[VersionedRef | None]
    productRelationship: NotRequired[list[ProductRelationship] | None]
    relatedParty: NotRequired[list[RelatedParty] | None]
    agreement: NotRequired[list[Ref] | None]
    billingAccount: NotRequired[Ref | None]
    realizingResource: NotRequired[list[Ref] | None]
    realizingService: NotRequired[list[Ref] | None]


class OrderItemRelationship(Typed):
    """Another line item of the same order; the standard requires neither member."""

    id: NotRequired[Text]
    relationshipType: NotRequired[Text]


class ProductOrderItem(Typed):
    """One line of the order, with the lines nested in it."""

    id: RequiredText
    quantity: NotRequired[Number | None]
    action: Literal["add", "delete", "modify", "noChange"]
    actionReason: NotRequired[Text]
    committedDueDate: NotRequired[Text]
    appointment: NotRequired[Ref | None]
    billingAccount: NotRequired[Ref | None]
    externalProductInventory: NotRequired[list[ExternalProductInventory] | None]
    itemPrice: NotRequired[list[OrderPrice] | None]
    itemTotalPrice: NotRequired[list[OrderPrice] | None]
    payment: NotRequired[list[Ref] | None]
    product: NotRequired[Product | None]
    productOffering: NotRequired[VersionedRef | None]
    productOfferingQualificationItem: NotRequired[Ref | None]
    productOrderItem: NotRequired["list[ProductOrderItem] | None"]
    productOrderItemRelationship: NotRequired[list[OrderItemRelationship] | None]
    qualification: NotRequired[list[Ref] | None]
    quoteItem: NotRequired[Ref | None]
    state: NotRequired[Any]
    version: NotRequired[Any]
    ponr: NotRequired[Any]
    workNote: NotRequired[Any]


class ProductOrder(Typed):
    """The order as a caller sends it."""

    requestedCompletionDate: NotRequired[Text]
    requestedStartDate: NotRequired[Text]
    committedDueDate: NotRequired[Text]
    cancellationDate: NotRequired[Text]
    externalId: NotRequired[Text]
    orderCurrency: NotRequired[Text]
    currencyCode: NotRequired[Text]
    fulfillmentType: NotRequired[Text]
    agreement: NotRequired[list[Ref] | None]
    billingAccount: NotRequired[Ref | None]
    channel: NotRequired[list[Ref] | None]
    note: NotRequired[list[Note] | None]
    orderTotalPrice: NotRequired[list[OrderPrice] | None]
    payment: NotRequired[list[Ref] | None]
    productOfferingQualification: NotRequired[list[Ref] | None]
    productOrderItem: Annotated[list[ProductOrderItem], Meta(min_length=1)]
    quote: NotRequired[list[Ref] | None]
    relatedParty: NotRequired[list[RelatedParty] | None]
    id: NotRequired[Any]
    href: NotRequired[Any]
    state: NotRequired[Any]
    orderDate: NotRequired[Any]
    version: NotRequired[Any]
    ponr: NotRequired[Any]
    expectedCompletionDate: NotRequired[Any]
    completionDate: NotRequired[Any]
