"""A change that was checked is written: the order, its lines, its document and its history, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ordercli.orders import history, revisions
from ordercli.orders.change_types import ChangeType, change_types
from ordercli.orders.history import HistoryKind
from ordercli.validation.rules.elsewhere import VERSION_CONFLICT

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from ordercli.pipeline.revising.in_flight import InFlight, Revised
    from ordercli.validation.finding import Finding


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
    connection: Connection, proposal: Proposal, author: Author, cancellation: dict[str, str] | None = None
) -> Proposal:
    """Write the revision of a proposal that is not refused, and return what became of it. The caller commits.

    That is the proposal itself, or its refusal (ORD408) if the order was revised since it was read: nothing is written
    then. `cancellation` is what a request to cancel the order said.
    """
    before, revised = proposal.before.standing, proposal.revised
    if revised is None:
        return proposal
    after = revised.revision.order
    if not revisions.write(connection, before, revised.revision):
        version = revisions.standing(connection, after.seq).order.version
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
