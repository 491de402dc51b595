"""A state that somebody wants becomes the steps that lead to it, or the finding that says why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.orders.states import LineState
from ordercli.orders.transitions import State, ways
from ordercli.tmf622.words import canonical_state, shown_state
from ordercli.validation.rules.elsewhere import ILLEGAL_STATE_TRANSITION
from ordercli.validation.rules.shape import NOT_ONE_OF, WRONG_TYPE

if TYPE_CHECKING:
    from ordercli.orders.states import OrderState
    from ordercli.validation.finding import Finding

# What somebody wants who changes something else than the state.
DIFFERENT = "different"


class Subject(NamedTuple):
    """Whose state it is: an order's, or a line's; `name` as messages call it, `profile` whose words they use."""

    name: str
    state: State
    profile: str
    assessed_from: State | None = None

    def ways(self) -> dict[OrderState, list[OrderState]]:
        """The states that a patch may set, each with the steps to it."""
        is_line = isinstance(self.state, LineState)
        return ways(self.state, self.profile, line=is_line, assessed_from=self.assessed_from)


def steps_to(subject: Subject, word: Any, pointer: str) -> list[OrderState] | Finding:  # noqa: ANN401 - JSON
    """The steps to the state that a patch names, in the words of the order's profile."""
    if not isinstance(word, str):
        return WRONG_TYPE.finding(pointer, field="state", type="a string")
    known = type(subject.state)
    wanted = canonical_state(word, subject.profile)
    if wanted not in set(known):
        words = ", ".join(dict.fromkeys(shown_state(each, subject.profile) for each in known))
        return NOT_ONE_OF.finding(pointer, field="state", value=word, words=words)
    steps = next((steps for state, steps in subject.ways().items() if state == wanted), None)
    return steps or illegal(subject, word, pointer)


def illegal(subject: Subject, wanted: str, pointer: str) -> Finding:
    """ORD405: what is wanted does not follow."""
    allowed = dict.fromkeys(shown_state(state, subject.profile) for state in subject.ways())
    return ILLEGAL_STATE_TRANSITION.finding(
        pointer,
        subject=subject.name,
        state=shown_state(subject.state, subject.profile),
        wanted=wanted,
        allowed=", ".join(allowed) or "nothing, for this state is final",
    )
