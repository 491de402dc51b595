"""Rules that apply to TMF622 v5 only: external identifiers, and objects whose members depend on their `@type`."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from ordercli.intake.json_text import LONGEST_KEY_BYTES, fits_index
from ordercli.resources.product_order.profiles import ONLY_V5
from ordercli.rulebook.rule import INVALID_FIELD, Broken, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from ordercli.resources.common.values import ValidationContext
    from ordercli.resources.product_order.shapes_v5 import (
        Characteristic,
        Product,
        ProductOrder,
        ProductOrderItem,
    )

_CONTRACT = "TMF622 v5.0.0, ProductOrder_FVO"
_CHARACTERISTIC = "/productOrderItem/1/product/productCharacteristic/0"
_Place = tuple[str, "Mapping[str, Any]"]


def _duplicate_identifier(order: ProductOrder, _: ValidationContext) -> Broken:
    given = order.external_identifiers or ()
    if len(given) <= 1:
        return False
    seen: set[tuple[str | None, ...]] = set()
    alike = []
    for n, each in enumerate(given):
        key = (each.id, each.owner, each.external_identifier_type)
        if each.id and key in seen:
            alike.append((f"/externalId/{n}", {"id": each.id}))
        seen.add(key)
    return alike


_KEY = {"@type": "ExternalIdentifier", "id": "CRM-1007"}
_SECOND = {"@type": "ExternalIdentifier", "id": "PO-2209"}
_THIRD = {"@type": "ExternalIdentifier", "id": "PO-2210"}

DUPLICATE_EXTERNAL_ID = Rule(
    level=Level.ORDER,
    code="ORD212",
    name="duplicate-external-id",
    about="""An order has one external identifier twice: the same id, owner and type.

    An order is found by each of its identifiers, so repeating one has no effect. Remove one of them, or give it the
    type that it should have.
    """,
    says="The order has the external identifier {id} already",
    source=_CONTRACT,
    profiles=ONLY_V5,
    bad={"/externalId": [_KEY, _SECOND, _SECOND]},
    good={"/externalId": [_KEY, _SECOND, _THIRD]},
    error=INVALID_FIELD,
    check=_duplicate_identifier,
)


def _identifier_too_long(order: ProductOrder, _: ValidationContext) -> Broken:
    given = order.external_identifiers or ()
    return [
        (f"/externalId/{n}/id", {"limit": f"{LONGEST_KEY_BYTES} bytes"})
        for n, each in enumerate(given)
        if n and each.id and not fits_index(each.id)
    ]


EXTERNAL_ID_TOO_LONG = Rule(
    level=Level.ORDER,
    code="ORD213",
    name="external-id-too-long",
    about="""A further external identifier of an order does not fit into its column.

    It is indexed, so it may have at most 2,000 bytes in UTF-8, like the first one (ORD122). Use a shorter one.
    """,
    says="An external identifier is longer than {limit}",
    source="ordercli, docs/how-to/tmf622-v5.md, external identifiers",
    profiles=ONLY_V5,
    bad={"/externalId": [_KEY, {"@type": "ExternalIdentifier", "id": "é" * 1001}]},
    good={"/externalId": [_KEY, {"@type": "ExternalIdentifier", "id": "é" * 1000}]},
    error=INVALID_FIELD,
    check=_identifier_too_long,
)


_REFERENCES = frozenset({"PartyRef", "PartyRoleRef", "PlaceRef", "ProductRef", "IntentRef"})
_PARTIES = frozenset({"PartyRef", "PartyRoleRef"})
_PARTY_VALUES = _PARTIES | {
    "Individual",
    "Organization",
    "PartyRole",
    "Supplier",
    "BusinessPartner",
    "Consumer",
    "Producer",
}
_PLACES = frozenset({"PlaceRef", "Place", "GeographicAddress", "GeographicLocation", "GeographicSite"})
_PRODUCTS = frozenset({"Product", "ProductRef"})
_INTENTS = frozenset({"Intent", "IntentRef"})


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    # A number beyond the largest double is read as infinity; it has no fraction.
    return _is_number(value) and not (isinstance(value, float) and isfinite(value) and not value.is_integer())


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


# By what the name of a subtype begins with: what its value, or each element of it, is.
_VALUES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "String": (_is_string, "a string"),
    "Integer": (_is_integer, "a whole number"),
    "Number": (_is_number, "a number"),
    "Float": (_is_number, "a number"),
    "Boolean": (_is_boolean, "a boolean"),
    "Object": (_is_object, "an object"),
}
_ARRAY, _SINGLE = "ArrayCharacteristic", "Characteristic"


def _not_of_its_type(order: ProductOrder, context: ValidationContext) -> Broken:
    found: list[_Place] = []
    for n, each in enumerate(order.related_party or ()):
        if (party := each.party_or_party_role) and party.type not in _PARTIES:
            found += _unknown(party, _PARTIES, f"/relatedParty/{n}/partyOrPartyRole")
    for line in context.lines:
        item: ProductOrderItem = line.item  # type: ignore[assignment]
        if item.product and not _is_plain(item.product):
            found += _in_product(item.product, f"{line.pointer}/product")
    return found


NOT_OF_ITS_TYPE = Rule(
    level=Level.ORDER,
    code="ORD126",
    name="not-of-its-type",
    about="""An object is not what its `@type` says.

    `@type` tells which members an object has. A party, a place, a product or an intent is a reference, which needs an
    id, or one of the types that the message names. The value of a characteristic must have the JSON type of its
    subtype. An object of your own type names the type of the standard in `@baseType`; without that a party, a place, a
    product or an intent gets a warning. Correct the `@type`, or the members of the object.
    """,
    says="{value}: the @type here is one of {words}, or your own with @baseType",
    details={
        "reference": "{type} needs an id",
        "value": "The value of {type} must be {wanted}",
        "no-value": "{type} needs a value",
    },
    source=_CONTRACT,
    profiles=ONLY_V5,
    bad={f"{_CHARACTERISTIC}/@type": "IntegerCharacteristic"},
    good={f"{_CHARACTERISTIC}/@type": "StringCharacteristic"},
    error=INVALID_FIELD,
    check=_not_of_its_type,
)


# The types of characteristics with one value, and of that value.
_PLAIN_VALUES: Mapping[str | None, type] = {
    "StringCharacteristic": str,
    "BooleanCharacteristic": bool,
    "IntegerCharacteristic": int,
    "ObjectCharacteristic": dict,
}
_PLAIN_PLACES = frozenset({"PlaceRef", "Place"})


def _is_plain(product: Product) -> bool:
    """Return whether a product needs no closer look, as nearly all do; spelled out for speed."""
    if product.type not in _PRODUCTS or product.intent or (product.id is None and product.type == "ProductRef"):
        return False
    for party in product.related_party or ():
        if not ((named := party.party_or_party_role) and named.type in _PARTIES and named.id):
            return False
    for each in product.product_characteristic or ():
        if type(each.value) is not _PLAIN_VALUES.get(each.type):
            return False
    return all((at := each.place) and at.type in _PLAIN_PLACES and at.id for each in product.place or ())


def _in_product(product: Product, pointer: str) -> Iterator[_Place]:
    if product.type not in _PRODUCTS:
        yield from _unknown(product, _PRODUCTS, pointer)
    elif product.type == "ProductRef" and not product.id:
        yield _without_id(product, pointer)
    if product.intent:
        yield from _ref_or_value(product.intent, _INTENTS, f"{pointer}/intent")
    for n, place in enumerate(product.place or ()):
        if place.place:
            yield from _ref_or_value(place.place, _PLACES, f"{pointer}/place/{n}/place")
    for n, party in enumerate(product.related_party or ()):
        if party.party_or_party_role:
            yield from _ref_or_value(
                party.party_or_party_role, _PARTY_VALUES, f"{pointer}/relatedParty/{n}/partyOrPartyRole"
            )
    for n, characteristic in enumerate(product.product_characteristic or ()):
        yield from _value(characteristic, f"{pointer}/productCharacteristic/{n}")


def _ref_or_value(each: Any, words: Collection[str], pointer: str) -> Iterator[_Place]:  # of any shape
    if each.type not in words:
        yield from _unknown(each, words, pointer)
    elif each.type in _REFERENCES and not each.id:
        yield _without_id(each, pointer)


def _without_id(each: Any, pointer: str) -> _Place:
    return f"{pointer}/id", {"detail": "reference", "type": each.type}


def _unknown(each: Any, words: Collection[str], pointer: str) -> Iterator[_Place]:
    if each.type is not None and not each.base_type:
        yield f"{pointer}/@type", {"value": each.type, "words": ", ".join(sorted(words)), "severity": "warning"}


def _value(each: Characteristic, pointer: str) -> Iterator[_Place]:
    kind = each.type
    if kind is None or kind == _SINGLE or not kind.endswith(_SINGLE):
        if kind is not None and kind != _SINGLE and not each.base_type:
            words = [f"{name}{_SINGLE}" for name in _VALUES]
            yield f"{pointer}/@type", {"value": kind, "words": ", ".join([_SINGLE, *words])}
        return
    is_array = kind.endswith(_ARRAY)
    is_right, wanted = _VALUES.get(kind.removesuffix(_ARRAY if is_array else _SINGLE), (None, ""))
    if is_right is None:
        if not each.base_type:
            yield f"{pointer}/@type", {"value": kind, "words": ", ".join(f"{name}{_SINGLE}" for name in _VALUES)}
    elif each.value is None:
        yield f"{pointer}/value", {"detail": "no-value", "type": kind}
    elif is_array:
        if not (isinstance(each.value, list) and all(map(is_right, each.value))):
            yield f"{pointer}/value", {"detail": "value", "type": kind, "wanted": f"an array, each element {wanted}"}
    elif not is_right(each.value):
        yield f"{pointer}/value", {"detail": "value", "type": kind, "wanted": wanted}


def _without_subtype(_: ProductOrder, context: ValidationContext) -> Broken:
    found = []
    for line in context.lines:
        item: ProductOrderItem = line.item  # type: ignore[assignment]
        for n, each in enumerate(item.product.product_characteristic or () if item.product else ()):
            if each.type == _SINGLE and (each.value is not None or each.previous_value is not None):
                found.append(f"{line.pointer}/product/productCharacteristic/{n}/@type")
    return found


CHARACTERISTIC_WITHOUT_SUBTYPE = Rule(
    level=Level.ORDER,
    code="ORD127",
    name="characteristic-without-subtype",
    about="""A characteristic has a value, but its `@type` is none of the types that have one.

    ordercli keeps and checks the value, but a stricter reader drops it. Name the subtype: StringCharacteristic,
    IntegerCharacteristic, NumberCharacteristic, BooleanCharacteristic, ObjectCharacteristic, or one of their arrays.
    """,
    says="A Characteristic has no value in TMF622 v5; name its subtype, such as StringCharacteristic",
    source="TMF622 v5.0.0, Characteristic_FVO and its subtypes",
    severity="warning",
    profiles=ONLY_V5,
    bad={f"{_CHARACTERISTIC}/@type": "Characteristic"},
    good={f"{_CHARACTERISTIC}/@type": "StringCharacteristic"},
    error=INVALID_FIELD,
    check=_without_subtype,
)
