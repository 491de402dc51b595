"""A document loses what counts as absent: nulls, what is required but empty, and members unknown to its shape."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

BLANKS = " \t\n\r\f\v"


def is_blank(text: str) -> bool:
    """Whether a text is empty or white space of ASCII alone."""
    return not text.strip(BLANKS)


def drop_absent(document: dict[str, Any], shape: type) -> None:
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
def _layout(shape: type) -> _Layout:
    return _layout_of(shape, {})


def _layout_of(shape: type, around: dict[type, _Layout]) -> _Layout:
    if shape in around:  # a product in a product, a line in a line
        return around[shape]
    layout = around[shape] = _Layout()
    required: frozenset[str] = shape.__required_keys__  # type: ignore[attr-defined]
    for name, hint in get_type_hints(shape).items():
        if inner := _shape_in(hint):
            layout.below[name] = _layout_of(inner, around)
        if inner or name in required:
            layout.empty[name] = _json_type(hint) if name in required else None
        else:
            layout.plain.add(name)
    return layout


def _json_type(hint: Any) -> type:  # noqa: ANN401 - a type hint
    if is_typeddict(hint):
        return dict
    return list if get_origin(hint) is list else str


def _shape_in(hint: Any) -> Any:  # noqa: ANN401 - a type hint
    """The shape of the object, or of the objects in the list, that a hint allows."""
    if is_typeddict(hint):
        return hint
    return next((shape for part in get_args(hint) if (shape := _shape_in(part))), None)


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
            _drop_below(member, below[name])
    for name in absent:
        del value[name]


def _drop_below(member: Any, layout: _Layout) -> None:  # noqa: ANN401 - JSON
    if isinstance(member, dict):
        _drop(member, layout)
    elif isinstance(member, list):
        for n, element in enumerate(member):
            if isinstance(element, dict):
                _drop(element, layout)
            elif element is None:
                member[n] = {}


def _is_empty(value: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return is_blank(value)
    return all(member is None for member in value.values()) if isinstance(value, dict) else not value
