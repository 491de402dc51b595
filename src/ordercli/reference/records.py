"""Records of reference data in their input form, as TMF versions 4 and 5 write them: types, members and links."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, ClassVar, NamedTuple, get_args

from msgspec import Struct, ValidationError, convert, defstruct, field
from msgspec.json import Decoder

Text = str | None
Number = int | float | None


class Ref(Struct, rename="camel"):
    """A reference to another record by its id or external id, optionally to one version of it."""

    id: Text = None
    version: Text = None
    internal_version: Text = None


class Related(Struct, rename="camel"):
    """A relation to another product specification; only the types HasChild and HasParent are used."""

    id: Text = None
    relationship_type: Text = None


class CharacteristicValue(Struct, rename="camel"):
    """What a characteristic may be: a value, or a range of numbers (TMF620, CharacteristicValueSpecification)."""

    value: Any = None
    value_from: Number = None
    value_to: Number = None
    range_interval: Text = None
    regex: Text = None

    @property
    def has_content(self) -> bool:
        """Return whether there is a value, a range or a pattern, and not only a unit or the like."""
        return bool(self.regex) or not (self.value is None and self.value_from is None and self.value_to is None)


class RelatedCharacteristic(Struct, rename="camel"):
    """A relation to another characteristic by its name.

    The other one may be in another specification: version 4 gives its id as `id`, version 5 as `parentSpecificationId`.
    """

    id: Text = None
    parent_specification_id: Text = None
    name: Text = None
    relationship_type: Text = None

    @property
    def specification_id(self) -> Text:
        """Return the id of the other characteristic's specification."""
        return self.id or self.parent_specification_id


class Characteristic(Struct, rename="camel"):
    """A characteristic that a specification lists.

    TMF620 version 4 calls its values and relations `productSpec…` (ProductSpecificationCharacteristic); TMF620 version
    5 and TMF633 use the other names (CharacteristicSpecification).
    """

    id: Text = None
    name: Text = None
    extensible: bool | None = None
    regex: Text = None
    product_spec_characteristic_value: list[CharacteristicValue | None] | None = None
    product_spec_char_relationship: list[RelatedCharacteristic | None] | None = None
    characteristic_value_specification: list[CharacteristicValue | None] | None = None
    char_spec_relationship: list[RelatedCharacteristic | None] | None = None

    @property
    def values(self) -> list[CharacteristicValue]:
        """Return the values, ranges and patterns that are listed; an entry with none of them is left out."""
        listed = (*(self.product_spec_characteristic_value or ()), *(self.characteristic_value_specification or ()))
        return [each for each in listed if each and each.has_content]


class ExternalIdentifier(Struct, rename="camel"):
    """An id that a record has in another system (version 5)."""

    id: Text = None


class Record(Struct, tag_field="@type", tag=True, rename="camel"):
    """The members that all records have; the name of the class is the `@type`.

    `external_id` is `externalId`, else the id of the first `externalIdentifier` that has one.
    """

    id: str
    external_id: Text = None
    external_identifier: list[ExternalIdentifier | None] | None = None

    def __post_init__(self) -> None:
        """Take the external id from the list of version 5."""
        if self.external_identifier and not self.external_id:
            self.external_id = next((each.id for each in self.external_identifier if each and each.id), None)


class BundleGroup(Struct, rename="camel"):
    """Offerings from which one may choose (TMF620 v5, BundledGroupProductOffering); groups may hold groups."""

    bundled_product_offering: list[Ref | None] | None = None
    bundled_group_product_offering: list[BundleGroup | None] | None = None


class ProductOffering(Record):
    """A product offering of the catalogue: what is sold (TMF620)."""

    version: Text = None
    internal_version: Text = None
    product_specification: Ref | None = None
    bundled_product_offering: list[Ref | None] | None = None
    bundled_group_product_offering: list[BundleGroup | None] | None = None


class ProductSpecification(Record):
    """A product specification of the catalogue: what a product is (TMF620)."""

    CHARACTERISTICS: ClassVar[str] = "productSpecCharacteristic"

    version: Text = None
    internal_version: Text = None
    product_spec_characteristic: list[Characteristic | None] | None = None
    product_specification_relationship: list[Related | None] | None = None

    @property
    def characteristics(self) -> list[Characteristic | None] | None:
        """Return the characteristics; None if the record does not list any."""
        return self.product_spec_characteristic

    @property
    def relations(self) -> list[Related | None] | None:
        """Return the relations to other specifications; None if the record does not list any."""
        return self.product_specification_relationship


class Product(Record):
    """A product of the inventory: what was sold (TMF637)."""

    status: Text = None
    quantity: Number = None
    product_specification: Ref | None = None


