"""What the commands about batches print."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from ordercli.resources.product_order.words import Profile
from ordercli.result_types import Code, Count, Id, Position, Time


class Batch(TypedDict):
    """A run of submit: what was read, and what became of it."""

    batchId: Id
    source: str
    mode: Literal["sync", "async"]
    profile: Profile
    status: Annotated[
        Literal["processing", "interrupted", "completed", "failed"],
        Meta(
            description="processing while its input is read or orders of it wait; interrupted where the process that"
            " read it has ended before its end"
        ),
    ]
    read: Count
    accepted: Count
    duplicates: Count
    conflicts: Count
    rejected: Count
    warnings: Count
    startedAt: Time
    finishedAt: Time | None
    trackId: str | None
    idempotencyKey: str | None
    inputs: list[str]
    nextCommand: Annotated[str | None, Meta(description="what goes on with an interrupted run")]


class BatchDetails(Batch):
    """A run of submit, and how many of its accepted orders stand where."""

    created: Count
    failed: Count
    waiting: Count
    cancelled: Count
    purged: Annotated[Count, Meta(description="entries that were deleted without having become an order")]
    rejectsFile: str | None


class BatchOrder(TypedDict):
    """What became of an accepted order of a batch."""

    orderId: Id
    externalId: str | None
    result: Literal["created", "failed", "cancelled", "waiting"]
    state: Annotated[str, Meta(description="of the customer order, else of the queue entry")]
    errorCode: Code | None
    file: str | None
    line: Position | None
    record: Position | None
