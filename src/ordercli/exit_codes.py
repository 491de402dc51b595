"""The exit codes of the command line, and what they are made from: kinds of errors, and signals."""

from __future__ import annotations

import signal
from enum import IntEnum
from typing import TYPE_CHECKING

from ordercli.errors import ErrorKind

if TYPE_CHECKING:
    from ordercli.errors import OrdercliError
    from ordercli.run_control import Stop


# The exit codes of the process; docs/exit-codes.md is generated from these.
ExitCode = IntEnum(
    "ExitCode",
    {
        "OK": 0,
        "REJECTED": 1,
        "USAGE": 2,
        "NOT_FOUND": 3,
        "CONFLICT": 4,
        "TOO_MANY_REJECTS": 5,
        "BAD_INPUT": 6,
        "PENDING": 8,
        "INTERNAL": 70,
        "TRY_AGAIN": 75,
        "HANGUP": 129,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    },
)

BY_KIND = {
    ErrorKind.USAGE: ExitCode.USAGE,
    ErrorKind.NOT_FOUND: ExitCode.NOT_FOUND,
    ErrorKind.CONFLICT: ExitCode.CONFLICT,
    ErrorKind.BAD_INPUT: ExitCode.BAD_INPUT,
    ErrorKind.TRY_AGAIN: ExitCode.TRY_AGAIN,
    ErrorKind.INTERNAL: ExitCode.INTERNAL,
}

# The signals that ask a command to stop; each code is 128 and the number, as shells have it.
BY_SIGNAL = {
    signal.SIGHUP: ExitCode.HANGUP,
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
}


def code_of_error(error: OrdercliError) -> ExitCode:
    """Return the exit code of a command that ends with this error."""
    return BY_KIND[error.kind]


def code_of_stop(stop: Stop) -> ExitCode:
    """Return the exit code for the signal that stopped a run; OK if none did."""
    return BY_SIGNAL[stop.signal] if stop.signal else ExitCode.OK
