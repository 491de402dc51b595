"""Revise a customer order: find it, work out its next revision, write that, report the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ordercli.database.store import Store
from ordercli.errors import reading
from ordercli.forwarding import forwards
from ordercli.intake import json_text
from ordercli.intake.record import Record
from ordercli.operations.change_requests import RequestOutcome, RevisionResult, outcome_of
from ordercli.operations.find import current_body
from ordercli.operations.validate import WorkNotes
from ordercli.orders import history, order_store
from ordercli.orders.changes import Change, ChangeType, change_types, changed_lines, differences, revisions_of
from ordercli.orders.history import HistoryKind
from ordercli.orders.order_rows import (
    Content,
    LineRow,
    LineView,
    OrderRow,
    Revision,
    StoredOrder,
    WorkNote,
    WorkNoteRow,
)
from ordercli.orders.states import CANCELLING, IN_FULFILMENT, LineState, OrderState, State, rolled_up, ways
from ordercli.queue.entries import digest
from ordercli.resources.common.rules.revision import ILLEGAL_STATE_TRANSITION, VERSION_CONFLICT
from ordercli.resources.common.values import document_lines
from ordercli.resources.document import body_of, items_of, shown
from ordercli.resources.registry import RESOURCES, stored_kind
from ordercli.resources.resource import Profile, Resource, accepted_of
from ordercli.rulebook.rule import Finding

Json = dict[str, Any]
# The wanted state in messages about a final order, when a request changes something else than the state.
DIFFERENT = "different"


class Subject(NamedTuple):
    """The state of an order or of a line item; `name` is its name in messages, `profile` gives the words of states."""

    name: str
    state: State
    resource: Resource
    profile: Profile
    assessed_from: State | None = None

    def ways(self) -> dict[State, list[State]]:
        """Return the states that a patch may set, each with the steps to it."""
        is_line, words = isinstance(self.state, LineState), self.profile.states
        found = ways(self.state, words, self.resource.name, line=is_line, assessed_from=self.assessed_from)
        if self.is_kept_in_fulfilment:
            return {state: steps for state, steps in found.items() if state not in CANCELLING}
        return found

    @property
    def is_kept_in_fulfilment(self) -> bool:
        """Return whether this is a line item that cannot be cancelled while it is being fulfilled."""
        is_line = isinstance(self.state, LineState)
        return is_line and self.profile.keeps_lines_in_fulfilment and self.state in IN_FULFILMENT

    def illegal(self, wanted: str, pointer: str) -> Finding:
        """Return ORD405: the wanted state cannot follow the current one."""
        allowed = dict.fromkeys(self.profile.shown_state(state) for state in self.ways())
        return ILLEGAL_STATE_TRANSITION.finding(
            pointer,
            subject=self.name,
            state=self.profile.shown_state(self.state),
            wanted=wanted,
            allowed=", ".join(allowed) or "nothing, for this state is final",
        )


class OrderSnapshot(NamedTuple):
    """An order as the tables have it, the document that `show` prints, its kind, and the profile it is written in."""

    stored: StoredOrder
    document: Json
    resource: Resource
    profile: Profile

    @property
    def subject(self) -> Subject:
        """The state of the order itself."""
        state, origin = OrderState(self.stored.order.state), self.stored.assessed_from.get(None)
        return Subject("The order", state, self.resource, self.profile, OrderState(origin) if origin else None)

    def line_subject(self, item_id: str) -> Subject:
        """Return the state of a line item."""
        state, origin = LineState(self.stored.lines[item_id].state), self.stored.assessed_from.get(item_id)
        before = LineState(origin) if origin else None
        return Subject(f"Line item {item_id}", state, self.resource, self.profile, before)


def load(store: Store, seq: int) -> OrderSnapshot:
    """Read the order with this key."""
    stored = order_store.stored_order(store, seq)
    with reading(f"the order {stored.order.order_id}"):
        decoded: Json = json_text.decode_given(current_body(store, seq))
        document = _document(stored.order, stored.lines.values(), stored.work_notes, decoded)
        return OrderSnapshot(stored, document, *stored_kind(stored.order))


class Target(NamedTuple):
    """The result that a request wants: the document, the states to pass through, lines past the point of no return.

    `rolls_up`: the state of the order follows from those of its lines.
    """

    document: Json
    states: list[State]
    line_states: Mapping[str, list[State]]
    ponr: frozenset[str] = frozenset()
    rolls_up: bool = True


def changed_body(before: OrderSnapshot, document: Json) -> bytes | None:
    """Return the caller's part of a new document as it is stored, or None if the document does not change it."""
    order = before.stored.order
    body = body_of(document, order)
    changed = document is not before.document and any(differences(body_of(before.document, order), body))
    return json_text.encode(body) if changed else None


