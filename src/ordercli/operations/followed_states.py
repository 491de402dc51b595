"""Compare the states of an order here with those that it has at its target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.orders.states import FINAL, LineState, State, known_states, way_to
from ordercli.resources.common.values import document_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.operations.revise import OrderSnapshot, Subject

Json = dict[str, Any]


class Comparison(NamedTuple):
    """What follows from the order at the target: the steps of the order here and of its lines, and what to tell.

    `word` is the state as the target writes it, `remote` the one of ours that it stands for.
    """

    word: str
    remote: State | None
    states: list[State]
    line_states: dict[str, list[State]]
    trouble: str | None


def compare(before: OrderSnapshot, remote: Json) -> Comparison:
    """Compare the order here with the one at the target, which has a state."""
    word = remote["state"]
    steps, wanted, troubles = _steps(before.subject, word)
    line_states: dict[str, list[State]] = {}
    for item_id, state in _line_states(remote, before):
        if item_id not in before.stored.lines:
            troubles.append(f"it has the line item {item_id} there, and not here")
            continue
        taken, _, found = _steps(before.line_subject(item_id), state)
        if taken and before.subject.state not in FINAL:
            line_states[item_id] = taken
        troubles += found
    return Comparison(word, wanted, steps, line_states, "; ".join(troubles[:_MOST_TROUBLES]) or None)


_MOST_TROUBLES = 5


def _line_states(document: Json, before: OrderSnapshot) -> Iterator[tuple[str, str]]:
    """Yield the ids of the line items at the target, and their states; whatever has another form is left out."""
    items = before.resource.items
    if not _are_items(document.get(items), items):
        return
    for line in document_lines(document, items):
        item_id, state = line.item.get("id"), line.item.get("state")
        if isinstance(item_id, str) and isinstance(state, str):
            yield item_id, state


def _are_items(found: object, items: str) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, dict) and (each.get(items) is None or _are_items(each[items], items)) for each in found
    )


def _steps(subject: Subject, word: str) -> tuple[list[State], State | None, list[str]]:
    """Return the steps to the state that a word of the target means, that state, and what is not as it should be."""
    meant = _meant(subject, word)
    name = subject.name[0].lower() + subject.name[1:]
    if not meant:
        return [], None, [f"the state of {name} there is {word!r}, which is none that it can have here"]
    if subject.state in meant:
        return [], subject.state, []
    here = subject.profile.shown_state(subject.state)
    if subject.state in FINAL:
        return [], meant[0], [f"{name} is {here} here, which is final, and {word} there"]
    ways = (
        (state, way_to(state, subject.state, subject.profile.states, subject.resource.name, subject.assessed_from))
        for state in meant
    )
    reached = [(state, steps) for state, steps in ways if steps]
    if reached:
        state, steps = min(reached, key=lambda each: len(each[1]))
        return steps, state, []
    return [meant[0]], meant[0], [f"{name} went from {here} to {word} there, which does not follow"]


def _meant(subject: Subject, word: str) -> list[State]:
    """Return the states that a word can mean, in the words of the order's profile or of another one."""
    is_line = isinstance(subject.state, LineState)
    profiles = [subject.profile, *subject.resource.profiles.values()]
    known = known_states(subject.profile.states, subject.resource.name, line=is_line)
    for profile in profiles:
        if found := [state for state in known if profile.shown_state(state) == word]:
            return sorted(found, key=lambda state: state != word)
    return [state for state in known if state == word]
