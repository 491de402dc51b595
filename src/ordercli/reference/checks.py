"""Check the characteristics and types of a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from msgspec import inspect

from ordercli.intake.json_text import JsonValue
from ordercli.reference.records import Characteristic, ProductSpecification, Record, ServiceSpecification

_Related = dict[str, list[tuple[str, str]]]  # name -> related names, each with the JSON pointer of the relation

# Ignored in the search for cycles: two characteristics that exclude each other state this on both sides.
_NO_DEPENDENCY = "exclusivity"


class Circle(NamedTuple):
    """A cycle: its names, the first one again at the end, and the JSON pointer of the name that closes it."""

    names: list[str]
    pointer: str


def find_circle(specification: ProductSpecification | ServiceSpecification) -> Circle | None:
    """Return the first cycle of relations among the characteristics; None if there is none."""
    related = _related(specification)
    done: set[str] = set()
    for root in related:
        if circle := _walk(root, related, done):
            return circle
    return None


def _walk(root: str, related: _Related, done: set[str]) -> Circle | None:
    """Follow relations from a characteristic until a name repeats; add names that lead to no cycle to `done`."""
    path: dict[str, Iterator[tuple[str, str]]] = {} if root in done else {root: iter(related[root])}
    while path:
        last = next(reversed(path))
        for name, pointer in path[last]:
            if name in path:
                names = list(path)
                return Circle([*names[names.index(name) :], name], pointer)
            if name not in done:
                path[name] = iter(related[name])
                break
        else:
            done.add(last)
            del path[last]
    return None


def _related(specification: ProductSpecification | ServiceSpecification) -> _Related:
    characteristics = specification.characteristics or []
    by_place = {n: each for n, each in enumerate(characteristics) if each and each.name}
    related: _Related = {each.name: [] for each in by_place.values() if each.name}
    here = {None, specification.id, specification.external_id, *(each.id for each in by_place.values())}
    for n, each in by_place.items():
        related[each.name or ""] += _leads_to(each, f"/{specification.CHARACTERISTICS}/{n}", related, here)
    return related


def _leads_to(
    characteristic: Characteristic, pointer: str, known: Mapping[str, object], here: set[str | None]
) -> Iterator[tuple[str, str]]:
    """Yield the characteristics of the same specification that this one depends on, with their pointers."""
    for member, relations in (
        ("productSpecCharRelationship", characteristic.product_spec_char_relationship),
        ("charSpecRelationship", characteristic.char_spec_relationship),
    ):
        for n, each in enumerate(relations or ()):
            if not each or each.name not in known or each.specification_id not in here:
                continue
            if each.relationship_type != _NO_DEPENDENCY:
                yield each.name or "", f"{pointer}/{member}/{n}/name"


class WrongType(NamedTuple):
    """A value of the wrong type: its JSON pointer, its dotted path without indices, the expected type."""

    pointer: str
    field: str
    type: str


def wrong_types(document: dict[str, Any], shape: type[Record]) -> Iterator[WrongType]:
    """Yield every value whose type differs from the shape, in the order of the shape; null is always accepted."""
    yield from _wrong(document, _type_of(shape), "", "")


@cache
def _type_of(shape: type[Record]) -> inspect.Type:
    return inspect.type_info(shape)


_JSON_TYPES: dict[type[inspect.Type], tuple[str, tuple[type, ...]]] = {
    inspect.StructType: ("an object", (dict,)),
    inspect.ListType: ("an array", (list,)),
    inspect.StrType: ("a string", (str,)),
    inspect.BoolType: ("a boolean", (bool,)),
    inspect.IntType: ("a number", (int, float)),
    inspect.FloatType: ("a number", (int, float)),
}


def _wrong(value: JsonValue, expected: inspect.Type, pointer: str, field: str) -> Iterator[WrongType]:
    expected = _without_null(expected)
    if value is None or isinstance(expected, inspect.AnyType):
        return
    words, types = _JSON_TYPES[type(expected)]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        yield WrongType(pointer, field, words)
        return
    for name, member, kind in _parts(value, expected):
        path = field if isinstance(name, int) else f"{field}.{name}".lstrip(".")
        yield from _wrong(member, kind, f"{pointer}/{name}", path)


def _parts(value: JsonValue, kind: inspect.Type) -> Iterator[tuple[str | int, Any, inspect.Type]]:
    """Yield the members of an object that its shape declares, or the elements of an array, each with its type."""
    if isinstance(kind, inspect.StructType):
        for each in kind.fields:
            yield each.encode_name, value.get(each.encode_name), each.type
    elif isinstance(kind, inspect.ListType):
        for n, element in enumerate(value):
            yield n, element, kind.item_type


def _without_null(expected: inspect.Type) -> inspect.Type:
    """Return the type that a member may have apart from null; for a number of two types, the first."""
    if isinstance(expected, inspect.UnionType):
        return next(each for each in expected.types if not isinstance(each, inspect.NoneType))
    return expected
