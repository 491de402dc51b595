"""Check whether a patch may be applied to an order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from ordercli.intake.json_text import JsonValue
from ordercli.operations.patch_document import faults_of_items
from ordercli.operations.revise import DIFFERENT, Json, OrderSnapshot, Subject, Target
from ordercli.orders.changes import differences
from ordercli.orders.order_rows import LineRow
from ordercli.orders.states import CANCELLING, FINAL, LineState, OrderState, State, known_states, way_to_canceled
from ordercli.resources.common.rules.order import SERVER_OWNED_FIELD
from ordercli.resources.common.rules.relation import UNKNOWN_RELATED_ITEM
from ordercli.resources.common.rules.revision import CURRENCY_REVISION, FIELD_NOT_PATCHABLE, PAST_POINT_OF_NO_RETURN
from ordercli.resources.common.rules.shape import NOT_ONE_OF, WRONG_TYPE
from ordercli.resources.common.values import Line, document_lines, given_currency
from ordercli.resources.document import ITEM_MEMBERS
from ordercli.resources.resource import LINE_MEMBERS
from ordercli.rulebook.rule import Finding

OPERATION = "revisionOperation"
CANCEL = "cancel"
_BOOLEANS = {"true": True, "false": False}
_Steps = list[State] | Finding
_NOT_CONTENT = {*LINE_MEMBERS, OPERATION, *ITEM_MEMBERS}


class CurrentLine(NamedTuple):
    """A line item before the patch: its row, its item in the document of the order, and its state."""

    row: LineRow
    item: Mapping[str, Any]
    subject: Subject


class LineTarget(NamedTuple):
    """The steps of a line item's state in a patch, and whether it is past the point of no return."""

    steps: list[State]
    ponr: bool


def _check_line(line: CurrentLine, item: Mapping[str, Any], pointer: str, *, approval: bool) -> LineTarget | Finding:
    """Return the target of an existing line item, or the error that refuses the patch."""
    ponr = _BOOLEANS.get(str(item.get("ponr", line.item["ponr"])).lower())
    if ponr is None:
        return WRONG_TYPE.finding(f"{pointer}/ponr", field=f"{line.subject.resource.items}.ponr", type="a boolean")
    if unknown := _unknown_operation(item, pointer):
        return unknown
    changed = any(differences(_content(line.item), _content(item)))
    moved = item.get(OPERATION) == CANCEL or item.get("state", line.item["state"]) != line.item["state"]
    if not (changed or moved or ponr != line.row.ponr):
        return LineTarget([], ponr)
    steps = _steps(line, item, pointer, moved=moved, approval=approval)
    if isinstance(steps, Finding):
        return steps
    if line.row.ponr and (changed or not ponr or CANCELLING.intersection(steps)):
        return PAST_POINT_OF_NO_RETURN.finding(pointer, id=line.row.item_id)
    return LineTarget(steps, ponr)


def _steps(line: CurrentLine, item: Mapping[str, Any], pointer: str, *, moved: bool, approval: bool) -> _Steps:
    subject = line.subject
    if item.get(OPERATION) == CANCEL:
        is_waiting = subject.state == OrderState.ASSESSING_CANCELLATION
        if subject.state in FINAL or is_waiting or subject.is_kept_in_fulfilment:
            return subject.illegal(subject.profile.shown_state(OrderState.CANCELED), f"{pointer}/{OPERATION}")
        # A cancellation that needs approval leaves the line waiting for it.
        return way_to_canceled(subject.state, approval=approval)[:1]
    if moved:
        return _steps_to(subject, item["state"], f"{pointer}/state")
    return subject.illegal(DIFFERENT, pointer) if subject.state in FINAL else []


def _steps_to(subject: Subject, word: JsonValue, pointer: str) -> _Steps:
    """Return the steps to the state that a patch names in the words of the order's profile."""
    if not isinstance(word, str):
        return WRONG_TYPE.finding(pointer, field="state", type="a string")
    profile, is_line = subject.profile, isinstance(subject.state, LineState)
    wanted = profile.canonical_state(word)
    there = known_states(profile.states, subject.resource.name, line=is_line)
    if wanted not in there:
        words = ", ".join(dict.fromkeys(profile.shown_state(each) for each in there))
        return NOT_ONE_OF.finding(pointer, field="state", value=word, words=words)
    steps = next((steps for state, steps in subject.ways().items() if state == wanted), None)
    return steps or subject.illegal(word, pointer)


def _unknown_operation(item: Mapping[str, Any], pointer: str) -> Finding | None:
    operation = item.get(OPERATION, CANCEL)
    if operation == CANCEL:
        return None
    return NOT_ONE_OF.finding(f"{pointer}/{OPERATION}", field=OPERATION, value=operation, words=CANCEL)


def _content(item: Mapping[str, Any]) -> Json:
    """Return the caller's members of one line item, without its nested line items."""
    return {name: member for name, member in item.items() if name not in _NOT_CONTENT}


FIXED = ("id", "href", "externalId", "completionDate")
IGNORED = ("version", "ponr", "expectedCompletionDate")
IGNORED_ON_LINES = ("version", "workNote")
CURRENCIES = ("orderCurrency", "currencyCode")

_CurrentLines = dict[str, CurrentLine]


def patchable(before: OrderSnapshot) -> Json:
    """Return the document to patch, without operations: they must come from the patch itself."""
    items = before.resource.items
    return {**before.document, items: [_with_operation(item, {}, items) for item in before.document[items]]}


