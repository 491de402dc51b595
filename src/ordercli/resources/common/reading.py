"""Read bytes into a well-shaped order, or into findings."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import DecodeError
from msgspec.json import Decoder
from msgspec.structs import fields

from ordercli.intake.forms import drop_absent, known, lenient, shape_in, typed_dict
from ordercli.resources.common.rules.shape import NOT_ONE_OF, REQUIRED_FIELD_MISSING, TYPES, WRONG_TYPE
from ordercli.resources.common.words import CANONICAL_ACTIONS
from ordercli.resources.resource import Shaped
from ordercli.rulebook.document import is_too_deep
from ordercli.rulebook.rule import Suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

    from ordercli.resources.common.lint import Suggestions
    from ordercli.resources.resource import Form, Profile
    from ordercli.rulebook.document import Document
    from ordercli.rulebook.rule import Finding, Rule


def by_missing_field(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return the rules for missing fields by field. A missing field that has no rule of its own breaks ORD114."""
    return {rule.missing: rule for rule in rules if rule.missing}


# An order all of whose fields are known can only be too deep if it has more than this many members that may nest.
# Counting them takes a quarter of the time that counting brackets takes.
MOST_NESTING = 20

# Text that begins with a blank may be all blank; then it counts as missing where it is required.
_BLANK_FIRST = re.compile(rb'"[ ]').search
_ESCAPED_BLANK_FIRST = re.compile(rb'"\\(?:[tnrf]|u00[02])').search


def quick_reader(shape: Any) -> Callable[[bytes], Any]:  # whatever msgspec decodes
    """Return a function that decodes a document of this shape, or returns None if that needs a closer look (`shaped`).

    A document that it decodes has no fault of shape. Members that the shape does not know are dropped; a null stays
    None.
    """
    decode = Decoder(shape).decode

    def read(data: bytes) -> Any:
        document = _decoded(decode, data)
        return None if document is None or _may_have_blank_text(data) or is_too_deep(data) else document

    return read


def quick_order_reader(profile: Profile) -> Callable[[bytes], tuple[Any, bool] | None]:
    """Return such a function for orders, which also returns whether all fields of the order are known.

    If they are, which is the usual case, the order has no whole number beyond 2^53, and has objects only where its
    shape has them.
    """
    other = profile.other_form
    read_usual = _quick_reader_of(profile.load_form())
    if other is None:
        return read_usual
    sign, read_other = other.sign, cache(lambda: _quick_reader_of(other.load_form()))

    # A document with the sign that is not decoded quickly may be in either form.
    return lambda data: read_other()(data) if sign in data else read_usual(data)


def _quick_reader_of(form: Form) -> Callable[[bytes], tuple[Any, bool] | None]:
    is_whole = form.is_whole
    decode_known = Decoder(known(form.shape, form.known_fields, form.known_fields.root)).decode
    read_any = quick_reader(form.shape)
    nesting = [f'"{name}"'.encode() for name in form.nesting]

    def read(data: bytes) -> tuple[Any, bool] | None:
        order, is_known = _decoded(decode_known, data), True
        if order is None:
            order, is_known = read_any(data), False
        elif _may_have_blank_text(data) or (sum(map(data.count, nesting)) > MOST_NESTING and is_too_deep(data)):
            return None
        if order is None or (is_whole is not None and not is_whole(order)):
            return None
        return order, is_known

    return read


