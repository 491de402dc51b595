"""What the commands of the inbound queue print, and `show` of an order that is still in it."""
# ruff: noqa: N815 - members keep the names that they have in JSON

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from ordercli.operations.outputs.errors import ErrorBody
from ordercli.queue.entries import EntryState
from ordercli.result_types import Code, Count, Id, Position, Time


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


class QueueEntryShown(QueueEntry):
    """An entry of the inbound queue, and why it was discarded."""

    reason: NotRequired[str | None]


class QueuedAnswer(ErrorBody):
    """How an order stands that has not been created: it waits (code 102), its creation failed, or it was discarded."""

    queueEntry: QueueEntryShown
