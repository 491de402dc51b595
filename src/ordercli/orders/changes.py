"""Changes between two versions of an order document, by kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from ordercli.intake.json_text import JsonValue


class ChangeType(StrEnum):
    """What a change is about."""

    CHARACTERISTIC = "Characteristic"
    CONTACT = "Contact"
    PRICE = "Price"
    QUANTITY = "Quantity"
    RELATED_ITEMS = "Related items"
    STATE = "State"
    OTHER = "Other"


# The lines of any kind of order.
_ITEMS = r"\w+OrderItem"
_LINES = re.compile(rf"(/{_ITEMS}/\d+)*")
_BEGINNINGS = (
    ("/product/productCharacteristic", ChangeType.CHARACTERISTIC),
    ("/product/relatedParty", ChangeType.CONTACT),
    ("/relatedParty", ChangeType.CONTACT),
    ("/itemPrice", ChangeType.PRICE),
    ("/orderTotalPrice", ChangeType.PRICE),
    ("/quantity", ChangeType.QUANTITY),
    ("/productOrderItemRelationship", ChangeType.RELATED_ITEMS),
    ("/product/productRelationship", ChangeType.RELATED_ITEMS),
    ("/state", ChangeType.STATE),
)


def change_types(changes: Iterable[Change]) -> list[ChangeType]:
    """Return what the changes of one revision are about, each kind once, in the order of the kinds."""
    found = {change_type(change.pointer) for change in changes}
    return [each for each in ChangeType if each in found]


def change_type(pointer: str) -> ChangeType:
    """Return what a change at this place of an order document is about."""
    place = _LINES.sub("", pointer, count=1)
    return next((kind for start, kind in _BEGINNINGS if f"{place}/".startswith(f"{start}/")), ChangeType.OTHER)


# Members that are derived from others: the versions, and members of lines that are repeated for the order.
_DERIVED = re.compile(rf"/version|/ponr|/expectedCompletionDate|(/{_ITEMS}/\d+)+/(version|workNote(/.*)?)")
# No possessive quantifier in the group: Python 3.11.0 to 3.11.3 would not match.
_IN_LINE = re.compile(rf"((?:/{_ITEMS}/\d+)+)/(?!{_ITEMS}(?:/\d|$)).+")


class Change(NamedTuple):
    """A difference at a JSON pointer (RFC 6901): the values before and after; None if there is no value."""

    pointer: str
    before: Any
    after: Any


def differences(before: JsonValue, after: JsonValue, pointer: str = "") -> Iterator[Change]:
    """Yield the changes that turn `before` into `after`, in the order in which they apply.

    Objects are compared member by member, lists element by element; additional elements are added or removed at the
    end. Lists that contain null are compared as a whole. Numbers are compared by value: 19.90 equals 19.9.
    """
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            one, other = before.get(name), after.get(name)
            if one is not other:
                yield from differences(one, other, f"{pointer}/{escaped(name)}")
    elif isinstance(before, list) and isinstance(after, list) and None not in before and None not in after:
        common = min(len(before), len(after))
        for n in range(common):
            yield from differences(before[n], after[n], f"{pointer}/{n}")
        for n in range(common, len(after)):
            yield Change(f"{pointer}/{n}", None, after[n])
        for n in reversed(range(common, len(before))):
            yield Change(f"{pointer}/{n}", before[n], None)
    elif not equal(before, after):
        yield Change(pointer, before, after)


def revisions_of(changes: Iterable[Change]) -> list[Change]:
    """Return the changes without those of versions and other derived members."""
    return [change for change in changes if not _DERIVED.fullmatch(change.pointer)]


def applied(document: JsonValue, changes: Iterable[Change]) -> JsonValue:
    """Return a copy of the document with the changes applied."""
    for change in changes:
        document = _set(document, segments(change.pointer), change.after)
    return document


def changed_lines(changes: Iterable[Change]) -> set[str]:
    """Return the pointers of the lines that were changed, without those that were added."""
    return {match[1] for change in changes if (match := _IN_LINE.fullmatch(change.pointer))}


def place_of(pointer: str, document: JsonValue) -> str:
    """Return a place of an order document for people: `line 10, product.place.id`."""
    lines, names = [], segments(pointer)
    while len(names) > 1 and names[0].endswith("OrderItem"):
        document = document[names[0]][int(names[1])]
        lines, names = [f"line {document['id']}"], names[2:]
    return ", ".join([*lines, *([".".join(names)] if names else [])])


def json_patch(changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
    """Return the changes as the operations of a JSON Patch (RFC 6902)."""
    for pointer, before, after in changes:
        if after is None:
            yield {"op": "remove", "path": pointer}
        else:
            yield {"op": "add" if before is None else "replace", "path": pointer, "value": after}


def equal(one: JsonValue, other: JsonValue) -> bool:
    """Return whether two JSON values are equal; numbers are compared by value."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(member, other[name]) for name, member in one.items())
    if type(one) is type(other) and one == other:
        return True
    first, second = _number(one), _number(other)
    return first is not None and first == second


def _number(value: JsonValue) -> Decimal | None:
    if isinstance(value, msgspec.Raw):
        try:
            return Decimal(bytes(value).decode())
        except InvalidOperation:  # an exponent that is too large for a Decimal
            return None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _set(node: JsonValue, names: list[str], value: JsonValue) -> JsonValue:
    if not names:
        return value
    name, *rest = names
    if isinstance(node, list):
        return _with_element(node, int(name), rest, value)
    copy = dict(node)
    if rest or value is not None:
        copy[name] = _set(copy.get(name), rest, value)
    else:
        copy.pop(name, None)
    return copy


def _with_element(elements: list[Any], n: int, rest: list[str], value: JsonValue) -> list[Any]:
    if rest:
        return [*elements[:n], _set(elements[n], rest, value), *elements[n + 1 :]]
    return [*elements[:n], *([] if value is None else [value]), *elements[n + 1 :]]


def segments(pointer: str) -> list[str]:
    """Return the names and indexes in a JSON pointer (RFC 6901)."""
    return [name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:]]


def escaped(name: str) -> str:
    """Return a name as it is written in a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def value_at(order: JsonValue, pointer: str) -> JsonValue:
    """Return the value at a JSON pointer; None if there is none."""
    for name in segments(pointer):
        if isinstance(order, list):
            order = order[int(name)] if name.isdecimal() and int(name) < len(order) else None
        else:
            order = order.get(name) if isinstance(order, dict) else None
    return order
