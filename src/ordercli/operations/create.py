"""Create customer orders from queue entries, and decide what follows a failure."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, NamedTuple, cast

from ordercli.clock import now, timestamp
from ordercli.database import faults
from ordercli.database.faults import Fault
from ordercli.operations import results
from ordercli.operations.validate import named_records, rulebook, unpacked, work_notes
from ordercli.queue import payloads
from ordercli.queue.claims import Claimed, Failure
from ordercli.resources.product_order.convert import Accepted, CannotBeCreatedError, OrderRows, to_rows
from ordercli.rulebook.findings import error_body

if TYPE_CHECKING:
    from ordercli.operations.validate import WorkNotes
    from ordercli.reference.lookup import ReferenceData
    from ordercli.resources.product_order.words import Profile
    from ordercli.resources.validator import Rulebook
    from ordercli.rulebook.rule import Finding
    from ordercli.settings import Settings


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
            return Prepared(entry, failure=failure(entry, results.payload_damaged()))
        notes = unpacked(entry.work_notes)
        if self._settings.queue.revalidate:
            verdict = self._rulebook(entry.profile, entry.filled_currency).judge(entry.body)
            if verdict.refused:
                return Prepared(entry, failure=failure(entry, verdict.findings))
            notes = work_notes(verdict.order, verdict.findings)
        try:
            return Prepared(entry, rows=to_rows(_accepted(entry, notes), entry.body, timestamp(now())))
        except CannotBeCreatedError as error:
            return Prepared(entry, failure=failure(entry, results.creation_failed(str(error))))

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


MAX_ATTEMPTS = 10
MAX_ATTEMPTS_AFTER_BUG = 3
FIRST_DELAY_SECONDS = 5.0
LONGEST_DELAY_SECONDS = 6 * 3600.0


def after_fault(entry: Claimed, error: Exception) -> Failure | float:
    """The failure that ends the entry, or how many seconds it waits for its next attempt."""
    if isinstance(error, faults.integrity_errors()):
        return failure(entry, results.creation_failed(str(error)))
    passing = faults.classify(error) is Fault.PASSING
    if entry.attempts >= (MAX_ATTEMPTS if passing else MAX_ATTEMPTS_AFTER_BUG):
        reason = str(error) if passing else trace(error)
        return failure(entry, results.attempts_exhausted(entry.attempts, reason))
    longest = min(FIRST_DELAY_SECONDS * 2.0**entry.attempts, LONGEST_DELAY_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards no secret


def trace(error: Exception) -> str:
    """The trace of a bug, kept with the entry so that it can be reported."""
    import traceback  # noqa: PLC0415 - only after a bug

    return "".join(traceback.format_exception(error))
