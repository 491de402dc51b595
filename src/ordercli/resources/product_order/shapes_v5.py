"""The JSON of a product order of profile tmf622-v5: the objects of TMF622 v5 and their required members.

Source: TMF622 v5.0.0, ProductOrder_FVO and what it refers to. Nearly every object must name its `@type`, and a party, a
channel and a place stand in an object that gives them a role. Each such object has the attributes that the rules read
(`id`, `referred_type` …), so that a rule need not know where they stand. Members that no rule reads stand here for the
types of their values.
"""
# msgspec reads the annotations while the program runs.

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from ordercli.intake.forms import KnownFields
from ordercli.resources.common.shapes import ExternalProductInventory, Number, RequiredText, Shape, Text
from ordercli.resources.product_order.shapes import Amount
from ordercli.resources.product_order.shapes_v5_parts import (
    AccountRef,
    Duration,
    ExternalIdentifier,
    Note,
    PriceRef,
    ProductParty,
    Ref,
    RelatedChannel,
    RelatedParty,
    RelatedPlace,
    VersionedRef,
)
from ordercli.resources.product_order.shapes_v5_values import Attachment, Expression, TimePeriod, Typed
from ordercli.resources.resource import Form


class Price(Typed, kw_only=True):
    """A price, with and without tax."""

    percentage: Number | None = None
    tax_rate: Number | None = None
    duty_free_amount: Amount | None = None
    tax_included_amount: Amount | None = None


class PriceAlteration(Typed, kw_only=True):
    """A discount or a surcharge, and the catalogue price behind it."""

    application_duration: Number | None = None
    description: Text = None
    name: Text = None
    priority: Number | None = None
    recurring_charge_period: Text = None
    unit_of_measure: Text = None
    price: Price
    price_type: RequiredText
    product_offering_price: PriceRef | None = None


class ProductPrice(Typed, kw_only=True):
    """One price of a product."""

    description: Text = None
    name: Text = None
    price_type: RequiredText
    recurring_charge_period: Text = None
    unit_of_measure: Text = None
    price: Price
    price_alteration: list[PriceAlteration] | None = None
    product_offering_price: PriceRef | None = None


class OrderPrice(ProductPrice, kw_only=True):
    """One price of the order or of a line item."""

    billing_account: AccountRef | None = None


class Related(Typed, kw_only=True):
    """A relation to another line item, product, order or characteristic."""

    id_at: ClassVar = "/id"

    id: RequiredText
    relationship_type: RequiredText


class NamedRelated(Related, kw_only=True):
    """A relation that also says where the other thing is, and its name."""

    name: Text = None
    href: Text = None


class Characteristic(Typed, kw_only=True):
    """A property of the product; `@type` names its subtype, which gives the JSON type of the value."""

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
    order_item_action: Text = None
    order_href: Text = None


class Term(Typed, kw_only=True):
    """A term under which something is sold."""

    name: Text = None
    description: Text = None
    duration: Duration | None = None


class ProductTerm(Term, kw_only=True):
    """A term of a product, and when it is valid."""

    valid_for: TimePeriod | None = None


class AgreementItem(Typed, kw_only=True):
    """An item of an agreement."""

    agreement_id: RequiredText
    agreement_item_id: RequiredText
    agreement_name: Text = None
    agreement_href: Text = None


class TargetProductSchema(Shape, kw_only=True):
    """The schema of the product that a specification describes."""

    type: RequiredText = field(name="@type")
    schema_location: RequiredText = field(name="@schemaLocation")


class SpecificationRef(VersionedRef, kw_only=True):
    """What the product is."""

    target_product_schema: TargetProductSchema | None = None


class Intent(Typed, kw_only=True):
    """What the product shall achieve: a reference to an intent (`IntentRef`), or the intent itself."""

    referred_type: Text = field(default=None, name="@referredType")
    id: Text = None
    href: Text = None
    name: Text = None
    description: Text = None
    context: Text = None
    priority: Text = None
    version: Text = None
    lifecycle_status: Text = None
    is_bundle: bool | None = None
    creation_date: Text = None
    last_update: Text = None
    status_change_date: Text = None
    valid_for: TimePeriod | None = None
    intent_specification: Ref | None = None
    intent_relationship: list[NamedRelated] | None = None
    characteristic: list[Characteristic] | None = None
    related_party: list[RelatedParty] | None = None
    attachment: list[Attachment] | None = None
    expression: Expression | None = None


