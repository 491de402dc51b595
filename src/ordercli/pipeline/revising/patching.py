"""A patch meets the order that it names: merged, checked, judged as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from ordercli.clock import now, timestamp
from ordercli.orders.convert import CannotBeCreatedError
from ordercli.orders.transitions import FINAL
from ordercli.pipeline.judgement.judging import rulebook
from ordercli.pipeline.judgement.work_notes import work_notes
from ordercli.pipeline.loading.reference_data import reference_data
from ordercli.pipeline.outcomes import messages
from ordercli.pipeline.revising.in_flight import InFlight, changed_body, content_of, load, revise
from ordercli.pipeline.revising.patch_checks import check_patch, patchable
from ordercli.pipeline.revising.patch_document import faults_of_items
from ordercli.pipeline.revising.proposals import Proposal
from ordercli.pipeline.revising.state_checks import DIFFERENT, illegal
from ordercli.validation.lint import unknown_fields
from ordercli.validation.rules.elsewhere import FULFILLMENT_TYPE_NOT_DELIVER, VERSION_CONFLICT
from ordercli.validation.selection import Selection
from ordercli.validation.sequence import in_sequence

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from ordercli.pipeline.revising.in_flight import Wanted
    from ordercli.settings import Settings
    from ordercli.tmf622.words import Profile
    from ordercli.validation.finding import Finding
    from ordercli.validation.rulebook import Rulebook

Json = dict[str, Any]
# Makes the document that is wanted of the one that is.
Edit = Callable[[Json], Json]

DELIVER = "deliver"


class Patching:
    """Prepares patches, writing nothing; one object for a run."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._reference = reference_data(connection, settings)
        self._rulebooks: dict[str, Rulebook] = {}

    def propose(self, seq: int, edit: Edit, if_version: int | None = None) -> Proposal:
        """What an edit of the document would make of the order with this key."""
        before = load(self._connection, seq)
        refusal = _refusal(before, if_version)
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
            cast("Profile", before.standing.order.profile),
            validation.select,
            validation.ignore,
            validation.severity,
            lint=True,
            body_only=not validation.create_product_order_validation_sync,
        )
        return in_sequence(selection.weighed(finding for finding in found if finding.pointer not in known))

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
            return Proposal(before, [*findings, *messages.creation_failed(str(error))])
        return Proposal(before, findings, revise(before, wanted, content, at))

    def _rulebook(self, profile: str) -> Rulebook:
        if profile not in self._rulebooks:
            self._rulebooks[profile] = rulebook(
                self._settings, mode="sync", profile=cast("Profile", profile), lint=False, reference=self._reference
            )
        return self._rulebooks[profile]


def _refusal(before: InFlight, if_version: int | None) -> Finding | None:
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
