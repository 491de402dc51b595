"""What a database error means for the work at hand."""

from __future__ import annotations

from enum import Enum

from ordercli.database.driver import sqlite
from ordercli.errors import BadDatabaseError, OrdercliError, TryAgainError

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
_SURROUNDINGS = {
    _BUSY: "The database is locked by another process",
    _LOCKED: "The database is locked by another process",
    _NOMEM: "Out of memory",
    _READONLY: "The database is read-only",
    _IOERR: "The disk reports an input/output error",
    _FULL: "The disk is full",
    _CANTOPEN: "The database file cannot be opened",
    _PERM: "The database file cannot be accessed",
}


class Fault(Enum):
    """The classes of trouble that the inbound queue tells apart."""

    PASSING = "passing"
    SURROUNDINGS = "surroundings"
    UNKNOWN = "unknown"


def error_code(error: BaseException) -> int | None:
    """The primary SQLite result code of a driver error; None for any other exception."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def classify(error: Exception) -> Fault:
    """Passing: the same work may go through later. Surroundings: stop and give the work back."""
    if isinstance(error, OrdercliError | MemoryError):
        return Fault.SURROUNDINGS
    code = error_code(error)
    if code in {_BUSY, _LOCKED}:
        return Fault.PASSING
    if code in _SURROUNDINGS or code in {_CORRUPT, _NOTADB}:
        return Fault.SURROUNDINGS
    return Fault.UNKNOWN


def explain(error: Exception, path: str) -> OrdercliError | None:
    """The error that a user understands for a driver's error; None when it is no expected one (a bug)."""
    code = error_code(error)
    if code == _NOTADB:
        return BadDatabaseError(f"{path} is not a database")
    if code == _CORRUPT:
        return BadDatabaseError(f"{path} is corrupt", hint="restore the last backup")
    if code in _SURROUNDINGS:
        return TryAgainError(f"{_SURROUNDINGS[code]}: {path}", hint="nothing was lost; run the command again")
    return None


DriverError: type[Exception] = sqlite.Error
IntegrityError: type[Exception] = sqlite.IntegrityError
