"""Classify errors of a PostgreSQL server, and turn them into errors that users understand."""

from __future__ import annotations

import re

import psycopg

from ordercli.database.address import masked
from ordercli.errors import BadDatabaseError, BadInputError, OrdercliError, TryAgainError, UsageError

# Classes and codes of SQLSTATE (PostgreSQL manual, appendix A).
_DEADLOCK = ("40001", "40P01")
_PASSING = (*_DEADLOCK, "55P03")
_LOST = ("08", "57P", "25P03", "25P04")
_ENVIRONMENT_FAULTS = {
    "53100": "The disk of the server is full",
    "53200": "The server is out of memory",
    "53300": "The server has no connection left",
    "53": "The server is short of a resource",
    "58": "The server reports an input/output error",
    "25006": "The database is read-only",
    "57014": "The server has cancelled a statement that took too long",
    "55P03": "Another process did not release a lock in time",
    "40": "Another process changed the same rows",
    "XX000": "The server has met an internal error",
}
_REFUSED = {
    "28": "The server refuses this user",
    "3D000": "The server has no such database",
    "no role": "The server has no such role",
    "42501": "This user has no right to do that",
}
_CORRUPT = ("XX001", "XX002")
_TOO_LONG = "54"
_RIGHTS = "docs/how-to/postgresql.md says which rights a user needs"
_READ_ONLY = (
    "nothing was written; somebody has set default_transaction_read_only, or this is a standby:"
    " ask who runs the server, then run the command again"
)
_NOTHING_LOST = "nothing was lost; run the command again"


def is_passing(error: psycopg.Error) -> bool:
    """Return whether the same work may succeed later."""
    return (error.sqlstate or "").startswith(_PASSING)


def is_deadlock(error: psycopg.Error) -> bool:
    """Return whether the server aborted this transaction to resolve a deadlock; it can be retried at once."""
    return (error.sqlstate or "").startswith(_DEADLOCK)


def is_lost(error: psycopg.Error) -> bool:
    """Return whether the connection was lost, or could not be made."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_LOST)


def is_environment_fault(error: psycopg.Error) -> bool:
    """Return whether any other work would fail in the same way."""
    return (
        is_lost(error) or _words(error, _ENVIRONMENT_FAULTS) is not None or (error.sqlstate or "").startswith(_CORRUPT)
    )


def explain(error: psycopg.Error, database: str) -> OrdercliError | None:
    """Return the error to report to the user; None if the error is unexpected (a bug)."""
    where = masked(database)
    if refused := _words(error, _REFUSED) or _refused_connection(error):
        return UsageError(f"{refused}: {where}{_detail(error, database)}", hint=_RIGHTS)
    if is_lost(error):
        return TryAgainError(f"The server cannot be reached: {where}{_detail(error, database)}", hint=_NOTHING_LOST)
    if (error.sqlstate or "").startswith(_CORRUPT):
        return BadDatabaseError(f"{where} is damaged{_detail(error, database)}", hint="restore the last backup")
    if (error.sqlstate or "").startswith(_TOO_LONG):
        return BadInputError("An id is too long for an index of the server", hint="an id may have about 2,000 bytes")
    if words := _words(error, _ENVIRONMENT_FAULTS):
        hint = _READ_ONLY if error.sqlstate == "25006" else _NOTHING_LOST
        return TryAgainError(f"{words}: {where}{_detail(error, database)}", hint=hint)
    return None


def _refused_connection(error: psycopg.Error) -> str | None:
    """Return the reason for a refused connection; the driver gives no code for it, only the server's message."""
    if error.sqlstate is None and "FATAL:" in str(error):
        messages = {
            r"authentication failed|no pg_hba\.conf entry": "28",
            r'role "[^"]*" does not exist': "no role",
            r"does not exist": "3D000",
        }
        return next((_REFUSED[code] for words, code in messages.items() if re.search(words, str(error))), None)
    return None


def _words(error: psycopg.Error, known: dict[str, str]) -> str | None:
    code = error.sqlstate or ""
    return known.get(code) or next((words for start, words in known.items() if code.startswith(start)), None)


def _detail(error: psycopg.Error, database: str) -> str:
    """Return the server's message, or the driver's last line; nothing if that line may hold part of the password."""
    if error.diag.message_primary:
        return f" ({error.diag.message_primary})"
    lines = str(error).strip().splitlines()
    return f" ({lines[-1].strip()})" if lines and database.count("@") <= 1 else ""
