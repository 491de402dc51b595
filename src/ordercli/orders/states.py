"""The states of orders and lines, and the transitions between them."""

from __future__ import annotations

from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class OrderState(StrEnum):
    """Where a customer order stands (ServiceNow Product Order Open API).

    `failed` and `partial` come from TMF622 v4. `draft` and `in_progress_accepted` come from v5, whose orders alone have
    them.
    """

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    AWAITING_INFORMATION = "awaiting_information"
    ON_HOLD = "on_hold"
    ASSESSING_CANCELLATION = "assessing_cancellation"
    CANCELLATION_IN_PROGRESS = "cancellation_in_progress"
    REJECTED = "rejected"
    CANCELED = "canceled"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL = "partial"
    DRAFT = "draft"
    IN_PROGRESS_ACCEPTED = "in_progress_accepted"


class LineState(StrEnum):
    """Where a line item stands: as an order, but never partial, a draft or accepted."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    AWAITING_INFORMATION = "awaiting_information"
    ON_HOLD = "on_hold"
    ASSESSING_CANCELLATION = "assessing_cancellation"
    CANCELLATION_IN_PROGRESS = "cancellation_in_progress"
    REJECTED = "rejected"
    CANCELED = "canceled"
    COMPLETED = "completed"
    FAILED = "failed"


State = OrderState | LineState


class Condition(Enum):
    """The condition of a transition that is not always possible."""

    ORDER_ONLY = "orders only"
    BY_CANCEL = "by `cancel`, while `orders.cancellation_approval` is off"
    DENIED = "when its cancellation is denied, and it came from there"
    V5_ONLY = "profile tmf622-v5 only"


class Transition(NamedTuple):
    """One transition between states of an order or a line item."""

    source: OrderState
    target: OrderState
    condition: Condition | None = None


_NEW, _ACKNOWLEDGED, _IN_PROGRESS = OrderState.NEW, OrderState.ACKNOWLEDGED, OrderState.IN_PROGRESS
_AWAITING, _ON_HOLD = OrderState.AWAITING_INFORMATION, OrderState.ON_HOLD
_ASSESSING, _CANCELLING = OrderState.ASSESSING_CANCELLATION, OrderState.CANCELLATION_IN_PROGRESS
_ACCEPTED = OrderState.IN_PROGRESS_ACCEPTED

TRANSITIONS: tuple[Transition, ...] = (
    Transition(OrderState.DRAFT, _ACKNOWLEDGED),
    Transition(OrderState.DRAFT, _IN_PROGRESS),
    Transition(OrderState.DRAFT, OrderState.CANCELED),
    Transition(_NEW, _ACKNOWLEDGED),
    Transition(_NEW, OrderState.REJECTED),
    Transition(_NEW, _IN_PROGRESS),
    Transition(_NEW, OrderState.CANCELED),
    Transition(_ACKNOWLEDGED, _IN_PROGRESS),
    Transition(_ACKNOWLEDGED, _AWAITING),
    Transition(_ACKNOWLEDGED, _ON_HOLD),
    Transition(_ACKNOWLEDGED, OrderState.CANCELED),
    Transition(_ACKNOWLEDGED, _ACCEPTED, Condition.V5_ONLY),
    Transition(_IN_PROGRESS, _AWAITING),
    Transition(_IN_PROGRESS, _ON_HOLD),
    Transition(_IN_PROGRESS, _ASSESSING),
    Transition(_IN_PROGRESS, OrderState.COMPLETED),
    Transition(_IN_PROGRESS, OrderState.FAILED),
    Transition(_IN_PROGRESS, OrderState.PARTIAL, Condition.ORDER_ONLY),
    Transition(_IN_PROGRESS, OrderState.CANCELED, Condition.BY_CANCEL),
    Transition(_IN_PROGRESS, _ACCEPTED, Condition.V5_ONLY),
    Transition(_ACCEPTED, _AWAITING),
    Transition(_ACCEPTED, _ON_HOLD),
    Transition(_ACCEPTED, OrderState.COMPLETED),
    Transition(_ACCEPTED, OrderState.FAILED),
    Transition(_ACCEPTED, OrderState.PARTIAL),
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
# Only profiles that have a word for them know these states.
_OF_SOME_PROFILES = frozenset({OrderState.DRAFT, _ACCEPTED})
FINAL = frozenset(OrderState) - {each.source for each in TRANSITIONS}
# States that no order or line may reach after the point of no return.
CANCELLING = frozenset({_ASSESSING, _CANCELLING, OrderState.CANCELED})
# States from which an order cannot be cancelled, or not once more: one that was accepted is put on hold first.
NOT_CANCELLABLE = FINAL | {_ASSESSING, _ACCEPTED}


def initial_state(words: Mapping[str, str], wanted: str | None) -> str:
    """Return the state of a new order; the caller may want a draft where the profile has drafts."""
    is_draft = wanted == OrderState.DRAFT and has_state(words, OrderState.DRAFT)
    return (OrderState.DRAFT if is_draft else OrderState.NEW).value


def has_state(words: Mapping[str, str], state: State) -> bool:
    """Return whether the orders of a profile with these words for states can be in a state."""
    return state not in _OF_SOME_PROFILES or state in words


def followers(
    state: State,
    words: Mapping[str, str] = MappingProxyType({}),
    *,
    line: bool = False,
    assessed_from: State | None = None,
    cancelling: bool = False,
) -> list[OrderState]:
    """Return the states that may follow in a profile with these words for states, in the table's order.

    `assessed_from` is the state before the assessment of a cancellation, to which it may return. `cancelling` adds the
    transition that only `cancel` may use.
    """
    return [
        each.target
        for each in TRANSITIONS
        if each.source == state
        and (each.condition is not Condition.ORDER_ONLY or not line)
        and (each.condition is not Condition.BY_CANCEL or cancelling)
        and (each.condition is not Condition.DENIED or each.target == assessed_from)
        and (each.condition is not Condition.V5_ONLY or (not line and has_state(words, each.target)))
    ]


def ways(
    state: State, words: Mapping[str, str], *, line: bool = False, assessed_from: State | None = None
) -> dict[OrderState, list[OrderState]]:
    """Return the states that a patch may set, each with the steps that lead to it.

    `words` are those of a profile for states, where they differ from ours. A state has one step, or two if the profile
    has the same word for two states (TMF622: new and acknowledged): a caller that sees only this word may use the
    transitions of both.
    """
    found = {after: [after] for after in followers(state, words, line=line, assessed_from=assessed_from)}
    for same in [after for after in found if words.get(after, after) == words.get(state, state)]:
        del found[same]
        found |= {after: [same, after] for after in followers(same, words, line=line) if after not in found}
    return found


def way_to_canceled(state: State, *, approval: bool) -> list[OrderState]:
    """Return the steps from a state that is not final to `canceled`.

    They include the assessment of the cancellation if it must be approved, or has begun.
    """
    if state == _ASSESSING:
        return [_CANCELLING, OrderState.CANCELED]
    if state == _IN_PROGRESS and approval:
        return [_ASSESSING, _CANCELLING, OrderState.CANCELED]
    return [OrderState.CANCELED]


_UNSUCCESSFUL = {LineState.FAILED, LineState.CANCELED}
_NOT_BEGUN = {OrderState.NEW, OrderState.ACKNOWLEDGED, OrderState.DRAFT}


def rolled_up(state: OrderState, lines: Collection[str]) -> OrderState:
    """Return the state of an order that was in `state` before its lines reached these states.

    It does not change if the states of the lines determine none, or if there is no transition to that state: an order
    on hold whose last line is completed becomes completed when it is resumed.
    """
    wanted = _state_by_lines(lines)
    if wanted is OrderState.IN_PROGRESS:
        return wanted if state in _NOT_BEGUN else state
    return wanted if wanted in followers(state, cancelling=True) else state


def _state_by_lines(lines: Collection[str]) -> OrderState | None:
    states = set(lines)
    if states == {LineState.COMPLETED}:
        return OrderState.COMPLETED
    if states == {LineState.CANCELED}:
        return OrderState.CANCELED
    if states and states <= _UNSUCCESSFUL:
        return OrderState.FAILED
    if LineState.COMPLETED in states and states <= {LineState.COMPLETED, *_UNSUCCESSFUL}:
        return OrderState.PARTIAL
    return OrderState.IN_PROGRESS if LineState.IN_PROGRESS in states else None
