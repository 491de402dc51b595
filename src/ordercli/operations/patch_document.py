"""Read a patch: a JSON document, or `--set PATH=VALUE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from ordercli.errors import UsageError
from ordercli.intake import json_text
from ordercli.orders.changes import escaped, segments
from ordercli.resources.common.lint import repeated_names
from ordercli.resources.common.rules import shape
from ordercli.resources.common.rules.relation import DUPLICATE_ITEM_ID
from ordercli.resources.common.rules.revision import JSON_PATCH_MALFORMED
from ordercli.resources.document import ITEM_MEMBERS, kind_with, merge_order
from ordercli.resources.registry import RESOURCES
from ordercli.rulebook.document import MAX_DEPTH, NOT_AN_OBJECT, REQUEST_BODY_MISSING, problem_finding, read
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.json_text import JsonValue
    from ordercli.intake.record import Record
    from ordercli.operations.json_patch import JsonPatch
    from ordercli.resources.resource import Resource


Json = dict[str, Any]

APPEND = "-"
_LONGEST_SHOWN = 200
_LONGEST_INDEX = 9  # int() refuses thousands of digits


class Assignment(NamedTuple):
    """A value for one place of a document, from `--set`.

    A segment names a member, an element by its index (`-`: after the last one), or a line item by its id; in a JSON
    pointer a line item by its index too.
    """

    segments: list[str]
    value: Any
    is_pointer: bool = False

    @property
    def path(self) -> str:
        """The path as messages print it."""
        if self.is_pointer:
            return _shown("".join(f"/{escaped(name)}" for name in self.segments))
        return _shown(".".join(self.segments))


def assignment(text: str) -> Assignment:
    """Parse `channel.0.id=web`, or with a JSON pointer `/channel/0/id=web`; a value that is not JSON is a string.

    Raises:
        UsageError: The path or the equals sign is missing, or the path is deeper than an order may be.
    """
    path, equals, value = text.partition("=")
    is_pointer = path.startswith("/")
    names = segments(path) if is_pointer else path.split(".")
    if not equals or not all(names):
        raise UsageError(f"--set takes PATH=VALUE, not {text!r}", hint="such as channel.0.id=web")
    wanted = Assignment(names, _value(value), is_pointer)
    if len(names) > MAX_DEPTH:
        raise UsageError(f"--set {wanted.path}: nested deeper than {MAX_DEPTH} levels")
    return wanted


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


def _value(text: str) -> JsonValue:
    try:
        return json_text.without_nulls(json_text.decode(text.encode()))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return text


def _assigned(node: JsonValue, names: list[str], wanted: Assignment) -> JsonValue:
    if not names:
        return wanted.value
    name, rest = names[0], names[1:]
    if isinstance(node, dict):
        return _in_object(node, name, rest, wanted)
    if isinstance(node, list):
        return _in_list(node, name, rest, wanted)
    raise UsageError(f"--set {wanted.path}: {node!r} has no members or elements")


def _in_object(members: Json, name: str, rest: list[str], wanted: Assignment) -> Json:
    if name in ITEM_MEMBERS:
        return {**members, name: _in_lines(members.get(name, []), rest, wanted, name)}
    changed = dict(members)
    if rest or wanted.value is not None:
        below = members.get(name, [] if rest and rest[0] in {"0", APPEND} else {})
        changed[name] = _assigned(below, rest, wanted)
    else:
        changed.pop(name, None)
    return changed


def _in_list(elements: list[Any], name: str, rest: list[str], wanted: Assignment) -> list[Any]:
    n = _index(name, len(elements), wanted)
    if not rest and wanted.value is None:
        return elements[:n] + elements[n + 1 :]
    below = elements[n] if n < len(elements) else {}
    return [*elements[:n], _assigned(below, rest, wanted), *elements[n + 1 :]]


def _index(name: str, count: int, wanted: Assignment, hint: str | None = None) -> int:
    """Return the index of an element, or that of the place after the last one."""
    is_index = name.isdecimal() and len(name) <= _LONGEST_INDEX
    n = count if name == APPEND else int(name) if is_index else -1
    if not 0 <= n <= count:
        raise UsageError(f"--set {wanted.path}: there is no element {_shown(name)} among {count}", hint=hint)
    return n


def _in_lines(items: list[Json], names: list[str], wanted: Assignment, member: str) -> list[Json]:
    """Change the line item with the id, at any depth. Add an unknown line item if the value is an object."""
    if not names:
        raise UsageError(f"--set {wanted.path}: name one line", hint=f"such as {member}.10.quantity=2")
    if wanted.is_pointer:
        return _at_index(items, names[0], names[1:], wanted, member)
    name, rest = names[0], names[1:]
    found = _with_line(items, name, rest, wanted, member)
    if found is not None:
        return found
    if rest or not isinstance(wanted.value, dict):
        raise UsageError(f"--set {wanted.path}: the order has no line item {name}")
    return [*items, {**wanted.value, "id": name}]


def _at_index(items: list[Json], index: str, rest: list[str], wanted: Assignment, member: str) -> list[Json]:
    """Change the line item at the index, or add one after the last."""
    n = _index(index, len(items), wanted, hint=f"a JSON pointer counts from 0; {member}.10 is the line item with id 10")
    if n < len(items):
        return [*items[:n], _line(items[n], rest, wanted), *items[n + 1 :]]
    if rest or not isinstance(wanted.value, dict):
        raise UsageError(f"--set {wanted.path}: a new line item is an object", hint="with id, action and the rest")
    return [*items, wanted.value]


def _with_line(items: list[Json], name: str, rest: list[str], wanted: Assignment, member: str) -> list[Json] | None:
    for n, item in enumerate(items):
        if item["id"] == name:
            return [*items[:n], _line(item, rest, wanted), *items[n + 1 :]]
        below = _with_line(item.get(member, []), name, rest, wanted, member)
        if below is not None:
            return [*items[:n], {**item, member: below}, *items[n + 1 :]]
    return None


def _line(item: Json, rest: list[str], wanted: Assignment) -> Json:
    if not rest:
        dot = "/" if wanted.is_pointer else "."
        raise UsageError(
            f"--set {wanted.path}: a line item is changed or cancelled, not replaced",
            hint=f"such as {wanted.path}{dot}quantity=2, or {wanted.path}{dot}revisionOperation=cancel",
        )
    if rest == ["id"]:
        raise UsageError(f"--set {wanted.path}: the id of a line item stays")
    changed: Json = _assigned(item, rest, wanted)
    return changed


OPERATIONS = "patch"
_ONE_OPERATION = (
    'this is one operation of a JSON Patch (RFC 6902): give a list, [{"op": …}], or with --from lines like'
    ' {"id": "CRM-1007", "patch": [{"op": …}]}'
)
_NO_ORDER = 'a JSON Patch does not name its order: a line is like {"id": "CRM-1007", "patch": [{"op": …}]}'
_WRAPPED = (
    "a JSON Patch (RFC 6902) is a list that is not inside an object; only with --from, a line holds it like"
    ' {"id": "CRM-1007", "patch": [{"op": …}]}'
)
_OTHER_MEMBERS = "patch holds a JSON Patch (RFC 6902): beside it, only id is allowed"


NOT_SENT_ON = "a JSON Patch is not sent on to a target: its indexes count the elements of the order here"


class MergePatch(NamedTuple):
    """A merge patch: its members, and the pointer to them in the document that was read."""

    members: Json
    at: str = ""

    @property
    def is_bound(self) -> bool:
        """Return whether the patch applies only to the version of the order that was read first."""
        return False

    @property
    def resource(self) -> str | None:
        """The kind of order that the patch changes, where its members or what is around it tell."""
        wrapper = self.at.rpartition("/")[2]
        return wrapper if wrapper in RESOURCES else kind_with(self.members)

    def patched(self, order: Json, _: int) -> Json:
        """Return a copy of the order into which the patch is merged."""
        return merge_order(order, self.members)

    def unwrapped(self) -> MergePatch:
        """Return the patch inside `{"productOrder": {…}}` without other members; return any other patch as it is."""
        if len(self.members) == 1:
            (wrapper, inner), *_ = self.members.items()
            if wrapper in RESOURCES and isinstance(inner, dict):
                return MergePatch(inner, f"{self.at}/{wrapper}")
        return self


class PatchLine(NamedTuple):
    """A line of a file of patches: the id of the order, the pointer to it, and the patch."""

    identifier: str
    id_at: str
    patch: MergePatch | JsonPatch


def read_patch(record: Record) -> MergePatch | JsonPatch | list[Finding]:
    """Read the patch of one order: a merge patch or a list of operations. Or return what is wrong with it.

    A null member of a merge patch removes the member of that name, also in a line item. In other lists a null counts as
    absent.
    """
    document = _document(record)
    if isinstance(document, Finding):
        return [document]
    if repeated := repeated_names(record.data):
        return repeated
    if isinstance(document, list):
        return _json_patch(document)
    return _patch_of(MergePatch(document).unwrapped())


def read_patch_line(record: Record) -> PatchLine | list[Finding]:
    """Read a line of a file of patches, an object with the `id` of an order. Or return what is wrong with it.

    Its other members are a merge patch; `patch`, alone, is a JSON Patch.
    """
    document = _document(record)
    if isinstance(document, Finding):
        return [document]
    if repeated := repeated_names(record.data):
        return repeated
    if isinstance(document, list):
        return [_malformed(_NO_ORDER) if any(map(_is_operation, document)) else NOT_AN_OBJECT.finding(kind="an array")]
    named = MergePatch(document).unwrapped()
    identifier, id_at = named.members.pop("id", None), f"{named.at}/id"
    changes = named.unwrapped()
    patch = _patch_of(changes)
    refusal = _refusal_of_id(identifier, id_at)
    if refusal and not (isinstance(patch, list) and changes.members):
        return [refusal]
    return patch if isinstance(patch, list) else PatchLine(identifier, id_at, patch)


def _refusal_of_id(identifier: object, pointer: str) -> Finding | None:
    if identifier is None or (isinstance(identifier, str) and not identifier.strip()):
        return shape.REQUIRED_FIELD_MISSING.finding(pointer, field="id")
    return None if isinstance(identifier, str) else shape.WRONG_TYPE.finding(pointer, field="id", type="a string")


def _document(record: Record) -> Json | list[Any] | Finding:
    """Return the object or the list of a record, or why there is none."""
    if record.problem:
        return problem_finding(record.problem, record)
    found = read(record.data)
    if not isinstance(found, Finding) or _only_removes(found, record.data):
        return cast("Json", json_text.decode(record.data))
    document = json_text.decode(record.data) if found.code == NOT_AN_OBJECT.code else None
    return document if isinstance(document, list) else found


def _patch_of(patch: MergePatch) -> MergePatch | JsonPatch | list[Finding]:
    members, at = patch.members, patch.at
    if not members:
        return [empty_patch()]
    if _is_operation(members):
        return [_malformed(_ONE_OPERATION, at)]
    name, inner = next(iter(members.items()))
    if len(members) == 1 and name != OPERATIONS and isinstance(inner, list) and any(map(_is_operation, inner)):
        return [_malformed(_WRAPPED, f"{at}/{escaped(name)}")]
    operations = members.get(OPERATIONS)
    if isinstance(operations, list) and (len(members) == 1 or any(map(_is_operation, operations))):
        if len(members) > 1:
            return [_malformed(_OTHER_MEMBERS, f"{at}/{OPERATIONS}")]
        return _json_patch(operations, f"{at}/{OPERATIONS}")
    cleaned: Json = _cleaned(members)
    return faults_of_items(cleaned, at) or MergePatch(cleaned, at)


def _json_patch(operations: list[Any], at: str = "") -> JsonPatch | list[Finding]:
    from ordercli.operations.json_patch_reading import read_operations  # most patches are merged

    return read_operations(operations, at) if operations else [empty_patch()]


def _is_operation(document: JsonValue) -> bool:
    """Return whether a document is one operation of a JSON Patch."""
    return isinstance(document, dict) and all(isinstance(document.get(name), str) for name in ("op", "path"))


def _malformed(reason: str, pointer: str = "") -> Finding:
    return JSON_PATCH_MALFORMED.finding(pointer, reason=reason)


def empty_patch() -> Finding:
    """Return ORD101: the patch has no member."""
    return REQUEST_BODY_MISSING.finding()


def faults_of_items(document: Json, pointer: str = "") -> list[Finding]:
    """Return the findings of line items that have no id, or the id of another line item.

    `pointer` leads to the document.
    """
    return list(_faults_of_items(document, pointer, set()))


def _only_removes(found: Finding, data: bytes) -> bool:
    """Return whether a document with nothing but null members removes these members."""
    return found == empty_patch() and data.lstrip()[:1] == b"{" and bool(json_text.decode(data))


def _cleaned(value: JsonValue) -> JsonValue:
    """Return the patch without the nulls that remove nothing: those in lists other than line items."""
    if not isinstance(value, dict):
        return json_text.without_nulls(value)
    return {
        name: [_cleaned(item) for item in member]
        if name in ITEM_MEMBERS and isinstance(member, list)
        else _cleaned(member)
        for name, member in value.items()
    }


def _faults_of_items(parent: Json, pointer: str, seen: set[tuple[str, str]]) -> Iterator[Finding]:
    for resource in RESOURCES.values():
        if (member := resource.items) not in parent:
            continue
        place, items = f"{pointer}/{member}", parent[member]
        if items is None:
            yield resource.in_patch(shape.PRODUCT_ORDER_ITEM_MISSING.finding(place))
        elif not isinstance(items, list):
            yield shape.WRONG_TYPE.finding(place, field=member, type="an array")
        else:
            for n, item in enumerate(items):
                yield from _faults_of_item(item, f"{place}/{n}", seen, resource)


def _faults_of_item(item: JsonValue, pointer: str, seen: set[tuple[str, str]], resource: Resource) -> Iterator[Finding]:
    if not isinstance(item, dict):
        yield shape.WRONG_TYPE.finding(pointer, field=resource.items, type="an object")
        return
    name = item.get("id")
    if name is None or name == "":
        yield resource.in_patch(shape.PRODUCT_ORDER_ITEM_ID_MISSING.finding(f"{pointer}/id"))
    elif not isinstance(name, str):
        yield shape.WRONG_TYPE.finding(f"{pointer}/id", field=f"{resource.items}.id", type="a string")
    elif (resource.name, name) in seen:
        yield DUPLICATE_ITEM_ID.finding(f"{pointer}/id", id=name)
    else:
        seen.add((resource.name, name))
    yield from _faults_of_items(item, pointer, seen)
