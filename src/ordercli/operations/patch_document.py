"""Read a patch: a JSON document, or `--set PATH=VALUE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ordercli.errors import UsageError
from ordercli.intake import json_text
from ordercli.resources.product_order.document import ITEMS
from ordercli.resources.product_order.rules import shape
from ordercli.resources.product_order.rules.relation import DUPLICATE_ITEM_ID
from ordercli.rulebook.document import NOT_AN_OBJECT, REQUEST_BODY_MISSING, problem_finding, read
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.record import Record


Json = dict[str, Any]

APPEND = "-"
_LONGEST_SHOWN = 200
_LONGEST_INDEX = 9  # int() refuses thousands of digits


class Assignment(NamedTuple):
    """A value for one place of a document, from `--set`.

    A segment names a member, a line item by its id, or another element by its index (`-`: after the last one).
    """

    segments: list[str]
    value: Any

    @property
    def path(self) -> str:
        """The place as messages print it."""
        return _shown(".".join(self.segments))


def assignment(text: str) -> Assignment:
    """Parse `channel.0.id=web`, or with a JSON pointer `/channel/0/id=web`; a value that is not JSON is a string.

    Raises:
        UsageError: The path or the equals sign is missing.
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
    """Return a copy of the document with the value in its place; null removes what is there.

    Raises:
        UsageError: The path leads nowhere, or would remove a line item.
    """
    changed: Json = _assigned(document, assignment.segments, assignment)
    return changed


def _shown(text: str) -> str:
    """Shorten a long path, so that the message after it can be seen."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _value(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json_text.without_nulls(json_text.decode(text.encode()))
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
    """Change the line item with the id, at any depth. Add an unknown line item if the value is an object."""
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


WRAPPER = "productOrder"
_JSON_PATCH = (
    "This is a JSON Patch (RFC 6902), which is not supported yet: send a merge patch (RFC 7396), an object with the"
    ' members to change, such as {"description": "new"}'
)


class Patch(NamedTuple):
    """A merge patch: its members, and the pointer to them in the document that was read."""

    members: Json
    at: str = ""

    def unwrapped(self) -> Patch:
        """Return the patch inside `{"productOrder": {…}}` without other members; return any other patch as it is."""
        inner = self.members.get(WRAPPER)
        if len(self.members) == 1 and isinstance(inner, dict):
            return Patch(inner, f"{self.at}/{WRAPPER}")
        return self


def read_patch(record: Record) -> Patch | list[Finding]:
    """Read a patch: an object with at least one member, whose line items have ids. Or return what is wrong with it.

    A null member removes the member of that name, also in a line item. In other lists a null counts as absent.
    """
    if record.problem:
        return [problem_finding(record.problem, record)]
    found = read(record.data)
    if isinstance(found, Finding) and found.code != NOT_AN_OBJECT.code and not _only_removes(found, record.data):
        return [found]
    document = json_text.decode(record.data)
    if isinstance(found, Finding) and not isinstance(document, dict):
        return [refused_json_patch(document) or found]
    patch = Patch(_cleaned(document)).unwrapped()
    if refusal := refused_json_patch(patch.members) or (None if patch.members else empty_patch()):
        return [refusal]
    return faults_of_items(patch.members, patch.at) or patch


def begins_json_patch(record: Record) -> bool:
    """Return whether the first of several records is an operation of a JSON Patch."""
    if record.problem or isinstance(read(record.data), Finding):
        return False
    return _is_json_patch(json_text.decode(record.data))


def refused_json_patch(document: Any) -> Finding | None:  # noqa: ANN401 - JSON
    """Return the refusal (ORD008) of a JSON Patch, None for anything else."""
    return NOT_AN_OBJECT.finding(kind="")._replace(message=_JSON_PATCH) if _is_json_patch(document) else None


def _is_json_patch(document: Any) -> bool:  # noqa: ANN401 - JSON
    """Return whether a document is a list of operations (RFC 6902), or one operation."""
    if isinstance(document, list):
        return any(isinstance(each, dict) and _is_json_patch(each) for each in document)
    return isinstance(document, dict) and all(isinstance(document.get(name), str) for name in ("op", "path"))


def empty_patch() -> Finding:
    """Return ORD101: the patch has no member."""
    return REQUEST_BODY_MISSING.finding()


def faults_of_items(document: Json, pointer: str = "") -> list[Finding]:
    """Return what keeps the line items of a document from being told apart by their ids.

    `pointer` leads to the document.
    """
    return list(_faults_of_items(document, pointer, set()))


def _only_removes(found: Finding, data: bytes) -> bool:
    """Return whether a document with nothing but null members removes these members."""
    return found == empty_patch() and data.lstrip()[:1] == b"{" and bool(json_text.decode(data))


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the patch without the nulls that remove nothing: those in lists other than line items."""
    if not isinstance(value, dict):
        return json_text.without_nulls(value)
    return {
        name: [_cleaned(item) for item in member] if name == ITEMS and isinstance(member, list) else _cleaned(member)
        for name, member in value.items()
    }


def _faults_of_items(parent: Json, pointer: str, seen: set[str]) -> Iterator[Finding]:
    if ITEMS not in parent:
        return
    place, items = f"{pointer}/{ITEMS}", parent[ITEMS]
    if items is None:
        yield shape.PRODUCT_ORDER_ITEM_MISSING.finding(place)
    elif not isinstance(items, list):
        yield shape.WRONG_TYPE.finding(place, field=ITEMS, type="an array")
    else:
        for n, item in enumerate(items):
            yield from _faults_of_item(item, f"{place}/{n}", seen)


def _faults_of_item(item: Any, pointer: str, seen: set[str]) -> Iterator[Finding]:  # noqa: ANN401 - JSON
    if not isinstance(item, dict):
        yield shape.WRONG_TYPE.finding(pointer, field=ITEMS, type="an object")
        return
    name = item.get("id")
    if name is None or name == "":
        yield shape.PRODUCT_ORDER_ITEM_ID_MISSING.finding(f"{pointer}/id")
    elif not isinstance(name, str):
        yield shape.WRONG_TYPE.finding(f"{pointer}/id", field=f"{ITEMS}.id", type="a string")
    elif name in seen:
        yield DUPLICATE_ITEM_ID.finding(f"{pointer}/id", id=name)
    else:
        seen.add(name)
    yield from _faults_of_items(item, pointer, seen)
