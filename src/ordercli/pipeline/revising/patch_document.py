"""Read a patch: what it says, numbers as they came, or the findings that say why it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.intake import exact
from ordercli.orders.merge import ITEMS
from ordercli.validation.document import problem_finding, read
from ordercli.validation.finding import Finding
from ordercli.validation.rules import body, shape
from ordercli.validation.rules.relation import duplicate_item_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.record import Record

Json = dict[str, Any]

WRAPPER = "productOrder"
_JSON_PATCH = (
    "This is a JSON Patch (RFC 6902), which is not supported yet: send a merge patch (RFC 7396), an object with the"
    ' members to change, such as {"description": "new"}'
)


class Patch(NamedTuple):
    """A merge patch: its members, and the pointer in its document at which they stand."""

    members: Json
    at: str = ""

    def unwrapped(self) -> Patch:
        """Return the patch inside `{"productOrder": {…}}`, which has no other member; any other as it is."""
        inner = self.members.get(WRAPPER)
        if len(self.members) == 1 and isinstance(inner, dict):
            return Patch(inner, f"{self.at}/{WRAPPER}")
        return self


def read_patch(record: Record) -> Patch | list[Finding]:
    """Return what a patch says: an object with at least one member, whose line items have an id.

    A member that is null removes the one of that name, of a line item too; in other lists a null counts as absent.
    """
    if record.problem:
        return [problem_finding(record.problem, record)]
    found = read(record.data)
    if isinstance(found, Finding) and found.code != body.NOT_AN_OBJECT.code and not _only_removes(found, record.data):
        return [found]
    document = exact.decode(record.data)
    if isinstance(found, Finding) and not isinstance(document, dict):
        return [refused_json_patch(document) or found]
    patch = Patch(_cleaned(document)).unwrapped()
    if refusal := refused_json_patch(patch.members) or (None if patch.members else empty_patch()):
        return [refusal]
    return faults_of_items(patch.members, patch.at) or patch


def begins_json_patch(record: Record) -> bool:
    """Return whether a record, the first of several, is an operation of a JSON Patch."""
    if record.problem or isinstance(read(record.data), Finding):
        return False
    return _is_json_patch(exact.decode(record.data))


def refused_json_patch(document: Any) -> Finding | None:  # noqa: ANN401 - JSON
    """Return the refusal (ORD008) of a JSON Patch, None for anything else."""
    return body.NOT_AN_OBJECT.finding(kind="")._replace(message=_JSON_PATCH) if _is_json_patch(document) else None


def _is_json_patch(document: Any) -> bool:  # noqa: ANN401 - JSON
    """Return whether a document is a list of operations (RFC 6902), or one operation."""
    if isinstance(document, list):
        return any(isinstance(each, dict) and _is_json_patch(each) for each in document)
    return isinstance(document, dict) and all(isinstance(document.get(name), str) for name in ("op", "path"))


def empty_patch() -> Finding:
    """ORD101: the patch says nothing."""
    return body.REQUEST_BODY_MISSING.finding()


def faults_of_items(document: Json, pointer: str = "") -> list[Finding]:
    """What keeps the line items of a document, which stands at a pointer, from being told apart by their ids."""
    return list(_faults_of_items(document, pointer, set()))


def _only_removes(found: Finding, data: bytes) -> bool:
    """Whether what looks like nothing, for all its members are null, removes these members."""
    return found == empty_patch() and data.lstrip()[:1] == b"{" and bool(exact.decode(data))


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The patch without nulls that remove nothing: those in lists, line items apart."""
    if not isinstance(value, dict):
        return exact.without_nulls(value)
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
        yield duplicate_item_id.finding(f"{pointer}/id", id=name)
    else:
        seen.add(name)
    yield from _faults_of_items(item, pointer, seen)
