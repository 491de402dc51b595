"""Records of reference data in their input form: types, members and links."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from msgspec import Struct, ValidationError, defstruct
from msgspec.json import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


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


class RelatedCharacteristic(Struct, rename="camel"):
    """A relation to another characteristic by its name; `id` is the id of its specification if that is another one."""

    id: Text = None
    name: Text = None
    relationship_type: Text = None


class Characteristic(Struct, rename="camel"):
    """A characteristic that products of a specification have (TMF620, ProductSpecificationCharacteristic)."""

    id: Text = None
    name: Text = None
    extensible: bool | None = None
    product_spec_characteristic_value: list[CharacteristicValue | None] | None = None
    product_spec_char_relationship: list[RelatedCharacteristic | None] | None = None


class Record(Struct, tag_field="@type", tag=True, rename="camel"):
    """The members that all records have; the name of the class is the `@type`."""

    id: str
    external_id: Text = None


class ProductOffering(Record):
    """A product offering of the catalogue: what is sold (TMF620)."""

    version: Text = None
    internal_version: Text = None
    product_specification: Ref | None = None
    bundled_product_offering: list[Ref | None] | None = None


class ProductSpecification(Record):
    """A product specification of the catalogue: what a product is (TMF620)."""

    version: Text = None
    internal_version: Text = None
    product_spec_characteristic: list[Characteristic | None] | None = None
    product_specification_relationship: list[Related | None] | None = None


class Product(Record):
    """A product of the inventory: what was sold (TMF637)."""

    status: Text = None
    quantity: Number = None
    product_specification: Ref | None = None


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
)
RECORD_TYPES: tuple[str, ...] = tuple(each.__name__ for each in get_args(AnyRecord))
_DECODE: Mapping[str, Callable[[bytes], Any]] = {each.__name__: Decoder(each).decode for each in get_args(AnyRecord)}


def decode_record(record_type: str, body: bytes) -> Any:  # noqa: ANN401 - the record of any type
    """Return the record of this type in a body, whose `@type` may be a subtype.

    Raises:
        msgspec.MsgspecError: the body is no record of the type.
    """
    try:
        return _DECODE[record_type](body)
    except ValidationError:
        return _untyped(record_type)(body)


@cache
def _untyped(record_type: str) -> Callable[[bytes], Any]:
    """Return a decoder that ignores `@type`."""
    shape = next(each for each in get_args(AnyRecord) if each.__name__ == record_type)
    return Decoder(defstruct(record_type, [], bases=(shape,), tag=False)).decode


# Other types of TM Forum resources in exports, which no rule uses: TMF620, 632, 633, 634, 637 to 639, 651, 666 and
# 673 to 675.
UNUSED_TYPES = frozenset(
    [
        "Agreement",
        "AgreementSpecification",
        "BillingAccount",
        "BillFormat",
        "Catalog",
        "Category",
        "ContactMedium",
        "FinancialAccount",
        "GeographicAddress",
        "GeographicLocation",
        "GeographicSite",
        "GeographicSubAddress",
        "Individual",
        "LogicalResource",
        "LogicalResourceSpecification",
        "Organization",
        "Party",
        "PartyAccount",
        "PartyRole",
        "PhysicalResource",
        "PhysicalResourceSpecification",
        "ProductCatalog",
        "ProductOfferingPrice",
        "Promotion",
        "Resource",
        "ResourceCandidate",
        "ResourceCatalog",
        "ResourceCategory",
        "ResourceSpecification",
        "Service",
        "ServiceCandidate",
        "ServiceCatalog",
        "ServiceCategory",
        "ServiceSpecification",
        "SettlementAccount",
    ]
)
_TYPES = frozenset(RECORD_TYPES) | UNUSED_TYPES
# Types by the name of their collection, which is part of the href.
_BY_COLLECTION: Mapping[str, str] = {name.lower(): name for name in _TYPES}
# Members that only records of one type have (TMF620, TMF637).
_BY_MEMBER: Mapping[str, str] = {
    "productSpecCharacteristic": "ProductSpecification",
    "productSpecificationRelationship": "ProductSpecification",
    "bundledProductSpecification": "ProductSpecification",
    "bundledProductOffering": "ProductOffering",
    "isSellable": "ProductOffering",
    "prodSpecCharValueUse": "ProductOffering",
    "productOfferingTerm": "ProductOffering",
    "productCharacteristic": "Product",
    "productSerialNumber": "Product",
    "realizingResource": "Product",
    "realizingService": "Product",
}


def kind_of(record: Mapping[str, Any], default: str | None = None) -> str | None:
    """Return the type of a record: its `@type`, or its `@baseType` if only that is known.

    Without an `@type` it is `default`, else the type that href and members indicate; None if they indicate none or
    contradict each other.
    """
    kind, base = record.get("@type"), record.get("@baseType")
    if isinstance(kind, str):
        return base if kind not in _TYPES and isinstance(base, str) and base in _TYPES else kind
    return default or _told(record)


def _told(record: Mapping[str, Any]) -> str | None:
    told = {kind for name, kind in _BY_MEMBER.items() if record.get(name) is not None}
    href = record.get("href")
    if isinstance(href, str) and (kind := _kind_in(href)):
        told.add(kind)
    return told.pop() if len(told) == 1 else None


def _kind_in(href: str) -> str | None:
    """Return the type whose collection is named in an href, for example `…/productOffering/7`."""
    segments = href.partition("?")[0].rstrip("/").split("/")
    return _BY_COLLECTION.get(segments[-2].lower()) if len(segments) > 1 else None


class Link(NamedTuple):
    """A reference to another record: type, id or external id, and the JSON pointer of that id."""

    type: str
    name: str
    pointer: str


def links(record: Record) -> Iterator[Link]:
    """Yield the references of a record that rules follow."""
    if isinstance(record, ProductOffering | Product) and record.product_specification:
        yield from _links("ProductSpecification", "/productSpecification", [record.product_specification], listed=False)
    if isinstance(record, ProductOffering):
        yield from _links("ProductOffering", "/bundledProductOffering", record.bundled_product_offering or ())
    if isinstance(record, ProductSpecification):
        related = record.product_specification_relationship or ()
        yield from _links("ProductSpecification", "/productSpecificationRelationship", related)


def _links(
    record_type: str, pointer: str, references: Iterable[Ref | Related | None], *, listed: bool = True
) -> Iterator[Link]:
    for n, each in enumerate(references):
        if each and each.id:
            yield Link(record_type, each.id, f"{pointer}/{n}/id" if listed else f"{pointer}/id")