def _decoded(decode: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        document = decode(data)
        if not data.isascii():
            data.decode()
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return document


def _may_have_blank_text(data: bytes) -> bool:
    """Return whether a text may be blank, which msgspec does not notice."""
    return bool(b"\\" in data and _ESCAPED_BLANK_FIRST(data)) or bool(_BLANK_FIRST(data))


_PIECE = 500
_LONGEST = 60  # characters of a value that a finding shows
_WORD = re.compile("'([^']*)'")
_WHOLE = r"-?(?:0|[1-9][0-9]*)"
# Numbers of JSON, by the fault of a value that should be one.
_NUMBERS = {
    "int_type": re.compile(_WHOLE),
    "float_type": re.compile(rf"{_WHOLE}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"),
}


def shaped(
    document: Document,
    profile: Profile,
    is_enough: Callable[[list[Finding]], bool],
    data: bytes,
    *,
    missing: Mapping[str, Rule],
) -> Shaped:
    """Report the faults in the shape of an order; see `shaped_as`. `data` are the bytes of the document."""
    form = profile.form_of(document)
    sets_aside = form.is_whole is None and not _may_have_blank_text(data)
    return shaped_as(form.shape, document, profile, missing, is_enough, sets_aside=sets_aside)


def shaped_as(
    shape: type[msgspec.Struct],
    document: Document,
    profile: Profile,
    missing: Mapping[str, Rule],
    is_enough: Callable[[list[Finding]], bool] = lambda _: False,
    *,
    sets_aside: bool = False,
) -> Shaped:
    """Report the faults in the shape of a document, and remove them from it in place, with all that counts as absent.

    A member with a fault is removed, an element of a list becomes `{}`. Long lists are checked piece by piece until
    there are enough findings, because a fault takes a thousand times the memory of its bytes. `missing` has the rules
    for missing fields, by field. `sets_aside`: msgspec tells which elements of lists have no fault, as in documents
    that `quick_reader` decodes; the others alone are checked here, which takes ten times as long.
    """
    aside = _set_aside(document, shape) if sets_aside else {}
    whole = [name for name, elements in aside.items() if not elements.left]
    for name in whole:  # an empty list would count as missing
        del document[name]
    drop_absent(document, shape)
    document.update((name, []) for name in whole)
    from ordercli.resources.common.lint import Suggestions  # good orders do without

    suggestions = Suggestions()
    findings: list[Finding] = []
    wrong: list[_Path] = []
    for first, piece in _pieces(document):
        faults = _faults(piece, shape, first)
        findings += [
            _finding(_as_given(path, aside), fault, profile, suggestions, missing)
            for path, fault in faults.items()
            if not _is_implied(path, faults, profile)
        ]
        if is_enough(findings):
            return Shaped(None, findings)
        wrong += [path for path, fault in faults.items() if fault["type"] != "missing"]
    for path in wrong:
        _take_out(document, path)
    order = msgspec.convert(document, lenient(shape))
    _put_back(order, aside)
    return Shaped(order, findings)


_Path = tuple[str | int, ...]
_Faults = dict[_Path, "ErrorDetails"]


class _Elements(NamedTuple):
    """The elements of a list: decoded, or None and among the indices `left` if they stay in the document."""

    attribute: str
    decoded: list[Any]
    left: list[int]


def _set_aside(document: Document, shape: type[msgspec.Struct]) -> dict[str, _Elements]:
    """Decode the elements without faults in the lists of a document, and remove them from it."""
    aside = {}
    for name, (attribute, inner) in _shapes_in(shape).items():
        member = document.get(name)
        if isinstance(member, list):
            decoded = [_converted(element, inner) for element in member]
            left = [n for n, each in enumerate(decoded) if each is None]
            if len(left) < len(member):
                aside[name] = _Elements(attribute, decoded, left)
                document[name] = [member[n] for n in left]
    return aside


def _put_back(order: Any, aside: Mapping[str, _Elements]) -> None:  # of any kind
    """Restore the lists of an order, which has only those elements that stayed in the document."""
    for attribute, decoded, left in aside.values():
        for n, element in zip(left, getattr(order, attribute), strict=True):
            decoded[n] = element
        setattr(order, attribute, decoded)


def _as_given(path: _Path, aside: Mapping[str, _Elements]) -> _Path:
    """Return the place of a fault in the document as it was given."""
    if len(path) == 1 or path[0] not in aside:
        return path
    name, index, *rest = path
    return (name, aside[str(name)].left[int(index)], *rest)


@cache
def _shapes_in(shape: type[msgspec.Struct]) -> dict[str, tuple[str, type[msgspec.Struct]]]:
    return {each.encode_name: (each.name, inner) for each in fields(shape) if (inner := shape_in(each.type))}


def _converted(element: Any, shape: type[msgspec.Struct]) -> Any:  # an element of any type
    """Return an element as an object of the shape; None if it has a fault."""
    try:
        return msgspec.convert(element, shape)
    except (msgspec.ValidationError, RecursionError):
        return None


def _pieces(document: Document) -> Iterator[tuple[int, Document]]:
    """Yield the document with the first elements of long lists, then the others, each piece with its first index."""
    longer = {name: member for name, member in document.items() if isinstance(member, list) and len(member) > _PIECE}
    yield 0, {**document, **{name: elements[:_PIECE] for name, elements in longer.items()}} if longer else document
    for first in range(_PIECE, max(map(len, longer.values()), default=0), _PIECE):
        yield first, {name: part for name, elements in longer.items() if (part := elements[first : first + _PIECE])}


def _faults(piece: Document, shape: type[msgspec.Struct], first: int) -> _Faults:
    """Return the faults of a piece, each at its place in the whole document; later pieces hold long lists only."""
    from pydantic import ValidationError  # heavy, and good orders do without

    try:
        _adapter(shape).validate_python(piece, strict=True)
    except ValidationError as error:
        faults = {_path(each): each for each in error.errors(include_url=False)}
        return {_shifted(path, first): each for path, each in faults.items() if path[1:]} if first else faults
    return {}


def _shifted(path: _Path, first: int) -> _Path:
    name, index, *rest = path
    return (name, first + int(index), *rest)


@cache
def _adapter(shape: type[msgspec.Struct]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(typed_dict(shape))


def _path(fault: ErrorDetails) -> _Path:
    """Return the place of the fault, without the types of numbers that pydantic adds to it."""
    location = fault["loc"]
    return location[:-1] if location[-1] in {"int", "float"} else location


def _is_implied(path: _Path, faults: _Faults, profile: Profile) -> bool:
    """Return whether a missing member of a party is not reported, because the fault of another member says enough."""
    party, name = path[:-1], path[-1]
    return (
        party[:1] == ("relatedParty",)
        and faults[path]["type"] == "missing"
        and (*party, profile.implied_by.get(str(name))) in faults
    )


def _take_out(document: Document, path: _Path) -> None:
    parent: Any = document
    for name in path[:-1]:
        parent = parent[name]
    if isinstance(parent, dict):
        del parent[path[-1]]
    else:
        parent[path[-1]] = {}


def _finding(
    path: _Path, fault: ErrorDetails, profile: Profile, suggestions: Suggestions, missing: Mapping[str, Rule]
) -> Finding:
    names = [name for name in path if isinstance(name, str)]
    pointer = "".join(f"/{name}" for name in path)
    if fault["type"] == "missing":
        field = ".".join(names[-2:])
        return missing.get(field, REQUIRED_FIELD_MISSING).finding(pointer, field=field)
    value = fault["input"]
    if fault["type"] == "literal_error" and isinstance(value, str):
        words = sorted(_WORD.findall(fault["ctx"]["expected"]))
        shown = value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
        meant = _nearest(value, words, profile, suggestions)
        return NOT_ONE_OF.finding(pointer, field=names[-1], value=shown, words=", ".join(words), suggestion=meant)
    number = _number_in(value, fault["type"])
    return WRONG_TYPE.finding(pointer, field=".".join(names), type=TYPES[fault["type"]], suggestion=number)


def _number_in(value: object, fault: str) -> Suggestion | None:
    """Return the number that a text has, where the fault is that it is none."""
    form = _NUMBERS.get(fault)
    is_number = form and isinstance(value, str) and len(value) <= _LONGEST and form.fullmatch(value)
    return Suggestion(value, "safe") if is_number and isinstance(value, str) else None


def _nearest(value: str, words: Sequence[str], profile: Profile, suggestions: Suggestions) -> Suggestion | None:
    """Return the word that was probably meant: the other profile's word for it, or the most similar one."""
    translated = profile.shown_action(CANONICAL_ACTIONS.get(value, ""))
    if translated in words:
        return Suggestion(translated, "safe")
    spelled = {word.lower(): word for word in words}
    if same := spelled.get(value.lower()):
        return Suggestion(same, "safe")
    alike = suggestions.nearest(value.lower(), spelled)
    return alike and alike._replace(text=spelled[alike.text])
