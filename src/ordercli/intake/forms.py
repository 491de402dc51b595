"""Shapes of documents: which fields they know, and types for msgspec and pydantic that are made from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property, reduce
from operator import or_
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, ForwardRef, NamedTuple, NotRequired, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, defstruct
from msgspec.structs import FieldInfo, fields
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from ordercli.intake.json_text import BLANKS, JsonValue


def drop_absent(document: dict[str, Any], shape: type[Struct]) -> None:
    """Remove members that count as absent from a document, in place; a null in a list of objects becomes `{}`.

    Null counts as absent; where a value is required, so do a blank text, an empty list and an object without members
    that are not null. Values of a wrong type stay.
    """
    _drop(document, _layout(shape))


class _Layout:
    """The members of a shape, prepared for `drop_absent`.

    `plain` are optional members that hold no objects. For the others, `empty` has the type whose empty value counts as
    missing (required members only), and `below` the layout of the objects in them.
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


def _json_type(hint: Any) -> type | None:  # a type hint
    """Return the type whose empty value counts as missing; None for a member that may have several types."""
    origin = get_origin(without_bounds(hint))
    if origin is UnionType:
        return None
    if origin is list:
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


def _is_empty(value: JsonValue) -> bool:
    if isinstance(value, str):
        return not value.strip(BLANKS)
    return all(member is None for member in value.values()) if isinstance(value, dict) else not value


_EXACT = 2**53  # up to here a double holds every whole number exactly
_Whole = Annotated[int, Meta(ge=-_EXACT, le=_EXACT)]
_Scalar = str | _Whole | float | bool | None
_Plain = _Scalar | list[_Scalar]


def typed_dict(shape: type[Struct]) -> Any:  # a TypedDict, known only while the program runs
    """Return the shape as a TypedDict for pydantic."""

    def make(name: str) -> Any:
        hints = ((each, _in_form(each.type, typed_dict)) for each in fields(shape))
        members = {each.encode_name: hint if each.required else NotRequired[hint] for each, hint in hints}
        return TypedDict(name, members)  # type: ignore[operator]

    return _once(f"typed_dict_{_name(shape)}", make)


def lenient(shape: type[Struct]) -> Any:  # a Struct, as above
    """Return the shape with every member optional; members that hold no objects may have any type."""

    def make(name: str) -> type[Struct]:
        members = [
            (each.name, _in_form(without_bounds(each.type), lenient) | None if shape_in(each.type) else Any, None)
            for each in fields(shape)
        ]
        rename = {each.name: each.encode_name for each in fields(shape)}
        namespace = _attributes(shape)
        return defstruct(name, members, rename=rename, module=__name__, namespace=namespace, gc=False, eq=False)

    return _once(f"lenient_{_name(shape)}", make)


def known(shape: type[Struct], among: KnownFields, kind: str) -> Any:  # a Struct, as above
    """Return a strict form of the shape for a fast decoder; nearly every order fits it.

    It refuses fields that this kind of object does not have (the shape may have more), whole numbers beyond 2^53, and
    objects in members whose type the shape leaves open.
    """

    def make(name: str) -> type[Struct]:
        own = [_known_member(each, among, kind) for each in fields(shape)]
        rename = {each.name: each.encode_name for each in fields(shape)}
        others = {f"_{n}": field for n, field in enumerate(among.kinds[kind]) if field not in rename.values()}
        return defstruct(
            name,
            [*own, *((each, _Plain, None) for each in others)],
            rename=rename | others,
            module=__name__,
            namespace=_attributes(shape),
            gc=False,
            eq=False,
            kw_only=True,
            forbid_unknown_fields=True,
        )

    return _once(f"known_{among.name}_{_name(shape)}_{kind.replace('.', '_')}", make)


def _known_member(member: FieldInfo, among: KnownFields, holder: str) -> tuple[Any, ...]:
    inner = shape_in(member.type)
    fields_of_holder = among.kinds[holder]
    kind = fields_of_holder.get(member.encode_name)
    if member.encode_name not in fields_of_holder or (inner and kind is None):
        hint: Any = None
    elif inner:
        hint = _in_form(member.type, lambda shape: known(shape, among, kind or ""))
    else:
        hint = _plain(member.type)
    return (member.name, hint) if member.required else (member.name, hint, None)


def _plain(hint: Any) -> Any:  # a type hint
    """Return a type hint for values without objects, and with only whole numbers that a double holds exactly."""
    if hint is Any:
        return _Plain
    if hint is int:
        return _Whole
    if hint == list[Any]:
        return list[_Scalar]
    if get_origin(hint) is not UnionType:
        return hint
    return reduce(or_, (_plain(part) for part in get_args(hint) if get_origin(part) is not dict))


