"""What many outputs are made of: counts, places, ids, times."""

from typing import Annotated, Literal

from msgspec import Meta

Count = Annotated[int, Meta(ge=0)]
Position = Annotated[int, Meta(ge=1, description="counted from 1, columns in characters")]
Seconds = Annotated[float, Meta(ge=0)]
Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", description="RFC 3339, UTC")]
Code = Annotated[str, Meta(pattern=r"^ORD\d{3}$", description="what `ordercli explain` explains")]
Pointer = Annotated[str, Meta(pattern="^(/|$)", description="RFC 6901; the whole document is the empty pointer")]
ReferenceRules = Annotated[
    Literal["on", "partial", "off"], Meta(description="whether the rules that ask reference data could apply")
]
MissingTypes = Annotated[list[str], Meta(description="the types of reference data of which no record is loaded")]
ExitCode = Annotated[int, Meta(ge=0, le=255, description="the exit code of the process")]
