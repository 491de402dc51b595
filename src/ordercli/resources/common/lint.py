"""Find data that is lost when an order is read, unknown fields (off by default), and suggest similar words."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import orjson

from ordercli.resources.common.rules.shape import DUPLICATE_KEY, NUMBER_LOSES_PRECISION, UNKNOWN_FIELD
from ordercli.rulebook.rule import Suggestion, near_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.intake.forms import Fields, KnownFields
    from ordercli.intake.json_text import JsonValue
    from ordercli.rulebook.rule import Finding


MOST = 1_000
LONGEST = 60
_TYPO_RATIO = 0.85  # field names with a lower ratio of similarity mostly mean different things
_SEPARATORS = re.compile("[-_]")


class Suggestions:
    """Suggestions for the first thousand unknown words of an order, as comparing spellings is slow."""

    def __init__(self) -> None:
        self._left = MOST

    def nearest(self, word: str, known: Iterable[str]) -> Suggestion | None:
        """Return the most similar known word; None if none is similar, or after too many words."""
        return self._alike(word, known, 0.6)

    def likely_typo(self, word: str, known: Iterable[str]) -> Suggestion | None:
        """Return the known word that differs only in case, hyphens and underscores, else one that differs little."""
        folded = {_folded(name): name for name in known}
        if same := folded.get(_folded(word)):
            return Suggestion(same, "safe")
        return self._alike(word, folded.values(), _TYPO_RATIO)

    def _alike(self, word: str, known: Iterable[str], least_ratio: float) -> Suggestion | None:
        if not self._left:
            return None
        self._left -= 1
        return near_word(word[:LONGEST], known, least_ratio)


def _folded(word: str) -> str:
    return _SEPARATORS.sub("", word).lower()


# Quick checks: a false match only costs a closer look. Each pattern begins with a plain character, because regular
# expressions find that fast.
_COLON_AFTER_BLANK = re.compile(rb":(?<=[ \t\r\n]:)")
_MANY_DIGITS = (
    re.compile(rb"\.(?:[0-9]{8}|(?<=[0-9]{8}\.)[0-9])"),
    re.compile(rb"e(?<=[0-9]{16}e)"),
    re.compile(rb"E(?<=[0-9]{16}E)"),
)
# A whole number that a double may not keep, in a document without blanks.
_LONG_NUMBER = re.compile(rb"[:,[-][0-9]{16}")
# So many bytes show whether there are blanks between the names and values of an order.
_BEGINNING = 100
# Between these bounds a double keeps any number of up to 15 digits; beyond them the digits must be checked.
_LEAST, _MOST = 1e-99, 2**53
_LONGEST_SHOWN = 40


def lint_findings(
    data: bytes,
    known: KnownFields,
    is_known: bool = False,  # noqa: FBT001, FBT002 - called as a value
) -> list[Finding]:
    """Return the findings of the lint rules in the bytes of a readable order, unsorted.

    `is_known`: all its fields are known, and its whole numbers fit into a double.
    """
    if is_known and comes_out_the_same(data):
        return []
    document = _decoded(data)
    scan = _FieldScan()
    scan.look_into_object(document, known.fields)
    unknown = unknown_fields(document, known) if scan.has_unknown else []
    if not scan.may_have_lost(data) or (comes_out_the_same(data) and not _LONG_NUMBER.search(data)):
        return unknown
    return unknown + list(_lost(_literally(data), ""))


def unknown_fields(document: dict[str, Any], known: KnownFields) -> list[Finding]:
    """Return ORD901 for each unknown field of an order."""
    return list(_Unknown(known.standard_types).fields(document, known.fields_of(document), "", "the order"))


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        document: dict[str, Any] = orjson.loads(data)
    except orjson.JSONDecodeError:  # a number beyond a double
        document = json.loads(data, parse_int=float)
    return document


def repeated_names(data: bytes) -> list[Finding]:
    """Return ORD004 for each name that an object of a readable document, also one in a list, has twice."""
    scan = _FieldScan()
    scan.look_at(_decoded(data), None)
    if not scan.may_have_lost(data):
        return []
    return [each for each in _lost(_literally(data), "") if each.code == DUPLICATE_KEY.code]


def comes_out_the_same(data: bytes) -> bool:
    """Return whether reading and writing the order gives the same bytes, so that nothing can be lost.

    False does not mean that something is lost: the bytes may have blanks or needless escapes. What shows that at once
    spares the reading.
    """
    beginning = data[:_BEGINNING]
    if b'": ' in beginning or b', "' in beginning or (b"\\" in data and b"\\u" in data):
        return False
    try:
        return orjson.dumps(orjson.loads(data)) == data
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False


class _FieldScan:
    """Search a document once without recording places, since few orders have findings."""

    def __init__(self) -> None:
        self.has_unknown = False
        self._names = 0
        self._has_fractions = False
        self._has_extremes = False

    def look_into_object(self, members: dict[str, Any], fields: Fields | None) -> None:
        """Count the names, and compare them with the known fields; without `fields` they are not compared."""
        self._names += len(members)
        if fields and not members.keys() <= fields.keys():
            self.has_unknown = True
        for name, member in members.items():
            if not isinstance(member, str):
                self.look_at(member, fields and fields.get(name))

    def look_at(self, value: JsonValue, fields: Fields | None) -> None:
        """Look into a value of any kind."""
        if isinstance(value, dict):
            self.look_into_object(value, fields)
        elif isinstance(value, list):
            for element in value:
                self.look_at(element, fields)
        elif isinstance(value, float):
            self._has_fractions = True
            self._has_extremes |= not _LEAST < abs(value) < _MOST
        elif isinstance(value, int):
            self._has_extremes |= abs(value) > _MOST

    def may_have_lost(self, data: bytes) -> bool:
        """Return whether the bytes may have names or digits that the decoded document lacks."""
        if self._has_extremes or (self._has_fractions and any(digits.search(data) for digits in _MANY_DIGITS)):
            return True
        return self._names != data.count(b'":') or bool(_COLON_AFTER_BLANK.search(data))


class _Unknown:
    """Search a document for unknown fields; an object whose `@type` is not of the standard may have any (TMF630)."""

    def __init__(self, standard_types: frozenset[str]) -> None:
        self._standard_types = standard_types
        self._suggestions = Suggestions()

    def fields(self, value: JsonValue, fields: Fields | None, pointer: str, holder: str) -> Iterator[Finding]:
        """Yield the unknown fields of a value; nothing below them, and nothing in objects of an extension type."""
        if isinstance(value, list):
            for n, element in enumerate(value):
                yield from self.fields(element, fields, f"{pointer}/{n}", holder)
        elif isinstance(value, dict) and fields and not self._is_extension(value):
            for name, member in value.items():
                place = f"{pointer}/{_escaped(name)}"
                if name in fields:
                    yield from self.fields(member, fields[name], place, name)
                elif member is not None:
                    meant = self._suggestions.likely_typo(name, fields)
                    yield UNKNOWN_FIELD.finding(place, field=_shown(name), object=holder, suggestion=meant)

    def _is_extension(self, members: dict[str, Any]) -> bool:
        kind = members.get("@type")
        return isinstance(kind, str) and kind not in self._standard_types


class _Number(str):
    """A number, kept as text."""

    __slots__ = ()


class _Object(list[tuple[str, Any]]):
    """An object, kept as the list of its members, repeated names included."""

    __slots__ = ()


def _literally(data: bytes) -> JsonValue:
    return json.loads(data, parse_int=_Number, parse_float=_Number, object_pairs_hook=_Object)


def _lost(value: JsonValue, pointer: str) -> Iterator[Finding]:
    """Yield repeated names, and numbers that change; of members with the same name only the last is searched."""
    if isinstance(value, _Object):
        for name, times in Counter(name for name, _ in value).items():
            if times > 1:
                yield DUPLICATE_KEY.finding(f"{pointer}/{_escaped(name)}", field=_shown(name))
        for name, member in dict(value).items():
            yield from _lost(member, f"{pointer}/{_escaped(name)}")
    elif isinstance(value, list):
        for n, element in enumerate(value):
            yield from _lost(element, f"{pointer}/{n}")
    elif isinstance(value, _Number) and _changes(value):
        yield NUMBER_LOSES_PRECISION.finding(pointer, number=_shown(value), double=float(value))


def _changes(number: str) -> bool:
    """Return whether the shortest text of the double is another number than the text says."""
    try:
        return Decimal(number) != Decimal(repr(float(number)))
    except InvalidOperation:  # an exponent of twenty digits
        return True


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
