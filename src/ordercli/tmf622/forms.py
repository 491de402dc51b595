"""A shape is written once; each of its readers gets it in the form that it wants."""

from __future__ import annotations

from functools import reduce
from operator import or_
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, ForwardRef, NotRequired, get_args, get_origin

from msgspec import Meta, Struct, defstruct
from msgspec.structs import FieldInfo, fields
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from ordercli.tmf622.known_fields import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EXACT = 2**53  # up to here every whole number is a double
_Whole = Annotated[int, Meta(ge=-_EXACT, le=_EXACT)]
_Scalar = str | _Whole | float | bool | None
_Plain = _Scalar | list[_Scalar]


def typed_dict(shape: type[Struct]) -> Any:  # noqa: ANN401 - a TypedDict, known only while the program runs
    """The shape as pydantic reads it."""

    def make(name: str) -> Any:  # noqa: ANN401 - as above
        hints = ((each, _in_form(each.type, typed_dict)) for each in fields(shape))
        members = {each.encode_name: hint if each.required else NotRequired[hint] for each, hint in hints}
        return TypedDict(name, members)  # type: ignore[operator]

    return _once(f"typed_dict_{_name(shape)}", make)


def lenient(shape: type[Struct]) -> Any:  # noqa: ANN401 - a Struct, as above
    """The shape with every member optional and, where it holds no objects, of any type."""

    def make(name: str) -> type[Struct]:
        members = [
            (each.name, _in_form(without_bounds(each.type), lenient) | None if shape_in(each.type) else Any, None)
            for each in fields(shape)
        ]
        rename = {each.name: each.encode_name for each in fields(shape)}
        return defstruct(name, members, rename=rename, module=__name__, gc=False, eq=False)

    return _once(f"lenient_{_name(shape)}", make)


def known(shape: type[Struct], kind: str = "ProductOrder") -> Any:  # noqa: ANN401 - a Struct, as above
    """The shape as nearly every order has it, to be read quickly.

    It refuses fields that this kind of object does not have (`known_fields`; the shape may have more) and whole numbers
    beyond 2^53. What the shape leaves open holds no objects.
    """

    def make(name: str) -> type[Struct]:
        own = [_known_member(each, kinds()[kind]) for each in fields(shape)]
        rename = {each.name: each.encode_name for each in fields(shape)}
        others = {f"_{n}": field for n, field in enumerate(kinds()[kind]) if field not in rename.values()}
        return defstruct(
            name,
            [*own, *((each, _Plain, None) for each in others)],
            rename=rename | others,
            module=__name__,
            gc=False,
            eq=False,
            kw_only=True,
            forbid_unknown_fields=True,
        )

    return _once(f"known_{_name(shape)}_{kind.replace('.', '_')}", make)


def _known_member(member: FieldInfo, fields_of_kind: Mapping[str, str | None]) -> tuple[Any, ...]:
    inner = shape_in(member.type)
    kind = fields_of_kind.get(member.encode_name)
    if member.encode_name not in fields_of_kind or (inner and kind is None):
        hint: Any = None
    elif inner:
        hint = _in_form(member.type, lambda shape: known(shape, kind or ""))
    else:
        hint = _plain(member.type)
    return (member.name, hint) if member.required else (member.name, hint, None)


def _plain(hint: Any) -> Any:  # noqa: ANN401 - a type hint
    """A type hint for values that hold no objects, and of whole numbers only such as a double can carry."""
    if hint is Any:
        return _Plain
    if hint is int:
        return _Whole
    return reduce(or_, map(_plain, get_args(hint))) if get_origin(hint) is UnionType else hint


def shape_in(hint: Any) -> type[Struct] | None:  # noqa: ANN401 - a type hint
    """The shape of the object, or of the objects in the list, that a type hint allows."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    return next((shape for part in get_args(hint) if (shape := shape_in(part))), None)


def holds_itself(shape: type[Struct], around: frozenset[type[Struct]] = frozenset()) -> bool:
    """Whether an object of the shape may hold others of its kind, however deep."""
    inner = {found for each in fields(shape) if (found := shape_in(each.type))}
    return not inner.isdisjoint(around | {shape}) or any(holds_itself(each, around | {shape}) for each in inner)


def without_bounds(hint: Any) -> Any:  # noqa: ANN401 - a type hint
    """A type hint less its `Meta`."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _name(shape: type[Struct]) -> str:
    return f"{shape.__module__.rpartition('.')[2]}_{shape.__name__}"


def _once(name: str, make: Callable[[str], Any]) -> Any:  # noqa: ANN401 - a type
    """What was made under this name; the name while it is being made, for some shapes hold themselves.

    Those who read such a type look for the name in this module.
    """
    if name not in globals():
        globals()[name] = None
        globals()[name] = make(name)
    return globals()[name] or ForwardRef(name)


def _in_form(hint: Any, form: Callable[[type[Struct]], Any]) -> Any:  # noqa: ANN401 - a type hint
    """A type hint with the shapes in it in a form."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return form(hint)
    if shape_in(hint) is None:
        return hint
    parts = get_args(hint)
    if get_origin(hint) is Annotated:
        return Annotated[(_in_form(parts[0], form), *parts[1:])]
    if get_origin(hint) is list:
        return list[_in_form(parts[0], form)]  # type: ignore[misc]
    return reduce(or_, (_in_form(part, form) for part in parts))
