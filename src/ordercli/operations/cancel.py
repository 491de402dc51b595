"""Cancel customer orders: request, approve, deny."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from ordercli.clock import timestamp_now
from ordercli.database.store import Store, transaction
from ordercli.errors import UsageError
from ordercli.intake.json_text import is_blank
from ordercli.intake.record import STDIN, Record
from ordercli.operations.change_requests import (
    OrderReference,
    RequestOutcome,
    RevisionResult,
    outcome_of,
    resolve_order,
)
from ordercli.operations.release_id import release_of, with_release
from ordercli.operations.revise import (
    Author,
    OrderSnapshot,
    Proposal,
    Target,
    load,
    refused_at_target,
    revise,
    write,
)
from ordercli.orders import external_ids, history, order_store
from ordercli.orders.states import FINAL, NOT_CANCELLABLE, OrderState, State, way_to_canceled
from ordercli.resources.common.lint import repeated_names
from ordercli.resources.common.rules.order import NOT_A_DATE_TIME
from ordercli.resources.common.rules.revision import (
    CANCEL_FIELD_MISSING,
    CANCEL_PAYLOAD_EMPTY,
    ORDER_NOT_CREATED_YET,
    PAST_POINT_OF_NO_RETURN,
)
from ordercli.resources.common.rules.shape import OTHER_KIND, WRONG_TYPE
from ordercli.resources.common.values import document_lines, instant
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import Resource
from ordercli.rulebook.document import REQUEST_BODY_MISSING, problem_finding, read
from ordercli.rulebook.rule import Finding
from ordercli.settings import Settings

Json = dict[str, Any]

REASON, DATE = "cancellationReason", "requestedCancellationDate"
_TYPE_V5 = "CancelProductOrder"  # TMF622 v5, where the reason may be missing
_MEF_ID = "productOrderId"  # how MEF LSO Sonata and Cantata name the order, in the body or in its productOrder


class Cancellation(NamedTuple):
    """A request to cancel an order of a kind; `reasons` go into its history: the reason and the wanted date.

    ServiceNow Product Order Open API, POST /sn_ind_tmt_orm/cancelproductorder; Service Order Open API, POST
    /sn_tmf_api/order/serviceOrder/cancelserviceorder.
    """

    order_id: str
    resource: str
    reasons: dict[str, str]


def read_cancellation(record: Record, wanted: str | None = None) -> Cancellation | list[Finding]:
    """Read a request to cancel an order, or return all that is wrong with it; `wanted` is the only kind allowed."""
    if record.problem:
        return [problem_finding(record.problem, record)]
    document = read(record.data)
    if isinstance(document, Finding):
        is_empty = document.code == REQUEST_BODY_MISSING.code
        return [CANCEL_PAYLOAD_EMPTY.finding() if is_empty else document]
    if repeated := repeated_names(record.data):
        return repeated
    named = [name for name in RESOURCES if document.get(name) is not None]
    if len(named) > 1:
        message = f"The request names both a {named[0]} and a {named[1]}; send a request for each"
        return [_of_other_kind(named[1], RESOURCES[named[0]])._replace(message=message)]
    kind = _kind_of(document)
    if wanted not in {None, kind}:
        return [_of_other_kind(kind, RESOURCES[wanted or _FIRST])]
    members, name, pointer = _place_of_id(document, kind)
    needs_reason = document.get("@type") != _TYPE_V5 or document.get(REASON) is not None
    findings = [
        *(_text_faults(document, REASON, "", REASON) if needs_reason else ()),
        *(_order_faults(document, kind) if name == "id" else _text_faults(members, name, pointer, name)),
        *_date_faults(document),
    ]
    return findings or Cancellation(members[name], kind, _reasons(document.get(REASON), document.get(DATE)))


def _kind_of(document: Json) -> str:
    """Return the kind of order that is cancelled: the one that the request names, else that of its `@type`."""
    kind = next((name for name in RESOURCES if document.get(name) is not None), None)
    words = str(document.get("@type")).lower()
    return kind or next((name for name in RESOURCES if words == f"cancel{name}".lower()), next(iter(RESOURCES)))


def _of_other_kind(kind: str, wanted: Resource) -> Finding:
    rule = next(rule for rule in wanted.load_rulebook().rules if rule.code == OTHER_KIND.code)
    return rule.finding(f"/{kind}", kind=f"the cancellation of a {RESOURCES[kind].title}")


def _place_of_id(document: Json, kind: str) -> tuple[Json, str, str]:
    """Return the object with the id of the order, the name of the id in it, and the pointer to the object.

    The member of MEF is read only if the members of TMF622 name no order.
    """
    order = document.get(kind)
    if isinstance(order, dict) and any(member is not None for member in order.values()):
        is_mef = order.get("id") is None and order.get(_MEF_ID) is not None
        return order, _MEF_ID if is_mef else "id", f"/{kind}"
    if (order is None or order == {}) and document.get(_MEF_ID) is not None:
        return document, _MEF_ID, ""
    return {}, "id", f"/{kind}"


def reasons_of_options(reason: str | None, date: str | None) -> dict[str, str]:
    """Return the reasons that options give.

    Raises:
        UsageError: The date is not a date-time.
    """
    if date and instant(date) is None:
        raise UsageError(f"--requested-date takes a date-time such as 2026-03-20T17:00:00Z, not {date!r}")
    return _reasons(reason, date)


def _reasons(reason: str | None, date: str | None) -> dict[str, str]:
    return {name: text for name, text in ((REASON, reason), (DATE, date)) if text}


def _order_faults(document: Json, kind: str) -> Iterator[Finding]:
    order = document.get(kind)
    if order is None or (isinstance(order, dict) and all(member is None for member in order.values())):
        yield CANCEL_FIELD_MISSING.finding(f"/{kind}", field=kind)
    elif not isinstance(order, dict):
        yield WRONG_TYPE.finding(f"/{kind}", field=kind, type="an object")
    else:
        yield from _text_faults(order, "id", f"/{kind}", f"{kind}.id")


def _text_faults(members: Json, name: str, pointer: str, field: str) -> Iterator[Finding]:
    """Check that a required text is there; blanks count as missing."""
    text = members.get(name)
    if text is None or (isinstance(text, str) and is_blank(text)):
        yield CANCEL_FIELD_MISSING.finding(f"{pointer}/{name}", field=field)
    elif not isinstance(text, str):
        yield WRONG_TYPE.finding(f"{pointer}/{name}", field=field, type="a string")


def _date_faults(document: Json) -> Iterator[Finding]:
    date = document.get(DATE)
    if date is not None and not isinstance(date, str):
        yield WRONG_TYPE.finding(f"/{DATE}", field=DATE, type="a string")
    elif date and instant(date) is None:
        yield NOT_A_DATE_TIME.finding(f"/{DATE}", field=DATE, value=date)


_FIRST = next(iter(RESOURCES))
_ASSESSING = OrderState.ASSESSING_CANCELLATION


class Decision(StrEnum):
    """The decision about the cancellation of an order."""

    CANCELLED = "cancelled"
    APPROVED = "approved"
    DENIED = "denied"


class _Plan(NamedTuple):
    """The states that an order, and its lines by id, pass through."""

    states: list[State]
    line_states: dict[str, list[State]]


def propose_cancellation(store: Store, seq: int, decision: Decision, *, approval: bool) -> Proposal:
    """Return the proposal that applies a decision to the order with this key.

    `approval` says whether cancelling something in progress needs approval.
    """
    before = load(store, seq)
    plan = _PLANS[decision](before, approval=approval)
    if not (plan.states or plan.line_states):
        wanted = before.profile.shown_state(OrderState.CANCELED) if decision is Decision.CANCELLED else decision
        return Proposal(before, [before.subject.illegal(wanted, "/state")])
    gone = [] if decision is Decision.DENIED else [*_past_return(before, plan), *_in_fulfilment(before, plan)]
    if gone:
        return Proposal(before, gone)
    steps = Target(before.document, plan.states, plan.line_states)
    return Proposal(before, [], revise(before, steps, None, timestamp_now()))


def _request(before: OrderSnapshot, *, approval: bool) -> _Plan:
    """Cancel the order with every line that is not final. If approval is needed, let all of them wait for it."""
    state = before.subject.state
    if state in NOT_CANCELLABLE:
        return _Plan([], {})
    if approval and state == OrderState.IN_PROGRESS:
        waiting = [name for name in _open_lines(before) if _ASSESSING in before.line_subject(name).ways()]
        return _Plan([_ASSESSING], {name: [_ASSESSING] for name in waiting})
    return _cancelled(before, approval=approval)


def _approve(before: OrderSnapshot, *, approval: bool) -> _Plan:  # noqa: ARG001 - all decisions have the same parameters
    """Cancel an order that waits for approval with its lines; otherwise cancel the lines that wait."""
    if before.subject.state == _ASSESSING:
        return _cancelled(before, approval=True)
    return _Plan([], {name: way_to_canceled(_ASSESSING, approval=True) for name in _assessed_lines(before)})


def _deny(before: OrderSnapshot, *, approval: bool) -> _Plan:  # noqa: ARG001 - all decisions have the same parameters
    """Set everything that waits for approval back to its state before."""
    origins = before.stored.assessed_from
    states: list[State] = [OrderState(origins[None])] if None in origins else []
    return _Plan(states, {name: [OrderState(origins[name])] for name in _assessed_lines(before)})


_PLANS = {Decision.CANCELLED: _request, Decision.APPROVED: _approve, Decision.DENIED: _deny}


def _cancelled(before: OrderSnapshot, *, approval: bool) -> _Plan:
    steps = {name: way_to_canceled(before.line_subject(name).state, approval=approval) for name in _open_lines(before)}
    return _Plan(way_to_canceled(before.subject.state, approval=approval), steps)


def _open_lines(before: OrderSnapshot) -> list[str]:
    return [name for name in before.stored.lines if before.line_subject(name).state not in FINAL]


def _assessed_lines(before: OrderSnapshot) -> list[str]:
    return [name for name in before.stored.lines if name in before.stored.assessed_from]


def _past_return(before: OrderSnapshot, plan: _Plan) -> Iterator[Finding]:
    """Refuse lines past the point of no return. Cancelling the order concerns every line that is not final."""
    concerned = _open_lines(before) if plan.states else list(plan.line_states)
    for line in document_lines(before.document, before.resource.items):
        name = line.item["id"]
        if name in concerned and before.stored.lines[name].ponr:
            yield PAST_POINT_OF_NO_RETURN.finding(line.pointer, id=name)


def _in_fulfilment(before: OrderSnapshot, plan: _Plan) -> Iterator[Finding]:
    """Refuse line items that cannot be cancelled while they are being fulfilled."""
    for line in document_lines(before.document, before.resource.items):
        subject = before.line_subject(line.item["id"])
        if plan.states and subject.is_kept_in_fulfilment:
            yield subject.illegal(before.profile.shown_state(OrderState.CANCELED), f"{line.pointer}/state")


# The ServiceNow Product Order Open API has another text for this when an order is cancelled.
NOT_CREATED_YET = "Invalid order ID: This order is yet to be created in customer order table"
_DONE = "done"
_ENDS = {
    Decision.CANCELLED: (RequestOutcome.CANCELLED, _DONE),
    Decision.APPROVED: (RequestOutcome.CANCELLED, _DONE),
    Decision.DENIED: (RequestOutcome.DENIED, "terminatedWithError"),
}


class CancelHandler:
    """Answers requests to cancel orders, and decisions about such requests; one object for a run.

    With `release_ids`, the external ids of orders that are canceled become free, also of those that were before.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        author: Author,
        resource: str | None = None,
        *,
        release_ids: bool = False,
    ) -> None:
        self._release_ids = release_ids
        self._store = store
        self._resource = resource
        self._approval = settings.orders.cancellation_approval
        self._author = author

    def __call__(self, record: Record, source: str | None) -> RevisionResult:
        """Cancel the order that the record names, within the caller's transaction; `source` narrows external ids."""
        request = read_cancellation(record, self._resource)
        if isinstance(request, list):
            outcome = outcome_of(request, RequestOutcome.CANCELLED)
            return RevisionResult(record, source or "", None, outcome, None, request)
        reference = OrderReference(request.order_id, source, resource=request.resource)
        return self.decide(record, reference, Decision.CANCELLED, request.reasons)

    def sent_on(self, seq: int, reasons: dict[str, str]) -> Proposal | None:
        """Return what a cancellation would make of an order; None if it is refused, or only frees the external id."""
        proposal = propose_cancellation(self._store, seq, Decision.CANCELLED, approval=self._approval)
        only_releases = self._release_ids and REASON not in reasons
        return None if proposal.refused or only_releases else proposal

    def decide(
        self, record: Record, reference: OrderReference, decision: Decision, reasons: dict[str, str]
    ) -> RevisionResult:
        """Cancel an order, or approve or deny its cancellation, within the caller's transaction.

        `reasons` go into the history; those of an approval or a denial are added to those of the request.
        """
        found = resolve_order(self._store, reference._replace(pointer=f"/{reference.resource or _FIRST}/id"), record)
        if isinstance(found, RevisionResult):
            return _with_text_of_cancel(found)
        if refused := refused_at_target(self._store, found.order_id, self._author):
            outcome = outcome_of(refused, RequestOutcome.CANCELLED)
            return RevisionResult(record, found.source, found.order_id, outcome, None, refused)
        order_store.hold(self._store, found.seq)
        proposal = propose_cancellation(self._store, found.seq, decision, approval=self._approval)
        stored = proposal.before.stored.order
        if self._release_ids and stored.state == OrderState.CANCELED:
            proposal = write(self._store, release_of(proposal.before), self._author)
            if not proposal.refused:
                external_ids.release(self._store, stored)
            document = _answer(proposal.before, history.last_cancellation(self._store, found.seq), _DONE)
            return proposal.result(record, RequestOutcome.CANCELLED, document)
        if self._release_ids and decision is Decision.CANCELLED and REASON not in reasons:
            missing = CANCEL_FIELD_MISSING.finding(f"/{REASON}", field=REASON)
            return Proposal(proposal.before, [missing]).result(record, RequestOutcome.CANCELLED)
        if decision is not Decision.CANCELLED:
            reasons = history.last_cancellation(self._store, found.seq) | reasons
        revised = proposal.revised
        releases = bool(self._release_ids and revised and revised.revision.order.state == OrderState.CANCELED)
        if not proposal.refused:
            proposed = with_release(proposal) if releases else proposal
            proposal = write(self._store, proposed, self._author, reasons)
        if releases and proposal.revised:
            external_ids.release(self._store, stored)
        return _result(record, decision, proposal, reasons)


