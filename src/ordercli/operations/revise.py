"""Handle one request to change an order: address it, write it, answer it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.errors import AmbiguousIdError, ExitCode, OrderNotFoundError
from ordercli.operations.find import find
from ordercli.operations.results import errors
from ordercli.queue.entries import EntryView
from ordercli.resources.product_order import history, order_store
from ordercli.resources.product_order.changes import ChangeType, change_types
from ordercli.resources.product_order.history import HistoryKind
from ordercli.resources.product_order.rules.operations import ORDER_NOT_CREATED_YET, ORDER_NOT_FOUND, VERSION_CONFLICT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.operations.order_snapshot import InFlight, Revised
    from ordercli.resources.product_order.order_store import OrderView
    from ordercli.rulebook.rule import Finding


class Address(NamedTuple):
    """Whom a request means: an order id or an external id, its source where that narrows, and where the id stands."""

    identifier: str
    source: str | None = None
    pointer: str = ""


def order_at(connection: Store, address: Address, record: Record) -> OrderView | Handled:
    """The customer order; else the refusal of the request, which is the record."""
    try:
        found = find(connection, address.identifier, address.source)
    except OrderNotFoundError:
        return _refused(record, address, RequestOutcome.NOT_FOUND, ORDER_NOT_FOUND.says)
    except AmbiguousIdError as error:
        return _refused(record, address, RequestOutcome.CONFLICT, f"{error.message}; {error.hint}")
    if isinstance(found, EntryView):
        waits = ORDER_NOT_CREATED_YET.finding(address.pointer)
        return Handled(record, found.source, found.order_id, RequestOutcome.CONFLICT, None, [waits])
    return found


def _refused(record: Record, address: Address, outcome: RequestOutcome, message: str) -> Handled:
    finding = ORDER_NOT_FOUND.finding(address.pointer)._replace(message=message)
    return Handled(record, address.source or "", address.identifier, outcome, None, [finding])


class RequestOutcome(StrEnum):
    """How a request ended."""

    PATCHED = "patched"
    CANCELLED = "cancelled"
    # A cancellation that has to be approved, and one that was not.
    REQUESTED = "requested"
    DENIED = "denied"
    # The line of a rejects file was applied before.
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    NOT_FOUND = "not-found"


EXIT_CODES = {
    RequestOutcome.REJECTED: ExitCode.REJECTED,
    RequestOutcome.CONFLICT: ExitCode.CONFLICT,
    RequestOutcome.NOT_FOUND: ExitCode.NOT_FOUND,
}
_CONFLICTS = frozenset({"ORD401", "ORD402", "ORD405", "ORD407", "ORD408", "ORD420"})
_NOT_FOUND = "ORD404"


class Handled(NamedTuple):
    """A request with its outcome.

    `identifier` is the order id, or what the request named when there is no such order; `version` is the order's
    afterwards. `document` is what a single request is answered with.
    """

    record: Record
    source: str
    identifier: str | None
    outcome: RequestOutcome
    version: int | None
    findings: list[Finding]
    document: dict[str, Any] | None = None

    @property
    def refused(self) -> bool:
        """Whether the request has to be repaired and sent again."""
        return self.outcome in EXIT_CODES

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of this request alone."""
        return EXIT_CODES.get(self.outcome, ExitCode.OK)

    def receipt(self) -> dict[str, Any]:
        """The receipt of the request; `errors` are the errors, not the warnings."""
        return {
            "id": self.identifier,
            "line": self.record.line,
            "outcome": self.outcome.value,
            "version": self.version,
            "errors": errors(self.record, self.findings),
        }


def outcome_of(findings: Iterable[Finding], done: RequestOutcome) -> RequestOutcome:
    """How a request with these findings ends: by its first error, or as `done`."""
    first = next((finding.code for finding in findings if finding.severity == "error"), None)
    if first is None:
        return done
    if first == _NOT_FOUND:
        return RequestOutcome.NOT_FOUND
    return RequestOutcome.CONFLICT if first in _CONFLICTS else RequestOutcome.REJECTED


def at_the_beginning(findings: Iterable[Finding]) -> list[Finding]:
    """Findings whose pointers lead into the order: in the file, their place is where the request begins."""
    return [finding._replace(line=1, column=1) for finding in findings]


class Proposal(NamedTuple):
    """What a request would make of an order: a revision (None: nothing changes), or the findings that refuse it."""

    before: InFlight
    findings: list[Finding]
    revised: Revised | None = None

    @property
    def refused(self) -> bool:
        """Whether there is an error among the findings."""
        return any(finding.severity == "error" for finding in self.findings)


class Author(NamedTuple):
    """Who changes orders, and in which run, where it is one of many."""

    actor: str
    run_id: str | None = None


def write(
    connection: Store, proposal: Proposal, author: Author, cancellation: dict[str, str] | None = None
) -> Proposal:
    """Write the revision of a proposal that is not refused, and return what became of it. The caller commits.

    That is the proposal itself, or its refusal (ORD408) if the order was revised since it was read: nothing is written
    then. `cancellation` is what a request to cancel the order said.
    """
    before, revised = proposal.before.standing, proposal.revised
    if revised is None:
        return proposal
    after = revised.revision.order
    if not order_store.write(connection, before, revised.revision):
        version = order_store.standing(connection, after.seq).order.version
        return Proposal(proposal.before, [revised_meanwhile(version)])
    kinds = change_types(revised.changes)
    history.append(
        connection,
        history.NewEntry(
            after.seq,
            after.version,
            after.updated_at,
            author.actor,
            _kind(kinds, cancelling=cancellation is not None),
            kinds,
            revised.changes,
            cancellation,
            author.run_id,
        ),
    )
    return proposal


def revised_meanwhile(version: int) -> Finding:
    """Return ORD408 for a request that named no version."""
    message = f"Somebody else revised the order meanwhile, it is at version {version} now; send the request again"
    return VERSION_CONFLICT.finding("/version", version=version, expected="")._replace(message=message)


def _kind(kinds: list[ChangeType], *, cancelling: bool) -> HistoryKind:
    if cancelling:
        return HistoryKind.CANCELLATION
    return HistoryKind.STATE_CHANGE if kinds == [ChangeType.STATE] else HistoryKind.REVISION
