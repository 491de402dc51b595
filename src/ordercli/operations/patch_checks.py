"""Check whether an order may become what a patch makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ordercli.operations.order_snapshot import DIFFERENT, InFlight, Json, Subject, Wanted, illegal, steps_to
from ordercli.resources.product_order import contents
from ordercli.resources.product_order.changes import differences
from ordercli.resources.product_order.document import ITEMS
from ordercli.resources.product_order.rules.operations import (
    CURRENCY_REVISION,
    FIELD_NOT_PATCHABLE,
    PAST_POINT_OF_NO_RETURN,
)
from ordercli.resources.product_order.rules.order import SERVER_OWNED_FIELD
from ordercli.resources.product_order.rules.relation import UNKNOWN_RELATED_ITEM
from ordercli.resources.product_order.rules.shape import NOT_ONE_OF, WRONG_TYPE
from ordercli.resources.product_order.states import CANCELLING, FINAL, OrderState, way_to_canceled
from ordercli.resources.product_order.values import Line, document_lines, given_currency
from ordercli.resources.product_order.words import shown_state
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ordercli.resources.product_order.convert import LineRow


OPERATION = "revisionOperation"
CANCEL = "cancel"
_BOOLEANS = {"true": True, "false": False}
_Steps = list[OrderState] | Finding
_NOT_CONTENT = {*contents.LINE_MEMBERS, OPERATION, ITEMS}


class LineStanding(NamedTuple):
    """A line as it stands: its row, its item as it is shown, and its state."""

    row: LineRow
    item: Mapping[str, Any]
    subject: Subject


class LineWish(NamedTuple):
    """What a patch wants of a line beside its content."""

    steps: list[OrderState]
    ponr: bool


def check_new_line(item: Mapping[str, Any], pointer: str) -> Finding | None:
    """What stands against a line that the order does not have yet, before the rules judge it."""
    if item.get(OPERATION) == CANCEL:
        return UNKNOWN_RELATED_ITEM.finding(f"{pointer}/id", id=item["id"])
    return _unknown_operation(item, pointer)


def check_line(line: LineStanding, item: Mapping[str, Any], pointer: str, *, approval: bool) -> LineWish | Finding:
    """What a patch wants of a line that stands, or what stands against it.

    `approval` says whether the cancellation of a line in progress has to be approved.
    """
    ponr = _BOOLEANS.get(str(item.get("ponr", line.item["ponr"])).lower())
    if ponr is None:
        return WRONG_TYPE.finding(f"{pointer}/ponr", field="productOrderItem.ponr", type="a boolean")
    if unknown := _unknown_operation(item, pointer):
        return unknown
    changed = any(differences(_content(line.item), _content(item)))
    moved = item.get(OPERATION) == CANCEL or item.get("state", line.item["state"]) != line.item["state"]
    if not (changed or moved or ponr != line.row.ponr):
        return LineWish([], ponr)
    steps = _steps(line, item, pointer, moved=moved, approval=approval)
    if isinstance(steps, Finding):
        return steps
    if line.row.ponr and (changed or not ponr or CANCELLING.intersection(steps)):
        return PAST_POINT_OF_NO_RETURN.finding(pointer, id=line.row.item_id)
    return LineWish(steps, ponr)


def _steps(line: LineStanding, item: Mapping[str, Any], pointer: str, *, moved: bool, approval: bool) -> _Steps:
    subject = line.subject
    if item.get(OPERATION) == CANCEL:
        if subject.state in FINAL or subject.state == OrderState.ASSESSING_CANCELLATION:
            return illegal(subject, shown_state(OrderState.CANCELED, subject.profile), f"{pointer}/{OPERATION}")
        # Where it has to be approved, the line waits for that.
        return way_to_canceled(subject.state, approval=approval)[:1]
    if moved:
        return steps_to(subject, item["state"], f"{pointer}/state")
    return illegal(subject, DIFFERENT, pointer) if subject.state in FINAL else []


def _unknown_operation(item: Mapping[str, Any], pointer: str) -> Finding | None:
    operation = item.get(OPERATION, CANCEL)
    if operation == CANCEL:
        return None
    return NOT_ONE_OF.finding(f"{pointer}/{OPERATION}", field=OPERATION, value=operation, words=CANCEL)


def _content(item: Mapping[str, Any]) -> Json:
    """What the caller says of one line, its nested lines apart."""
    return {name: member for name, member in item.items() if name not in _NOT_CONTENT}


FIXED = ("id", "href", "orderDate", "externalId", "completionDate")
IGNORED = ("version", "ponr", "expectedCompletionDate")
IGNORED_ON_LINES = ("version", "workNote")
CURRENCIES = ("orderCurrency", "currencyCode")

_Standings = dict[str, LineStanding]


def patchable(document: Json) -> Json:
    """The document that a patch goes into: without operations, for those must come from the patch itself."""
    return {**document, ITEMS: [_with_operation(item, {}) for item in document[ITEMS]]}


def check_patch(before: InFlight, after: Json, *, approval: bool) -> tuple[Wanted | None, list[Finding]]:
    """What a patched document asks for (None where an error stands against it), and the findings.

    `approval` says whether the cancellation of a line in progress has to be approved.
    """
    standings = _standings(before)
    states = _order_states(before, after)
    wishes = {line.item["id"]: _wish(line, standings, approval=approval) for line in document_lines(after)}
    told = [each for each in (states, *wishes.values()) if isinstance(each, Finding)]
    errors = [*_fixed(before.document, after), *_currency(before.document, after), *told]
    findings = [*errors, *_ignored(before.document, after, standings)]
    if errors:
        return None, findings
    granted = cast("dict[str, LineWish]", wishes)
    wanted = Wanted(
        _kept(before.document, after, standings),
        cast("list[OrderState]", states),
        {name: wish.steps for name, wish in granted.items() if wish.steps},
        frozenset(name for name, wish in granted.items() if wish.ponr),
    )
    return wanted, findings


def _standings(before: InFlight) -> _Standings:
    items: dict[str, Mapping[str, Any]] = {line.item["id"]: line.item for line in document_lines(before.document)}
    return {
        name: LineStanding(row, items[name], before.line_subject(name)) for name, row in before.standing.lines.items()
    }


def _fixed(before: Json, after: Json) -> Iterator[Finding]:
    for name in FIXED:
        if after.get(name) != before.get(name):
            yield FIELD_NOT_PATCHABLE.finding(f"/{name}", field=name)


def _currency(before: Json, after: Json) -> Iterator[Finding]:
    """The order's own currency may be repeated, under its other name too."""
    own = _own_currency(before)
    for name in CURRENCIES:
        if after.get(name) != before.get(name) and (name in before or after[name] != own):
            yield CURRENCY_REVISION.finding(f"/{name}")


