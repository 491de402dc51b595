"""Patch customer orders: merge, check, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ordercli.clock import now, timestamp
from ordercli.database.store import snapshot, transaction
from ordercli.intake.record import STDIN, Record
from ordercli.operations import results
from ordercli.operations.contexts import sent_with
from ordercli.operations.order_snapshot import DIFFERENT, InFlight, changed_body, content_of, illegal, load, revise
from ordercli.operations.patch_checks import check_patch, patchable
from ordercli.operations.patch_document import (
    Assignment,
    Patch,
    assigned,
    empty_patch,
    faults_of_items,
    read_patch,
    refused_json_patch,
)
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
from ordercli.operations.validate import rulebook, work_notes
from ordercli.reference.store import reference_data
from ordercli.resources.product_order import order_store
from ordercli.resources.product_order.convert import CannotBeCreatedError
from ordercli.resources.product_order.document import merge_order
from ordercli.resources.product_order.lint import unknown_fields
from ordercli.resources.product_order.rules.operations import (
    FULFILLMENT_TYPE_NOT_DELIVER,
    REJECT_CONTEXT,
    VERSION_CONFLICT,
)
from ordercli.resources.product_order.rules.shape import REQUIRED_FIELD_MISSING, WRONG_TYPE
from ordercli.resources.product_order.states import FINAL
from ordercli.resources.registry import BY_CODE, RULES
from ordercli.rulebook.findings import in_sequence
from ordercli.rulebook.selection import Selection

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.operations.order_snapshot import Wanted
    from ordercli.resources.product_order.words import Profile
    from ordercli.resources.validator import Rulebook
    from ordercli.rulebook.rule import Finding
    from ordercli.settings import Settings


Json = dict[str, Any]
# Makes the document that is wanted of the one that is.
Edit = Callable[[Json], Json]

DELIVER = "deliver"


class Patching:
    """Prepares patches, writing nothing; one object for a run."""

    def __init__(self, connection: Store, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._reference = reference_data(connection, settings)
        self._rulebooks: dict[str, Rulebook] = {}

    def propose(self, seq: int, edit: Edit, if_version: int | None = None) -> Proposal:
        """What an edit of the document would make of the order with this key."""
        before = load(self._connection, seq)
        refusal = _document_refusal(before, if_version)
        if refusal:
            return Proposal(before, [refusal])
        after = edit(patchable(before.document))
        if before.subject.state in FINAL:
            return Proposal(before, [illegal(before.subject, _wanted_state(before, after), "/state")])
        faults = faults_of_items(after)
        if faults:
            return Proposal(before, faults)
        wanted, findings = check_patch(before, after, approval=self._settings.orders.cancellation_approval)
        findings += self._unknown(before, after)
        return self._judged(before, wanted, findings) if wanted else Proposal(before, findings)

    def _unknown(self, before: InFlight, after: Json) -> list[Finding]:
        """Return ORD901 for the fields that the patch brings and nobody knows."""
        found = unknown_fields(after)
        if not found:
            return []
        known = {finding.pointer for finding in unknown_fields(before.document)}
        validation = self._settings.validation
        selection = Selection(
            RULES,
            before.standing.order.profile,
            validation.select,
            validation.ignore,
            validation.severity,
            lint=True,
            body_only=not validation.create_product_order_validation_sync,
        )
        return in_sequence(selection.weighed(finding for finding in found if finding.pointer not in known), BY_CODE)

    def _judged(self, before: InFlight, wanted: Wanted, findings: list[Finding]) -> Proposal:
        at = timestamp(now())
        body = changed_body(before, wanted.document)
        if body is None:
            return Proposal(before, findings, revise(before, wanted, None, at))
        verdict = self._rulebook(before.standing.order.profile).judge(body)
        findings = [*verdict.findings, *findings]
        if verdict.refused:
            return Proposal(before, findings)
        try:
            content = content_of(before, body, work_notes(verdict.order, verdict.findings), at)
        except CannotBeCreatedError as error:
            return Proposal(before, [*findings, *results.creation_failed(str(error))])
        return Proposal(before, findings, revise(before, wanted, content, at))

    def _rulebook(self, profile: str) -> Rulebook:
        if profile not in self._rulebooks:
            self._rulebooks[profile] = rulebook(
                self._settings, mode="sync", profile=cast("Profile", profile), lint=False, reference=self._reference
            )
        return self._rulebooks[profile]


def _document_refusal(before: InFlight, if_version: int | None) -> Finding | None:
    """Why the order is not patched at all, whatever the patch says."""
    order = before.standing.order
    if order.fulfillment_type != DELIVER:
        return FULFILLMENT_TYPE_NOT_DELIVER.finding()
    if if_version not in {None, order.version}:
        return VERSION_CONFLICT.finding("/version", version=order.version, expected=if_version)
    return None


def _wanted_state(before: InFlight, after: Json) -> str:
    word = after.get("state")
    return word if isinstance(word, str) and word != before.document["state"] else DIFFERENT


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
    connection: Store, identifier: str, request: PatchRequest, settings: Settings, source: str | None = None
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
                order_store.hold(connection, found.seq)
                proposal = patching.propose(found.seq, edit, request.if_version)
                written = proposal if proposal.refused else write(connection, proposal, Author(settings.acting))
        proposal = written
    return PatchAnswer(_proposed(record, proposal), proposal)


class PatchHandler:
    """Answers the lines of a file of patches, each an object with the order's `id` (or external id)."""

    def __init__(self, connection: Store, settings: Settings, run_id: str, *, dry_run: bool) -> None:
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
        order_store.hold(self._connection, found.seq)
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
