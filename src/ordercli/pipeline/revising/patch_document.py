"""The bytes of a patch become what it says, numbers as they came, or the findings that say why they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def read_patch(record: Record) -> Json | list[Finding]:
    """What a patch says: an object with at least one member, whose line items have an id.

    A member that is null removes the one of that name, of a line item too; in other lists a null counts as absent.
    """
    if record.problem:
        return [problem_finding(record.problem, record)]
    found = read(record.data)
    if isinstance(found, Finding) and not _only_removes(found, record.data):
        return [found]
    patch: Json = _cleaned(exact.decode(record.data))
    return faults_of_items(patch) or patch


def empty_patch() -> Finding:
    """ORD101: the patch says nothing."""
    return body.REQUEST_BODY_MISSING.finding()


def faults_of_items(document: Json) -> list[Finding]:
    """What keeps the line items of a document from being told apart by their ids."""
    return list(_faults_of_items(document, "", set()))


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
