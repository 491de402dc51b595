"""JSON Patch (RFC 6902): its operations, and how they are applied to the document of an order."""

from typing import Annotated, Any, NamedTuple, NotRequired, TypedDict

from msgspec import Meta, Struct, field

from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue
from ordercli.orders.changes import equal, segments
from ordercli.resources.common.rules.revision import (
    FIELD_NOT_PATCHABLE,
    PATCH_PLACE_MISSING,
    PATCH_TEST_FAILED,
)
from ordercli.resources.document import NOTES, items_of, kind_with
from ordercli.result_types import Pointer
from ordercli.rulebook.document import MAX_DEPTH, TOO_LARGE
from ordercli.rulebook.rule import Finding

Json = dict[str, Any]
Value = Annotated[Any, Meta(description="any JSON value")]


class Add(Struct, frozen=True, tag_field="op", tag="add"):
    """Add a member, or an element before the one at the index; `-` is the place after the last element."""

    path: Pointer
    value: Value


class Remove(Struct, frozen=True, tag_field="op", tag="remove"):
    """Remove the value at the path, which must exist."""

    path: Pointer


class Replace(Struct, frozen=True, tag_field="op", tag="replace"):
    """Replace the value at the path, which must exist."""

    path: Pointer
    value: Value


class Move(Struct, frozen=True, tag_field="op", tag="move"):
    """Remove the value at `from`, and add it at the path."""

    path: Pointer
    source: Pointer = field(name="from")


class Copy(Struct, frozen=True, tag_field="op", tag="copy"):
    """Add the value at `from` at the path too."""

    path: Pointer
    source: Pointer = field(name="from")


class Test(Struct, frozen=True, tag_field="op", tag="test"):
    """Refuse the whole patch unless the value at the path equals this one; numbers are compared by value."""

    path: Pointer
    value: Value


Operation = Add | Remove | Replace | Move | Copy | Test


class PatchRequest(TypedDict):
    """A line of `patch --from`: the id of an order beside the members of a merge patch, or beside a JSON Patch."""

    id: str
    patch: NotRequired[Annotated[list[Operation], Meta(description="without other members than id")]]


APPEND = "-"
_LONGEST_SHOWN = 200
_LONGEST_INDEX = 9  # int() refuses thousands of digits
# Limit of the work of one patch, which takes a few seconds. A move costs one step for each value that is moved; an
# insertion or a removal costs one step for each 100 elements of the list that shift.
_MOST_STEPS = 10_000_000
_ELEMENTS_PER_STEP = 100


def shown_value(value: JsonValue) -> str:
    """Return the JSON text of a value, shortened so that the message after it can be seen."""
    text = json_text.encode(value).decode()
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


class JsonPatch(NamedTuple):
    """A JSON Patch, and the pointer to its operations in the document that was read."""

    operations: list[Operation]
    at: str = ""

    @property
    def is_bound(self) -> bool:
        """Return whether the patch applies only to the version of the order that was read first."""
        return True

    @property
    def resource(self) -> str | None:
        """The kind of order that the patch changes, where its paths tell."""
        return kind_with({each.path.split("/", 2)[1] for each in self.operations if each.path})

    def patched(self, order: Json, max_bytes: int) -> Json | Finding:
        """Return a copy of the order with all operations applied, or the finding that refuses one of them.

        Copies may make the order `max_bytes` longer. A null counts as absent, as everywhere in an order.
        """
        patching = Patching(order, max_bytes)
        for n, operation in enumerate(self.operations):
            try:
                if detail := _kept(order=patching.document, operation=operation):
                    raise _refused(detail, operation)
                patching.apply(operation)
            except OperationError as error:
                return error.finding._replace(pointer=f"{self.at}/{n}/{error.member}")
        result: Json = json_text.without_nulls(patching.document)
        return result


class OperationError(Exception):
    """An operation cannot be applied; `member` is the one that is at fault."""

    def __init__(self, finding: Finding, member: str = "path") -> None:
        super().__init__(finding.message)
        self.finding = finding
        self.member = member


