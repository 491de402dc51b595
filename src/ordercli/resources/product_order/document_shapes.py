"""Describe the documents of a product order: as shown, as cancelled, in events.

Each has the members that are named here, and whatever else its caller sent.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.resources.common.document_shapes import AnyEvent, AnyOrder, AnyTask, OrderItem
from ordercli.result_types import Time


class ExternalIdentifier(TypedDict):
    """An external identifier of an order of TMF622 v5."""

    id: str
    owner: NotRequired[str]
    externalIdentifierType: NotRequired[str]


class Order(AnyOrder, TypedDict):
    """A product order: every member as it was accepted, and what the order system adds.

    It was created at `orderDate`, in TMF622 v5 at `creationDate`.
    """

    creationDate: NotRequired[Time]
    externalId: NotRequired[str | list[ExternalIdentifier]]
    orderCurrency: NotRequired[str]
    productOrderItem: Annotated[list[OrderItem], Meta(min_length=1)]


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


class TaskOfCancelling(AnyTask, TypedDict):
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


class Event(AnyEvent, TypedDict):
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
