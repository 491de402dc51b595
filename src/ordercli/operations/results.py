"""The outcome of each order of a run, and the summary of a run of submit."""

from __future__ import annotations

import re
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple, TypedDict

from msgspec import UNSET, Meta, UnsetType

from ordercli.intake import json_text
from ordercli.intake.json_text import DocumentText, JsonValue, Place
from ordercli.resources.all_rules import rule_of
from ordercli.resources.common.rules.creation import (
    ATTEMPTS_EXHAUSTED,
    ID_TAKEN_AT_TARGET,
    IDEMPOTENCY_CONFLICT,
    ORDER_CREATION_FAILED,
    OTHER_ORDER_AT_TARGET,
    PAYLOAD_DAMAGED,
    REFUSED_BY_TARGET,
    WORKER_LOST,
)
from ordercli.result_types import (
    Code,
    Count,
    ExitStatus,
    Id,
    MissingTypes,
    Pointer,
    Position,
    ReferenceRules,
    Result,
    Seconds,
    StoreName,
    SuggestionApplicability,
)
from ordercli.rulebook.rule import Severity
from ordercli.settings import ProfileName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.intake.places import Found
    from ordercli.intake.record import Record
    from ordercli.orders.order_rows import OrderWithLines
    from ordercli.rulebook.rule import Finding, Rule


class Known(NamedTuple):
    """The order that has the external id of another one: its id, its content, and whether it is canceled.

    In a dry run, an order that would be accepted has no id and no content.
    """

    order_id: str | None = None
    body: bytes | None = None
    version: str | None = None
    is_canceled: bool = False


def conflict(data: bytes, external_id: str, source: str, known: Known) -> Finding:
    """Return the finding that an order with other content, or one of another version, has the external id."""
    detail = "other-version" if known.version else "external-id"
    differs, members = ("", None) if known.version else _differences(known.body, data)
    if known.is_canceled:
        differs += f"; that order is canceled: `ordercli cancel {known.order_id} --release-id` frees the id"
    return IDEMPOTENCY_CONFLICT.finding(
        _place_of_external_id(data, external_id),
        detail=detail,
        external_id=external_id,
        source=source,
        version=known.version,
        differs=differs,
        named=members,
    )


_SHOWN_DIFFERENCES = 3
_INDEX = re.compile(r"/(?:0|[1-9][0-9]*)(?=/|$)")
_LONGEST_VALUE = 60
_LONGEST_POINTER = 200


def _differences(before: bytes | None, after: bytes) -> tuple[str, str | None]:
    """Return the first members that differ, with their values before and after; and the names of all that differ."""
    from ordercli.orders.changes import differences  # few orders conflict

    try:
        found = list(differences(json_text.decode_given(before or b""), json_text.decode_given(after)))
    except (ValueError, RecursionError):  # the known order is damaged, or only remembered by a dry run
        return "", None
    shown = [
        f"{_cut(each.pointer, _LONGEST_POINTER)}: {_short(each.before)} -> {_short(each.after)}"
        for each in found[:_SHOWN_DIFFERENCES]
    ]
    more = [f"and {len(found) - len(shown)} more"] if len(found) > len(shown) else []
    if not shown:
        return "", None
    members = sorted({_cut(_INDEX.sub("/*", each.pointer), _LONGEST_POINTER) for each in found})
    return f" ({', '.join([*shown, *more])})", ", ".join(members)