def not_patchable(before: OrderSnapshot, after: Json) -> list[Finding]:
    """Return why a patched document is not checked at all: the order is final, or its line items are malformed."""
    subject = before.subject
    if subject.state not in FINAL:
        return faults_of_items(after) or list(_other_items(before, after))
    word = after.get("state")
    wanted = word if isinstance(word, str) and word != before.document["state"] else DIFFERENT
    return [subject.illegal(wanted, "/state")]


def _other_items(before: OrderSnapshot, after: Json) -> Iterator[Finding]:
    """Refuse line items of another kind of order."""
    for name in ITEM_MEMBERS:
        if name in after and name != before.resource.items and after[name] != before.document.get(name):
            message = f"{name} cannot be patched: a {before.resource.title} has {before.resource.items}"
            yield FIELD_NOT_PATCHABLE.finding(f"/{name}", field=name)._replace(message=message)


def check_patch(before: OrderSnapshot, after: Json, *, approval: bool) -> tuple[Target | None, list[Finding]]:
    """Return the target of the order (None if an error refuses the patch), and the findings.

    `approval` says whether cancelling something in progress needs approval.
    """
    current = _current_lines(before)
    states = _order_states(before, after)
    targets = {
        line.item["id"]: _line_target(line, current, approval=approval)
        for line in document_lines(after, before.resource.items)
    }
    refused = [each for each in (states, *targets.values()) if isinstance(each, Finding)]
    errors = [*_fixed(before, after), *_currency(before.document, after), *refused]
    findings = [*errors, *_ignored(before, after, current)]
    if errors:
        return None, findings
    lines = cast("dict[str, LineTarget]", targets)
    target = Target(
        _kept(before, after, current),
        cast("list[State]", states),
        {name: line.steps for name, line in lines.items() if line.steps},
        frozenset(name for name, line in lines.items() if line.ponr),
    )
    return target, findings


def _current_lines(before: OrderSnapshot) -> _CurrentLines:
    items: dict[str, Mapping[str, Any]] = {
        line.item["id"]: line.item for line in document_lines(before.document, before.resource.items)
    }
    return {name: CurrentLine(row, items[name], before.line_subject(name)) for name, row in before.stored.lines.items()}


def _fixed(before: OrderSnapshot, after: Json) -> Iterator[Finding]:
    for name in (*FIXED, before.profile.created_at):
        if after.get(name) != before.document.get(name):
            yield FIELD_NOT_PATCHABLE.finding(f"/{name}", field=name)


def _currency(before: Json, after: Json) -> Iterator[Finding]:
    """Refuse another currency. A patch may repeat the currency of the order, also under its other name."""
    own = _own_currency(before)
    for name in CURRENCIES:
        if after.get(name) != before.get(name) and (name in before or after[name] != own):
            yield CURRENCY_REVISION.finding(f"/{name}")


def _own_currency(document: Json) -> str | None:
    given = given_currency(document.get("orderCurrency"), document.get("currencyCode"))
    return given[1] if given else None


def _order_states(before: OrderSnapshot, after: Json) -> _Steps:
    word = after.get("state")
    if word in (None, before.document["state"]):
        return []
    steps = _steps_to(before.subject, word, "/state")
    gone = next((line for line in before.stored.lines.values() if line.ponr), None)
    if gone and not isinstance(steps, Finding) and CANCELLING.intersection(steps):
        return PAST_POINT_OF_NO_RETURN.finding("/state", id=gone.item_id)
    return steps


def _line_target(line: Line[Json], current: _CurrentLines, *, approval: bool) -> LineTarget | Finding:
    item: Mapping[str, Any] = line.item
    known = current.get(item["id"])
    if known:
        return _check_line(known, item, line.pointer, approval=approval)
    if item.get(OPERATION) == CANCEL:
        return UNKNOWN_RELATED_ITEM.finding(f"{line.pointer}/id", id=item["id"])
    return _unknown_operation(item, line.pointer) or LineTarget([], ponr=False)


def _ignored(before: OrderSnapshot, after: Json, current: _CurrentLines) -> Iterator[Finding]:
    """Warn about changed members that only the order system sets."""
    for name in IGNORED:
        if after.get(name, known := before.document.get(name)) != known:
            yield SERVER_OWNED_FIELD.finding(f"/{name}", field=name)
    for line in document_lines(after, before.resource.items):
        item: Mapping[str, Any] = line.item
        current_line = current.get(item["id"])
        members = current_line.item if current_line else {}
        for name in IGNORED_ON_LINES if current_line else LINE_MEMBERS:
            if item.get(name, members.get(name)) != members.get(name):
                yield SERVER_OWNED_FIELD.finding(f"{line.pointer}/{name}", field=name)


def _kept(before: OrderSnapshot, after: Json, current: _CurrentLines) -> Json:
    """Return the patched document without operations and without the other name of the currency."""
    items = before.resource.items
    document = {name: member for name, member in after.items() if name not in CURRENCIES or name in before.document}
    document[items] = [_with_operation(item, current, items) for item in after[items]]
    return document


def _with_operation(item: Json, current: _CurrentLines, items: str) -> Json:
    """Return the item with the operation that it had when the order was accepted, if any."""
    known = current.get(item["id"])
    if OPERATION not in item and items not in item and not (known and OPERATION in known.item):
        return item
    kept = {name: member for name, member in item.items() if name != OPERATION}
    if known and OPERATION in known.item:
        kept[OPERATION] = known.item[OPERATION]
    if items in item:
        kept[items] = [_with_operation(child, current, items) for child in item[items]]
    return kept
