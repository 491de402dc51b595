"""The members of a product order of TMF622 v5 that have a column, with the attributes of the other profiles."""

# msgspec reads the annotations while the program runs.
from msgspec import Struct, field

from ordercli.resources.common.members import (
    Characteristic,
    Order,
    Ref,
    Relationship,
    SpecificationRef,
    StandardItem,
    Text,
)
from ordercli.resources.product_order.shapes_v5_parts import party_type


class PartyValue(Struct, rename="camel", gc=False):
    """A party by its id, or as a value."""

    id: Text = None
    name: Text = None
    given_name: Text = None
    family_name: Text = None
    referred_type: Text = field(default=None, name="@referredType")


_NOBODY = PartyValue()


class Party(Struct, rename="camel", gc=False):
    """A party of the order, or a contact of a line item, in its role."""

    role: Text = None
    party_or_party_role: PartyValue | None = None
    email: Text = None
    phone: Text = None

    @property
    def id(self) -> Text:
        """The id of the party."""
        return (self.party_or_party_role or _NOBODY).id

    @property
    def name(self) -> Text:
        """The whole name of the party."""
        return (self.party_or_party_role or _NOBODY).name

    @property
    def first_name(self) -> Text:
        """The given name of a person."""
        return (self.party_or_party_role or _NOBODY).given_name

    @property
    def last_name(self) -> Text:
        """The family name of a person."""
        return (self.party_or_party_role or _NOBODY).family_name

    @property
    def referred_type(self) -> Text:
        """What the party is to the seller."""
        return party_type(self.role, self.party_or_party_role)


class Channel(Struct, gc=False):
    """A channel in its role."""

    channel: Ref | None = None

    @property
    def id(self) -> Text:
        """The id of the channel."""
        return self.channel.id if self.channel else None


class Place(Struct, gc=False):
    """A place in its role."""

    place: Ref | None = None

    @property
    def id(self) -> Text:
        """The id of the place."""
        return self.place.id if self.place else None


class Product(Struct, rename="camel", gc=False):
    """What is ordered."""

    id: Text = None
    place: list[Place] | None = None
    product_specification: SpecificationRef | None = None
    product_characteristic: list[Characteristic] | None = None
    related_party: list[Party] | None = None
    product_relationship: list[Relationship] | None = None


class ItemV5(StandardItem, rename="camel", gc=False):
    """One line item, with the lines nested in it."""

    product: Product | None = None  # type: ignore[assignment]
    product_order_item: "list[ItemV5] | None" = None  # type: ignore[assignment]


class OrderV5(Order[ItemV5], rename="camel", gc=False):
    """The order itself."""

    channel: list[Channel] | None = None  # type: ignore[assignment]
    related_party: list[Party] | None = None  # type: ignore[assignment]
    requested_initial_state: Text = None  # type: ignore[misc]
