"""The product order on the wire, profile tmf622-v5: the objects of TMF622 v5 and the members that they must have.

Source: TMF622 v5.0.0, ProductOrder_FVO and what it refers to. Nearly every object must name its `@type`, and a party, a
channel and a place stand in an object that gives them a role. Each such object has the attributes that the rules read
(`id`, `referred_type` …), so that a rule need not know where they stand.
"""
# msgspec reads the annotations while the program runs.

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from ordercli.intake.forms import KnownFields
from ordercli.resources.product_order.shapes import (
    Amount,
    ExternalProductInventory,
    Number,
    RequiredText,
    Shape,
    Text,
)
from ordercli.resources.resource import Form

# The types of parties that reference data knows.
PARTY_TYPES = ("Customer", "Consumer", "CustomerContact")


class Typed(Shape, kw_only=True):
    """An object with its `@type`."""

    type: RequiredText = field(name="@type")


class Ref(Typed, kw_only=True):
    """A reference to an entity, by its id."""

    id: RequiredText
    name: Text = None


class VersionedRef(Ref, kw_only=True):
    """An offering or a specification, with the version that is meant."""

    version: Text = None
    internal_version: Text = None


class ExternalIdentifier(Typed, kw_only=True):
    """An id that another system gave the order."""

    id: RequiredText
    owner: Text = None
    external_identifier_type: Text = None


class Note(Typed, kw_only=True):
    """A remark of the customer."""

    id: Text = None
    author: Text = None
    date: Text = None
    text: Text = None


class PartyRef(Ref, kw_only=True):
    """A party, or a role that a party plays."""

    base_type: Text = field(default=None, name="@baseType")
    referred_type: Text = field(default=None, name="@referredType")
    party_id: Text = None
    party_name: Text = None


class PartyValue(Typed, kw_only=True):
    """A party of a product: a reference, or the person or organization itself."""

    base_type: Text = field(default=None, name="@baseType")
    referred_type: Text = field(default=None, name="@referredType")
    id: Text = None
    name: Text = None
    given_name: Text = None
    family_name: Text = None


class RelatedParty(Typed, kw_only=True):
    """A party of the order, and its role."""

    id_at: ClassVar = "/partyOrPartyRole/id"

    role: RequiredText
    party_or_party_role: PartyRef | None = None

    @property
    def id(self) -> str | None:
        """The id of the party."""
        return self.party_or_party_role.id if self.party_or_party_role else None

    @property
    def referred_type(self) -> str | None:
        """The type of the party: its `@referredType`, or its role where that is one of these types."""
        return party_type(self.role, self.party_or_party_role)


def party_type(role: str | None, party: Any) -> str | None:  # a party of the shapes or of the members
    """Return the type of a party: its `@referredType`, or its role where only that is a type of party."""
    named: str | None = party.referred_type if party else None
    if named in PARTY_TYPES or not role:
        return named
    spelled = role[:1].upper() + role[1:]
    return spelled if spelled in PARTY_TYPES else named


class ProductParty(Typed, kw_only=True):
    """A party of a product, and its role."""

    role: RequiredText
    party_or_party_role: PartyValue | None = None


class RelatedChannel(Typed, kw_only=True):
    """Where the order was sold."""

    id_at: ClassVar = "/channel/id"

    role: RequiredText
    channel: Ref

    @property
    def id(self) -> str | None:
        """The id of the channel."""
        return self.channel.id if self.channel else None


class PlaceValue(Typed, kw_only=True):
    """A place by its id, or as a value."""

    base_type: Text = field(default=None, name="@baseType")
    id: Text = None
    name: Text = None


class RelatedPlace(Typed, kw_only=True):
    """A place with the role that it plays."""

    id_at: ClassVar = "/place/id"

    role: RequiredText
    place: PlaceValue

    @property
    def id(self) -> str | None:
        """The id of the place."""
        return self.place.id if self.place else None


class Price(Typed, kw_only=True):
    """A price, with and without tax."""

    percentage: Number | None = None
    tax_rate: Number | None = None
    duty_free_amount: Amount | None = None
    tax_included_amount: Amount | None = None


class PriceAlteration(Typed, kw_only=True):
    """A discount or a surcharge, and the catalogue price behind it."""

    price: Price
    price_type: RequiredText
    product_offering_price: Ref | None = None


class ProductPrice(Typed, kw_only=True):
    """One price of a product."""

    description: Text = None
    name: Text = None
    price_type: RequiredText
    recurring_charge_period: Text = None
    price: Price
    price_alteration: list[PriceAlteration] | None = None
    product_offering_price: Ref | None = None


class OrderPrice(ProductPrice, kw_only=True):
    """One price of the order or of a line item."""

    billing_account: Ref | None = None


class Related(Typed, kw_only=True):
    """A relation to another line item, product, order or characteristic."""

    id_at: ClassVar = "/id"

    id: RequiredText
    relationship_type: RequiredText


class Characteristic(Typed, kw_only=True):
    """A property of the product; `@type` names its subtype, which gives the JSON type of the value."""

    base_type: Text = field(default=None, name="@baseType")
    id: Text = None
    name: RequiredText
    value_type: Text = None
    value: Any = None
    previous_value: Any = None
    characteristic_relationship: list[Related] | None = None


class RelatedOrderItem(Typed, kw_only=True):
    """A relation of a product to a line item of an order."""

    role: RequiredText
    order_id: RequiredText
    order_item_id: RequiredText


class Term(Typed, kw_only=True):
    """A term under which something is sold."""

    name: Text = None
    description: Text = None