def _short(value: JsonValue) -> str:
    if value is None:
        return "nothing"
    return _cut(json_text.shown_value(value), _LONGEST_VALUE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _place_of_external_id(data: bytes, external_id: str) -> str:
    """Return the pointer to an external id of an order; a TMF622 v5 order has a list of them."""
    given = json_text.decode(data).get("externalId")
    for n, each in enumerate(given if isinstance(given, list) else ()):
        if isinstance(each, dict) and each.get("id") == external_id:
            return f"/externalId/{n}/id"
    return "/externalId"


def sent_before(order_id: str | None) -> Finding:
    """Return the finding that the line of a rejects file was accepted before; in a dry run no order has an id."""
    became = f", and became order {order_id}" if order_id else ""
    return IDEMPOTENCY_CONFLICT.finding(detail="sent-before", became=became)


def entry_moved_on(reason: str) -> Finding:
    """Return the finding that an exported entry could still become an order, or has become one."""
    return IDEMPOTENCY_CONFLICT.finding(detail="entry-moved-on", reason=reason)


def creation_failed(reason: str, resource: str | None = None) -> list[Finding]:
    """Return the findings that an order could not be created, and why; `resource` is its kind, if that is known."""
    return _with_detail(rule_of(ORDER_CREATION_FAILED.code, resource), detail="reason", reason=reason)


def payload_damaged() -> list[Finding]:
    """Return the findings that the stored bytes are not those that were accepted."""
    return _with_detail(PAYLOAD_DAMAGED, detail="damage")


def worker_lost(times: int) -> list[Finding]:
    """Return the findings that every worker that processed the entry was lost."""
    return _with_detail(WORKER_LOST, detail="losses", times=times)


def attempts_exhausted(attempts: int, reason: str) -> list[Finding]:
    """Return the findings that the last attempt that is allowed failed too."""
    return _with_detail(ATTEMPTS_EXHAUSTED, detail="last", attempts=attempts, reason=reason)


def other_order(external_id: str, difference: str) -> list[Finding]:
    """Return the finding that the target has another order under this external id."""
    return [OTHER_ORDER_AT_TARGET.finding(external_id=external_id, difference=difference)]


def taken_at_target(target: str, external_id: str) -> Finding:
    """Return the finding that another order for the target has this external id there."""
    return ID_TAKEN_AT_TARGET.finding(target=target, external_id=external_id)


def target_refused(target: str, status: int) -> list[Finding]:
    """Return the finding that the target refused the order."""
    return [REFUSED_BY_TARGET.finding(target=target, status=status)]


def _with_detail(rule: Rule, **values: object) -> list[Finding]:
    return [rule.finding(), rule.finding(**values)]


class Outcome(StrEnum):
    """The outcome of an order that was read."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class OrderError(Result):
    """One thing that is wrong in an order, and where it stands in its file."""

    code: Code
    pointer: Pointer
    line: Position
    column: Position
    message: str
    suggestion: str | None
    applicability: SuggestionApplicability = UNSET
    value: (
        Annotated[str, Meta(description="what the error is about, where the place does not tell: an id, or members")]
        | UnsetType
    ) = UNSET


class OrderResult(NamedTuple):
    """An order with its outcome.

    `order_id` is that of the first order for a duplicate or a conflict. An order that a dry run would accept has no
    order id and no rows. `known_elsewhere` is another source that has the external id of an accepted order.
    """

    record: Record
    source: str
    external_id: str | None
    outcome: Outcome
    status_code: int
    order_id: str | None
    findings: list[Finding]
    rows: OrderWithLines | None = None
    known_elsewhere: str | None = None

    @property
    def refused(self) -> bool:
        """Return whether the order has to be repaired and sent again."""
        return self.outcome in {Outcome.REJECTED, Outcome.CONFLICT}


def count_codes(results: Sequence[OrderResult]) -> Counter[str]:
    """Return how many findings of each code some orders have."""
    return Counter(finding.code for each in results for finding in each.findings)


def errors(record: Record, findings: list[Finding]) -> list[OrderError]:
    """Return the errors among the findings, each with its place in the file."""
    found = [each for each in findings if each.severity == "error"]
    return [
        OrderError(
            code=finding.code,
            pointer=record.pointer(finding.pointer),
            line=place.line,
            column=place.column,
            message=finding.message,
            suggestion=finding.suggestion,
            applicability=finding.applicability or UNSET,
            value=UNSET if finding.named is None else finding.named,
        )
        for finding, place in zip(found, places(record, found), strict=True)
    ]


def places(record: Record, findings: Sequence[Finding]) -> list[Place]:
    """Return the places of the findings of one document in its file, in their order."""
    return [found.place for found in find_all(record, findings)]


def document_text(record: Record) -> DocumentText:
    """Return the text of a record, with its place in the file."""
    if record.envelope is None or record.envelope.escaped is None:
        return DocumentText(record.data, record.line, record.column)
    from ordercli.intake.envelopes import EscapedText  # few orders stand in a JSON string

    return EscapedText(record.data, record.line, record.column, record.envelope.escaped)


def find_all(record: Record, findings: Sequence[Finding], document: DocumentText | None = None) -> list[Found]:
    """Return where the findings stand in the document, or in the sheet that it was made from, and the values there."""
    if not findings:
        return []
    from ordercli.intake.places import Target, find  # only findings need it

    document = document or document_text(record)
    targets = [Target(finding.pointer, key=rule_of(finding.code).is_about_key) for finding in findings]
    return [
        found._replace(place=place) if (place := _other_place(record, document, finding)) else found
        for finding, found in zip(findings, find(document, targets), strict=True)
    ]


def _other_place(record: Record, document: DocumentText, finding: Finding) -> Place | None:
    """Return the cell of a finding in the sheet that the order was made from, or the place that the finding has."""
    if record.sheet:
        cell = (finding.line, finding.column or 1) if finding.line else record.sheet.of(finding.pointer)
        return Place(*cell, cell[0], cell[1] + 1)
    return None if finding.line is None else document.character(finding.line, finding.column or 1)


class Group(Result):
    """Orders with the same finding. A member of `shared` that is not the same in all of them is null."""

    shared: ClassVar[tuple[str, ...]] = ()

    orders: Annotated[Count, Meta(description="how many orders have this finding")]

    def merge(self, other: Group) -> None:
        """Count an order more."""
        self.orders += 1
        for name in self.shared:
            if getattr(self, name) != getattr(other, name):
                setattr(self, name, None)


class FindingGroup(Group):
    """Orders with a finding of the same code about the same value."""

    shared = ("message", "suggestion")
    identified_by = "code"

    code: Code
    severity: Severity
    value: Annotated[
        str | None, Meta(description="cut off after 100 characters; null: the finding is about no single value")
    ]
    message: Annotated[str | None, Meta(description="null if it is not the same for all of them")]
    suggestion: str | None


FoundGroups = Annotated[
    list[FindingGroup],
    Meta(description="orders with findings of the same code and value: the 20 largest groups, errors before warnings"),
]
OtherGroups = Annotated[
    Count, Meta(description="how many more groups there are; an estimate where there are more than 10,000")
]


class Counted(TypedDict):
    """How many orders were read, by outcome."""

    read: Count
    accepted: Count
    duplicates: Count
    conflicts: Count
    rejected: Count
    warnings: Count


class Submission(Result, kw_only=True):
    """The result of a run of submit."""

    identified_by = "batchId"

    batch_id: Annotated[Id | None, Meta(description="null for a dry run, which has no batch")]
    mode: Literal["sync", "async"]
    profile: ProfileName
    source: str
    read: Count
    accepted: Count
    duplicates: Count
    conflicts: Count
    rejected: Count
    warnings: Count
    failed: Annotated[Count, Meta(description="with --wait: entries of the batch in error")] | UnsetType = UNSET
    waiting: Annotated[Count, Meta(description="with --wait: entries of the batch that still wait")] | UnsetType = UNSET
    this_run: (
        Annotated[
            Counted, Meta(description="with `batch resume`: what this run did; the other counts are of the batch")
        ]
        | UnsetType
    ) = UNSET
    known_elsewhere: Annotated[
        dict[str, Count], Meta(description="by other source: accepted orders whose externalId it knows")
    ]
    status_code: Literal[200, 201, 202, 400, 409]
    rejects_file: str | None
    elapsed_seconds: Seconds
    track_id: str | UnsetType | None = UNSET
    dry_run: bool | UnsetType = UNSET
    reference_rules: ReferenceRules | UnsetType = UNSET
    missing_reference_types: MissingTypes | UnsetType = UNSET
    repeated: Annotated[bool, Meta(description="the run with this idempotency key was done before")] | UnsetType = UNSET
    groups: FoundGroups | UnsetType = UNSET  # a repeated run has judged nothing
    other_groups: OtherGroups | UnsetType = UNSET
    exit_code: ExitStatus
    store: StoreName = UNSET
