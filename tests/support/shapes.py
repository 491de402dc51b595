"""Documents that have every member of a shape."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from msgspec.structs import fields

from ordercli.intake.forms import shape_in, without_bounds

if TYPE_CHECKING:
    import msgspec

    from ordercli.intake.forms import KnownFields
    from support.builders import Json

A_DATE = "2026-02-27T15:04:05Z"
# Texts of which the rules ask more.
WORDS = {"unit": "EUR"}


def filled(
    document: Json, shape: type[msgspec.Struct], known: KnownFields, kind: str, around: tuple[Any, ...] = ()
) -> Json:
    """Return the document with each member that its shape has and that has a type; it goes into no shape twice.

    `kind` is what `known` calls the object; a new object has it as its `@type`.
    """
    whole = dict(document)
    for each in fields(shape):
        name, inner = each.encode_name, shape_in(each.type)
        below = known.kinds[kind][name]
        if inner is None:
            value = _value(name, each.type, kind)
            if name not in whole and value is not None:
                whole[name] = value
        elif name in whole:
            given = whole[name]
            parts = given if isinstance(given, list) else [given]
            parts = [filled(part, inner, known, below or "", (*around, shape)) for part in parts]
            whole[name] = parts if isinstance(given, list) else parts[0]
        elif inner not in (*around, shape):
            part = filled({}, inner, known, below or "", (*around, shape))
            whole[name] = [part] if get_origin(_some(each.type)) is list else part
    return whole


def _some(hint: Any) -> Any:
    """The first type of a member, without its bounds and without null."""
    plain = without_bounds(hint)
    return without_bounds(get_args(plain)[0]) if get_origin(plain) in {Union, UnionType} else plain


def _value(name: str, hint: Any, kind: str) -> Any:
    some = _some(hint)
    if some is Any:
        return None
    if name == "@type":
        return kind
    if get_origin(some) is Literal:
        return get_args(some)[0]
    if get_origin(some) is list:
        return [1.5]
    if some is str:
        return A_DATE if "date" in name.lower() or name == "timestamp" else WORDS.get(name, "t")
    return {bool: True, int: 1, float: 1.5}[some]