class ServiceSpecification(Record):
    """A service specification of the catalogue: what a service is (TMF633)."""

    CHARACTERISTICS: ClassVar[str] = "specCharacteristic"

    version: Text = None
    internal_version: Text = None
    spec_characteristic: list[Characteristic | None] | None = None
    spec_relations: list[Related | None] | None = field(default=None, name="serviceSpecRelationship")

    @property
    def characteristics(self) -> list[Characteristic | None] | None:
        """Return the characteristics; None if the record does not list any."""
        return self.spec_characteristic

    @property
    def relations(self) -> list[Related | None] | None:
        """Return the relations to other specifications; None if the record does not list any."""
        return self.spec_relations


class Service(Record):
    """A service of the inventory: what was built (TMF638)."""

    state: Text = None
    service_specification: Ref | None = None


class Customer(Record):
    """A customer account (TMF629)."""


class Consumer(Record):
    """A person who buys for themselves (TMF632)."""


class CustomerContact(Record):
    """A contact person of a customer (TMF632)."""


class DistributionChannel(Record):
    """Where orders come from."""


class Place(Record):
    """Where products are installed."""


class Currency(Record):
    """A currency, and whether orders may be paid in it."""

    status: Text = None


AnyRecord = (
    ProductOffering
    | ProductSpecification
    | Product
    | Customer
    | Consumer
    | CustomerContact
    | DistributionChannel
    | Place
    | Currency
    | ServiceSpecification
    | Service
)
SHAPES: dict[str, type[Record]] = {each.__name__: each for each in get_args(AnyRecord)}
_DECODE: Mapping[str, Callable[[bytes], Any]] = {name: Decoder(shape).decode for name, shape in SHAPES.items()}


def decode_record(record_type: str, body: bytes) -> Any:  # noqa: ANN401 - the record of any type
    """Return the record of this type in a body, whose `@type` may be a subtype.

    Raises:
        msgspec.MsgspecError: the body is no record of the type.
    """
    try:
        return _DECODE[record_type](body)
    except ValidationError:
        return _decode_otherwise(record_type, body)


def _decode_otherwise(record_type: str, body: bytes) -> Any:  # noqa: ANN401 - the record of any type
    """Return the record in a body of a subtype, with a number out of range, or with a member that is there twice."""
    with suppress(ValidationError):
        return _untyped(record_type)(body)
    import json  # rarely needed

    def integer(digits: str) -> int | float:
        return int(digits) if len(digits) < sys.int_info.default_max_str_digits else float(digits)

    document = json.loads(body, parse_int=integer)
    return convert({**document, "@type": record_type}, SHAPES[record_type])


@cache
def _untyped(record_type: str) -> Callable[[bytes], Any]:
    """Return a decoder that ignores `@type`."""
    return Decoder(defstruct(record_type, [], bases=(SHAPES[record_type],), tag=False)).decode


class Link(NamedTuple):
    """A reference to another record: type, id or external id, and the JSON pointer of that id."""

    type: str
    name: str
    pointer: str


def links(record: Record) -> Iterator[Link]:
    """Yield the references of a record that rules follow."""
    if isinstance(record, ProductOffering | Product) and record.product_specification:
        yield from _links("ProductSpecification", "/productSpecification", [record.product_specification], listed=False)
    if isinstance(record, Service) and record.service_specification:
        yield from _links("ServiceSpecification", "/serviceSpecification", [record.service_specification], listed=False)
    if isinstance(record, ProductOffering):
        yield from _bundled(record, "")
    if isinstance(record, ProductSpecification):
        yield from _links("ProductSpecification", "/productSpecificationRelationship", record.relations or ())
    if isinstance(record, ServiceSpecification):
        yield from _links("ServiceSpecification", "/serviceSpecRelationship", record.relations or ())


def _bundled(offers: ProductOffering | BundleGroup, pointer: str) -> Iterator[Link]:
    yield from _links("ProductOffering", f"{pointer}/bundledProductOffering", offers.bundled_product_offering or ())
    for n, group in enumerate(offers.bundled_group_product_offering or ()):
        if group:
            yield from _bundled(group, f"{pointer}/bundledGroupProductOffering/{n}")


def bundled_ids(offering: ProductOffering) -> list[str]:
    """Return the ids of the offerings that are bundled in an offering, those of its groups included."""
    return [link.name for link in _bundled(offering, "")]


def _links(
    record_type: str, pointer: str, references: Iterable[Ref | Related | None], *, listed: bool = True
) -> Iterator[Link]:
    for n, each in enumerate(references):
        if each and each.id:
            yield Link(record_type, each.id, f"{pointer}/{n}/id" if listed else f"{pointer}/id")