class Product(Typed, kw_only=True):
    """A reference to a product (`ProductRef`), or the values that it shall have (`Product`)."""

    referred_type: Text = field(default=None, name="@referredType")
    id: Text = None
    href: Text = None
    name: Text = None
    description: Text = None
    status: Text = None
    product_serial_number: Text = None
    is_customer_visible: bool | None = None
    is_bundle: bool | None = None
    start_date: Text = None
    termination_date: Text = None
    creation_date: Text = None
    order_date: Text = None
    intent: Intent | None = None
    place: list[RelatedPlace] | None = None
    product: "list[Product] | None" = None
    product_characteristic: list[Characteristic] | None = None
    product_offering: VersionedRef | None = None
    product_order_item: list[RelatedOrderItem] | None = None
    product_price: list[ProductPrice] | None = None
    product_specification: SpecificationRef | None = None
    product_term: list[ProductTerm] | None = None
    product_relationship: list[NamedRelated] | None = None
    related_party: list[ProductParty] | None = None
    agreement_item: list[AgreementItem] | None = None
    billing_account: AccountRef | None = None
    realizing_resource: list[Ref] | None = None
    realizing_service: list[Ref] | None = None


class QuoteItem(Typed, kw_only=True):
    """The item of a quote that a line comes from."""

    quote_id: RequiredText
    quote_item_id: RequiredText
    quote_href: Text = None


class QualificationItem(Typed, kw_only=True):
    """The item of a qualification of the offering that a line comes from."""

    item_id: RequiredText
    product_offering_qualification_id: RequiredText
    product_offering_qualification_name: Text = None
    product_offering_qualification_href: Text = None


class AppointmentRef(Ref, kw_only=True):
    """When somebody comes to the customer."""

    description: Text = None


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
    appointment: AppointmentRef | None = None
    billing_account: AccountRef | None = None
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
    product_order_href: Text = field(default=None, name="ProductOrderHref")


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

    description: Text = None
    category: Text = None
    priority: Text = None
    notification_contact: Text = None
    cancellation_date: Text = None
    cancellation_reason: Text = None
    requested_completion_date: Text = None
    requested_start_date: Text = None
    committed_due_date: Text = None
    external_identifiers: list[ExternalIdentifier] | None = field(default=None, name="externalId")
    requested_initial_state: Literal["acknowledged", "draft"] | None = None
    order_currency: Text = None
    currency_code: Text = None
    fulfillment_type: Text = None
    agreement: list[Ref] | None = None
    billing_account: AccountRef | None = None
    channel: list[RelatedChannel] | None = None
    note: list[Note] | None = None
    order_relationship: list[NamedRelated] | None = None
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
    """Yield the other dates of an order of TMF622 v5, with their pointers: of its cancellation, notes of lines, etc."""
    yield "/cancellationDate", order.cancellation_date
    for line in lines:
        if line.item.note:
            for n, note in enumerate(line.item.note):
                yield f"{line.pointer}/note/{n}/date", note.date
    for n, milestone in enumerate(order.product_order_milestone or ()):
        yield f"/productOrderMilestone/{n}/milestoneDate", milestone.milestone_date
    for n, alert in enumerate(order.product_order_jeopardy_alert or ()):
        yield f"/productOrderJeopardyAlert/{n}/alertDate", alert.alert_date
    for n, error in enumerate(order.product_order_error_message or ()):
        yield f"/productOrderErrorMessage/{n}/timestamp", error.timestamp


KNOWN_FIELDS = KnownFields(Path(__file__).parent, "ProductOrder", "_v5")
FORM = Form(ProductOrder, KNOWN_FIELDS, nesting=("product", "productOrderItem"))
