"""What `list` and `show` print."""

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.result_types import Id, Time

Version = Annotated[str, Meta(pattern="^[1-9][0-9]*$")]
State = Annotated[str, Meta(min_length=1, description="in the words of the order's profile")]


class WorkNote(TypedDict):
    """A remark that the order system keeps on a line item."""

    date: Time
    text: str


class OrderItem(TypedDict):
    """A line item: every member as it was accepted, and where it stands."""

    id: str
    action: str
    state: State
    version: Version
    ponr: Literal["true", "false"]
    workNote: NotRequired[list[WorkNote]]


class Order(TypedDict):
    """A customer order: every member as it was accepted, and what the order system adds."""

    id: Id
    href: str
    state: State
    version: Version
    ponr: Literal["true", "false"]
    orderDate: Time
    expectedCompletionDate: NotRequired[str]
    externalId: NotRequired[str]
    orderCurrency: NotRequired[str]
    productOrderItem: Annotated[list[OrderItem], Meta(min_length=1)]


class OrderFields(TypedDict):
    """A customer order, less what `--fields` does not name."""

    id: Id
    href: str
