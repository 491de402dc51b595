"""A line item of a patched document: may the line that stands become that?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.orders.changes import differences
from ordercli.orders.merge import ITEMS
from ordercli.orders.states import OrderState
from ordercli.orders.transitions import CANCELLING, FINAL, way_to_canceled
from ordercli.pipeline.revising.state_checks import DIFFERENT, Subject, illegal, steps_to
from ordercli.tmf622 import server_owned
from ordercli.tmf622.words import shown_state
from ordercli.validation.finding import Finding
from ordercli.validation.rules.elsewhere import PAST_POINT_OF_NO_RETURN
from ordercli.validation.rules.relation import unknown_related_item
from ordercli.validation.rules.shape import NOT_ONE_OF, WRONG_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.orders.convert import LineRow

Json = dict[str, Any]

OPERATION = "revisionOperation"
CANCEL = "cancel"
_BOOLEANS = {"true": True, "false": False}
_Steps = list[OrderState] | Finding
_NOT_CONTENT = {*server_owned.LINE_MEMBERS, OPERATION, ITEMS}


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
        return unknown_related_item.finding(f"{pointer}/id", id=item["id"])
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
