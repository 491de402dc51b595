"""Patch customer orders: merge, check, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from ordercli.clock import timestamp_now
from ordercli.database.store import Store, snapshot, transaction
from ordercli.intake.record import STDIN, Record
from ordercli.operations import results
from ordercli.operations.change_requests import (
    OrderReference,
    RequestOutcome,
    RevisionResult,
    outcome_of,
    resolve_order,
)
from ordercli.operations.patch_checks import check_patch, not_patchable, patchable
from ordercli.operations.patch_document import (
    NOT_SENT_ON,
    Assignment,
    MergePatch,
    assigned,
    faults_of_items,
    read_patch,
    read_patch_line,
)
from ordercli.operations.revise import (
    Author,
    OrderSnapshot,
    Proposal,
    Target,
    changed_body,
    content_of,
    load,
    refused_at_target,
    revise,
    write,
)
from ordercli.operations.validate import rulebook, work_notes
from ordercli.orders import order_store
from ordercli.reference.store import reference_data
from ordercli.resources.all_rules import all_rules
from ordercli.resources.common.lint import unknown_fields
from ordercli.resources.common.rules.creation import REJECT_CONTEXT
from ordercli.resources.common.rules.revision import FULFILLMENT_TYPE_NOT_DELIVER, VERSION_CONFLICT
from ordercli.resources.document import kind_with
from ordercli.resources.resource import CannotBeCreatedError
from ordercli.resources.validator import KindValidator
from ordercli.rulebook.rule import Finding
from ordercli.rulebook.selection import Selection, within
from ordercli.settings import ProfileName, Settings

Json = dict[str, Any]
# Returns the patched document for the current one, or a finding that points into the request and refuses it.
Edit = Callable[[Json], Json | Finding]

DELIVER = "deliver"


class PatchRequest(NamedTuple):
    """A patch of one order: a document (None: none was given), values for single places, or both."""

    document: Record | None = None
    assignments: Sequence[Assignment] = ()
    if_version: int | None = None
    dry_run: bool = False


class PatchAnswer(NamedTuple):
    """The result of a patch, and the proposed revision if the order was found."""

    result: RevisionResult
    proposal: Proposal | None = None


def patch_order(
    store: Store, reference: OrderReference, request: PatchRequest, settings: Settings, author: Author
) -> PatchAnswer:
    """Patch one order; a dry run writes nothing.

    Read and validate the order without a lock. If somebody else revises it meanwhile, read and validate it again under
    its lock: the patch is applied to the new version, or refused if it wants another one (ORD408). A JSON Patch applies
    only to the version that was read first, because its indexes count the elements of that version.

    Raises:
        UsageError: An assignment leads nowhere.
    """
    record = request.document or Record(b"", STDIN, 1, 1, 1)
    if record.reject:
        from ordercli.operations.contexts import sent_with  # a mistake, and imports much

        refusal = REJECT_CONTEXT.finding(reason=f"it is {sent_with(record.reject.request or 'patch')}")
        return PatchAnswer(_refused(record, reference.source, reference.identifier, [refusal]))
    patch = read_patch(record) if request.document else MergePatch({})
    if isinstance(patch, list):
        findings = within(patch, settings.limits.max_findings)
        return PatchAnswer(_refused(record, reference.source, reference.identifier, findings))

    def edit(document: Json) -> Json | Finding:
        changed = patch.patched(document, settings.limits.max_order_bytes)
        if isinstance(changed, Finding) or faults_of_items(changed):  # `not_patchable` refuses these
            return changed
        for each in request.assignments:
            changed = assigned(changed, each)
        return changed

    proposer = PatchProposer(store, settings)
    with snapshot(store):
        likely = patch.resource or kind_with([each.segments[0] for each in request.assignments])
        found = resolve_order(store, reference._replace(likely_resource=likely), record)
        if isinstance(found, RevisionResult):
            return PatchAnswer(found)
        if refused := refused_at_target(store, found.order_id, author):
            return PatchAnswer(_refused(record, found.source, found.order_id, refused))
        proposal = proposer.propose(found.seq, edit, request.if_version)
    if not (request.dry_run or proposal.refused):
        with transaction(store, "patch"):
            written = write(store, proposal, author)
            if written is not proposal and not patch.is_bound:
                order_store.hold(store, found.seq)
                proposal = proposer.propose(found.seq, edit, request.if_version)
                written = proposal if proposal.refused else write(store, proposal, author)
        proposal = written
    document = proposal.revised.document if proposal.revised else proposal.before.document
    return PatchAnswer(proposal.result(record, RequestOutcome.PATCHED, document), proposal)


class PatchHandler:
    """Answers the lines of a file of patches, each an object with the order's `id` (or external id)."""

    def __init__(
        self, store: Store, settings: Settings, author: Author, *, dry_run: bool, resource: str | None = None
    ) -> None:
        self._store = store
        self._proposer = PatchProposer(store, settings)
        self._author = author
        self._limits = settings.limits
        self._dry_run = dry_run
        self._resource = resource

    def __call__(self, record: Record, source: str | None) -> RevisionResult:
        """Patch the order that the record names, within the caller's transaction; `source` narrows external ids."""
        proposal = self._proposal(record, source)
        if isinstance(proposal, RevisionResult):
            return proposal
        if not (proposal.refused or self._dry_run):
            proposal = write(self._store, proposal, self._author)
        return proposal.result(record, RequestOutcome.PATCHED)

    def would_change(self, record: Record, source: str | None) -> bool:
        """Return whether the patch of the record is not refused, and changes its order."""
        proposal = self._proposal(record, source)
        return isinstance(proposal, Proposal) and not proposal.refused and proposal.revised is not None

    def _proposal(self, record: Record, source: str | None) -> Proposal | RevisionResult:
        """Return what the patch would make of its order, or why there is no such order."""
        line = read_patch_line(record)
        if isinstance(line, list):
            return _refused(record, source, None, within(line, self._limits.max_findings))
        reference = OrderReference(line.identifier, source, line.id_at, self._resource, line.patch.resource)
        found = resolve_order(self._store, reference, record)
        if isinstance(found, RevisionResult):
            return found
        refused = refused_at_target(self._store, found.order_id, self._author)
        if self._dry_run:  # it tells what would be sent on, and what could not be
            refused = (
                [] if isinstance(line.patch, MergePatch) else [each._replace(message=NOT_SENT_ON) for each in refused]
            )
        if refused:
            return _refused(record, found.source, found.order_id, refused)
        order_store.hold(self._store, found.seq)
        max_bytes = self._limits.max_order_bytes
        return self._proposer.propose(found.seq, lambda document: line.patch.patched(document, max_bytes))