def cancel_order(
    store: Store,
    reference: OrderReference,
    decision: Decision,
    reasons: dict[str, str],
    settings: Settings,
    author: Author,
    *,
    release_ids: bool = False,
) -> RevisionResult:
    """Cancel one order, or approve or deny its cancellation; `reasons` go into the history."""
    with transaction(store, "cancel"):
        handler = CancelHandler(store, settings, author, release_ids=release_ids)
        return handler.decide(Record(b"", STDIN, 1, 1, 1), reference, decision, reasons)


def _with_text_of_cancel(refused: RevisionResult) -> RevisionResult:
    findings = [
        finding._replace(message=NOT_CREATED_YET) if finding.code == ORDER_NOT_CREATED_YET.code else finding
        for finding in refused.findings
    ]
    return refused._replace(findings=findings)


def _result(record: Record, decision: Decision, proposal: Proposal, reasons: dict[str, str]) -> RevisionResult:
    outcome, state = _ENDS[decision]
    if proposal.revised is None:
        return proposal.result(record, outcome)
    after = proposal.revised.revision.order
    if after.state == OrderState.ASSESSING_CANCELLATION:
        outcome, state = RequestOutcome.REQUESTED, "inProgress"
    return proposal.result(record, outcome, _answer(proposal.before, reasons, state))


def _answer(order: OrderSnapshot, reasons: dict[str, str], state: str) -> Json:
    """Return the answer to a request: a task in this state (TMF622 v4, TaskStateType)."""
    resource, order_id = order.resource, order.stored.order.order_id
    address = resource.href(order_id)
    load_notices = order.profile.load_notices
    if load_notices:
        return load_notices().cancellation(order_id, address, reasons, state)
    # The answer of the ServiceNow API.
    return {
        "id": order_id,
        "href": address,
        **reasons,
        "@type": resource.cancel_type,
        resource.name: {"id": order_id, "href": address, "@referredType": resource.type},
        "state": state,
    }
