"""Define every expected error: its message, its kind, and a hint what to do next."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator


class ErrorKind(Enum):
    """The kind of an error, which gives the exit code of a command and the HTTP status of an answer."""

    USAGE = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    BAD_INPUT = auto()
    TRY_AGAIN = auto()
    INTERNAL = auto()


class OrdercliError(Exception):
    """An expected error: one line for the user and a kind, never a traceback.

    The docstring of a subclass is its default message. `rule` is an ORD code, if there is one. `hint` says what to do
    next; a command in it is written as `` `ordercli …` ``, and is printed with the options of the run.
    """

    kind: ClassVar[ErrorKind] = ErrorKind.USAGE
    rule: ClassVar[str | None] = None

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or (self.__doc__ or "").strip().splitlines()[0]
        self.hint = hint
        super().__init__(self.message)


class UsageError(OrdercliError):
    """The command line or the configuration is wrong."""

    kind = ErrorKind.USAGE


class NotFoundError(OrdercliError):
    """There is no such record."""

    kind = ErrorKind.NOT_FOUND


class OrderNotFoundError(NotFoundError):
    """Invalid order ID."""

    rule = "ORD404"


class ConflictError(OrdercliError):
    """Not allowed in this state."""

    kind = ErrorKind.CONFLICT


class EntryStateError(ConflictError):
    """Not allowed in the state of this queue entry."""

    rule = "ORD405"


class IdempotencyConflictError(ConflictError):
    """This idempotency key is known with other content."""

    rule = "ORD420"


class AmbiguousIdError(ConflictError):
    """This external id stands in several sources."""


class BadInputError(OrdercliError):
    """The input cannot be read."""

    kind = ErrorKind.BAD_INPUT

    def __init__(self, message: str | None = None, *, hint: str | None = None, file: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.file = file  # the path, if the input is a file


class BadDatabaseError(OrdercliError):
    """This file is not an ordercli database."""

    kind = ErrorKind.BAD_INPUT


class UnknownKindError(BadDatabaseError):
    """The database holds an order of a kind, or of a profile, that a newer version of ordercli made."""


class NoDatabaseError(BadDatabaseError):
    """There is no database."""


class UnreadableDatabaseError(BadDatabaseError):
    """This user may not read the database."""


RESTORE = "restore the last backup"

# The exceptions that decoding a damaged stored value raises.
UNREADABLE = (ValueError, TypeError, LookupError)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Report stored values that cannot be read as database corruption; `what` names them.

    Raises:
        BadDatabaseError: the block raised a ValueError, TypeError or LookupError.
    """
    try:
        yield
    except UNREADABLE as error:
        raise damaged(what) from error


def damaged(what: str) -> BadDatabaseError:
    """Return the error for stored values that cannot be read."""
    return BadDatabaseError(f"The database is damaged: {what} cannot be read", hint=RESTORE)


class TryAgainError(OrdercliError):
    """This cannot be done now (the disk is full, the database locked or read-only); nothing was lost."""

    kind = ErrorKind.TRY_AGAIN

    @classmethod
    def of_system(cls, error: OSError) -> TryAgainError:
        """Return the error for an OSError; its message names the file."""
        place = f": {error.filename}" if error.filename else ""
        return cls(f"{error.strerror or error}{place}")


class InternalError(OrdercliError):
    """An unexpected error: a bug."""

    kind = ErrorKind.INTERNAL


class FailpointError(Exception):
    """A failpoint was armed to raise an unexpected error; only for tests (see failpoints.py)."""


class OutputFileError(TryAgainError):
    """A file that the run writes beside its database cannot be written."""
