"""The JSON of a quote of TMF648 v4: the members that become parts of an order, and those that decide if it is made.

Source: TMF648 v4.0.0, Quote and what it refers to. The standard requires only `quoteItem`; an order also needs the id
of the quote, and id and action of each item. What both standards have is written as in TMF622 v4.
"""
# msgspec reads the annotations while the program runs.

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from ordercli.resources.common.shapes import Note, Number, Ref, RequiredText, Shape, Text, VersionedRef
from ordercli.resources.product_order.shapes_v4 import (
    OrderItemRelationship,
    OrderPrice,
    Product,
    RelatedParty,
)

State = Literal["accepted", "approved", "cancelled", "inProgress", "pending", "rejected"]
Action = Literal["add", "delete", "modify", "noChange", "remove"]


class TimePeriod(Shape, kw_only=True):
    """A period of time; either end may be open."""

    start_date_time: Text = None
    end_date_time: Text = None


class QuoteItem(Shape, kw_only=True):
    """One item of the quote, with the items nested in it."""

    id: RequiredText
    action: Action
    quantity: Number | None = None
    state: State | None = None
    appointment: list[Ref] | None = None
    product: Product | None = None
    product_offering: VersionedRef | None = None
    product_offering_qualification_item: Ref | None = None
    quote_item: "list[QuoteItem] | None" = None
    quote_item_price: list[OrderPrice] | None = None
    quote_item_relationship: list[OrderItemRelationship] | None = None


class Quote(Shape, kw_only=True):
    """The quote as a quoting system writes it."""

    items: ClassVar = "quoteItem"

    id: RequiredText
    href: Any = None
    version: Text = None
    external_id: Text = None
    state: State | None = None
    valid_for: TimePeriod | None = None
    category: Text = None
    description: Text = None
    expected_fulfillment_start_date: Text = None
    agreement: list[Ref] | None = None
    billing_account: list[Ref] | None = None
    note: list[Note] | None = None
    product_offering_qualification: list[Ref] | None = None
    quote_item: Annotated[list[QuoteItem], Meta(min_length=1)]
    quote_total_price: list[OrderPrice] | None = None
    related_party: list[RelatedParty] | None = None
