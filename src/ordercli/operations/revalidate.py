"""Validate queue entries again before their orders are created (setting `queue.revalidate`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ordercli.operations.failures import failure
from ordercli.operations.validate import named_records, rulebook, work_notes

if TYPE_CHECKING:
    from ordercli.operations.validate import WorkNotes
    from ordercli.queue.claims import Claimed, Failure
    from ordercli.reference.lookup import ReferenceData
    from ordercli.resources.validator import KindValidator
    from ordercli.settings import ProfileName, Settings


class Revalidation:
    """Validates entries by the rules of today, with the profile and the default currency that were kept with them."""

    def __init__(self, settings: Settings, reference: ReferenceData | None) -> None:
        self._settings = settings
        self._reference = reference
        self._rulebooks: dict[tuple[str, str | None], KindValidator] = {}

    def look_ahead(self, entries: list[Claimed]) -> None:
        """Fetch what will be looked up when these entries are validated."""
        if self._reference:
            self._reference.look_ahead(named_records(entry.body for entry in entries))

    def validate(self, entry: Claimed) -> Failure | WorkNotes:
        """Return the failure that ends the entry, or the work notes of its order."""
        validation = self._rulebook(entry.profile, entry.filled_currency).validate(entry.body)
        if validation.refused:
            return failure(entry, validation.findings)
        return work_notes(validation.order, validation.findings, validation.resource)

    def _rulebook(self, profile: str, filled_currency: str | None) -> KindValidator:
        key = (profile, filled_currency)
        if key not in self._rulebooks:
            validation = self._settings.validation._replace(default_currency=filled_currency)
            self._rulebooks[key] = rulebook(
                self._settings._replace(validation=validation),
                mode="async",
                profile=cast("ProfileName", profile),
                reference=self._reference,
            )
        return self._rulebooks[key]
