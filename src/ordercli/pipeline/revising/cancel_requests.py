"""Requests to cancel orders, one by hand or many from a file, become answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.orders import history, revisions
from ordercli.orders.document import href
from ordercli.orders.states import OrderState
from ordercli.pipeline.revising.addressing import Address, order_at
from ordercli.pipeline.revising.cancel_document import read_cancellation
from ordercli.pipeline.revising.cancelling import Decision, propose_cancellation
from ordercli.pipeline.revising.handled import Handled, RequestOutcome, at_the_beginning, outcome_of
from ordercli.pipeline.revising.proposals import Author, Proposal, write
from ordercli.validation.rules.elsewhere import ORDER_NOT_CREATED_YET

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from ordercli.intake.record import Record
    from ordercli.settings import Settings

# The ServiceNow Product Order Open API says it otherwise when an order shall be cancelled.
NOT_CREATED_YET = "Invalid order ID: This order is yet to be created in customer order table"
_ENDS = {
    Decision.CANCELLED: (RequestOutcome.CANCELLED, "done"),
    Decision.APPROVED: (RequestOutcome.CANCELLED, "done"),
    Decision.DENIED: (RequestOutcome.DENIED, "terminatedWithError"),
}


class CancelHandler:
    """Answers requests to cancel orders, and what is decided about such requests; one object for a run."""

    def __init__(self, connection: Connection, settings: Settings, run_id: str | None = None) -> None:
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
        revisions.hold(self._connection, found.seq)
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
