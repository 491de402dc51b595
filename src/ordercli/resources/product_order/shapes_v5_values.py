"""The objects inside a person, an organization, a place or an intent that a TMF622 v5 order holds as a value.

Source: TMF622 v5.0.0, the schemas that Individual_FVO, Organization_FVO, PartyRole_FVO, GeographicAddress_FVO,
GeographicSite_FVO and Intent_FVO refer to. What stands deeper in them is kept as it came.
"""
# msgspec reads the annotations while the program runs.

from typing import Any

from msgspec import field

from ordercli.resources.common.shapes import Number, RequiredText, Shape, Text


class Typed(Shape, kw_only=True):
    """An object with its `@type`."""

    type: RequiredText = field(name="@type")
    base_type: Text = field(default=None, name="@baseType")
    schema_location: Text = field(default=None, name="@schemaLocation")


class Value(Shape):
    """An object of the standard that is not looked into."""


class TimePeriod(Shape, kw_only=True):
    """A time from a start to an end."""

    start_date_time: Text = None
    end_date_time: Text = None


class Limited(Typed, kw_only=True):
    """An object that is valid for a time."""

    id: Text = None
    valid_for: TimePeriod | None = None


class ValueRef(Typed, kw_only=True):
    """A reference to an entity that rules do not ask for."""

    id: RequiredText
    name: Text = None
    href: Text = None
    referred_type: Text = field(default=None, name="@referredType")


class Identifier(Typed, kw_only=True):
    """An id in another system."""

    id: RequiredText
    owner: Text = None
    external_identifier_type: Text = None


class StandardIdentifier(Typed, kw_only=True):
    """The code of a country, and the standard that it is from."""

    id: Text = None
    format: Text = None
    value: Text = None


class ValueCharacteristic(Typed, kw_only=True):
    """A property of a party."""

    id: Text = None
    name: RequiredText
    value_type: Text = None
    value: Any = None


class ContactMedium(Limited, kw_only=True):
    """How to reach a party."""

    preferred: bool | None = None
    contact_type: Text = None


class CreditProfile(Limited, kw_only=True):
    """How a party pays."""

    credit_profile_date: Text = None
    credit_risk_rating: Number | None = None
    credit_score: Number | None = None


class CreditRating(Limited, kw_only=True):
    """How a party pays, as an agency knows it."""

    credit_agency_name: Text = None
    credit_agency_type: Text = None
    rating_reference: Text = None
    rating_score: Number | None = None


class Attachment(Limited, kw_only=True):
    """A document, or a reference to one."""

    referred_type: Text = field(default=None, name="@referredType")
    href: Text = None
    name: Text = None
    description: Text = None
    url: Text = None
    content: Text = None
    attachment_type: Text = None
    mime_type: Text = None
    size: Value | None = None


class Expression(Typed, kw_only=True):
    """What an intent says, in the language that it names."""

    iri: Text = None
    expression_language: Text = None
    expression_value: Any = None


class Identification(Typed, kw_only=True):
    """A document that identifies a person or an organization."""

    valid_for: TimePeriod | None = None
    identification_id: Text = None
    identification_type: Text = None
    issuing_authority: Text = None
    issuing_date: Text = None
    attachment: Attachment | None = None


class TaxExemption(Limited, kw_only=True):
    """A certificate that a party need not pay a tax."""

    certificate_number: Text = None
    issuing_jurisdiction: Text = None
    reason: Text = None
    tax_definition: list[Value] | None = None
    attachment: Attachment | None = None


class RelatedOrganization(Typed, kw_only=True):
    """An organization above or below this one."""

    relationship_type: Text = None
    organization: Value | None = None


class RelatedValue(Typed, kw_only=True):
    """A party of a party or of a place."""

    role: RequiredText
    party_or_party_role: Value | None = None


class SubAddress(Typed, kw_only=True):
    """A part of an address, such as a floor."""

    id: Text = None
    href: Text = None
    name: Text = None
    building_name: Text = None
    level_number: Text = None
    level_type: Text = None
    private_street_name: Text = None
    private_street_number: Text = None
    sub_address_type: Text = None
    sub_unit: list[Value] | None = None


class Location(Typed, kw_only=True):
    """A geographic location, or a reference to one."""

    referred_type: Text = field(default=None, name="@referredType")
    id: Text = None
    href: Text = None
    name: Text = None
    bbox: list[Number] | None = None


class Calendar(Typed, kw_only=True):
    """When a site is open."""

    status: RequiredText
    day: Text = None
    time_zone: Text = None
    hour_period: list[Value] | None = None


class RelatedSite(Typed, kw_only=True):
    """Another site, and what it is to this one."""

    id: RequiredText
    relationship_type: RequiredText
    href: Text = None
    role: Text = None
    valid_for: TimePeriod | None = None


class OtherName(Shape, kw_only=True):
    """Another name of a person or an organization."""

    title: Text = None
    aristocratic_title: Text = None
    generation: Text = None
    given_name: Text = None
    preferred_given_name: Text = None
    family_name_prefix: Text = None
    family_name: Text = None
    legal_name: Text = None
    middle_name: Text = None
    full_name: Text = None
    formatted_name: Text = None
    name: Text = None
    name_type: Text = None
    trading_name: Text = None
    valid_for: TimePeriod | None = None


class Disability(Shape, kw_only=True):
    """A disability of a person."""

    disability_code: Text = None
    disability_name: Text = None
    valid_for: TimePeriod | None = None


class LanguageAbility(Shape, kw_only=True):
    """How well a person knows a language."""

    language_code: Text = None
    language_name: Text = None
    is_favourite_language: bool | None = None
    writing_proficiency: Text = None
    reading_proficiency: Text = None
    speaking_proficiency: Text = None
    listening_proficiency: Text = None
    valid_for: TimePeriod | None = None


class Skill(Shape, kw_only=True):
    """A skill of a person."""

    skill_code: Text = None
    skill_name: Text = None
    evaluated_level: Text = None
    comment: Text = None
    valid_for: TimePeriod | None = None