def content_of(before: OrderSnapshot, body: bytes, notes: WorkNotes, now: str) -> Content:
    """Return the rows of a validated document; `notes` are the work notes that rules add.

    Raises:
        CannotBeCreatedError: The document cannot be turned into rows.
    """
    order = before.stored.order
    rows = RESOURCES[order.resource].to_rows(accepted_of(order, notes), body, now)
    return Content(rows, digest(body), body)


class RevisedOrder(NamedTuple):
    """A revision, the document after it, and the changes that the caller made to the document."""

    revision: Revision
    document: Json
    changes: list[Change]


def revise(before: OrderSnapshot, target: Target, content: Content | None, now: str) -> RevisedOrder | None:
    """Return the next revision of the order, or None if nothing changes."""
    stored = before.stored
    rows = content.rows.lines if content else list(stored.lines.values())
    new_lines = [_line(row, stored.lines.get(row.item_id), target) for row in rows]
    states = _states(stored.order, target.states, new_lines) if target.rolls_up else target.states
    order = _order(stored.order, content, states, now)
    work_notes = _new_notes(stored, content)
    notes = _all_notes(stored, work_notes, new_lines)
    body = body_of(target.document, order)
    unversioned = _document(order, new_lines, notes, body)
    changes = revisions_of(differences(before.document, unversioned))
    if not changes:
        return None
    touched = changed_lines(changes)
    ids = {line.item["id"] for line in document_lines(unversioned, items_of(unversioned)) if line.pointer in touched}
    new_lines = [replace(row, version=row.version + 1) if row.item_id in ids else row for row in new_lines]
    revision = Revision(order, new_lines, states, target.line_states, content, work_notes)
    return RevisedOrder(revision, _document(order, new_lines, notes, body), changes)


def _line(row: LineRow, known: LineRow | None, target: Target) -> LineRow:
    """Return the row with the columns that only the system sets; the row of a new line has them already."""
    if known is None:
        return row
    steps = target.line_states.get(row.item_id)
    return replace(
        row,
        state=str(steps[-1]) if steps else known.state,
        version=known.version,
        ponr=known.ponr or row.item_id in target.ponr,
    )


def _states(order: OrderRow, targets: list[State], new_lines: Iterable[LineRow]) -> list[State]:
    """Return the states that the order enters: the target states, then the one that follows from its lines."""
    reached = OrderState(targets[-1] if targets else order.state)
    rolled = rolled_up(reached, [line.state for line in new_lines], order.resource)
    return targets if rolled == reached else [*targets, rolled]


def _order(order: OrderRow, content: Content | None, states: list[State], now: str) -> OrderRow:
    row = replace(content.rows.order, created_at=order.created_at) if content else order
    state = str(states[-1]) if states else order.state
    return replace(row, state=state, version=order.version + 1, updated_at=now)


def _new_notes(stored: StoredOrder, content: Content | None) -> list[WorkNoteRow]:
    """Return the work notes that their lines do not have yet, numbered after those that they have."""
    found: list[WorkNoteRow] = []
    added: Counter[int] = Counter()
    for row in content.rows.work_notes if content else ():
        known = stored.work_notes.get(content.rows.lines[row.line_n].item_id, ()) if content else ()
        if row.text not in {note.text for note in known}:
            found.append(replace(row, n=len(known) + added[row.line_n]))
            added[row.line_n] += 1
    return found


