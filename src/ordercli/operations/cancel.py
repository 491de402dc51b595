"""Cancel customer orders: request, approve, deny."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.clock import now, timestamp
from ordercli.errors import UsageError
from ordercli.intake.forms import is_blank
from ordercli.operations.order_snapshot import InFlight, Wanted, illegal, load, revise
from ordercli.operations.revise import (
    Address,
    Author,
    Handled,
    Proposal,
    RequestOutcome,
    at_the_beginning,
    order_at,
    outcome_of,
    write,
)
from ordercli.resources.product_order import history, order_store
from ordercli.resources.product_order.document import href
from ordercli.resources.product_order.rules.operations import (
    CANCEL_FIELD_MISSING,
    CANCEL_PAYLOAD_EMPTY,
    ORDER_NOT_CREATED_YET,
    PAST_POINT_OF_NO_RETURN,
)
from ordercli.resources.product_order.rules.order import NOT_A_DATE_TIME
from ordercli.resources.product_order.rules.shape import WRONG_TYPE
from ordercli.resources.product_order.states import FINAL, OrderState, followers, way_to_canceled
from ordercli.resources.product_order.values import document_lines, instant
from ordercli.resources.product_order.words import shown_state
from ordercli.rulebook.document import REQUEST_BODY_MISSING, problem_finding, read
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.settings import Settings


Json = dict[str, Any]

REASON, DATE, ORDER = "cancellationReason", "requestedCancellationDate", "productOrder"
# How other standards name the order (MEF LSO Sonata; TMF641).
_OTHER_NAMES = ("productOrderId", "serviceOrder")


class Cancellation(NamedTuple):
    """A request to cancel an order; `said` is what is kept of it.

    ServiceNow Product Order Open API, POST /sn_ind_tmt_orm/cancelproductorder.
    """

    order_id: str
    said: dict[str, str]


def read_cancellation(record: Record) -> Cancellation | list[Finding]:
    """What a request asks for; all that is wrong with it, where anything is."""
    if record.problem:
        return [problem_finding(record.problem, record)]
    document = read(record.data)
    if isinstance(document, Finding):
        is_empty = document.code == REQUEST_BODY_MISSING.code
        return [CANCEL_PAYLOAD_EMPTY.finding() if is_empty else document]
    findings = [*_text_faults(document, REASON, "", REASON), *_order_faults(document), *_date_faults(document)]
    if findings:
        return findings
    return Cancellation(document[ORDER]["id"], _said(document[REASON], document.get(DATE)))


def said_by_hand(reason: str | None, date: str | None) -> dict[str, str]:
    """The same of options.

    Raises:
        UsageError: the date is no date-time.
    """
    if date and instant(date) is None:
        raise UsageError(f"--requested-date takes a date-time such as 2026-03-20T17:00:00Z, not {date!r}")
    return _said(reason, date)


def _said(reason: str | None, date: str | None) -> dict[str, str]:
    return {name: text for name, text in ((REASON, reason), (DATE, date)) if text}


def _order_faults(document: Json) -> Iterator[Finding]:
    order = document.get(ORDER)
    if order is None or (isinstance(order, dict) and all(member is None for member in order.values())):
        yield CANCEL_FIELD_MISSING.finding(f"/{ORDER}", field=ORDER, suggestion=_meant(document))
    elif not isinstance(order, dict):
        yield WRONG_TYPE.finding(f"/{ORDER}", field=ORDER, type="an object")
    else:
        yield from (
            each._replace(suggestion=_meant(order)) for each in _text_faults(order, "id", f"/{ORDER}", f"{ORDER}.id")
        )


def _meant(members: Json) -> str | None:
    """Return what was probably meant where the order is named as another standard does."""
    other = next((name for name in _OTHER_NAMES if name in members), None)
    return f"{ORDER}.id instead of {other}" if other else None


def _text_faults(members: Json, name: str, pointer: str, field: str) -> Iterator[Finding]:
    """A text that must be there; one of blanks is none."""
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


def propose_cancellation(connection: Store, seq: int, decision: Decision, *, approval: bool) -> Proposal:
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


# The ServiceNow Product Order Open API says it otherwise when an order shall be cancelled.
NOT_CREATED_YET = "Invalid order ID: This order is yet to be created in customer order table"
_ENDS = {
    Decision.CANCELLED: (RequestOutcome.CANCELLED, "done"),
    Decision.APPROVED: (RequestOutcome.CANCELLED, "done"),
    Decision.DENIED: (RequestOutcome.DENIED, "terminatedWithError"),
}


class CancelHandler:
    """Answers requests to cancel orders, and what is decided about such requests; one object for a run."""

    def __init__(self, connection: Store, settings: Settings, run_id: str | None = None) -> None:
        self._connection = connection
        self._approval = settings.orders.cancellation_approval
        self._author = Author(settings.acting, run_id)

    def __call__(self, record: Record, source: str | None) -> Handled:
        """Cancel the order that the record names, within the caller's transaction; `source` narrows external ids."""
        request = read_cancellation(record)
        if isinstance(request, list):
            outcome = outcome_of(request, RequestOutcome.CANCELLED)
            return Handled(record, source or "", None, outcome, None, request)
        return self.decide(record, Address(request.order_id, source), Decision.CANCELLED, request.said)

    def decide(self, record: Record, address: Address, decision: Decision, said: dict[str, str]) -> Handled:
        """Cancel an order, or approve or deny that, within the caller's transaction.

        `said` is what goes into the history: reason and date. A decision adds to what the request said.
        """
        found = order_at(self._connection, address._replace(pointer="/productOrder/id"), record)
        if isinstance(found, Handled):
            return _in_the_words_of_cancel(found)
        order_store.hold(self._connection, found.seq)
        proposal = propose_cancellation(self._connection, found.seq, decision, approval=self._approval)
        if decision is not Decision.CANCELLED:
            said = history.last_cancellation(self._connection, found.seq) | said
        if not proposal.refused:
            proposal = write(self._connection, proposal, self._author, said)
        return _answer(record, decision, proposal, said)


def _in_the_words_of_cancel(refused: Handled) -> Handled:
    told = [
        finding._replace(message=NOT_CREATED_YET) if finding.code == ORDER_NOT_CREATED_YET.code else finding
        for finding in refused.findings
    ]
    return refused._replace(findings=told)


def _answer(record: Record, decision: Decision, proposal: Proposal, said: dict[str, str]) -> Handled:
    order, revised = proposal.before.standing.order, proposal.revised
    if revised is None:
        outcome = outcome_of(proposal.findings, RequestOutcome.CANCELLED)
        findings = at_the_beginning(proposal.findings)
        return Handled(record, order.source, order.order_id, outcome, order.version, findings)
    after = revised.revision.order
    outcome, state = _ENDS[decision]
    if after.state == OrderState.ASSESSING_CANCELLATION:
        outcome, state = RequestOutcome.REQUESTED, "inProgress"
    document = _document(order.order_id, said, state)
    return Handled(record, order.source, order.order_id, outcome, after.version, [], document)


def _document(order_id: str, said: dict[str, str], state: str) -> dict[str, Any]:
    """The answer of the ServiceNow API; the state is one of a task (TMF622 v4, TaskStateType)."""
    return {
        "id": order_id,
        "href": href(order_id),
        **said,
        "@type": "CancelProductorder",
        "productOrder": {"id": order_id, "href": href(order_id), "@referredType": "ProductOrder"},
        "state": state,
    }
