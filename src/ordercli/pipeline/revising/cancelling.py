"""The cancellation of an order is asked for, approved or denied: which steps that makes it and its lines go."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from ordercli.clock import now, timestamp
from ordercli.orders.states import OrderState
from ordercli.orders.transitions import FINAL, followers, way_to_canceled
from ordercli.pipeline.revising.in_flight import InFlight, Wanted, load, revise
from ordercli.pipeline.revising.proposals import Proposal
from ordercli.pipeline.revising.state_checks import illegal
from ordercli.tmf622.lines import document_lines
from ordercli.tmf622.words import shown_state
from ordercli.validation.rules.elsewhere import PAST_POINT_OF_NO_RETURN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection
    from ordercli.validation.finding import Finding

_ASSESSING = OrderState.ASSESSING_CANCELLATION


class Decision(StrEnum):
    """What is decided about the cancellation of an order."""

    CANCELLED = "cancelled"
    APPROVED = "approved"
    DENIED = "denied"


class _Plan(NamedTuple):
    """The steps of an order and of its lines, by line id."""

    states: list[OrderState]
    line_states: dict[str, list[OrderState]]


def propose_cancellation(connection: Connection, seq: int, decision: Decision, *, approval: bool) -> Proposal:
    """What a decision makes of the order with this key.

    `approval` says whether the cancellation of what is in progress has to be approved.
    """
    before = load(connection, seq)
    plan = _PLANS[decision](before, approval=approval)
    if not (plan.states or plan.line_states):
        wanted = (
            shown_state(OrderState.CANCELED, before.subject.profile) if decision is Decision.CANCELLED else decision
        )
        return Proposal(before, [illegal(before.subject, wanted, "/state")])
    gone = [] if decision is Decision.DENIED else list(_past_return(before, plan))
    if gone:
        return Proposal(before, gone)
    steps = Wanted(before.document, plan.states, plan.line_states)
    return Proposal(before, [], revise(before, steps, None, timestamp(now())))


def _request(before: InFlight, *, approval: bool) -> _Plan:
    """Every line that is not final is cancelled with the order; in progress, and approval wanted, all of them wait."""
    state = before.subject.state
    if state in FINAL or state == _ASSESSING:
        return _Plan([], {})
    if approval and state == OrderState.IN_PROGRESS:
        waiting = [name for name in _open_lines(before) if _ASSESSING in followers(before.line_subject(name).state)]
        return _Plan([_ASSESSING], {name: [_ASSESSING] for name in waiting})
    return _cancelled(before, approval=approval)


def _approve(before: InFlight, *, approval: bool) -> _Plan:  # noqa: ARG001 - decisions are called alike
    """An order that waits is cancelled with its lines; else the lines that wait alone."""
    if before.subject.state == _ASSESSING:
        return _cancelled(before, approval=True)
    return _Plan([], {name: way_to_canceled(_ASSESSING, approval=True) for name in _assessed_lines(before)})


def _deny(before: InFlight, *, approval: bool) -> _Plan:  # noqa: ARG001 - decisions are called alike
    """Everything that waits goes back to where it came from."""
    origins = before.standing.assessed_from
    states = [OrderState(origins[None])] if None in origins else []
    return _Plan(states, {name: [OrderState(origins[name])] for name in _assessed_lines(before)})


_PLANS = {Decision.CANCELLED: _request, Decision.APPROVED: _approve, Decision.DENIED: _deny}


def _cancelled(before: InFlight, *, approval: bool) -> _Plan:
    steps = {name: way_to_canceled(before.line_subject(name).state, approval=approval) for name in _open_lines(before)}
    return _Plan(way_to_canceled(before.subject.state, approval=approval), steps)


def _open_lines(before: InFlight) -> list[str]:
    return [name for name in before.standing.lines if before.line_subject(name).state not in FINAL]


def _assessed_lines(before: InFlight) -> list[str]:
    return [name for name in before.standing.lines if name in before.standing.assessed_from]


def _past_return(before: InFlight, plan: _Plan) -> Iterator[Finding]:
    """The lines that can no longer be cancelled: of an order that is, any that is not final."""
    concerned = _open_lines(before) if plan.states else list(plan.line_states)
    for line in document_lines(before.document):
        name = line.item["id"]
        if name in concerned and before.standing.lines[name].ponr:
            yield PAST_POINT_OF_NO_RETURN.finding(line.pointer, id=name)