def _all_notes(
    stored: StoredOrder, new: Iterable[WorkNoteRow], new_lines: list[LineRow]
) -> Mapping[str, tuple[WorkNote, ...]]:
    notes = dict(stored.work_notes)
    for row in new:
        item_id = new_lines[row.line_n].item_id
        notes[item_id] = (*notes.get(item_id, ()), WorkNote(row.date, row.text))
    return notes


def _document(order: OrderRow, rows: Iterable[LineRow], notes: Mapping[str, tuple[WorkNote, ...]], body: Json) -> Json:
    views = [LineView(row.item_id, row.state, row.version, row.ponr, notes.get(row.item_id, ())) for row in rows]
    return shown(order, views, body)


class Proposal(NamedTuple):
    """What a request would make of an order: its next revision (None: nothing changes), or errors that refuse it.

    The findings point into the order, or into the request if `is_about_request`.
    """

    before: OrderSnapshot
    findings: list[Finding]
    revised: RevisedOrder | None = None
    is_about_request: bool = False

    @property
    def refused(self) -> bool:
        """Return whether there is an error among the findings."""
        return any(finding.severity == "error" for finding in self.findings)

    def result(self, record: Record, done: RequestOutcome, document: Json | None = None) -> RevisionResult:
        """Return the result of the request; `done` is its outcome without errors, `document` its answer.

        The place of a finding that points into the order is where the request begins.
        """
        order = self.before.stored.order
        outcome = outcome_of(self.findings, done)
        version = order.version + (self.revised is not None and outcome is done)
        findings = self.findings
        if not self.is_about_request:
            findings = [finding._replace(line=1, column=1) for finding in findings]
        return RevisionResult(record, order.source, order.order_id, outcome, version, findings, document)


class Author(NamedTuple):
    """Who changes orders, and the run over many requests in which that happens, if any.

    `local_only`: orders that are at a target are changed too, here alone.
    """

    actor: str
    run_id: str | None = None
    local_only: bool = False


def refused_at_target(store: Store, order_id: str, author: Author) -> list[Finding]:
    """Return ORD433 if an order is at a target, unless it is to be changed here alone."""
    forward = None if author.local_only else forwards.find(store, order_id)
    if forward is None or forward.remote_id is None:
        return []
    from ordercli.resources.common.rules.creation import AT_TARGET  # few orders are forwarded

    return [AT_TARGET.finding(target=forward.target, remote_id=forward.remote_id)]


def is_refused_at_target(answer: RevisionResult) -> bool:
    """Return whether a request was refused because the order is at a target."""
    return [each.code for each in answer.findings] == ["ORD433"]


def write(
    store: Store,
    proposal: Proposal,
    author: Author,
    cancellation: dict[str, str] | None = None,
    *,
    is_remote: bool = False,
) -> Proposal:
    """Write the revision of a proposal that is not refused; the caller commits.

    Return the proposal. If the order was revised since it was read, write nothing and return a refusal (ORD408).
    `cancellation` is the reason and the date of a request to cancel the order. `is_remote`: the order follows its state
    at the system that it was forwarded to.
    """
    before, revised = proposal.before.stored, proposal.revised
    if revised is None:
        return proposal
    after = revised.revision.order
    if not order_store.write(store, before, revised.revision):
        version = order_store.stored_order(store, after.seq).order.version
        return Proposal(proposal.before, [_revised_meanwhile(version)])
    kinds = change_types(revised.changes)
    history.append(
        store,
        history.Entry(
            after.seq,
            after.version,
            after.updated_at,
            author.actor,
            HistoryKind.REMOTE if is_remote else _kind(kinds, cancelling=cancellation is not None),
            kinds,
            revised.changes,
            cancellation,
            author.run_id,
        ),
    )
    return proposal


def _revised_meanwhile(version: int) -> Finding:
    """Return ORD408 for a request that named no version."""
    message = f"The order was revised meanwhile and is at version {version} now; send the request again"
    return VERSION_CONFLICT.finding("/version", version=version, expected="")._replace(message=message)


def _kind(kinds: list[ChangeType], *, cancelling: bool) -> HistoryKind:
    if cancelling:
        return HistoryKind.CANCELLATION
    return HistoryKind.STATE_CHANGE if kinds == [ChangeType.STATE] else HistoryKind.REVISION
