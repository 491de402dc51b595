"""The states of orders and lines, and the transitions between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import NamedTuple


class OrderState(StrEnum):
    """The state of a customer order (ServiceNow Product Order Open API; Service Order Management, state values).

    `failed` and `partial` come from TMF622 v4. Only orders of TMF622 v5 have `in_progress_accepted`; they and the
    service orders of ServiceNow have `draft`. Only service orders of ServiceNow have the states after these.
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
    SUBMITTED = "submitted"
    ENRICHMENT_IN_PROGRESS = "enrichment_in_progress"
    ENRICHMENT_ON_HOLD = "enrichment_on_hold"
    REVISION_IN_PROGRESS = "revision_in_progress"


class LineState(StrEnum):
    """The state of a line item: the states of an order, but for `in_progress_accepted`.

    A line of a product order is never a draft. Only lines of ServiceNow's service orders are `scheduled`; only lines of
    TMF622 v5 and TMF641 are `partial`.
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
    SUBMITTED = "submitted"
    ENRICHMENT_IN_PROGRESS = "enrichment_in_progress"
    ENRICHMENT_ON_HOLD = "enrichment_on_hold"
    REVISION_IN_PROGRESS = "revision_in_progress"
    SCHEDULED = "scheduled"


State = OrderState | LineState


class Condition(Enum):
    """The condition of a transition that is not always possible."""

    ORDER_ONLY = "orders only"
    LINE_ONLY = "line items only, profile servicenow only"
    PARTIAL_LINES = "orders, and line items of profiles tmf622-v5 and tmf641"
    BY_CANCEL = "by `cancel`, while `orders.cancellation_approval` is off"
    DENIED = "when its cancellation is denied, and it came from there"
    V5_ONLY = "profile tmf622-v5 only"
    SERVICENOW_ONLY = "profile servicenow only"


_PRODUCT, _SERVICE = "productOrder", "serviceOrder"


class Transition(NamedTuple):
    """One transition between states of an order or a line item; `kind` is the only kind of order that has it."""

    source: State
    target: State
    condition: Condition | None = None
    kind: str | None = None


_DRAFT, _NEW, _ACKNOWLEDGED, _IN_PROGRESS = (
    OrderState.DRAFT,
    OrderState.NEW,
    OrderState.ACKNOWLEDGED,
    OrderState.IN_PROGRESS,
)
_AWAITING, _ON_HOLD = OrderState.AWAITING_INFORMATION, OrderState.ON_HOLD
_ASSESSING, _CANCELLING = OrderState.ASSESSING_CANCELLATION, OrderState.CANCELLATION_IN_PROGRESS
_CANCELED, _REJECTED, _COMPLETED = OrderState.CANCELED, OrderState.REJECTED, OrderState.COMPLETED
_FAILED, _PARTIAL = OrderState.FAILED, OrderState.PARTIAL
# Only product orders have these states, or only service orders.
_ACCEPTED = OrderState.IN_PROGRESS_ACCEPTED
_SUBMITTED, _REVISION, _SCHEDULED = OrderState.SUBMITTED, OrderState.REVISION_IN_PROGRESS, LineState.SCHEDULED
_ENRICHMENT, _ENRICHMENT_HELD = OrderState.ENRICHMENT_IN_PROGRESS, OrderState.ENRICHMENT_ON_HOLD

_ALL = (
    Transition(_DRAFT, _ACKNOWLEDGED, Condition.ORDER_ONLY, _PRODUCT),
    Transition(_DRAFT, _IN_PROGRESS, Condition.ORDER_ONLY, _PRODUCT),
    Transition(_DRAFT, _CANCELED, Condition.ORDER_ONLY, _PRODUCT),
    Transition(_DRAFT, _NEW, None, _SERVICE),
    Transition(_DRAFT, _CANCELED, None, _SERVICE),
    Transition(_NEW, _ACKNOWLEDGED),
    Transition(_NEW, _REJECTED),
    Transition(_NEW, _IN_PROGRESS),
    Transition(_NEW, _CANCELED),
    Transition(_NEW, _SUBMITTED, Condition.SERVICENOW_ONLY, _SERVICE),
    Transition(_SUBMITTED, _ENRICHMENT, None, _SERVICE),
    Transition(_SUBMITTED, _ACKNOWLEDGED, None, _SERVICE),
    Transition(_SUBMITTED, _REJECTED, None, _SERVICE),
    Transition(_SUBMITTED, _CANCELED, None, _SERVICE),
    Transition(_ENRICHMENT, _ENRICHMENT_HELD, None, _SERVICE),
    Transition(_ENRICHMENT, _ACKNOWLEDGED, None, _SERVICE),
    Transition(_ENRICHMENT, _REJECTED, None, _SERVICE),
    Transition(_ENRICHMENT, _CANCELED, None, _SERVICE),
    Transition(_ENRICHMENT_HELD, _ENRICHMENT, None, _SERVICE),
    Transition(_ENRICHMENT_HELD, _CANCELED, None, _SERVICE),
    Transition(_ACKNOWLEDGED, _IN_PROGRESS),
    Transition(_ACKNOWLEDGED, _AWAITING),
    Transition(_ACKNOWLEDGED, _ON_HOLD),
    Transition(_ACKNOWLEDGED, _CANCELED),
    Transition(_ACKNOWLEDGED, _ACCEPTED, Condition.V5_ONLY, _PRODUCT),
    Transition(_ACKNOWLEDGED, _SCHEDULED, Condition.LINE_ONLY, _SERVICE),
    Transition(_SCHEDULED, _IN_PROGRESS, None, _SERVICE),
    Transition(_SCHEDULED, _CANCELED, None, _SERVICE),
    Transition(_IN_PROGRESS, _AWAITING),
    Transition(_IN_PROGRESS, _ON_HOLD),
    Transition(_IN_PROGRESS, _ASSESSING),
    Transition(_IN_PROGRESS, _COMPLETED),
    Transition(_IN_PROGRESS, _FAILED),
    Transition(_IN_PROGRESS, _PARTIAL, Condition.PARTIAL_LINES),
    Transition(_IN_PROGRESS, _CANCELED, Condition.BY_CANCEL),
    Transition(_IN_PROGRESS, _ACCEPTED, Condition.V5_ONLY, _PRODUCT),
    Transition(_IN_PROGRESS, _REVISION, Condition.SERVICENOW_ONLY, _SERVICE),
    Transition(_ACCEPTED, _AWAITING, Condition.V5_ONLY, _PRODUCT),
    Transition(_ACCEPTED, _ON_HOLD, Condition.V5_ONLY, _PRODUCT),
    Transition(_ACCEPTED, _COMPLETED, Condition.V5_ONLY, _PRODUCT),
    Transition(_ACCEPTED, _FAILED, Condition.V5_ONLY, _PRODUCT),
    Transition(_ACCEPTED, _PARTIAL, Condition.V5_ONLY, _PRODUCT),
    Transition(_REVISION, _IN_PROGRESS, None, _SERVICE),
    Transition(_AWAITING, _IN_PROGRESS),
    Transition(_AWAITING, _ASSESSING),
    Transition(_AWAITING, _CANCELED),
    Transition(_ON_HOLD, _IN_PROGRESS),
    Transition(_ON_HOLD, _ASSESSING),
    Transition(_ON_HOLD, _CANCELED),
    Transition(_ASSESSING, _IN_PROGRESS, Condition.DENIED),
    Transition(_ASSESSING, _AWAITING, Condition.DENIED),
    Transition(_ASSESSING, _ON_HOLD, Condition.DENIED),
    Transition(_ASSESSING, _CANCELLING),
    Transition(_CANCELLING, _CANCELED),
)
# By the name of the kind of order.
TRANSITIONS: Mapping[str, tuple[Transition, ...]] = MappingProxyType(
    {kind: tuple(each for each in _ALL if each.kind in {None, kind}) for kind in (_PRODUCT, _SERVICE)}
)
# Only profiles that have a word for them know these states; TMF622 v5 and TMF641 have `partial` for line items too.
_OF_SOME_PROFILES: frozenset[State] = frozenset(
    {_DRAFT, _ACCEPTED, _SUBMITTED, _ENRICHMENT, _ENRICHMENT_HELD, _REVISION, _SCHEDULED}
)
FINAL = frozenset(OrderState) - {each.source for table in TRANSITIONS.values() for each in table}
# States that no order or line may reach after the point of no return.
CANCELLING = frozenset({_ASSESSING, _CANCELLING, OrderState.CANCELED})
# States from which an order cannot be cancelled; an order `in_progress_accepted` must be put on hold first.
NOT_CANCELLABLE = FINAL | {_ASSESSING, _ACCEPTED, _REVISION}
# States of lines that are being fulfilled.
IN_FULFILMENT: frozenset[State] = frozenset({_IN_PROGRESS, _REVISION})


def initial_state(words: Mapping[str, str], requested: str | None) -> str:
    """Return the state of a new order; the caller may want a draft where the profile has drafts."""
    is_draft = requested == OrderState.DRAFT and has_state(words, OrderState.DRAFT)
    return (OrderState.DRAFT if is_draft else OrderState.NEW).value


def has_state(words: Mapping[str, str], state: State) -> bool:
    """Return whether the orders of a profile with these words for states can be in a state."""
    is_partial_line = state is LineState.PARTIAL
    return (state not in _OF_SOME_PROFILES and not is_partial_line) or state in words


def known_states(words: Mapping[str, str], kind: str, *, line: bool = False) -> list[State]:
    """Return the states of the orders of a kind, or of their line items, in a profile with these words for states."""
    table = [each for each in TRANSITIONS[kind] if _is_for(each, words, line=line)]
    found = {state for each in table for state in (each.source, each.target) if has_state(words, state)}
    return [state for state in (LineState if line else OrderState) if state in found]


def followers(
    state: State,
    words: Mapping[str, str] = MappingProxyType({}),
    kind: str = _PRODUCT,
    *,
    line: bool = False,
    assessed_from: State | None = None,
    cancelling: bool = False,
) -> list[State]:
    """Return the states that may follow in a profile with these words for states, in the order of the kind's table.

    `assessed_from` is the state before the assessment of a cancellation, to which it may return. `cancelling` adds the
    transition that only `cancel` may use.
    """
    return [
        each.target
        for each in TRANSITIONS[kind]
        if each.source == state
        and has_state(words, each.target)
        and _is_for(each, words, line=line)
        and (each.condition is not Condition.BY_CANCEL or cancelling)
        and (each.condition is not Condition.DENIED or each.target == assessed_from)
    ]


def _is_for(transition: Transition, words: Mapping[str, str], *, line: bool) -> bool:
    """Return whether a transition is one of orders, or of line items, in a profile with these words for states."""
    match transition.condition:
        case Condition.ORDER_ONLY | Condition.V5_ONLY:
            return not line
        case Condition.LINE_ONLY:
            return line
        case Condition.PARTIAL_LINES:
            return not line or LineState.PARTIAL in words
        case _:
            return True


def ways(
    state: State,
    words: Mapping[str, str],
    kind: str = _PRODUCT,
    *,
    line: bool = False,
    assessed_from: State | None = None,
) -> dict[State, list[State]]:
    """Return the states that a patch may set, each with the steps that lead to it.

    `words` has the profile's names of states, if they differ from the stored ones. A state has one step, or two if the
    profile has the same word for two states (TMF622: new and acknowledged): a caller that sees only this word may use
    the transitions of both.
    """
    found = {after: [after] for after in followers(state, words, kind, line=line, assessed_from=assessed_from)}
    for same in [after for after in found if words.get(after, after) == words.get(state, state)]:
        del found[same]
        found |= {after: [same, after] for after in followers(same, words, kind, line=line) if after not in found}
    return found


def way_to(
    wanted: State,
    state: State,
    words: Mapping[str, str],
    kind: str,
    assessed_from: State | None = None,
) -> list[State] | None:
    """Return the fewest steps between two states, also those that only `cancel` takes; None if none lead there.

    `words` has the profile's names of states, `assessed_from` is the state before the assessment of a cancellation.
    """
    is_line = isinstance(state, LineState)
    found: list[tuple[State, list[State]]] = [(state, [])]
    seen = {state}
    for here, steps in found:
        if here == wanted:
            return steps
        origin = assessed_from if here == state else steps[-2] if len(steps) > 1 else state
        for after in followers(here, words, kind, line=is_line, assessed_from=origin, cancelling=True):
            if after not in seen:
                seen.add(after)
                found.append((after, [*steps, after]))
    return None


def way_to_canceled(state: State, *, approval: bool) -> list[State]:
    """Return the steps from a state that is not final to `canceled`.

    They include the assessment of the cancellation if it must be approved, or has begun.
    """
    if state == _ASSESSING:
        return [_CANCELLING, OrderState.CANCELED]
    if state == _IN_PROGRESS and approval:
        return [_ASSESSING, _CANCELLING, OrderState.CANCELED]
    return [OrderState.CANCELED]


_UNSUCCESSFUL = {LineState.FAILED, LineState.CANCELED}
_PARTLY = {LineState.COMPLETED, LineState.PARTIAL}
_NOT_BEGUN = {OrderState.NEW, OrderState.ACKNOWLEDGED, OrderState.DRAFT}


def rolled_up(state: OrderState, lines: Collection[str], kind: str = _PRODUCT) -> OrderState:
    """Return the state of an order that was in `state` before its lines reached these states.

    It does not change if the states of the lines determine none, or if there is no transition to that state: an order
    on hold whose last line is completed becomes completed when it is resumed.
    """
    by_lines = _state_by_lines(lines)
    if by_lines is OrderState.IN_PROGRESS and state not in _NOT_BEGUN:
        return state
    return by_lines if by_lines in followers(state, kind=kind, cancelling=True) else state


def _state_by_lines(lines: Collection[str]) -> OrderState | None:
    states = set(lines)
    if states == {LineState.COMPLETED}:
        return OrderState.COMPLETED
    if states == {LineState.CANCELED}:
        return OrderState.CANCELED
    if states and states <= _UNSUCCESSFUL:
        return OrderState.FAILED
    if states & _PARTLY and states <= {*_PARTLY, *_UNSUCCESSFUL}:
        return OrderState.PARTIAL
    return OrderState.IN_PROGRESS if LineState.IN_PROGRESS in states else None
