"""What the commands of the inbound queue print, and `show` of an order that is still in it."""
# ruff: noqa: N815 - members keep the names that they have in JSON

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.operations.outputs.errors import ErrorBody
from ordercli.queue.entries import EntryState
from ordercli.result_types import Code, Count, ExitStatus, Id, Position, Seconds, Time


class QueueEntry(TypedDict):
    """An entry of the inbound queue."""

    orderId: Id
    externalId: str | None
    source: str
    resource: str
    state: EntryState
    statusCode: int
    attempts: Count
    errorCode: Code | None
    createdAt: Time
    updatedAt: Time
    executeAfter: Time | None
    batchId: Id
    line: Position
    exportedAt: Annotated[
        Time | None, Meta(description="since when its exported line may be sent instead; `queue retry` ends that")
    ]
    sentAgainAs: Annotated[Id | None, Meta(description="the order that its exported line became")]


class QueueEntryDetails(QueueEntry):
    """An entry of the inbound queue with its error, why it was discarded, and the order as it came."""

    error: ErrorBody | None
    reason: str | None
    payload: Any


class EntryError(TypedDict):
    """Why something could not be done to an entry."""

    code: Code | None
    message: str


class EntryReceipt(TypedDict):
    """What became of an entry that was named by its id."""

    id: str
    orderId: Id | None
    outcome: Literal["created", "failed", "postponed", "retried", "discarded", "not-found", "conflict"]
    errors: list[EntryError]


class EntriesChanged(TypedDict):
    """How many entries the filters chose, how many were changed, and how many left as they were."""

    matched: Count
    retried: NotRequired[Count]
    discarded: NotRequired[Count]
    skipped: Count
    exitCode: ExitStatus


class EntriesPurged(TypedDict):
    """How many entries were deleted, or would be, by the state they were in."""

    completed: Count
    error: Count
    cancelled: Count
    elapsedSeconds: Seconds
    exitCode: ExitStatus


class QueueEntryShown(QueueEntry):
    """An entry of the inbound queue, and why it was discarded."""

    reason: NotRequired[str | None]


class QueuedAnswer(ErrorBody):
    """How an order stands that has not been created: it waits (code 102), its creation failed, or it was discarded."""

    queueEntry: QueueEntryShown
