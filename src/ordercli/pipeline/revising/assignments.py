"""`--set PATH=VALUE` becomes a change of an order document."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ordercli.errors import UsageError
from ordercli.intake import exact
from ordercli.orders.merge import ITEMS

Json = dict[str, Any]

APPEND = "-"
_LONGEST_SHOWN = 200
_LONGEST_INDEX = 9  # int() refuses thousands of digits


class Assignment(NamedTuple):
    """One value for one place; a line item is named by its id, another element by its index (`-`: behind the last)."""

    segments: list[str]
    value: Any

    @property
    def path(self) -> str:
        """The place as messages name it."""
        return _shown(".".join(self.segments))


def assignment(text: str) -> Assignment:
    """`channel.0.id=web`, or with a JSON pointer `/channel/0/id=web`; the value is JSON, or else a string.

    Raises:
        UsageError: there is no path, or no value.
    """
    path, equals, value = text.partition("=")
    if path.startswith("/"):
        segments = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    else:
        segments = path.split(".")
    if not equals or not all(segments):
        raise UsageError(f"--set takes PATH=VALUE, not {text!r}", hint="such as channel.0.id=web")
    return Assignment(segments, _value(value))


def assigned(document: Json, assignment: Assignment) -> Json:
    """The document with the value in its place; null takes away what stands there. The document stays as it is.

    Raises:
        UsageError: the path leads nowhere, or would take line items away.
    """
    changed: Json = _assigned(document, assignment.segments, assignment)
    return changed


def _shown(text: str) -> str:
    """Cut a path that is so long that the message behind it would not be seen."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _value(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return exact.without_nulls(exact.decode(text.encode()))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return text


def _assigned(node: Any, segments: list[str], wanted: Assignment) -> Any:  # noqa: ANN401 - JSON
    if not segments:
        return wanted.value
    name, rest = segments[0], segments[1:]
    if isinstance(node, dict):
        return _in_object(node, name, rest, wanted)
    if isinstance(node, list):
        return _in_list(node, name, rest, wanted)
    raise UsageError(f"--set {wanted.path}: nothing can stand below {node!r}")


def _in_object(members: Json, name: str, rest: list[str], wanted: Assignment) -> Json:
    if name == ITEMS:
        return {**members, ITEMS: _in_lines(members.get(ITEMS, []), rest, wanted)}
    changed = dict(members)
    if rest or wanted.value is not None:
        below = members.get(name, [] if rest and rest[0] in {"0", APPEND} else {})
        changed[name] = _assigned(below, rest, wanted)
    else:
        changed.pop(name, None)
    return changed


def _in_list(elements: list[Any], name: str, rest: list[str], wanted: Assignment) -> list[Any]:
    is_index = name.isdecimal() and len(name) <= _LONGEST_INDEX
    n = len(elements) if name == APPEND else int(name) if is_index else -1
    if not 0 <= n <= len(elements):
        raise UsageError(f"--set {wanted.path}: there is no element {_shown(name)} among {len(elements)}")
    if not rest and wanted.value is None:
        return elements[:n] + elements[n + 1 :]
    below = elements[n] if n < len(elements) else {}
    return [*elements[:n], _assigned(below, rest, wanted), *elements[n + 1 :]]


def _in_lines(items: list[Json], segments: list[str], wanted: Assignment) -> list[Json]:
    """The line with the id, wherever it stands; a line that is not there is added when its value is an object."""
    if not segments:
        raise UsageError(f"--set {wanted.path}: name one line", hint=f"such as {ITEMS}.10.quantity=2")
    name, rest = segments[0], segments[1:]
    found = _with_line(items, name, rest, wanted)
    if found is not None:
        return found
    if rest or not isinstance(wanted.value, dict):
        raise UsageError(f"--set {wanted.path}: the order has no line item {name}")
    return [*items, {**wanted.value, "id": name}]


def _with_line(items: list[Json], name: str, rest: list[str], wanted: Assignment) -> list[Json] | None:
    for n, item in enumerate(items):
        if item["id"] == name:
            return [*items[:n], _line(item, rest, wanted), *items[n + 1 :]]
        below = _with_line(item.get(ITEMS, []), name, rest, wanted)
        if below is not None:
            return [*items[:n], {**item, ITEMS: below}, *items[n + 1 :]]
    return None


def _line(item: Json, rest: list[str], wanted: Assignment) -> Json:
    if not rest:
        raise UsageError(
            f"--set {wanted.path}: a line item is changed or cancelled, not replaced",
            hint=f"such as {wanted.path}.quantity=2, or {wanted.path}.revisionOperation=cancel",
        )
    if rest == ["id"]:
        raise UsageError(f"--set {wanted.path}: the id of a line item stays")
    changed: Json = _assigned(item, rest, wanted)
    return changed
