"""The states of its lines become the state of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.orders.states import LineState, OrderState
from ordercli.orders.transitions import followers

if TYPE_CHECKING:
    from collections.abc import Collection

_UNSUCCESSFUL = {LineState.FAILED, LineState.CANCELED}
_NOT_BEGUN = {OrderState.NEW, OrderState.ACKNOWLEDGED}


def rolled_up(state: OrderState, lines: Collection[str]) -> OrderState:
    """The state of an order that stood in `state` when its lines came to these states.

    It stays where it is when the lines say nothing, and where no transition leads to what they say: an order on hold
    whose last line is completed becomes completed when it is taken up again.
    """
    wanted = _told_by(lines)
    if wanted is OrderState.IN_PROGRESS:
        return wanted if state in _NOT_BEGUN else state
    return wanted if wanted in followers(state, cancelling=True) else state


def _told_by(lines: Collection[str]) -> OrderState | None:
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
