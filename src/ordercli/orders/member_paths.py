"""Find members of an order document by the paths that people type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ordercli.errors import UsageError
from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.orders.changes import equal, escaped, segments
from ordercli.settings_loading import short

_LINES = "OrderItem"


def places(node: JsonValue, names: Sequence[str], pointer: str = "") -> Iterator[str]:
    """Yield the pointers that a dotted path matches; a list of which it names no element matches in each element.

    A line item is named by its id, any element by its index.
    """
    for found, _ in _matches(node, names, pointer):
        yield found


def _matches(node: JsonValue, names: Sequence[str], pointer: str = "") -> Iterator[tuple[str, JsonValue]]:
    if isinstance(node, list):
        for n, element in enumerate(node):
            is_named = bool(names) and (names[0] == str(n) or _has_id(element, names[0], pointer))
            if is_named or not _names_one(node, names, pointer):
                yield from _matches(element, names[1:] if is_named else names, f"{pointer}/{n}")
    elif not names:
        yield pointer, node
    elif isinstance(node, dict) and names[0] in node:
        yield from _matches(node[names[0]], names[1:], f"{pointer}/{escaped(names[0])}")


def _names_one(elements: list[Any], names: Sequence[str], pointer: str) -> bool:
    return bool(names) and (names[0].isdecimal() or any(_has_id(each, names[0], pointer) for each in elements))


def _has_id(element: JsonValue, name: str, pointer: str) -> bool:
    is_line = pointer.rpartition("/")[2].endswith(_LINES)
    return is_line and isinstance(element, dict) and element.get("id") == name


class Condition(NamedTuple):
    """A member that must have a value: a dotted path, or a JSON pointer that counts elements from 0.

    `json` is the value if the text is JSON other than a string, such as a number.
    """

    names: tuple[str, ...]
    is_pointer: bool
    text: str
    json: JsonValue

    @classmethod
    def parse(cls, option: str, text: str) -> Condition:
        """Parse `PATH=VALUE`.

        Raises:
            UsageError: the path or the equals sign is missing, the path ends in a sign of another comparison such as
                `!=`, or `~` begins no escape of a JSON pointer.
        """
        path, equals, value = text.partition("=")
        is_pointer = path.startswith("/")
        names = tuple(segments(path) if is_pointer else path.split("."))
        if equals and path.endswith(("!", "~", "<", ">")):
            raise UsageError(
                f"{option} compares with `=` only, not {short(text)}", hint=f"such as {path.rstrip('!~<>')}={value}"
            )
        if not equals or not all(names) or (is_pointer and "~" in path.replace("~0", "").replace("~1", "")):
            raise UsageError(
                f"{option} takes PATH=VALUE, not {short(text)}",
                hint="such as productOrderItem.productOffering.id=HF1000, or with a JSON pointer"
                " /productOrderItem/0/action=add",
            )
        return cls(names, is_pointer, value, _parsed(value))

    def holds(self, document: JsonValue) -> bool:
        """Return whether the document has the value at the path."""
        if self.is_pointer:
            return self._equals(_at(document, self.names))
        return any(self._equals(value) for _, value in _matches(document, self.names))

    def _equals(self, value: JsonValue) -> bool:
        if isinstance(value, str):
            return value == self.text
        return value is not None and self.json is not None and equal(value, self.json)

    @property
    def literal(self) -> bytes | None:
        """The bytes that a document with this value has, unless it has escapes; None for JSON such as a number."""
        return self.text.encode() if self.json is None else None


def _parsed(text: str) -> JsonValue:
    try:
        found = json_text.decode(text.encode())
    except ValueError:
        return None
    return None if isinstance(found, str) else found


def _at(node: JsonValue, names: Sequence[str]) -> JsonValue:
    for name in names:
        if isinstance(node, dict):
            node = node.get(name)
        elif isinstance(node, list) and name.isdecimal() and len(name) < len(str(2**31)) and int(name) < len(node):
            node = node[int(name)]
        else:
            return None
    return node
