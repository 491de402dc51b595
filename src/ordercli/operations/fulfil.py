"""Apply reports on the fulfilment of service orders: the state of each line item.

ServiceNow Service Order Open API, POST /order/serviceOrder/outboundresponse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.clock import now, timestamp
from ordercli.intake.json_text import is_blank
from ordercli.operations.change_requests import (
    OrderReference,
    RequestOutcome,
    RevisionResult,
    outcome_of,
    resolve_order,
)
from ordercli.operations.revise import Proposal, Target, load, revise, write
from ordercli.orders import order_store
from ordercli.orders.states import FINAL, LineState, OrderState, followers
from ordercli.resources.common.lint import repeated_names
from ordercli.resources.common.rules.relation import UNKNOWN_RELATED_ITEM
from ordercli.resources.common.rules.revision import ORDER_NOT_FOUND
from ordercli.resources.common.rules.shape import NOT_ONE_OF, REQUIRED_FIELD_MISSING, WRONG_TYPE
from ordercli.resources.registry import RESOURCES
from ordercli.rulebook.document import problem_finding, read
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.operations.revise import Author, OrderSnapshot, Subject
    from ordercli.orders.states import State

Json = dict[str, Any]

RESOURCE = RESOURCES["serviceOrder"]
ITEMS = RESOURCE.items
# The states in a report, and the state of the line item after it.
STATES = {"fulfilled": LineState.COMPLETED, "error": LineState.FAILED, "pending": LineState.AWAITING_INFORMATION}
# The messages of the ServiceNow API.
_NO_EXTERNAL_ID = "Invalid payload: externalId is missing"
_NO_STATE = f"Invalid payload: {ITEMS} state is missing"
_UNKNOWN_ORDER = "Invalid external id. Please pass the correct external id"
_UNKNOWN_LINE = "Invalid domain order id. Please pass the correct domain order id"
_LINE_OF_ANOTHER = "Domain order id passed is not associated with external id"
_UNKNOWN_STATE = "Invalid fulfilment state: Please provide correct fulfilment state"


class Report(NamedTuple):
    """A report on the fulfilment of one order: (id, state) of its line items, in the order of the report."""

    external_id: str
    states: list[tuple[str, str]]


def read_report(record: Record) -> Report | list[Finding]:
    """Read a report of fulfilment, or return everything that is wrong with it."""
    if record.problem:
        return [problem_finding(record.problem, record)]
    document = read(record.data)
    if isinstance(document, Finding):
        return [RESOURCE.in_patch(document)]
    if repeated := repeated_names(record.data):
        return repeated
    items = document.get(ITEMS)
    findings = list(_text_faults(document.get("externalId"), "/externalId", "externalId", _NO_EXTERNAL_ID))
    if items is None or items == []:
        missing = REQUIRED_FIELD_MISSING.finding(f"/{ITEMS}", field=ITEMS)
        findings.append(missing._replace(message=f"Invalid payload: {ITEMS} is missing"))
    elif not isinstance(items, list):
        findings.append(WRONG_TYPE.finding(f"/{ITEMS}", field=ITEMS, type="an array"))
    else:
        for n, item in enumerate(items):
            findings += _item_faults(item, f"/{ITEMS}/{n}")
    return findings or Report(document["externalId"], [(item["id"], item["state"]) for item in items or ()])


def _item_faults(item: object, pointer: str) -> Iterator[Finding]:
    if not isinstance(item, dict):
        yield WRONG_TYPE.finding(pointer, field=ITEMS, type="an object")
        return
    yield from _text_faults(item.get("id"), f"{pointer}/id", f"{ITEMS}.id", _UNKNOWN_LINE)
    state = item.get("state")
    faults = list(_text_faults(state, f"{pointer}/state", f"{ITEMS}.state", _NO_STATE))
    if not faults and state not in STATES:
        wrong = NOT_ONE_OF.finding(f"{pointer}/state", field="state", value=state, words=", ".join(STATES))
        faults = [wrong._replace(message=_UNKNOWN_STATE)]
    yield from faults


def _text_faults(text: object, pointer: str, field: str, message: str) -> Iterator[Finding]:
    """Check that a required text is there; blanks count as missing."""
    if text is None or (isinstance(text, str) and is_blank(text)):
        yield REQUIRED_FIELD_MISSING.finding(pointer, field=field)._replace(message=message)
    elif not isinstance(text, str):
        yield WRONG_TYPE.finding(pointer, field=field, type="a string")


class FulfilHandler:
    """Answers reports of fulfilment; one object for a run."""

    def __init__(self, store: Store, author: Author, *, dry_run: bool) -> None:
        self._store = store
        self._author = author
        self._dry_run = dry_run

    def __call__(self, record: Record, source: str | None) -> RevisionResult:
        """Move the lines that the record names, within the caller's transaction; `source` narrows external ids."""
        report = read_report(record)
        if isinstance(report, list):
            outcome = outcome_of(report, RequestOutcome.UPDATED)
            return RevisionResult(record, source or "", None, outcome, None, report)
        reference = OrderReference(report.external_id, source, "/externalId", RESOURCE.name)
        found = resolve_order(self._store, reference, record)
        if isinstance(found, RevisionResult):
            return _with_message(found)
        order_store.hold(self._store, found.seq)
        proposal = _propose(load(self._store, found.seq), report)
        if not (proposal.refused or self._dry_run):
            proposal = write(self._store, proposal, self._author)
        return proposal.result(record, RequestOutcome.UPDATED)


