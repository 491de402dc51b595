"""A record that was refused for its types: where it is wrong, and what should stand there."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.reference.records import Record


class WrongType(NamedTuple):
    """A value of the wrong type: its JSON pointer, its dotted path without indices, the type wanted, in words."""

    pointer: str
    field: str
    type: str


def wrong_types(document: dict[str, Any], shape: type[Record]) -> Iterator[WrongType]:
    """Every value in a record that is not of the type its shape wants, in the order of the shape; null is none."""
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


def _wrong(value: Any, wanted: inspect.Type, pointer: str, field: str) -> Iterator[WrongType]:  # noqa: ANN401 - JSON
    wanted = _without_null(wanted)
    if value is None or isinstance(wanted, inspect.AnyType):
        return
    words, types = _JSON_TYPES[type(wanted)]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        yield WrongType(pointer, field, words)
        return
    for name, member, kind in _parts(value, wanted):
        path = field if isinstance(name, int) else f"{field}.{name}".lstrip(".")
        yield from _wrong(member, kind, f"{pointer}/{name}", path)


def _parts(value: Any, kind: inspect.Type) -> Iterator[tuple[str | int, Any, inspect.Type]]:  # noqa: ANN401 - JSON
    """The members of an object that its shape knows, or the elements of an array."""
    if isinstance(kind, inspect.StructType):
        for each in kind.fields:
            yield each.encode_name, value.get(each.encode_name), each.type
    elif isinstance(kind, inspect.ListType):
        for n, element in enumerate(value):
            yield n, element, kind.item_type


def _without_null(wanted: inspect.Type) -> inspect.Type:
    """The one type that a member may have beside null; of the two kinds of number the first."""
    if isinstance(wanted, inspect.UnionType):
        return next(each for each in wanted.types if not isinstance(each, inspect.NoneType))
    return wanted
