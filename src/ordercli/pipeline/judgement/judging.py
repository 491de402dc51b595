"""Records become judged orders: what the rules say, before the database is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

import msgspec

from ordercli.intake.nul import shown_nul
from ordercli.pipeline.judgement.named_records import named_records
from ordercli.pipeline.judgement.work_notes import WorkNotes, work_notes
from ordercli.validation.case import Limits
from ordercli.validation.rulebook import Rulebook
from ordercli.validation.sequence import within

if TYPE_CHECKING:
    from ordercli.intake.record import Record
    from ordercli.reference.lookup import ReferenceData
    from ordercli.settings import Settings
    from ordercli.tmf622.words import Profile
    from ordercli.validation.case import Mode
    from ordercli.validation.finding import Finding


class Judged(NamedTuple):
    """A record with what the rules find in it, and what its order says that is needed later.

    The order itself is let go: 500 orders in pieces take more memory, and more time, than their bytes.
    """

    record: Record
    findings: list[Finding]
    external_id: str | None = None
    filled_currency: str | None = None
    work_notes: WorkNotes = ()

    @property
    def refused(self) -> bool:
        """Whether there is an error among the findings."""
        return any(finding.severity == "error" for finding in self.findings)


class _Keyed(TypedDict, total=False):
    externalId: str | None


_decode_key = msgspec.json.Decoder(_Keyed).decode


def judge_all(records: list[Record], rulebook: Rulebook, reference: ReferenceData | None) -> list[Judged]:
    """Judge a batch; to be called in a transaction where `reference` reads a database."""
    if reference and rulebook.asks_reference:
        reference.look_ahead(named_records(record.data for record in records))
    return [judge(record, rulebook) for record in records]


def judge(record: Record, rulebook: Rulebook) -> Judged:
    """Judge one record."""
    order, findings, filled_currency = rulebook.judge_record(record)
    key = order.external_id if order else _external_id_of(record.data)
    notes = work_notes(order, findings) if findings else ()
    told = within(findings, rulebook.most_findings)
    # An empty key can only come unvalidated.
    return Judged(record, told, shown_nul(key) if key else None, filled_currency, notes)


def _external_id_of(data: bytes) -> str | None:
    """The external id of an order that is not well-shaped, so that its reject can be told from others."""
    try:
        key = _decode_key(data).get("externalId")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return key if key and not key.isspace() else None


def rulebook(
    settings: Settings,
    *,
    mode: Mode,
    profile: Profile | None = None,
    lint: bool | None = None,
    reference: ReferenceData | None = None,
) -> Rulebook:
    """The rules for one mode; where its validation is switched off, only what makes an order unreadable counts.

    Without reference data the rules that ask it are left out.
    """
    validation, limits = settings.validation, settings.limits
    switched_on = (
        validation.create_product_order_validation_async
        if mode == "async"
        else validation.create_product_order_validation_sync
    )
    return Rulebook(
        profile=profile or settings.profile,
        mode=mode,
        default_currency=validation.default_currency,
        limits=Limits(limits.max_items_sync, limits.max_items_async, limits.max_findings),
        lint=validation.lint if lint is None else lint,
        select=validation.select,
        ignore=(*validation.ignore, *_not_wanted(settings)),
        severity=validation.severity,
        reference=reference,
        body_only=not switched_on,
    )


def _not_wanted(settings: Settings) -> tuple[str, ...]:
    """An order may name another version than the inventory has, where creating it moves the inventory."""
    return ("ORD312",) if settings.orders.allow_spec_version_update_in_change_order else ()