def _with_message(refused: RevisionResult) -> RevisionResult:
    findings = [
        finding._replace(message=_UNKNOWN_ORDER) if finding.message == ORDER_NOT_FOUND.says else finding
        for finding in refused.findings
    ]
    return refused._replace(findings=findings)


def _propose(before: OrderSnapshot, report: Report) -> Proposal:
    """Return the proposal that applies a report to an order; a line that has the reported state already stays."""
    line_states: dict[str, list[State]] = {}
    findings: list[Finding] = []
    for n, (item_id, word) in enumerate(report.states):
        pointer = f"/{ITEMS}/{n}"
        if item_id not in before.stored.lines:
            unknown = UNKNOWN_RELATED_ITEM.finding(f"{pointer}/id", id=item_id)
            findings.append(unknown._replace(message=_LINE_OF_ANOTHER))
            continue
        subject = before.line_subject(item_id)
        reached = line_states[item_id][-1] if item_id in line_states else subject.state
        steps = _steps(subject._replace(state=LineState(reached)), STATES[word])
        if steps is None:
            findings.append(subject.illegal(before.profile.shown_state(STATES[word]), f"{pointer}/state"))
        elif steps:
            line_states[item_id] = [*line_states.get(item_id, ()), *steps]
    if findings:
        return Proposal(before, findings, is_about_request=True)
    begins = any(OrderState.IN_PROGRESS in steps for steps in line_states.values())
    may_begin = before.subject.state in {OrderState.NEW, OrderState.ACKNOWLEDGED}
    order_steps: list[State] = [OrderState.IN_PROGRESS] if begins and may_begin else []
    target = Target(before.document, order_steps, line_states)
    return Proposal(before, [], revise(before, target, None, timestamp(now())))


def _steps(subject: Subject, wanted: LineState) -> list[State] | None:
    """Return the steps to the reported state, through `in_progress` if need be; None if it cannot be reached."""
    if subject.state == wanted:
        return []
    if subject.state in FINAL:
        return None
    ways = subject.ways()
    if wanted in ways:
        return ways[wanted]
    begun = ways.get(OrderState.IN_PROGRESS)
    if begun is None or wanted not in followers(begun[-1], subject.profile.states, subject.resource.name, line=True):
        return None
    return [*begun, wanted]
