"""The answers of the API: status, headers and JSON; and what each kind of error becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database import faults
from ordercli.errors import (
    AmbiguousIdError,
    BadDatabaseError,
    ConflictError,
    NotFoundError,
    OrdercliError,
    TryAgainError,
)
from ordercli.intake import json_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from ordercli.http.paths import Api

JSON_TYPE = "application/json"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RETRY_SECONDS = 1
OTHERS, NOT_FOUND = 1, 60
# In errors that clients see, the path or the address of the database is left out.
_DATABASE = "the database"


class Answer(NamedTuple):
    """One answer; `location` is the path of the order that it is about. `stream` yields a body in pieces."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}
    location: str | None = None
    content_type: str = JSON_TYPE
    stream: AsyncIterator[bytes] | None = None


class RefusedError(Exception):
    """A request that is refused before an operation sees it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class BusyError(RefusedError):
    """The server has too much to do for now."""

    def __init__(self, message: str, status: int = 503) -> None:
        super().__init__(status, message, {"Retry-After": str(RETRY_SECONDS)})


def answer(status: int, value: Any, *, location: str | None = None, **headers: str) -> Answer:  # noqa: ANN401 - JSON
    """Return an answer with a JSON value; `_` in the name of a header stands for `-`."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json_text.encode(value), named, location)


def refusal(error: RefusedError, api: Api | None) -> Answer:
    """Return the answer to a request that is refused by its form."""
    code = NOT_FOUND if error.status == 404 else OTHERS  # noqa: PLR2004 - the status
    reason = "Not found" if code == NOT_FOUND else error.message
    body = {"code": code, "reason": reason, "message": error.message, "details": [{"message": error.message}]}
    return Answer(error.status, json_text.encode(api.error(body, error.status) if api else body), error.headers)


def is_trouble(error: Exception) -> bool:
    """Return whether an error tells that the database or its disk is in trouble, not that a request is refused."""
    if isinstance(error, OrdercliError):
        return isinstance(error, TryAgainError | BadDatabaseError)
    return isinstance(error, OSError | MemoryError) or faults.classify(error) != "unknown"


def words_of(error: Exception) -> str:
    """Return what is wrong with the database, in words for who runs the server."""
    known = error if isinstance(error, OrdercliError) else faults.explain(error, _DATABASE)
    return known.message.removesuffix(f": {_DATABASE}") if known else str(error)


def expected(error: Exception, database: str) -> RefusedError | None:
    """Return what an exception of an operation or of a driver means for the client; None for a bug.

    Advice for the command line is left out.
    """
    if isinstance(error, RefusedError):
        return error
    known = error if isinstance(error, OrdercliError) else faults.explain(error, database)
    if isinstance(error, OSError) and known is None:
        known = TryAgainError.of_system(error)
    if isinstance(known, NotFoundError):
        return RefusedError(404, known.message)
    if isinstance(known, AmbiguousIdError):
        return RefusedError(409, f"{known.message}; {known.hint}")
    if isinstance(known, ConflictError):
        return RefusedError(409, known.message)
    if isinstance(known, TryAgainError | BadDatabaseError):
        return BusyError("The orders cannot be reached for now; nothing was lost, send the request again")
    return RefusedError(400, known.message) if known else None
