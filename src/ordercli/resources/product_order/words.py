"""The two vocabularies of an order: the words of each profile become ours, and ours become theirs.

Sources: ServiceNow Product Order Open API, table 45 (servicenow); TMF622 v4, OrderItemActionType and
ProductOrderStateType (tmf622).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Profile = Literal["servicenow", "tmf622"]

ACTIONS: Mapping[Profile, tuple[str, ...]] = {
    "servicenow": ("add", "change", "delete", "no-change", "resume", "suspend"),
    "tmf622": ("add", "delete", "modify", "noChange"),
}

# Our words are those of servicenow; the standard says two of them otherwise.
CANONICAL_ACTIONS: Mapping[str, str] = {
    **{action: action for action in ACTIONS["servicenow"]},
    "modify": "change",
    "noChange": "no-change",
}

_STANDARD_STATES: Mapping[str, str] = {
    "new": "acknowledged",
    "acknowledged": "acknowledged",
    "in_progress": "inProgress",
    "awaiting_information": "pending",
    "on_hold": "held",
    "assessing_cancellation": "assessingCancellation",
    "cancellation_in_progress": "pendingCancellation",
    "canceled": "cancelled",
}
_OUR_STATES: Mapping[str, str] = {theirs: ours for ours, theirs in _STANDARD_STATES.items()}


def shown_state(state: str, profile: str) -> str:
    """Our word for a state in the words of a profile; a word that both share stays as it is."""
    return _STANDARD_STATES.get(state, state) if profile == "tmf622" else state


def canonical_state(word: str, profile: str) -> str:
    """A profile's word for a state as ours; an unknown word stays as it is."""
    return _OUR_STATES.get(word, word) if profile == "tmf622" else word


def shown_action(action: str, profile: Profile) -> str:
    """Our word for an action in the words of a profile; suspend and resume have none in tmf622 and stay."""
    return next((word for word in ACTIONS[profile] if CANONICAL_ACTIONS[word] == action), action)
