"""A customer order as it stands, and what it becomes when its document or its states change."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database.faults import reading
from ordercli.intake import exact
from ordercli.operations.find import current_body
from ordercli.queue import payloads
from ordercli.resources.product_order import order_store
from ordercli.resources.product_order.changes import Change, changed_lines, differences, revisions_of
from ordercli.resources.product_order.convert import Accepted, Child, LineRow, OrderRow, to_rows
from ordercli.resources.product_order.document import body_of, shown
from ordercli.resources.product_order.order_store import Content, LineView, OrderView, Revision, Standing, WorkNote
from ordercli.resources.product_order.rules.operations import ILLEGAL_STATE_TRANSITION
from ordercli.resources.product_order.rules.shape import NOT_ONE_OF, WRONG_TYPE
from ordercli.resources.product_order.states import LineState, OrderState, State, rolled_up, ways
from ordercli.resources.product_order.values import document_lines
from ordercli.resources.product_order.words import canonical_state, shown_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ordercli.database.store import Store
    from ordercli.operations.validate import WorkNotes
    from ordercli.rulebook.rule import Finding


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


Json = dict[str, Any]


class InFlight(NamedTuple):
    """An order as the tables have it, and as it is shown."""

    standing: Standing
    document: Json

    @property
    def subject(self) -> Subject:
        """The order's own state."""
        order, origin = self.standing.order, self.standing.assessed_from.get(None)
        return Subject("The order", OrderState(order.state), order.profile, OrderState(origin) if origin else None)

    def line_subject(self, item_id: str) -> Subject:
        """The state of one of its lines."""
        state, origin = self.standing.lines[item_id].state, self.standing.assessed_from.get(item_id)
        profile = self.standing.order.profile
        return Subject(f"Line item {item_id}", LineState(state), profile, LineState(origin) if origin else None)


class Wanted(NamedTuple):
    """What an order shall become: its document, the steps of its states, and the lines past the point of no return."""

    document: Json
    states: list[OrderState]
    line_states: Mapping[str, list[OrderState]]
    ponr: frozenset[str] = frozenset()


class Revised(NamedTuple):
    """A revision, the document after it, and what somebody changed in that."""

    revision: Revision
    document: Json
    changes: list[Change]


def load(connection: Store, seq: int) -> InFlight:
    """The order with this key."""
    standing = order_store.standing(connection, seq)
    with reading(f"the order {standing.order.order_id}"):
        decoded: Json = exact.without_nulls(exact.decode(current_body(connection, seq)))
        return InFlight(standing, _document(standing.order, standing.lines.values(), standing.work_notes, decoded))


def changed_body(before: InFlight, document: Json) -> bytes | None:
    """The caller's part of a new document, as it will be kept; None where it is no other than before."""
    body = body_of(document)
    changed = document is not before.document and any(differences(body_of(before.document), body))
    return exact.encode(body) if changed else None


def content_of(before: InFlight, body: bytes, notes: WorkNotes, now: str) -> Content:
    """The rows of a new document, judged before; `notes` are what the rules have to say of it.

    Raises:
        CannotBeCreatedError: it cannot be turned into rows.
    """
    order = before.standing.order
    accepted = Accepted(*order[:6], batch_id=order.batch_id, work_notes=notes)
    return Content(to_rows(accepted, body, now), payloads.digest(body), body)


def revise(before: InFlight, wanted: Wanted, content: Content | None, now: str) -> Revised | None:
    """What the order becomes; None where nothing changes."""
    standing = before.standing
    rows = content.rows.lines if content else list(standing.lines.values())
    new_lines = [_line(row, standing.lines.get(row.item_id), wanted) for row in rows]
    states = _states(OrderState(standing.order.state), wanted.states, new_lines)
    order = _order(standing.order, content, states, now)
    work_notes = _new_notes(standing, content)
    notes = _all_notes(standing, work_notes, new_lines)
    body = body_of(wanted.document)
    unversioned = _document(order, new_lines, notes, body)
    changes = revisions_of(differences(before.document, unversioned))
    if not changes:
        return None
    touched = changed_lines(changes)
    ids = {line.item["id"] for line in document_lines(unversioned) if line.pointer in touched}
    new_lines = [row._replace(version=row.version + 1) if row.item_id in ids else row for row in new_lines]
    revision = Revision(order, new_lines, states, wanted.line_states, content, work_notes)
    return Revised(revision, _document(order, new_lines, notes, body), changes)


def _line(row: LineRow, known: LineRow | None, wanted: Wanted) -> LineRow:
    """The line with what only the system knows of it; a new one has all that already."""
    if known is None:
        return row
    steps = wanted.line_states.get(row.item_id)
    return row._replace(
        state=str(steps[-1]) if steps else known.state,
        version=known.version,
        ponr=known.ponr or row.item_id in wanted.ponr,
    )


def _states(state: OrderState, wanted: list[OrderState], new_lines: Iterable[LineRow]) -> list[OrderState]:
    """The steps that are wanted, and the one that the lines make the order go then."""
    reached = wanted[-1] if wanted else state
    told = rolled_up(reached, [line.state for line in new_lines])
    return wanted if told == reached else [*wanted, told]


def _order(order: OrderRow, content: Content | None, states: list[OrderState], now: str) -> OrderRow:
    row = content.rows.order._replace(created_at=order.created_at) if content else order
    state = str(states[-1]) if states else order.state
    return row._replace(state=state, version=order.version + 1, updated_at=now)


def _new_notes(standing: Standing, content: Content | None) -> list[Child]:
    """The work notes that do not stand on their line already, numbered on."""
    found: list[Child] = []
    added: Counter[int] = Counter()
    for seq, line_n, _, date, text in content.rows.work_notes if content else ():
        known = standing.work_notes.get(content.rows.lines[line_n].item_id, ()) if content else ()
        if text not in {note.text for note in known}:
            found.append((seq, line_n, len(known) + added[line_n], date, text))
            added[line_n] += 1
    return found


def _all_notes(
    standing: Standing, new: Iterable[Child], new_lines: list[LineRow]
) -> Mapping[str, tuple[WorkNote, ...]]:
    notes = dict(standing.work_notes)
    for _, line_n, _, date, text in new:
        item_id = new_lines[line_n].item_id
        notes[item_id] = (*notes.get(item_id, ()), WorkNote(date, text))
    return notes


def _document(order: OrderRow, rows: Iterable[LineRow], notes: Mapping[str, tuple[WorkNote, ...]], body: Json) -> Json:
    view = OrderView(*order[:8], created_at=order.created_at)
    views = [LineView(row.item_id, row.state, row.version, row.ponr, notes.get(row.item_id, ())) for row in rows]
    return shown(view, views, body)