def shape_in(hint: Any) -> type[Struct] | None:  # a type hint
    """Return the shape of the object, or of the objects in the list, that a type hint allows; None if there is none."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    return next((shape for part in get_args(hint) if (shape := shape_in(part))), None)


def without_bounds(hint: Any) -> Any:  # a type hint
    """Return a type hint without its `Meta`."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _attributes(shape: type[Struct]) -> dict[str, Any]:
    """Return what a shape has beside its members: properties, and texts or None that all its objects share."""
    return {
        name: value
        for each in reversed(shape.__mro__)
        if issubclass(each, Struct) and each is not Struct
        for name, value in vars(each).items()
        if isinstance(value, property) or ((value is None or isinstance(value, str)) and not name.startswith("_"))
    }


def _name(shape: type[Struct]) -> str:
    return f"{shape.__module__.replace('.', '_')}_{shape.__name__}"


def _once(name: str, make: Callable[[str], Any]) -> Any:  # a type
    """Return the type of this name, made once. While it is being made, return a forward reference to it.

    Some shapes contain themselves. Forward references are resolved in this module.
    """
    if name not in globals():
        globals()[name] = None
        globals()[name] = make(name)
    return globals()[name] or ForwardRef(name)


def _in_form(hint: Any, form: Callable[[type[Struct]], Any]) -> Any:  # a type hint
    """Return a type hint with the shapes in it replaced by `form`."""
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


# Field -> fields of the object in it, or of the objects in its list; None if it holds no known objects.
Fields = dict[str, "Fields | None"]


Kinds = dict[str, dict[str, str | None]]


class Extension(NamedTuple):
    """The fields that another standard adds; `edition` is the suffix of the name of its file of known fields.

    A document is written in it if it has the member `member`, which this standard alone has, or if the `@type` or the
    `@schemaLocation` of any object in it matches `types`.
    """

    edition: str
    member: str
    types: re.Pattern[str]

    def is_declared_in(self, document: dict[str, Any]) -> bool:
        """Return whether a document is written in this standard."""
        return document.get(self.member) is not None or any(self.types.match(name) for name in _declared(document))


def _declared(value: JsonValue) -> Iterator[str]:
    """Yield the types and the schemas that objects name, at any depth."""
    if isinstance(value, list):
        for element in value:
            yield from _declared(element)
    elif isinstance(value, dict):
        yield from (name for each in ("@type", "@schemaLocation") if isinstance(name := value.get(each), str))
        for member in value.values():
            yield from _declared(member)


class KnownFields:
    """The known fields of a document, read from two files of `folder` on first use; `edition` suffixes their names.

    `known_fields.json` has the fields of each kind of object, each with the kind of object that it holds; `root` is the
    kind of the document. `standard_types.json` has the names that an object of the standard may have as its `@type`;
    any other is an extension (TMF630). The fields that `extension` adds are known in the documents that declare it.
    """

    def __init__(self, folder: Path, root: str, edition: str = "", extension: Extension | None = None) -> None:
        self.root = root
        self.name = f"{root}{edition}"
        self._folder = folder
        self._edition = edition
        self._extension = extension

    @cached_property
    def kinds(self) -> Kinds:
        """The fields of each kind of object, each with the kind of object that it holds."""
        return self._kinds_in(self._edition)

    @cached_property
    def standard_types(self) -> frozenset[str]:
        """The names of the types of the standard."""
        return frozenset(msgspec.json.decode(self._folder.joinpath(f"standard_types{self._edition}.json").read_bytes()))

    @cached_property
    def fields(self) -> Fields:
        """The fields of the document."""
        return _fields(self.kinds, self.root)

    def fields_of(self, document: dict[str, Any]) -> Fields:
        """Return the fields of this document, with those of the extension if it declares one."""
        extension = self._extension
        return self._extended_fields if extension and extension.is_declared_in(document) else self.fields

    @cached_property
    def _extended_fields(self) -> Fields:
        added = self._kinds_in(self._extension.edition) if self._extension else {}
        return _fields({kind: {**added.get(kind, {}), **members} for kind, members in self.kinds.items()}, self.root)

    def _kinds_in(self, edition: str) -> Kinds:
        found: Kinds = msgspec.json.decode(self._folder.joinpath(f"known_fields{edition}.json").read_bytes())
        return found


def _fields(kinds: Kinds, root: str) -> Fields:
    known: dict[str, Fields] = {kind: {} for kind in kinds}
    for kind, members in kinds.items():
        known[kind].update((name, known[below] if below else None) for name, below in members.items())
    return known[root]
