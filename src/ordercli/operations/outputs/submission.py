"""What `submit` prints and writes: its summary, a receipt for each order, the refused and the accepted ones."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.result_types import (
    Count,
    ExitStatus,
    Id,
    MissingTypes,
    ReferenceRules,
    Seconds,
)
from ordercli.settings import ProfileName


class Counted(TypedDict):
    """How many orders were read, and how they ended."""

    read: Count
    accepted: Count
    duplicates: Count
    conflicts: Count
    rejected: Count
    warnings: Count


class Submission(TypedDict):
    """What a run of submit came to."""

    batchId: Annotated[Id | None, Meta(description="null for a dry run, which has no batch")]
    mode: Literal["sync", "async"]
    profile: ProfileName
    source: str
    read: Count
    accepted: Count
    duplicates: Count
    conflicts: Count
    rejected: Count
    warnings: Count
    knownElsewhere: Annotated[
        dict[str, Count], Meta(description="by other source: accepted orders whose externalId it knows")
    ]
    statusCode: Literal[200, 201, 202, 400, 409]
    rejectsFile: str | None
    elapsedSeconds: Seconds
    trackId: NotRequired[str | None]
    dryRun: NotRequired[bool]
    referenceRules: NotRequired[ReferenceRules]
    missingReferenceTypes: NotRequired[MissingTypes]
    repeated: NotRequired[Annotated[bool, Meta(description="the run with this idempotency key was done before")]]
    failed: NotRequired[Annotated[Count, Meta(description="with --wait: entries of the batch in error")]]
    waiting: NotRequired[Annotated[Count, Meta(description="with --wait: entries of the batch that still wait")]]
    thisRun: NotRequired[
        Annotated[
            Counted, Meta(description="with `batch resume`: what this run did; the other counts are of the batch")
        ]
    ]
    exitCode: ExitStatus