def _refused(record: Record, source: str | None, identifier: str | None, findings: list[Finding]) -> RevisionResult:
    """Return the result of a request that names no order, or whose document is wrong."""
    outcome = outcome_of(findings, RequestOutcome.PATCHED)
    return RevisionResult(record, source or "", identifier, outcome, None, findings)


class PatchProposer:
    """Prepares patches and writes nothing; one object for a run."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._rulebooks: dict[str, KindValidator] = {}

    def propose(self, seq: int, edit: Edit, if_version: int | None = None) -> Proposal:
        """Return the proposal that an edit of its document makes for the order with this key.

        It has at most `limits.max_findings` findings.
        """
        proposal = self._propose(seq, edit, if_version)
        return proposal._replace(
            findings=within(
                list(map(proposal.before.resource.in_patch, proposal.findings)), self._settings.limits.max_findings
            )
        )

    def _propose(self, seq: int, edit: Edit, if_version: int | None) -> Proposal:
        before = load(self._store, seq)
        order = before.stored.order
        if order.fulfillment_type != DELIVER:
            return Proposal(before, [FULFILLMENT_TYPE_NOT_DELIVER.finding()])
        if if_version not in {None, order.version}:
            conflict = VERSION_CONFLICT.finding("/version", version=order.version, expected=if_version)
            return Proposal(before, [conflict])
        after = edit(patchable(before))
        if isinstance(after, Finding):
            return Proposal(before, [after], is_about_request=True)
        if refusal := not_patchable(before, after):
            return Proposal(before, refusal)
        target, findings = check_patch(before, after, approval=self._settings.orders.cancellation_approval)
        findings += self._unknown(before, after)
        return self._validated(before, target, findings) if target else Proposal(before, findings)

    def _unknown(self, before: OrderSnapshot, after: Json) -> list[Finding]:
        """Return ORD901 for the fields that the patch adds and that are not known."""
        profile = before.stored.order.profile
        known_fields = before.profile.load_form().known_fields
        found = unknown_fields(after, known_fields)
        if not found:
            return []
        known = {finding.pointer for finding in unknown_fields(before.document, known_fields)}
        validation = self._settings.validation
        rules = before.resource.load_rulebook()
        selection = Selection(
            rules.rules,
            profile,
            validation.select,
            validation.ignore,
            validation.severity,
            lint=True,
            body_only=not getattr(validation, f"create_{before.resource.setting}_validation_sync"),
            all_rules=all_rules,
        )
        return selection.in_sequence(finding for finding in found if finding.pointer not in known)

    def _validated(self, before: OrderSnapshot, target: Target, findings: list[Finding]) -> Proposal:
        at = timestamp_now()
        body = changed_body(before, target.document)
        if body is None:
            return Proposal(before, findings, revise(before, target, None, at))
        validation = self._rulebook(before.stored.order.profile).validate(body)
        checked = validation.findings
        if load_wording := before.resource.load_patch_wording:
            reference = reference_data(self._store, self._settings)
            checked = load_wording().findings(target.document, reference, checked)
        findings = [*checked, *findings]
        if any(finding.severity == "error" for finding in checked):
            return Proposal(before, findings)
        try:
            content = content_of(
                before, body, work_notes(validation.order, validation.findings, validation.resource), at
            )
        except CannotBeCreatedError as error:
            return Proposal(before, [*findings, *results.creation_failed(str(error))])
        return Proposal(before, findings, revise(before, target, content, at))

    def _rulebook(self, profile: str) -> KindValidator:
        if profile not in self._rulebooks:
            reference = reference_data(self._store, self._settings)
            self._rulebooks[profile] = rulebook(
                self._settings,
                mode="sync",
                profile=cast("ProfileName", profile),
                lint=False,
                reference=reference,
                patched=True,
            )
        return self._rulebooks[profile]
