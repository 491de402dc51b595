"""Describe the documents of a product order: as shown, as cancelled, in events.

Each has the members that are named here, and whatever else its caller sent.
"""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.result_types import Id, Pointer, Time

Version = Annotated[str, Meta(pattern="^[1-9][0-9]*$")]
State = Annotated[str, Meta(min_length=1, description="in the words of the order's profile")]


class WorkNote(TypedDict):
    """A remark that the order system keeps on a line item."""

    date: Time
    text: str


class OrderItem(TypedDict):
    """A line item: every member as it was accepted, with its state."""

    id: str
    action: str
    state: State
    version: Version
    ponr: Literal["true", "false"]
    workNote: NotRequired[list[WorkNote]]


class ExternalIdentifier(TypedDict):
    """An external identifier of an order of TMF622 v5."""

    id: str
    owner: NotRequired[str]
    externalIdentifierType: NotRequired[str]


class AnyOrder(TypedDict):
    """A customer order of any kind, without its line items."""

    id: Id
    href: str
    state: State
    version: Version
    ponr: Literal["true", "false"]
    orderDate: NotRequired[Time]
    expectedCompletionDate: NotRequired[str]


class Order(AnyOrder):
    """A product order: every member as it was accepted, and what the order system adds.

    It was created at `orderDate`, in TMF622 v5 at `creationDate`.
    """

    creationDate: NotRequired[Time]
    externalId: NotRequired[str | list[ExternalIdentifier]]
    orderCurrency: NotRequired[str]
    productOrderItem: Annotated[list[OrderItem], Meta(min_length=1)]


class OrderFields(TypedDict):
    """A customer order with only the members that `--fields` names."""

    id: Id
    href: str


class PatchOperation(TypedDict):
    """What a patch would do to the document that `show` prints: an operation of RFC 6902."""

    op: Literal["add", "remove", "replace"]
    path: Pointer
    value: NotRequired[Any]


ProductOrderRef = TypedDict("ProductOrderRef", {"id": str, "href": NotRequired[str], "@referredType": NotRequired[str]})


class CancelRequest(TypedDict):
    """A request to cancel a product order, as `cancel --from` reads it."""

    cancellationReason: Annotated[str, Meta(min_length=1)]
    requestedCancellationDate: NotRequired[Annotated[str, Meta(description="RFC 3339, with an offset")]]
    productOrder: ProductOrderRef


CancelRequestV5 = TypedDict(
    "CancelRequestV5",
    {
        "@type": Literal["CancelProductOrder"],
        "cancellationReason": NotRequired[str],
        "requestedCancellationDate": NotRequired[Annotated[str, Meta(description="RFC 3339, with an offset")]],
        "productOrder": ProductOrderRef,
    },
)


class AnyTask(TypedDict):
    """A request to cancel an order of any kind, and how it ended, without the order."""

    id: Id
    cancellationReason: NotRequired[str]
    requestedCancellationDate: NotRequired[str]
    state: Literal["done", "inProgress", "terminatedWithError", "rejected"]


class TaskOfCancelling(AnyTask):
    """A request to cancel an order, and how it ended; `inProgress` waits for its approval."""

    productOrder: ProductOrderRef


_CancellationType = TypedDict("_CancellationType", {"@type": Literal["CancelProductorder", "CancelProductOrder"]})


class Cancellation(TaskOfCancelling, _CancellationType):
    """The answer to a request to cancel a product order; `inProgress` waits for its approval."""

    href: str


class EventPayload(TypedDict):
    """The order as it was after the event, or the request to cancel it."""

    productOrder: NotRequired[Order]
    cancelProductOrder: NotRequired[TaskOfCancelling]


class AnyEvent(TypedDict):
    """Something that happened to an order of any kind, without the order."""

    cursor: NotRequired[Annotated[str, Meta(description="for `events --since`; only there", pattern=r"^\d+\.\d+$")]]
    eventId: str
    eventTime: Time
    correlationId: NotRequired[Annotated[str, Meta(description="the track id of the run that accepted the order")]]
    title: str
    description: str
    fieldPath: NotRequired[str]


class Event(AnyEvent):
    """Something that happened to a product order, as TMF622 v4 notifies of it.

    Orders of v5 have the members of v5 beside.
    """

    eventType: Literal[
        "ProductOrderCreateEvent",
        "ProductOrderStateChangeEvent",
        "ProductOrderAttributeValueChangeEvent",
        "CancelProductOrderCreateEvent",
        "CancelProductOrderStateChangeEvent",
    ]
    domain: Literal["productOrdering"]
    event: EventPayload
