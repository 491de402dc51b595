"""A claimed entry becomes rows to insert, or the reason why it cannot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, cast

from ordercli.clock import now, timestamp
from ordercli.inbound import payloads
from ordercli.inbound.claims import Claimed, Failure
from ordercli.orders.convert import Accepted, CannotBeCreatedError, OrderRows, to_rows
from ordercli.pipeline.judgement.judging import rulebook
from ordercli.pipeline.judgement.named_records import named_records
from ordercli.pipeline.judgement.work_notes import unpacked, work_notes
from ordercli.pipeline.outcomes import messages
from ordercli.validation.error_body import error_body

if TYPE_CHECKING:
    from ordercli.pipeline.judgement.work_notes import WorkNotes
    from ordercli.reference.lookup import ReferenceData
    from ordercli.settings import Settings
    from ordercli.tmf622.words import Profile
    from ordercli.validation.finding import Finding
    from ordercli.validation.rulebook import Rulebook


class Prepared(NamedTuple):
    """An entry with one of three: its rows, the failure that ends it, or an exception nobody expected."""

    entry: Claimed
    rows: OrderRows | None = None
    failure: Failure | None = None
    fault: Exception | None = None


class Creation:
    """Prepares entries, writing nothing; validates them again where `queue.revalidate` asks for it."""

    def __init__(self, settings: Settings, reference: ReferenceData | None) -> None:
        self._settings = settings
        self._reference = reference
        self._rulebooks: dict[tuple[str, str | None], Rulebook] = {}

    def look_ahead(self, entries: list[Claimed]) -> None:
        """Make ready what will be looked up when these entries are validated again."""
        if self._reference and self._settings.queue.revalidate:
            self._reference.look_ahead(named_records(entry.body for entry in entries))

    def prepare(self, entry: Claimed) -> Prepared:
        """Check the bytes against their hash, judge them again if asked, and turn them into rows."""
        try:
            return self._prepare(entry)
        except Exception as fault:  # noqa: BLE001 - a bug in one order must not stop the others
            return Prepared(entry, fault=fault)

    def _prepare(self, entry: Claimed) -> Prepared:
        if payloads.digest(entry.body) != entry.sha256:
            return Prepared(entry, failure=failure(entry, messages.payload_damaged()))
        notes = unpacked(entry.work_notes)
        if self._settings.queue.revalidate:
            verdict = self._rulebook(entry.profile, entry.filled_currency).judge(entry.body)
            if verdict.refused:
                return Prepared(entry, failure=failure(entry, verdict.findings))
            notes = work_notes(verdict.order, verdict.findings)
        try:
            return Prepared(entry, rows=to_rows(_accepted(entry, notes), entry.body, timestamp(now())))
        except CannotBeCreatedError as error:
            return Prepared(entry, failure=failure(entry, messages.creation_failed(str(error))))

    def _rulebook(self, profile: str, filled_currency: str | None) -> Rulebook:
        """The rules of an entry: its profile, and the currency that was filled in, are kept with it."""
        key = (profile, filled_currency)
        if key not in self._rulebooks:
            validation = self._settings.validation._replace(default_currency=filled_currency)
            self._rulebooks[key] = rulebook(
                self._settings._replace(validation=validation),
                mode="async",
                profile=cast("Profile", profile),
                reference=self._reference,
            )
        return self._rulebooks[key]


def failure(entry: Claimed, findings: list[Finding]) -> Failure:
    """The end of an entry in `error`, with the error body of the API."""
    first = next(each for each in findings if each.severity == "error")
    return Failure(entry.seq, first.code, json.dumps(error_body(findings), ensure_ascii=False))


def _accepted(entry: Claimed, notes: WorkNotes) -> Accepted:
    return Accepted(
        entry.seq,
        entry.order_id,
        entry.external_id,
        entry.source,
        entry.profile,
        entry.filled_currency,
        entry.batch_id,
        notes,
    )
