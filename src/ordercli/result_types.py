"""Describe what commands print: the base class of results, the types of their members, and pages of lists.

A result is a `Result` in the module that makes it. Its fields give the JSON members in their order, the JSON Schema
(`ordercli schema`) and the columns of tables and CSV.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    NotRequired,
    TypedDict,
    TypeVar,
)

from msgspec import UNSET, Meta, Struct, UnsetType

Count = Annotated[int, Meta(ge=0)]
Position = Annotated[int, Meta(ge=1, description="counted from 1, columns in characters")]
Seconds = Annotated[float, Meta(ge=0)]
Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", description="RFC 3339, UTC")]
Code = Annotated[str, Meta(pattern=r"^ORD\d{3}$", description="what `ordercli explain` explains")]
Pointer = Annotated[str, Meta(pattern="^(/|$)", description="RFC 6901; the whole document is the empty pointer")]
ReferenceRules = Annotated[
    Literal["on", "partial", "off"], Meta(description="whether the rules that use reference data could apply")
]
MissingTypes = Annotated[list[str], Meta(description="the types of reference data of which no record is loaded")]
ExitStatus = Annotated[int, Meta(ge=0, le=255, description="the exit code of the process")]

SuggestionApplicability = (
    Annotated[
        Literal["safe", "maybe"],
        Meta(
            description="of the suggestion, left out without one. safe: another spelling, or the only near word of a"
            " closed list; maybe: look at it first"
        ),
    ]
    | UnsetType
)
StoreName = (
    Annotated[str, Meta(description="the name of the store in the settings; left out if none is chosen by name")]
    | UnsetType
)


class Result(Struct, rename="camel"):
    """One object that a command prints. Members that are UNSET are left out; every other member is printed.

    `columns` are the members that a table and CSV show; without them, all. `identified_by` is the member that `-o id`
    prints.
    """

    columns: ClassVar[tuple[str, ...]] = ()
    identified_by: ClassVar[str] = "id"

    def members(self) -> dict[str, Any]:
        """Return the members that are printed, by their names in JSON."""
        named = zip(self.__struct_encode_fields__, self.__struct_fields__, strict=True)
        return {name: value for name, field in named if (value := getattr(self, field)) is not UNSET}


class ErrorDetail(TypedDict):
    """One thing that is wrong, and where."""

    message: str
    datapath: NotRequired[Pointer]
    rule: NotRequired[Code]
    value: NotRequired[Annotated[str, Meta(description="the id in question, where the message does not name it")]]


class ErrorBody(TypedDict):
    """Why something was refused, as the API of the order system says it."""

    code: Annotated[int, Meta(description="a number for the kind of error, as in TMF622")]
    reason: str
    message: str
    details: Annotated[list[ErrorDetail], Meta(min_length=1)]


class Error(ErrorBody):
    """Why a command failed; one line on standard error."""

    exitCode: ExitStatus
    hint: str | None


CHUNK = 200
_T = TypeVar("_T")


class Page(NamedTuple, Generic[_T]):
    """The rows of a page, one after the other, and how many the whole list has; None if that is not known.

    `notes` are messages about rows that were left out; they are complete when all rows were read.
    """

    rows: Iterator[_T]
    total: Callable[[], int | None]
    limit: int
    notes: Sequence[str] = ()


def chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    """Split the items into lists of 200, so that what belongs to them can be fetched together."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