class AgreementItem(Typed, kw_only=True):
    """An item of an agreement."""

    agreement_id: RequiredText
    agreement_item_id: RequiredText


class Product(Typed, kw_only=True):
    """A reference to a product (`ProductRef`), or the values that it shall have (`Product`)."""

    base_type: Text = field(default=None, name="@baseType")
    id: Text = None
    name: Text = None
    is_bundle: bool | None = None
    start_date: Text = None
    termination_date: Text = None
    creation_date: Text = None
    place: list[RelatedPlace] | None = None
    product: "list[Product] | None" = None
    product_characteristic: list[Characteristic] | None = None
    product_offering: VersionedRef | None = None
    product_order_item: list[RelatedOrderItem] | None = None
    product_price: list[ProductPrice] | None = None
    product_specification: VersionedRef | None = None
    product_term: list[Term] | None = None
    product_relationship: list[Related] | None = None
    related_party: list[ProductParty] | None = None
    agreement_item: list[AgreementItem] | None = None
    billing_account: Ref | None = None
    realizing_resource: list[Ref] | None = None
    realizing_service: list[Ref] | None = None


class QuoteItem(Typed, kw_only=True):
    """The item of a quote that a line comes from."""

    quote_id: RequiredText
    quote_item_id: RequiredText


class QualificationItem(Typed, kw_only=True):
    """The item of a qualification of the offering that a line comes from."""

    item_id: RequiredText
    product_offering_qualification_id: RequiredText


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
    item_term: list[Term] | None = None
    item_total_price: list[OrderPrice] | None = None
    note: list[Note] | None = None
    payment: list[Ref] | None = None
    product: Product | None = None
    product_offering: VersionedRef | None = None
    product_offering_qualification_item: QualificationItem | None = None
    product_order_item: "list[ProductOrderItem] | None" = None
    product_order_item_relationship: list[Related] | None = None
    qualification: list[Ref] | None = None
    quote_item: QuoteItem | None = None
    state: Any = None
    version: Any = None
    ponr: Any = None
    work_note: Any = None


class ItemRef(Typed, kw_only=True):
    """A line item of an order."""

    product_order_id: RequiredText
    product_order_item_id: RequiredText


class Milestone(Typed, kw_only=True):
    """A milestone of the order."""

    id: Text = None
    name: Text = None
    description: Text = None
    message: Text = None
    milestone_date: Text = None
    status: Text = None
    product_order_item: list[ItemRef] | None = None


class JeopardyAlert(Typed, kw_only=True):
    """A risk to the completion of the order."""

    id: Text = None
    name: Text = None
    alert_date: Text = None
    exception: Text = None
    jeopardy_type: Text = None
    message: Text = None
    product_order_item: list[ItemRef] | None = None


class ErrorMessage(Typed, kw_only=True):
    """An error in the fulfilment of the order."""

    code: Text = None
    reason: Text = None
    message: Text = None
    status: Text = None
    reference_error: Text = None
    timestamp: Text = None
    product_order_item: list[ItemRef] | None = None


class ProductOrder(Typed, kw_only=True):
    """The order as a caller sends it."""

    items: ClassVar = "productOrderItem"
    external_id_at: ClassVar = "/externalId/0/id"

    requested_completion_date: Text = None
    requested_start_date: Text = None
    committed_due_date: Text = None
    external_identifiers: list[ExternalIdentifier] | None = field(default=None, name="externalId")
    requested_initial_state: Literal["acknowledged", "draft"] | None = None
    order_currency: Text = None
    currency_code: Text = None
    fulfillment_type: Text = None
    agreement: list[Ref] | None = None
    billing_account: Ref | None = None
    channel: list[RelatedChannel] | None = None
    note: list[Note] | None = None
    order_relationship: list[Related] | None = None
    order_total_price: list[OrderPrice] | None = None
    payment: list[Ref] | None = None
    product_offering_qualification: list[Ref] | None = None
    product_order_error_message: list[ErrorMessage] | None = None
    product_order_item: Annotated[list[ProductOrderItem], Meta(min_length=1)]
    product_order_jeopardy_alert: list[JeopardyAlert] | None = None
    product_order_milestone: list[Milestone] | None = None
    quote: list[Ref] | None = None
    related_party: list[RelatedParty] | None = None
    id: Any = None
    href: Any = None
    state: Any = None
    order_date: Any = field(default=None, name="creationDate")
    version: Any = None
    ponr: Any = None
    expected_completion_date: Any = None
    completion_date: Any = None

    @property
    def external_id(self) -> str | None:
        """The id by which the order is known: that of its first external identifier."""
        return self.external_identifiers[0].id if self.external_identifiers else None


def more_dates(order: ProductOrder, lines: Iterable[Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the dates that only TMF622 v5 has, with their pointers: in notes of lines and what befell it."""
    for line in lines:
        for n, note in enumerate(line.item.note or ()):
            yield f"{line.pointer}/note/{n}/date", note.date
    for n, milestone in enumerate(order.product_order_milestone or ()):
        yield f"/productOrderMilestone/{n}/milestoneDate", milestone.milestone_date
    for n, alert in enumerate(order.product_order_jeopardy_alert or ()):
        yield f"/productOrderJeopardyAlert/{n}/alertDate", alert.alert_date
    for n, error in enumerate(order.product_order_error_message or ()):
        yield f"/productOrderErrorMessage/{n}/timestamp", error.timestamp


KNOWN_FIELDS = KnownFields(Path(__file__).parent, "ProductOrder", "_v5")
FORM = Form(ProductOrder, KNOWN_FIELDS)
