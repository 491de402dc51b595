"""A record of reference data on the wire: the members that rules look at. Every other member is kept and not looked at.

Sources: TMF620 (catalogue), TMF637 (inventory), TMF629 and TMF632 (parties). Only `@type` and `id` are required, null
counts as absent, also in lists.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args

from msgspec import Struct, ValidationError, defstruct
from msgspec.json import Decoder

Text = str | None
Number = int | float | None


class Ref(Struct, rename="camel"):
    """Another record, by its id or external id, with the version that is meant."""

    id: Text = None
    version: Text = None
    internal_version: Text = None


class Related(Struct, rename="camel"):
    """Another product specification and what it is to this one: HasChild and HasParent count."""

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
    """Another characteristic, by its name; `id` is that of its specification, if it is another one's."""

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
    """What all records have; the name of the class is the `@type`."""

    id: str
    external_id: Text = None


class ProductOffering(Record):
    """What is sold (TMF620)."""

    version: Text = None
    internal_version: Text = None
    product_specification: Ref | None = None
    bundled_product_offering: list[Ref | None] | None = None


class ProductSpecification(Record):
    """What a product is (TMF620)."""

    version: Text = None
    internal_version: Text = None
    product_spec_characteristic: list[Characteristic | None] | None = None
    product_specification_relationship: list[Related | None] | None = None


class Product(Record):
    """A product that was sold: the inventory (TMF637)."""

    status: Text = None
    quantity: Number = None
    product_specification: Ref | None = None


class Customer(Record):
    """A customer account (TMF629)."""


class Consumer(Record):
    """A person who buys for themselves (TMF632)."""


class CustomerContact(Record):
    """A person whom a customer names (TMF632)."""


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
    """Return the decoder that does not look at `@type`."""
    shape = next(each for each in get_args(AnyRecord) if each.__name__ == record_type)
    return Decoder(defstruct(record_type, [], bases=(shape,), tag=False)).decode