def _own_currency(document: Json) -> str | None:
    given = given_currency(document.get("orderCurrency"), document.get("currencyCode"))
    return given[1] if given else None


def _order_states(before: InFlight, after: Json) -> list[OrderState] | Finding:
    word = after.get("state")
    if word in (None, before.document["state"]):
        return []
    steps = steps_to(before.subject, word, "/state")
    gone = next((line for line in before.standing.lines.values() if line.ponr), None)
    if gone and not isinstance(steps, Finding) and CANCELLING.intersection(steps):
        return PAST_POINT_OF_NO_RETURN.finding("/state", id=gone.item_id)
    return steps


def _wish(line: Line[Json], standings: _Standings, *, approval: bool) -> LineWish | Finding:
    item: Mapping[str, Any] = line.item
    standing = standings.get(item["id"])
    if standing is None:
        return check_new_line(item, line.pointer) or LineWish([], ponr=False)
    return check_line(standing, item, line.pointer, approval=approval)


def _ignored(before: Json, after: Json, standings: _Standings) -> Iterator[Finding]:
    """What only the order system sets; it goes the way of all server-owned members."""
    for name in IGNORED:
        if after.get(name, before.get(name)) != before.get(name):
            yield SERVER_OWNED_FIELD.finding(f"/{name}", field=name)
    for line in document_lines(after):
        item: Mapping[str, Any] = line.item
        known = standings.get(item["id"])
        told = known.item if known else {}
        for name in IGNORED_ON_LINES if known else contents.LINE_MEMBERS:
            if item.get(name, told.get(name)) != told.get(name):
                yield SERVER_OWNED_FIELD.finding(f"{line.pointer}/{name}", field=name)


def _kept(before: Json, after: Json, standings: _Standings) -> Json:
    """The patched document without what was for the patch alone: operations, and the currency's other name."""
    document = {name: member for name, member in after.items() if name not in CURRENCIES or name in before}
    document[ITEMS] = [_with_operation(item, standings) for item in after[ITEMS]]
    return document


def _with_operation(item: Json, standings: _Standings) -> Json:
    """The item with the operation that its caller gave it when the order was accepted, if any."""
    known = standings.get(item["id"])
    if OPERATION not in item and ITEMS not in item and not (known and OPERATION in known.item):
        return item
    kept = {name: member for name, member in item.items() if name != OPERATION}
    if known and OPERATION in known.item:
        kept[OPERATION] = known.item[OPERATION]
    if ITEMS in item:
        kept[ITEMS] = [_with_operation(child, standings) for child in item[ITEMS]]
    return kept
