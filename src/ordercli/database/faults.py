"""Classify database errors, and turn them into errors that users understand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal, TypeGuard

from ordercli.database.sqlite import sqlite
from ordercli.errors import RESTORE, BadDatabaseError, OrdercliError, TryAgainError

if TYPE_CHECKING:
    import psycopg


_BUSY, _LOCKED, _NOMEM, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _PERM, _NOTADB = (
    5,
    6,
    7,
    8,
    10,
    11,
    13,
    14,
    3,
    26,
)
_ERROR = 1
# Messages of SQLite when the schema is not the one that the migrations made.
_DAMAGED_SCHEMA = (
    "no such table",
    "no such column",
    "has no column named",
    "foreign key mismatch",
    "unsupported file format",
)
_ENVIRONMENT_FAULTS = {
    _BUSY: "The database is locked by another process",
    _LOCKED: "The database is locked by another process",
    _NOMEM: "Out of memory",
    _READONLY: "The database is read-only",
    _IOERR: "The disk reports an input/output error",
    _FULL: "The disk is full",
    _CANTOPEN: "The database file cannot be opened",
    _PERM: "The database file cannot be accessed",
}
# The binding of the bundled SQLite reports a failed backup with these messages, and without a code.
_CODES_BY_WORDS = {
    "disk I/O error": _IOERR,
    "database or disk is full": _FULL,
    "database disk image is malformed": _CORRUPT,
    "out of memory": _NOMEM,
}


# The classes of errors that the inbound queue distinguishes; see `classify`.
Fault = Literal["passing", "surroundings", "unknown"]


def error_code(error: BaseException) -> int | None:
    """Return the primary SQLite result code of a driver error; None for any other exception."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and isinstance(error, sqlite.Error):
        return _CODES_BY_WORDS.get(str(error))
    return None if code is None else code & 0xFF


def classify(error: Exception) -> Fault:
    """Return the class of an error.

    "passing": the same work may succeed later. "surroundings" (also a lost connection): stop the run and release the
    entries. "unknown": any other error.
    """
    if isinstance(error, OrdercliError | MemoryError):
        return "surroundings"
    if _is_of_server(error):
        return _classify_of_server(error)
    code = error_code(error)
    if code in {_BUSY, _LOCKED}:
        return "passing"
    if code in _ENVIRONMENT_FAULTS or code in {_CORRUPT, _NOTADB}:
        return "surroundings"
    return "unknown"


def needs_files_beside(error: Exception) -> bool:
    """Return whether SQLite could not read the file without making files beside it or rolling a transaction back."""
    return error_code(error) in {_READONLY, _CANTOPEN}


def explain(error: Exception, path: str) -> OrdercliError | None:
    """Return the error to report to the user for a driver error; None if the error is unexpected (a bug)."""
    if _is_of_server(error):
        from ordercli.database import postgres_faults as of_server  # loaded where its driver is

        return of_server.explain(error, path)
    code = error_code(error)
    if code == _NOTADB:
        return BadDatabaseError(f"{path} is not a database")
    if code == _CORRUPT or _is_damaged_text(error):
        return corrupt(path)
    if code == _ERROR and any(words in str(error) for words in _DAMAGED_SCHEMA):
        return BadDatabaseError(f"{path} is corrupt: its tables are not those of ordercli ({error})", hint=RESTORE)
    if code in _ENVIRONMENT_FAULTS:
        return TryAgainError(f"{_ENVIRONMENT_FAULTS[code]}: {path}", hint="nothing was lost; run the command again")
    return None


def _classify_of_server(error: psycopg.Error) -> Fault:
    from ordercli.database import postgres_faults as of_server  # loaded where its driver is

    if of_server.is_passing(error):
        return "passing"
    return "surroundings" if of_server.is_environment_fault(error) else "unknown"


def is_deadlock(error: Exception) -> bool:
    """Return whether a server aborted this transaction to resolve a deadlock; it can be retried at once."""
    if not _is_of_server(error):
        return False
    from ordercli.database import postgres_faults as of_server  # loaded where its driver is

    return of_server.is_deadlock(error)


def _is_of_server(error: Exception) -> TypeGuard[psycopg.Error]:
    driver = _server_driver()
    return driver is not None and isinstance(error, driver.Error)


def _server_driver() -> Any:  # a module, where a run has needed it
    return sys.modules.get("psycopg")


def driver_errors() -> tuple[type[Exception], ...]:
    """Return the base errors of all drivers that this run has loaded, for an `except` clause."""
    driver = _server_driver()
    return (sqlite.Error, driver.Error) if driver else (sqlite.Error,)


def integrity_errors() -> tuple[type[Exception], ...]:
    """Return the errors that loaded drivers raise when a constraint is violated, for an `except` clause."""
    driver = _server_driver()
    return (sqlite.IntegrityError, driver.IntegrityError) if driver else (sqlite.IntegrityError,)


def corrupt(path: str) -> BadDatabaseError:
    """Return the error for a database that cannot be read."""
    return BadDatabaseError(f"{path} is corrupt", hint=RESTORE)


def _is_damaged_text(error: Exception) -> bool:
    """Return whether the driver found text that is not UTF-8, which the program never writes; it has no code."""
    return isinstance(error, sqlite.OperationalError) and str(error).startswith("Could not decode to UTF-8")