class _NothingThereError(Exception):
    """A pointer leads nowhere."""


class Patching:
    """Applies operations of RFC 6902 to a copy of any JSON document.

    The copy is the member "" of an object, so that an operation can replace it as a whole.
    """

    def __init__(self, document: JsonValue, max_bytes: int) -> None:
        self._whole = {"": _copied(document)}
        self._bytes_left = max_bytes
        self._steps_left = _MOST_STEPS

    @property
    def document(self) -> JsonValue:
        """The document with the operations that were applied so far."""
        return self._whole[""]

    def apply(self, operation: Operation) -> None:
        """Apply one operation.

        Raises:
            OperationError: There is no such place, or the tested value is another.
        """
        member, path = "path", operation.path
        try:
            if isinstance(operation, Test):
                self._test(operation)
            elif isinstance(operation, Add):
                self._add(operation, _copied(operation.value))
            elif isinstance(operation, Remove):
                self._take(operation.path, operation)
            elif isinstance(operation, Replace):
                self._replace(operation)
            else:
                member, path = "from", operation.source
                value = self._take(path, operation) if isinstance(operation, Move) else self._copy(path)
                member, path = "path", operation.path
                self._add(operation, value)
        except _NothingThereError as error:
            rule = PATCH_TEST_FAILED if isinstance(operation, Test) else PATCH_PLACE_MISSING
            finding = rule.finding(op=_op(operation), path=_short(path), reason=str(error))
            raise OperationError(finding, member) from None

    def _test(self, operation: Test) -> None:
        found = self._at(operation.path)
        if not equal(found, operation.value):
            reason = f"it is {shown_value(found)}, not {shown_value(operation.value)}"
            raise OperationError(PATCH_TEST_FAILED.finding(op="test", path=_short(operation.path), reason=reason))

    def _at(self, pointer: str) -> JsonValue:
        holder, name = self._holder(pointer)
        return holder[_existing(holder, name)]

    def _add(self, operation: Add | Move | Copy, value: JsonValue) -> None:
        holder, name = self._holder(operation.path)
        nested = _check_depth(operation.path, value)
        if isinstance(operation, Move):
            self._spend(nested, operation)
        if isinstance(holder, dict):
            holder[name] = value
        elif name == APPEND:
            holder.append(value)
        else:
            index = _index(name, len(holder), may_end=True)
            self._spend((len(holder) - index) // _ELEMENTS_PER_STEP, operation)
            holder.insert(index, value)

    def _take(self, pointer: str, operation: Remove | Move) -> JsonValue:
        holder, name = self._holder(pointer)
        at: Any = _existing(holder, name)
        if isinstance(holder, list):
            self._spend((len(holder) - at) // _ELEMENTS_PER_STEP, operation)
        return holder.pop(at)

    def _spend(self, steps: int, operation: Operation) -> None:
        """Count steps of work; refuse a patch that would keep the program busy for minutes."""
        self._steps_left -= steps
        if self._steps_left < 0:
            reason = f"the operations move too much, beginning with {_op(operation)} {_short(operation.path)}"
            raise OperationError(TOO_LARGE.finding(reason=f"{reason}; send the rest in another patch"))

    def _replace(self, operation: Replace) -> None:
        holder, name = self._holder(operation.path)
        _check_depth(operation.path, operation.value)
        holder[_existing(holder, name)] = _copied(operation.value)

    def _copy(self, pointer: str) -> JsonValue:
        """Return a copy of a value; refuse to copy more bytes than an order may have."""
        value = self._at(pointer)
        self._bytes_left -= len(json_text.encode(value))
        if self._bytes_left < 0:
            raise OperationError(TOO_LARGE.finding(reason="the copies are longer than an order may be"), "from")
        return _copied(value)

    def _holder(self, pointer: str) -> tuple[Any, str]:
        """Return the object or list in which the place is, and the name of the place in it."""
        *way, name = ["", *segments(pointer)]
        holder: Any = self._whole
        for step in way:
            holder = holder[_existing(holder, step)]
        if not isinstance(holder, dict | list):
            raise _NothingThereError(f"{shown_value(holder)} has no members or elements")
        return holder, name


def _existing(holder: JsonValue, name: str) -> JsonValue:
    """Return the key or the index of an existing value."""
    if isinstance(holder, list):
        return _index(name, len(holder))
    if not isinstance(holder, dict):
        raise _NothingThereError(f"{shown_value(holder)} has no members or elements")
    if name not in holder:
        raise _NothingThereError(f"there is no {_short(name)}")
    return name


def _index(name: str, count: int, *, may_end: bool = False) -> int:
    if name == APPEND:
        raise _NothingThereError("- is the place after the last element, and only add can use it")
    is_index = name.isascii() and name.isdigit() and (name == "0" or name[0] != "0")
    if not is_index:
        raise _NothingThereError(f"{_short(name)} is no index of a list")
    if len(name) > _LONGEST_INDEX or int(name) >= count + may_end:
        raise _NothingThereError(f"there is no element {_short(name)} among {count}, counted from 0")
    return int(name)


def _check_depth(pointer: str, value: JsonValue) -> int:
    """Refuse a value that would be nested too deep at a place; return the number of values in it."""
    depth, count = pointer.count("/"), 0
    level: list[JsonValue] = [value]
    while level:
        inner = [each for each in level if isinstance(each, dict | list)]
        if inner and (depth := depth + 1) > MAX_DEPTH:
            raise OperationError(TOO_LARGE.finding(reason=f"nested deeper than {MAX_DEPTH} levels"))
        level = [part for each in inner for part in (each.values() if isinstance(each, dict) else each)]
        count += len(level)
    return count


def _copied(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _copied(member) for name, member in value.items()}
    return [_copied(element) for element in value] if isinstance(value, list) else value


def _op(operation: Operation) -> str:
    return str(operation.__struct_config__.tag)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


class _Kept(NamedTuple):
    """Why a place of an order may not be changed: the message, the path, and the member that names the path."""

    detail: str
    path: str
    member: str


def _kept(order: Json, operation: Operation) -> _Kept | None:
    """Return why an operation may not change a place: the whole order, line items, their ids, or notes."""
    if isinstance(operation, Test):
        return None
    changed = [(operation.path, "path", isinstance(operation, Remove | Replace))]
    if isinstance(operation, Move):
        changed.insert(0, (operation.source, "from", True))
    for path, member, removes in changed:
        if detail := _detail_of_kept(order, segments(path), removes=removes):
            return _Kept(detail, path, member)
    return None


def _detail_of_kept(order: Json, names: list[str], *, removes: bool) -> str | None:
    """Return the name of the message if the value may not be changed; a missing place is refused elsewhere."""
    if not names:
        return "whole-order"
    holder, is_line, member = order, False, items_of(order)
    while names[:1] == [member] and isinstance(holder.get(member), list):
        items, names = holder[member], names[1:]
        if len(names) <= 1:
            return None if not removes and _is_end(items, names) else "line"
        is_index = names[0].isdecimal() and len(names[0]) <= _LONGEST_INDEX
        if not is_index or int(names[0]) >= len(items) or not isinstance(items[int(names[0])], dict):
            return None
        holder, names, is_line = items[int(names[0])], names[1:], True
    if names[:1] == [NOTES] and isinstance(holder.get(NOTES), list):
        return None if not removes and _is_end(holder[NOTES], names[1:]) else "note"
    return "line-id" if is_line and names == ["id"] and (removes or "id" in holder) else None


def _is_end(elements: list[Any], names: list[str]) -> bool:
    """Return whether the names below a list lead to the place after its last element."""
    return names in ([APPEND], [str(len(elements))])


def _refused(kept: _Kept, operation: Operation) -> OperationError:
    finding = FIELD_NOT_PATCHABLE.finding(detail=kept.detail, op=_op(operation), path=_short(kept.path))
    return OperationError(finding, kept.member)
