"""Which state may follow which: the one table that the code, the database and docs/states.md go by."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from ordercli.orders.states import LineState, OrderState
from ordercli.tmf622.words import shown_state

State = OrderState | LineState


class Condition(Enum):
    """When a transition is possible, where it is not always."""

    ORDER_ONLY = "orders only"
    BY_CANCEL = "by `cancel`, while `orders.cancellation_approval` is off"
    DENIED = "when its cancellation is denied, and it came from there"


class Transition(NamedTuple):
    """One step of an order's, or a line item's, life."""

    source: OrderState
    target: OrderState
    condition: Condition | None = None


_NEW, _ACKNOWLEDGED, _IN_PROGRESS = OrderState.NEW, OrderState.ACKNOWLEDGED, OrderState.IN_PROGRESS
_AWAITING, _ON_HOLD = OrderState.AWAITING_INFORMATION, OrderState.ON_HOLD
_ASSESSING, _CANCELLING = OrderState.ASSESSING_CANCELLATION, OrderState.CANCELLATION_IN_PROGRESS

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_NEW, _ACKNOWLEDGED),
    Transition(_NEW, OrderState.REJECTED),
    Transition(_NEW, _IN_PROGRESS),
    Transition(_NEW, OrderState.CANCELED),
    Transition(_ACKNOWLEDGED, _IN_PROGRESS),
    Transition(_ACKNOWLEDGED, _AWAITING),
    Transition(_ACKNOWLEDGED, _ON_HOLD),
    Transition(_ACKNOWLEDGED, OrderState.CANCELED),
    Transition(_IN_PROGRESS, _AWAITING),
    Transition(_IN_PROGRESS, _ON_HOLD),
    Transition(_IN_PROGRESS, _ASSESSING),
    Transition(_IN_PROGRESS, OrderState.COMPLETED),
    Transition(_IN_PROGRESS, OrderState.FAILED),
    Transition(_IN_PROGRESS, OrderState.PARTIAL, Condition.ORDER_ONLY),
    Transition(_IN_PROGRESS, OrderState.CANCELED, Condition.BY_CANCEL),
    Transition(_AWAITING, _IN_PROGRESS),
    Transition(_AWAITING, _ASSESSING),
    Transition(_AWAITING, OrderState.CANCELED),
    Transition(_ON_HOLD, _IN_PROGRESS),
    Transition(_ON_HOLD, _ASSESSING),
    Transition(_ON_HOLD, OrderState.CANCELED),
    Transition(_ASSESSING, _IN_PROGRESS, Condition.DENIED),
    Transition(_ASSESSING, _AWAITING, Condition.DENIED),
    Transition(_ASSESSING, _ON_HOLD, Condition.DENIED),
    Transition(_ASSESSING, _CANCELLING),
    Transition(_CANCELLING, OrderState.CANCELED),
)
FINAL = frozenset(OrderState) - {each.source for each in TRANSITIONS}
# What no order and no line may come to once it is past the point of no return.
CANCELLING = frozenset({_ASSESSING, _CANCELLING, OrderState.CANCELED})


def followers(
    state: State, *, line: bool = False, assessed_from: State | None = None, cancelling: bool = False
) -> list[OrderState]:
    """The states that may follow, in the table's order.

    `assessed_from` is where the assessment of a cancellation came from and may go back to; `cancelling` adds the step
    that only `cancel` may take.
    """
    return [
        each.target
        for each in TRANSITIONS
        if each.source == state
        and (each.condition is not Condition.ORDER_ONLY or not line)
        and (each.condition is not Condition.BY_CANCEL or cancelling)
        and (each.condition is not Condition.DENIED or each.target == assessed_from)
    ]


def ways(
    state: State, profile: str, *, line: bool = False, assessed_from: State | None = None
) -> dict[OrderState, list[OrderState]]:
    """The states that a patch may set, each with the steps that lead to it.

    One step each; two where a profile has one word for two states (tmf622: new and acknowledged), so that whoever
    sees only that word may do what follows either.
    """
    found = {after: [after] for after in followers(state, line=line, assessed_from=assessed_from)}
    for twin in [after for after in found if shown_state(after, profile) == shown_state(state, profile)]:
        del found[twin]
        found |= {after: [twin, after] for after in followers(twin, line=line) if after not in found}
    return found


def way_to_canceled(state: State, *, approval: bool) -> list[OrderState]:
    """The steps from a state that is not final to `canceled`.

    Over an assessment of the cancellation where that has to be approved, or has begun.
    """
    if state == _ASSESSING:
        return [_CANCELLING, OrderState.CANCELED]
    if state == _IN_PROGRESS and approval:
        return [_ASSESSING, _CANCELLING, OrderState.CANCELED]
    return [OrderState.CANCELED]
