"""What `patch`, `cancel`, `history` and `events` print, and what they read."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.operations.outputs.orders import Order
from ordercli.operations.outputs.submission import OrderError
from ordercli.resources.product_order.changes import ChangeType
from ordercli.result_types import Id, Pointer, Position, Time

Version = Annotated[int, Meta(ge=1, description="of the order, afterwards")]
Outcome = Literal["patched", "cancelled", "requested", "denied", "duplicate", "rejected", "conflict", "not-found"]


class ChangeReceipt(TypedDict):
    """What became of one request to change an order.

    `requested` is a cancellation that has to be approved; `duplicate` is a line of a rejects file that was applied
    before.
    """

    id: Annotated[str | None, Meta(description="the order id, or what was asked for where there is no such order")]
    line: Position
    outcome: Outcome
    version: Version | None
    errors: list[OrderError]


class PatchOperation(TypedDict):
    """What a patch would do to the document that `show` prints: an operation of RFC 6902."""

    op: Literal["add", "remove", "replace"]
    path: Pointer
    value: NotRequired[Any]


ProductOrderRef = TypedDict("ProductOrderRef", {"id": str, "href": NotRequired[str], "@referredType": NotRequired[str]})


class CancelRequest(TypedDict):
    """A request to cancel an order, as `cancel --from` reads it."""

    cancellationReason: Annotated[str, Meta(min_length=1)]
    requestedCancellationDate: NotRequired[Annotated[str, Meta(description="RFC 3339, with an offset")]]
    productOrder: ProductOrderRef


class TaskOfCancelling(TypedDict):
    """A request to cancel an order, and how it ended; `inProgress` waits for its approval."""

    id: Id
    cancellationReason: NotRequired[str]
    requestedCancellationDate: NotRequired[str]
    productOrder: ProductOrderRef
    state: Literal["done", "inProgress", "terminatedWithError"]


_CancellationType = TypedDict("_CancellationType", {"@type": Literal["CancelProductorder"]})


class Cancellation(TaskOfCancelling, _CancellationType):
    """The answer to a request to cancel an order; `inProgress` waits for its approval."""

    href: str


class Change(TypedDict):
    """One place of the order's document that was changed; null: nothing was, or is, there."""

    pointer: Pointer
    before: Any
    after: Any


class HistoryLine(TypedDict):
    """One thing that happened to an order."""

    time: Time
    actor: str
    version: Version
    kind: Literal["creation", "revision", "stateChange", "cancellation", "workNote"]
    changeTypes: list[ChangeType]
    changes: list[Change]
    cancellationReason: NotRequired[str]
    requestedCancellationDate: NotRequired[str]
    batchId: NotRequired[Annotated[Id, Meta(description="of the creation: the batch that the order came with")]]
    trackId: NotRequired[str]
    runId: NotRequired[Annotated[Id, Meta(description="the run over many requests that did it")]]


class EventPayload(TypedDict):
    """The order as it was after the event, or the request to cancel it."""

    productOrder: NotRequired[Order]
    cancelProductOrder: NotRequired[TaskOfCancelling]


class Event(TypedDict):
    """Something that happened to an order, as TMF622 v4 notifies of it."""

    cursor: NotRequired[Annotated[str, Meta(description="for `events --since`; only there", pattern=r"^\d+\.\d+$")]]
    eventId: str
    eventTime: Time
    eventType: Literal[
        "ProductOrderCreateEvent",
        "ProductOrderStateChangeEvent",
        "ProductOrderAttributeValueChangeEvent",
        "CancelProductOrderCreateEvent",
        "CancelProductOrderStateChangeEvent",
    ]
    correlationId: NotRequired[Annotated[str, Meta(description="the track id of the run that accepted the order")]]
    domain: Literal["productOrdering"]
    title: str
    description: str
    fieldPath: NotRequired[str]
    event: EventPayload


class Discrepancy(TypedDict):
    """Two things in the database that do not agree, and what to do about it."""

    check: Literal[
        "integrity", "schema", "foreign-key", "payload", "queue", "tables", "document", "history", "states", "receipt"
    ]
    orderId: Id | None
    message: str
    remedy: Annotated[str, Meta(description="what to do about it")]
