"""The smaller objects of TMF622 v5: references, parties, channels, places and notes.

Source: TMF622 v5.0.0, the schemas that ProductOrder_FVO refers to. A party or a place of a product may be a reference
or the value itself, so their shapes have the members of all these types.
"""
# msgspec reads the annotations while the program runs.

from typing import Any, ClassVar

from msgspec import field

from ordercli.resources.common.shapes import Number, RequiredText, Shape, Text
from ordercli.resources.product_order.shapes_v5_values import (
    Calendar,
    ContactMedium,
    CreditProfile,
    CreditRating,
    Disability,
    Identification,
    Identifier,
    LanguageAbility,
    Location,
    OtherName,
    RelatedOrganization,
    RelatedSite,
    RelatedValue,
    Skill,
    StandardIdentifier,
    SubAddress,
    TaxExemption,
    TimePeriod,
    Typed,
    Value,
    ValueCharacteristic,
    ValueRef,
)

# The types of parties that reference data knows.
PARTY_TYPES = ("Customer", "Consumer", "CustomerContact")


class Duration(Shape, kw_only=True):
    """A length of time, such as 24 months."""

    amount: Number | None = None
    units: Text = None


class Ref(Typed, kw_only=True):
    """A reference to an entity, by its id."""

    id: RequiredText
    name: Text = None
    href: Text = None
    referred_type: Text = field(default=None, name="@referredType")


class VersionedRef(Ref, kw_only=True):
    """An offering or a specification, with the version that is meant."""

    version: Text = None
    internal_version: Text = None


class PriceRef(Ref, kw_only=True):
    """A price of the catalogue."""

    version: Text = None


class AccountRef(Ref, kw_only=True):
    """The account that pays."""

    rating_type: Text = None


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

    party_id: Text = None
    party_name: Text = None


class PartyValue(Typed, kw_only=True):
    """A party of a product: a reference, or the person, the organization or the role itself."""

    referred_type: Text = field(default=None, name="@referredType")
    id: Text = None
    name: Text = None
    given_name: Text = None
    family_name: Text = None
    href: Text = None
    party_id: Text = None
    party_name: Text = None
    role: Text = None
    description: Text = None
    status: Text = None
    status_reason: Text = None
    aristocratic_title: Text = None
    birth_date: Text = None
    country_of_birth: Text = None
    death_date: Text = None
    family_name_prefix: Text = None
    formatted_name: Text = None
    gender: Text = None
    generation: Text = None
    legal_name: Text = None
    location: Text = None
    marital_status: Text = None
    middle_name: Text = None
    name_type: Text = None
    nationality: Text = None
    organization_type: Text = None
    place_of_birth: Text = None
    preferred_given_name: Text = None
    title: Text = None
    trading_name: Text = None
    is_head_office: bool | None = None
    is_legal_entity: bool | None = None
    exists_during: TimePeriod | None = None
    valid_for: TimePeriod | None = None
    engaged_party: ValueRef | None = None
    organization_parent_relationship: RelatedOrganization | None = None
    party_role_specification: ValueRef | None = None
    account: list[ValueRef] | None = None
    agreement: list[ValueRef] | None = None
    characteristic: list[ValueCharacteristic] | None = None
    contact_medium: list[ContactMedium] | None = None
    credit_profile: list[CreditProfile] | None = None
    credit_rating: list[CreditRating] | None = None
    disability: list[Disability] | None = None
    external_reference: list[Identifier] | None = None
    individual_identification: list[Identification] | None = None
    language_ability: list[LanguageAbility] | None = None
    organization_child_relationship: list[RelatedOrganization] | None = None
    organization_identification: list[Identification] | None = None
    other_name: list[OtherName] | None = None
    party_characteristic: list[ValueCharacteristic] | None = None
    payment_method: list[ValueRef] | None = None
    related_party: list[RelatedValue] | None = None
    skill: list[Skill] | None = None
    tax_exemption_certificate: list[TaxExemption] | None = None


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

    referred_type: Text = field(default=None, name="@referredType")
    id: Text = None
    name: Text = None
    href: Text = None
    description: Text = None
    city: Text = None
    code: Text = None
    country: Text = None
    creation_date: Text = None
    geographic_address_type: Text = None
    locality: Text = None
    postcode: Text = None
    state_or_province: Text = None
    status: Text = None
    street_name: Text = None
    street_nr: Text = None
    street_nr_last: Text = None
    street_nr_last_suffix: Text = None
    street_nr_suffix: Text = None
    street_suffix: Text = None
    street_type: Text = None
    bbox: list[Number] | None = None
    geographic_location: Location | None = None
    calendar: list[Calendar] | None = None
    country_code: list[StandardIdentifier] | None = None
    external_identifier: list[Identifier] | None = None
    geographic_sub_address: list[SubAddress] | None = None
    place: list[Value] | None = None
    related_party: list[RelatedValue] | None = None
    site_relationship: list[RelatedSite] | None = None


class RelatedPlace(Typed, kw_only=True):
    """A place with the role that it plays."""

    id_at: ClassVar = "/place/id"

    role: RequiredText
    place: PlaceValue

    @property
    def id(self) -> str | None:
        """The id of the place."""
        return self.place.id if self.place else None
