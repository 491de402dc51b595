"""What `submit` prints and writes: its summary, a receipt for each order, the refused and the accepted ones."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from ordercli.operations.outputs.orders import Order
from ordercli.result_types import (
    Code,
    Count,
    ExitStatus,
    Id,
    MissingTypes,
    Pointer,
    Position,
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


class OrderError(TypedDict):
    """One thing that is wrong in an order, and where it stands in its file."""

    code: Code
    pointer: Pointer
    line: Position
    column: Position
    message: str
    suggestion: str | None
    value: NotRequired[Annotated[str, Meta(description="the id in question, where the message does not name it")]]


class Receipt(TypedDict):
    """What became of one order."""

    file: str
    line: Position
    record: Position
    externalId: str | None
    orderId: Annotated[
        Id | None,
        Meta(description="of a duplicate or a conflict, the first one's; a dry run makes none"),
    ]
    statusCode: Literal[200, 201, 202, 400, 409]
    outcome: Literal["accepted", "duplicate", "conflict", "rejected"]
    errors: list[OrderError]
    order: NotRequired[Annotated[Order, Meta(description="the order as it was created, with --full")]]
    trackId: NotRequired[str]


class FirstRefusal(TypedDict):
    """Where an order was refused first, that was sent again and refused again."""

    batchId: Id
    file: str
    record: Position


class Refusal(TypedDict):
    """Where a refused order came from, how it is handled when its line is sent again, and why it was refused."""

    batchId: Id
    request: Annotated[
        Literal["submit", "patch", "cancel"], Meta(description="the command that takes the line; the last two --from")
    ]
    source: Annotated[str | None, Meta(description="null where a patch or a cancellation named none")]
    profile: ProfileName
    resource: Literal["productOrder"]
    mode: Literal["sync", "async"]
    target: None
    file: str
    line: Position
    record: Position
    orderId: NotRequired[Annotated[Id, Meta(description="of `queue export`: the entry whose place the line takes")]]
    first: NotRequired[FirstRefusal]
    errors: list[OrderError]


_Line = TypedDict("_Line", {"$reject": Refusal})


class Reject(_Line):
    """A line of a rejects file; `submit` and `validate` read the order in it."""

    order: NotRequired[Annotated[Any, Meta(description="the order as it came")]]
    raw: NotRequired[Annotated[str, Meta(description="its text, where it is no JSON")]]


class AcceptedOrder(TypedDict):
    """A line of the file that `--accepted` writes."""

    file: str
    line: Position
    record: Position
    externalId: str | None
    orderId: Id
