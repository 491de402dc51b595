"""The current form of an order of profile servicenow, whose parties have a role and a `partyOrPartyRole`.

Source: ServiceNow Product Order Open API, POST /order/productOrder, in the form that is based on TMF622 v5. All else is
as in the older form (`shapes.py`).
"""
# msgspec reads the annotations while the program runs.

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import astuple

from ordercli.resources.common import members
from ordercli.resources.common.shapes import RequiredText, Shape, Text, Typed
from ordercli.resources.product_order import shapes
from ordercli.resources.resource import Form

# By the role of a party, the type of the record that it refers to.
RECORD_TYPES: Mapping[str, str] = {
    "Account": "Customer",
    "Customer": "Customer",
    "Consumer": "Consumer",
    "Contact": "CustomerContact",
    "Location": "Place",
}
_OTHER = ""


class PartyRef(Typed, kw_only=True):
    """A party by its id. That of a location may have an address, whose members are not checked."""

    id: RequiredText
    name: Text = None


class RelatedParty(Typed, kw_only=True):
    """Who or what has to do with the order, in which role."""

    id_at: ClassVar = "/partyOrPartyRole/id"

    role: RequiredText
    party_or_party_role: PartyRef

    @property
    def id(self) -> str | None:
        """The id of the party."""
        return self.party_or_party_role.id if self.party_or_party_role else None

    @property
    def referred_type(self) -> str | None:
        """The type of record that the role refers to; empty for other roles, None if there is no role."""
        return RECORD_TYPES.get(self.role, _OTHER) if self.role else None


class Payment(Shape, kw_only=True):
    """How a line item is paid."""

    id: Text = None
    payment_method: Text = None
    payment_method_type: Text = None
    payment_reference_id: Text = None


class BillingAccount(Typed, kw_only=True):
    """The account that a line item is billed to."""

    id: Text = None
    name: Text = None
    status: Text = None
    active: bool | None = None


class Product(shapes.Product, kw_only=True):
    """The product that exists, or that is ordered."""

    product_specification: shapes.ProductSpecificationRef | None = None  # type: ignore[assignment]


class ProductOrderItem(shapes.ProductOrderItem, kw_only=True):
    """One line of the order."""

    product: Product
    billing_account: BillingAccount | None = None
    payment: Payment | None = None


class ProductOrder(shapes.ProductOrder, kw_only=True):
    """The order as a caller sends it."""

    external_system: Text = None
    product_order_item: Annotated[list[ProductOrderItem], Meta(min_length=1)]  # type: ignore[assignment]
    related_party: Annotated[list[RelatedParty], Meta(min_length=1)]  # type: ignore[assignment]


def _is_whole(order: Any) -> bool:  # an order of this form
    """Return whether every line item has a product that is not empty."""
    return all(any(member is not None for member in astuple(item.product)) for item in order.product_order_item)


FORM = Form(ProductOrder, shapes.KNOWN_FIELDS, _is_whole)


class MemberParty(members.Party, rename="camel", gc=False):
    """A party with a role. It has the attributes of a party of the older form."""

    role: Text = None
    party_or_party_role: members.Ref | None = None

    def __post_init__(self) -> None:
        """Set the id and the type from their places in this form."""
        if self.party_or_party_role:
            self.id = self.party_or_party_role.id
            self.referred_type = RECORD_TYPES.get(self.role or "")


class MemberOrder(members.Order[members.Item], rename="camel"):
    """The members of an order that have a column."""

    related_party: list[MemberParty] | None = None  # type: ignore[assignment]
