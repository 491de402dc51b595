"""Read the operations of a JSON Patch (RFC 6902), and report what is wrong with them."""

import re
from typing import Any

from msgspec import convert

from ordercli.intake.json_text import JsonValue
from ordercli.operations.json_patch import JsonPatch, Operation, shown_value
from ordercli.resources.common.rules.revision import JSON_PATCH_MALFORMED
from ordercli.resources.document import ITEM_MEMBERS
from ordercli.rulebook.rule import Finding

_MEMBERS = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("from", "path"),
    "copy": ("from", "path"),
    "test": ("path", "value"),
}
_EXAMPLE = '{"op": "replace", "path": "/description", "value": "new"}'
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*+)*+")
_QUERY = re.compile(r"\?.*=", re.DOTALL)
_MOST_FAULTS = 1000


def read_operations(document: list[Any], at: str = "") -> JsonPatch | list[Finding]:
    """Return the JSON Patch with these operations, or what is wrong with them; `at` is the pointer to the list."""
    faults: list[Finding] = []
    for n, each in enumerate(document):
        faults += _faults(each, f"{at}/{n}")
        if len(faults) >= _MOST_FAULTS:
            break
    return faults or JsonPatch(convert(document, list[Operation]), at)


def _faults(operation: JsonValue, place: str) -> list[Finding]:
    if not isinstance(operation, dict):
        return [_malformed(place, f"an operation of a JSON Patch is an object, such as {_EXAMPLE}")]
    if "op" not in operation:
        return [_malformed(place, f"op is missing; a list is a JSON Patch, and its elements are like {_EXAMPLE}")]
    op = operation["op"]
    members = _MEMBERS.get(op) if isinstance(op, str) else None
    if members is None:
        return [_malformed(f"{place}/op", f"op {shown_value(op)} is none of {', '.join(_MEMBERS)}")]
    if missing := [name for name in members if name not in operation]:
        return [_malformed(place, f"{op} needs {' and '.join(missing)}")]
    faults = [
        _malformed(f"{place}/{name}", f"{name} {reason}")
        for name in members
        if name != "value" and (reason := _fault_of_pointer(operation[name]))
    ]
    if not faults and op == "move" and operation["path"].startswith(f"{operation['from']}/"):
        faults.append(_malformed(f"{place}/path", f"{shown_value(operation['from'])} cannot be moved into itself"))
    return faults


def _fault_of_pointer(pointer: JsonValue) -> str | None:
    if not isinstance(pointer, str):
        return "must be a string, a JSON pointer (RFC 6901)"
    if _QUERY.search(pointer):
        return (
            f"{shown_value(pointer)} is in the query form (application/json-patch-query+json), which is not supported;"
            f" count the elements of lists from 0, as in /{ITEM_MEMBERS[0]}/0/quantity"
        )
    if not _POINTER.fullmatch(pointer):
        return (
            f"{shown_value(pointer)} is no JSON pointer (RFC 6901): a pointer is empty or begins with /, and a name has"
            " ~0 for ~ and ~1 for /"
        )
    return None


def _malformed(place: str, reason: str) -> Finding:
    return JSON_PATCH_MALFORMED.finding(place, reason=reason)
