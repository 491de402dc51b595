"""Requests to change an order: which order each names, and its outcome."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple, cast

from msgspec import UNSET, Meta, UnsetType

from ordercli.database.store import Store
from ordercli.errors import AmbiguousIdError, OrderNotFoundError, UnknownKindError
from ordercli.intake.record import Record
from ordercli.operations.find import find
from ordercli.operations.results import OrderError, errors
from ordercli.orders.order_rows import OrderView
from ordercli.queue.entries import EntryView
from ordercli.resources.all_rules import rule_of
from ordercli.resources.common.rules.revision import ORDER_NOT_CREATED_YET, ORDER_NOT_FOUND
from ordercli.resources.registry import stored_kind
from ordercli.result_types import Position, Result
from ordercli.rulebook.rule import Finding

Json = dict[str, Any]


class RequestOutcome(StrEnum):
    """The outcome of a request to change an order."""

    PATCHED = "patched"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    # A cancellation that waits for approval, and one that was denied.
    REQUESTED = "requested"
    DENIED = "denied"
    # The line of a rejects file was applied before.
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    NOT_FOUND = "not-found"


REFUSALS = frozenset({RequestOutcome.REJECTED, RequestOutcome.CONFLICT, RequestOutcome.NOT_FOUND})


class ChangeReceipt(Result):
    """The outcome of one request to change an order.

    `updated`: a report of fulfilment was applied. `requested`: the cancellation has to be approved. `duplicate`: the
    line of a rejects file was applied before.
    """

    columns = ("id", "line", "outcome", "version", "errors")

    id: Annotated[str | None, Meta(description="the order id, or the id in the request if there is no such order")]
    line: Position
    outcome: Literal[
        "patched", "updated", "cancelled", "requested", "denied", "duplicate", "rejected", "conflict", "not-found"
    ]
    version: Annotated[int, Meta(ge=1, description="of the order, afterwards")] | None
    errors: list[OrderError]
    hint: Annotated[str, Meta(description="what helps; left out if nothing is known")] | UnsetType = UNSET


class RevisionResult(NamedTuple):
    """The result of one request to change an order.

    `identifier` is the order id, or the id in the request if there is no such order. `version` is the order's version
    after the request. `document` is the answer to a single request. `hint` helps to find an order that was not found.
    """

    record: Record
    source: str
    identifier: str | None
    outcome: RequestOutcome
    version: int | None
    findings: list[Finding]
    document: Json | None = None
    hint: str | None = None

    @property
    def refused(self) -> bool:
        """Return whether the request must be repaired and sent again."""
        return self.outcome in REFUSALS

    def receipt(self) -> ChangeReceipt:
        """Return the receipt of the request; `errors` are the errors without the warnings."""
        return ChangeReceipt(
            id=self.identifier,
            line=self.record.line,
            outcome=cast("Any", self.outcome),
            version=self.version,
            errors=errors(self.record, self.findings),
            hint=self.hint or UNSET,
        )


def outcome_of(findings: Iterable[Finding], done: RequestOutcome) -> RequestOutcome:
    """Return the outcome of a request with these findings: that of its first error, or `done` without errors."""
    first = next((finding.code for finding in findings if finding.severity == "error"), None)
    return done if first is None else RequestOutcome(rule_of(first).refuses_as)


class OrderReference(NamedTuple):
    """The order that a request names: an order id or an external id, its source, and the pointer to the id.

    `resource` is its kind, where that is known. `likely_resource` is a kind that decides only where the id stands for
    orders of several kinds.
    """

    identifier: str
    source: str | None = None
    pointer: str = ""
    resource: str | None = None
    likely_resource: str | None = None


def resolve_order(store: Store, reference: OrderReference, record: Record) -> OrderView | RevisionResult:
    """Return the customer order that a request names, or the refusal of the request."""
    try:
        found = find_named(store, reference)
    except OrderNotFoundError as error:
        refusal = _unresolved(record, reference, RequestOutcome.NOT_FOUND, ORDER_NOT_FOUND.says)
        return refusal._replace(hint=error.hint)
    except AmbiguousIdError as error:
        return _unresolved(record, reference, RequestOutcome.CONFLICT, f"{error.message}; {error.hint}")
    if isinstance(found, EntryView):
        waits = ORDER_NOT_CREATED_YET.finding(reference.pointer)
        return RevisionResult(record, found.source, found.order_id, RequestOutcome.CONFLICT, None, [waits])
    try:
        stored_kind(found)
    except UnknownKindError as error:
        return _unresolved(record, reference, RequestOutcome.CONFLICT, f"{error.message}; {error.hint}")
    return found


def find_named(store: Store, reference: OrderReference) -> OrderView | EntryView:
    """Return the order or the queue entry that a request names.

    Raises:
        OrderNotFoundError, AmbiguousIdError: See `find`.
    """
    identifier, source, likely = reference.identifier, reference.source, reference.likely_resource
    try:
        return find(store, identifier, source, reference.resource)
    except AmbiguousIdError:
        if likely is None or reference.resource is not None:
            raise
        with suppress(OrderNotFoundError):
            return find(store, identifier, source, likely)
        raise


def _unresolved(record: Record, reference: OrderReference, outcome: RequestOutcome, message: str) -> RevisionResult:
    finding = ORDER_NOT_FOUND.finding(reference.pointer)._replace(message=message)
    return RevisionResult(record, reference.source or "", reference.identifier, outcome, None, [finding])
