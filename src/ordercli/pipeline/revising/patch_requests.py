"""Requests to patch orders, one by hand or many from a file, become answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database.transaction import snapshot, transaction
from ordercli.intake.record import STDIN, Record
from ordercli.orders import revisions
from ordercli.orders.merge import merge_order
from ordercli.pipeline.resending.contexts import sent_with
from ordercli.pipeline.revising.addressing import Address, order_at
from ordercli.pipeline.revising.assignments import Assignment, assigned
from ordercli.pipeline.revising.handled import Handled, RequestOutcome, at_the_beginning, outcome_of
from ordercli.pipeline.revising.patch_document import Patch, empty_patch, read_patch, refused_json_patch
from ordercli.pipeline.revising.patching import Patching
from ordercli.pipeline.revising.proposals import Author, Proposal, write
from ordercli.validation.rules.elsewhere import REJECT_CONTEXT
from ordercli.validation.rules.shape import REQUIRED_FIELD_MISSING, WRONG_TYPE

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from ordercli.settings import Settings
    from ordercli.validation.finding import Finding

Json = dict[str, Any]


class PatchRequest(NamedTuple):
    """A patch made by hand: a document (None: none was given), and values for single places."""

    document: Record | None = None
    assignments: Sequence[Assignment] = ()
    if_version: int | None = None
    dry_run: bool = False


class PatchAnswer(NamedTuple):
    """What became of it, and what it makes of the order where that was found."""

    handled: Handled
    proposal: Proposal | None = None


def patch_order(
    connection: Connection, identifier: str, request: PatchRequest, settings: Settings, source: str | None = None
) -> PatchAnswer:
    """Patch one order; a dry run only says what would come of it.

    It is read and judged without a lock. If somebody else revises the order meanwhile, it is read and judged again
    under its lock: the patch goes into the order as it is now, or is refused if it wants another version (ORD408).

    Raises:
        UsageError: an assignment leads nowhere.
    """
    record = request.document or Record(b"", STDIN, 1, 1, 1)
    if record.reject:
        refusal = REJECT_CONTEXT.finding(reason=f"it is {sent_with(record.reject.request or 'patch')}")
        return PatchAnswer(_answer(record, source, identifier, [refusal]))
    patch = read_patch(record) if request.document else Patch({})
    if isinstance(patch, list):
        return PatchAnswer(_answer(record, source, identifier, patch))
    with snapshot(connection):
        found = order_at(connection, Address(identifier, source), record)
        if isinstance(found, Handled):
            return PatchAnswer(found)

        def edit(document: Json) -> Json:
            merged = merge_order(document, patch.members)
            for each in request.assignments:
                merged = assigned(merged, each)
            return merged

        patching = Patching(connection, settings)
        proposal = patching.propose(found.seq, edit, request.if_version)
    if not (proposal.refused or request.dry_run):
        with transaction(connection, "patch"):
            written = write(connection, proposal, Author(settings.acting))
            if written.refused:
                revisions.hold(connection, found.seq)
                proposal = patching.propose(found.seq, edit, request.if_version)
                written = proposal if proposal.refused else write(connection, proposal, Author(settings.acting))
        proposal = written
    return PatchAnswer(_proposed(record, proposal), proposal)


class PatchHandler:
    """Answers the lines of a file of patches, each an object with the order's `id` (or external id)."""

    def __init__(self, connection: Connection, settings: Settings, run_id: str, *, dry_run: bool) -> None:
        self._connection = connection
        self._patching = Patching(connection, settings)
        self._author = Author(settings.acting, run_id)
        self._dry_run = dry_run

    def __call__(self, record: Record, source: str | None) -> Handled:
        """Patch the order that the record names, within the caller's transaction; `source` narrows external ids."""
        patch = read_patch(record)
        if isinstance(patch, list):
            return _answer(record, source, None, patch)
        identifier, id_at = patch.members.pop("id", None), f"{patch.at}/id"
        changes = patch.unwrapped().members
        if refusal := _refusal(identifier, id_at, changes):
            return _answer(record, source, None, [refusal])
        found = order_at(self._connection, Address(identifier, source, id_at), record)
        if isinstance(found, Handled):
            return found
        revisions.hold(self._connection, found.seq)
        proposal = self._patching.propose(found.seq, lambda document: merge_order(document, changes))
        if not (proposal.refused or self._dry_run):
            proposal = write(self._connection, proposal, self._author)
        return _proposed(record, proposal)._replace(document=None)


def _refusal(identifier: object, pointer: str, changes: Json) -> Finding | None:
    if identifier is None or (isinstance(identifier, str) and not identifier.strip()):
        return REQUIRED_FIELD_MISSING.finding(pointer, field="id")
    if not isinstance(identifier, str):
        return WRONG_TYPE.finding(pointer, field="id", type="a string")
    return refused_json_patch(changes) if changes else empty_patch()


def _answer(record: Record, source: str | None, identifier: str | None, findings: list[Finding]) -> Handled:
    return Handled(record, source or "", identifier, outcome_of(findings, RequestOutcome.PATCHED), None, findings)


def _proposed(record: Record, proposal: Proposal) -> Handled:
    """The answer to a request whose order was found."""
    order, revised = proposal.before.standing.order, proposal.revised
    changed = revised is not None and not proposal.refused
    return Handled(
        record,
        order.source,
        order.order_id,
        outcome_of(proposal.findings, RequestOutcome.PATCHED),
        order.version + changed,
        at_the_beginning(proposal.findings),
        revised.document if revised else proposal.before.document,
    )
