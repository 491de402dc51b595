"""Describe the documents of a service order: as shown, as cancelled, in events, and in reports of its fulfilment.

Each has the members that are named here, and whatever else its caller sent.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.resources.common.document_shapes import AnyEvent, AnyOrder, AnyTask, OrderItem

Text = Annotated[str, Meta(min_length=1)]


class ServiceOrder(AnyOrder, TypedDict):
    """A service order: every member as it was accepted, and what the order system adds."""

    externalId: NotRequired[str]
    serviceOrderItem: Annotated[list[OrderItem], Meta(min_length=1)]


ServiceOrderRef = TypedDict("ServiceOrderRef", {"id": str, "href": NotRequired[str], "@referredType": NotRequired[str]})


class CancelRequest(TypedDict):
    """A request to cancel a service order, as `cancel --from` reads it."""

    cancellationReason: Text
    requestedCancellationDate: NotRequired[Annotated[str, Meta(description="RFC 3339, with an offset")]]
    serviceOrder: ServiceOrderRef


class TaskOfCancelling(AnyTask, TypedDict):
    """A request to cancel a service order, and how it ended; `inProgress` waits for its approval."""

    serviceOrder: ServiceOrderRef


_CancellationType = TypedDict("_CancellationType", {"@type": Literal["CancelServiceOrder"]})


class Cancellation(TaskOfCancelling, _CancellationType):
    """The answer to a request to cancel a service order; `inProgress` waits for its approval."""

    href: str


class EventPayload(TypedDict):
    """The order as it was after the event, or the request to cancel it."""

    serviceOrder: NotRequired[ServiceOrder]
    cancelServiceOrder: NotRequired[TaskOfCancelling]


class Event(AnyEvent, TypedDict):
    """Something that happened to a service order, as TMF641 notifies of it."""

    eventType: Literal[
        "ServiceOrderCreateEvent",
        "ServiceOrderStateChangeEvent",
        "ServiceOrderAttributeValueChangeEvent",
        "CancelServiceOrderCreateEvent",
        "CancelServiceOrderStateChangeEvent",
    ]
    domain: Literal["serviceOrdering"]
    event: EventPayload


class ReportedItem(TypedDict):
    """A line item, and how far its fulfilment is."""

    id: Text
    state: Literal["fulfilled", "error", "pending"]


class FulfilmentReport(TypedDict):
    """A report of the fulfilment of a service order, as `fulfil` reads it."""

    externalId: Annotated[str, Meta(min_length=1, description="the external id of the order, or its order id")]
    serviceOrderItem: Annotated[list[ReportedItem], Meta(min_length=1)]
