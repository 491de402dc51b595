"""Describe what the documents of all kinds of orders have in common.

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


class AnyOrder(TypedDict):
    """A customer order of any kind, without its line items."""

    id: Id
    href: str
    state: State
    version: Version
    ponr: Literal["true", "false"]
    orderDate: NotRequired[Time]
    expectedCompletionDate: NotRequired[str]
    releasedExternalId: NotRequired[
        Annotated[
            str, Meta(description="the external id that it had before it was canceled; another order may have it")
        ]
    ]


class OrderFields(TypedDict):
    """A customer order with only the members that `--fields` names."""

    id: Id
    href: str


class PatchOperation(TypedDict):
    """What a patch would do to the document that `show` prints: an operation of RFC 6902."""

    op: Literal["add", "remove", "replace"]
    path: Pointer
    value: NotRequired[Any]


class AnyTask(TypedDict):
    """A request to cancel an order of any kind, and how it ended, without the order."""

    id: Id
    cancellationReason: NotRequired[str]
    requestedCancellationDate: NotRequired[str]
    state: Literal["done", "inProgress", "terminatedWithError", "rejected"]


class AnyEvent(TypedDict):
    """Something that happened to an order of any kind, without the order."""

    cursor: NotRequired[Annotated[str, Meta(description="for `events --after`; only there", pattern=r"^\d+\.\d+$")]]
    eventId: str
    eventTime: Time
    correlationId: NotRequired[Annotated[str, Meta(description="the track id of the run that accepted the order")]]
    title: str
    description: str
    fieldPath: NotRequired[str]
