"""What every command prints on standard error when it fails under `-o json`."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

from ordercli.result_types import Code, ExitStatus, Pointer


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
