"""Define named places where tests can interrupt the program; they do nothing unless the testing switch is set.

Such a place asks `ARMED` before it calls `failpoint`: where nothing is armed, nothing is called.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from time import sleep

from ordercli import clock
from ordercli.errors import FailpointError, UsageError

SWITCH = "ORDERCLI_TESTING"
FAILPOINT = "ORDERCLI_FAILPOINT"
CLOCK_OFFSET = "ORDERCLI_CLOCK_OFFSET"
VARIABLES = frozenset({SWITCH, FAILPOINT, CLOCK_OFFSET})

# Every transaction has a failpoint before its commit and one after it; docs/development.md describes the transactions.
TRANSACTIONS = (
    "submit-open",
    "submit-batch",
    "submit-finish",
    "submit-resume",
    "claim",
    "claim-one",
    "finish",
    "finish-singly",
    "release",
    "purge",
    "export",
    "patch",
    "requests",
    "cancel",
    "batch-cancel",
    "operate",
    "operate-one",
    "pause",
    "unpause",
    "reference",
    "token",
    "copy",
    "copy-end",
    "migration",
)
# Only `forward` and `serve` run these.
FORWARD_TRANSACTIONS = (
    "forward-claim",
    "forward-answers",
    "forward-follow-claim",
    "forward-follow",
    "forward-ask",
    "forward-resolve",
    "forward-pause",
    "forward-resume",
)
SERVER_TRANSACTIONS = ("serve", "serve-singly", "serve-finish", "serve-lost")
BETWEEN = (
    *("receipts", "rescue", "create"),
    *("folder-taken", "folder-accepted", "folder-receipt", "folder-moved"),
)

# By name, the action at a failpoint, and its argument: the hit (from 1) that triggers it, or the seconds to sleep.
ARMED: dict[str, tuple[str, float]] = {}
_hits: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Run the action that is armed for this name, if any; call this once per transaction, never once per order."""
    if name in ARMED:
        _act(name, *ARMED[name])


def names() -> tuple[str, ...]:
    """Return the names of all failpoints."""
    sides = ("before", "after")
    transactions = (*TRANSACTIONS, *FORWARD_TRANSACTIONS, *SERVER_TRANSACTIONS)
    return (*(f"{name}-{side}-commit" for name in transactions for side in sides), *BETWEEN)


def arm(environ: Mapping[str, str]) -> None:
    """Arm the failpoints that the environment names (`NAME:ACTION[:ARGUMENT]`, comma-separated), and shift the clock.

    Actions: `kill` (SIGKILL), `stop` (SIGSTOP) and `raise` at the nth hit (default: the first); `sleep` for this many
    seconds at every hit.

    Raises:
        UsageError: the testing switch is not set, or the text has another form.
    """
    ARMED.clear()
    _hits.clear()
    given = [name for name in (FAILPOINT, CLOCK_OFFSET) if environ.get(name)]
    if given and not environ.get(SWITCH):
        raise UsageError(f"{given[0]} breaks the program on purpose", hint=f"it is for tests, which set {SWITCH}=1")
    if FAILPOINT in given:
        ARMED.update(map(_parsed, environ[FAILPOINT].split(",")))
    if environ.get(SWITCH):
        clock.shift(_number(CLOCK_OFFSET, environ.get(CLOCK_OFFSET) or "0"))


def _parsed(text: str) -> tuple[str, tuple[str, float]]:
    name, _, rest = text.partition(":")
    action, _, argument = rest.partition(":")
    if name not in names():
        raise UsageError(f"{FAILPOINT}: there is no failpoint {name!r}")
    if action not in {"kill", "stop", "raise", "sleep"}:
        raise UsageError(f"{FAILPOINT}: {action!r} is none of kill, stop, raise, sleep")
    return name, (action, _number(FAILPOINT, argument or "1"))


def _number(variable: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{variable}: {text!r} is no number") from None


def _act(name: str, action: str, argument: float) -> None:
    _hits[name] = _hits.get(name, 0) + 1
    if action == "sleep":
        sleep(argument)
    elif _hits[name] == argument:
        if action == "raise":
            raise FailpointError(f"failpoint {name}")
        os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)
