"""Define every expected error: its message, its exit code, and a hint what to do next."""

from __future__ import annotations

import signal
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of the process; docs/exit-codes.md is generated from these."""

    OK = 0
    REJECTED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    TOO_MANY_REJECTS = 5
    BAD_INPUT = 6
    PENDING = 8
    INTERNAL = 70
    TRY_AGAIN = 75
    HANGUP = 129
    INTERRUPTED = 130
    TERMINATED = 143


# The signals that ask a command to stop; each code is 128 and the number, as shells have it.
BY_SIGNAL = {
    signal.SIGHUP: ExitCode.HANGUP,
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
}


class OrdercliError(Exception):
    """An expected error: one line for the user and an exit code, never a traceback.

    The docstring of a subclass is its default message. `rule` is an ORD code, if there is one. `hint` says what to do
    next; a command in it is written as `` `ordercli …` ``, and is printed with the options of the run.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
    rule: ClassVar[str | None] = None

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or (self.__doc__ or "").strip().splitlines()[0]
        self.hint = hint
        super().__init__(self.message)


class UsageError(OrdercliError):
    """The command line or the configuration is wrong."""

    exit_code = ExitCode.USAGE


class NotFoundError(OrdercliError):
    """There is no such record."""

    exit_code = ExitCode.NOT_FOUND


class OrderNotFoundError(NotFoundError):
    """Invalid order ID."""

    rule = "ORD404"


class ConflictError(OrdercliError):
    """Not allowed in this state."""

    exit_code = ExitCode.CONFLICT


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

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, message: str | None = None, *, hint: str | None = None, file: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.file = file  # the path, if the input is a file


class BadDatabaseError(OrdercliError):
    """This file is not an ordercli database."""

    exit_code = ExitCode.BAD_INPUT


class NoDatabaseError(BadDatabaseError):
    """There is no database."""


class UnreadableDatabaseError(BadDatabaseError):
    """This user may not read the database."""


class TryAgainError(OrdercliError):
    """The surroundings are in trouble (disk full, locked, read-only); nothing was lost."""

    exit_code = ExitCode.TRY_AGAIN

    @classmethod
    def of_system(cls, error: OSError) -> TryAgainError:
        """Return the error for an OSError; its message names the file."""
        place = f": {error.filename}" if error.filename else ""
        return cls(f"{error.strerror or error}{place}")


class InternalError(OrdercliError):
    """An error that nobody expected: a bug."""

    exit_code = ExitCode.INTERNAL


class OutputFileError(TryAgainError):
    """A file that the run writes beside its database cannot be written."""
