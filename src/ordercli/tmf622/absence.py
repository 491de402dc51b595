"""A document loses what counts as absent: nulls, what is required but empty, and members unknown to its shape."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_origin

from msgspec.structs import fields

from ordercli.tmf622.forms import shape_in, without_bounds

if TYPE_CHECKING:
    from msgspec import Struct

BLANKS = " \t\n\r\f\v"


def is_blank(text: str) -> bool:
    """Whether a text is empty or white space of ASCII alone."""
    return not text.strip(BLANKS)


def drop_absent(document: dict[str, Any], shape: type[Struct]) -> None:
    """Take out of a document, in place, what counts as absent; a null in a list of objects becomes `{}`.

    A required text that is blank, a required object without members (nulls are none) and a required empty list count
    as missing. What is not of the type that the shape wants stays.
    """
    _drop(document, _layout(shape))


class _Layout:
    """What a shape says of its members.

    `plain` are optional and hold no objects. Of the others, `empty` has the type of which an empty value counts as
    missing, where they are required, and `below` the layout of the objects in them.
    """

    __slots__ = ("below", "empty", "plain")

    def __init__(self) -> None:
        self.plain: set[str] = set()
        self.empty: dict[str, type | None] = {}
        self.below: dict[str, _Layout] = {}


@cache
def _layout(shape: type[Struct]) -> _Layout:
    return _layout_of(shape, {})


def _layout_of(shape: type[Struct], around: dict[type[Struct], _Layout]) -> _Layout:
    if shape in around:  # a product in a product, a line in a line
        return around[shape]
    layout = around[shape] = _Layout()
    for each in fields(shape):
        if inner := shape_in(each.type):
            layout.below[each.encode_name] = _layout_of(inner, around)
        if inner or each.required:
            layout.empty[each.encode_name] = _json_type(each.type) if each.required else None
        else:
            layout.plain.add(each.encode_name)
    return layout


def _json_type(hint: Any) -> type:  # noqa: ANN401 - a type hint
    if get_origin(without_bounds(hint)) is list:
        return list
    return dict if shape_in(hint) else str


def _drop(value: dict[str, Any], layout: _Layout) -> None:
    absent = []
    plain, empty, below = layout.plain, layout.empty, layout.below
    for name, member in value.items():
        if member is None:
            absent.append(name)
        elif name in plain:
            continue
        elif name not in empty or (type(member) is empty[name] and _is_empty(member)):
            absent.append(name)
        elif name in below:
            if isinstance(member, dict):
                _drop(member, below[name])
            elif isinstance(member, list):
                _drop_in_list(member, below[name])
    for name in absent:
        del value[name]


def _drop_in_list(elements: list[Any], layout: _Layout) -> None:
    for n, element in enumerate(elements):
        if isinstance(element, dict):
            _drop(element, layout)
        elif element is None:
            elements[n] = {}


def _is_empty(value: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return not value.strip(BLANKS)
    return all(member is None for member in value.values()) if isinstance(value, dict) else not value
