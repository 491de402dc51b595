"""The summary of a run of submit."""

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from ordercli.operations.finding_groups import FoundGroups, OtherGroups
from ordercli.result_types import Count, ExitStatus, Id, MissingTypes, ReferenceRules, Result, Seconds, StoreName
from ordercli.settings import ProfileName


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
