"""What a database error means for the work at hand."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeGuard

from ordercli.database.sqlite import sqlite
from ordercli.errors import BadDatabaseError, OrdercliError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg


RESTORE = "restore the last backup"


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Values that only the program writes are taken apart here.

    Raises:
        BadDatabaseError: they are no longer what was written.
    """
    try:
        yield
    except (ValueError, TypeError, LookupError) as error:
        raise BadDatabaseError(f"The database is damaged: {what} cannot be read", hint=RESTORE) from error


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
# What SQLite says of a statement when the schema is not the one that the migrations made.
_DAMAGED_SCHEMA = (
    "no such table",
    "no such column",
    "has no column named",
    "foreign key mismatch",
    "unsupported file format",
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
# What a backup that breaks off has instead of a code, in the bundled SQLite's binding.
_CODES_BY_WORDS = {
    "disk I/O error": _IOERR,
    "database or disk is full": _FULL,
    "database disk image is malformed": _CORRUPT,
    "out of memory": _NOMEM,
}


class Fault(Enum):
    """The classes of trouble that the inbound queue tells apart."""

    PASSING = "passing"
    SURROUNDINGS = "surroundings"
    UNKNOWN = "unknown"


def error_code(error: BaseException) -> int | None:
    """The primary SQLite result code of a driver error; None for any other exception."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and isinstance(error, sqlite.Error):
        return _CODES_BY_WORDS.get(str(error))
    return None if code is None else code & 0xFF


def classify(error: Exception) -> Fault:
    """Passing: the same work may go through later. Surroundings, a lost connection too: stop and give the work back."""
    if isinstance(error, OrdercliError | MemoryError):
        return Fault.SURROUNDINGS
    if _is_of_server(error):
        return _classify_of_server(error)
    code = error_code(error)
    if code in {_BUSY, _LOCKED}:
        return Fault.PASSING
    if code in _SURROUNDINGS or code in {_CORRUPT, _NOTADB}:
        return Fault.SURROUNDINGS
    return Fault.UNKNOWN


def needs_files_beside(error: Exception) -> bool:
    """Whether SQLite could not read a file alone: it had to make files beside it, or to roll a transaction back."""
    return error_code(error) in {_READONLY, _CANTOPEN}


def explain(error: Exception, path: str) -> OrdercliError | None:
    """The error that a user understands for a driver's error; None when it is no expected one (a bug)."""
    if _is_of_server(error):
        from ordercli.database import postgres_faults as of_server  # noqa: PLC0415 - loaded where its driver is

        return of_server.explain(error, path)
    code = error_code(error)
    if code == _NOTADB:
        return BadDatabaseError(f"{path} is not a database")
    if code == _CORRUPT or _is_damaged_text(error):
        return corrupt(path)
    if code == _ERROR and any(words in str(error) for words in _DAMAGED_SCHEMA):
        return BadDatabaseError(f"{path} is corrupt: its tables are not those of ordercli ({error})", hint=RESTORE)
    if code in _SURROUNDINGS:
        return TryAgainError(f"{_SURROUNDINGS[code]}: {path}", hint="nothing was lost; run the command again")
    return None


def _classify_of_server(error: psycopg.Error) -> Fault:
    from ordercli.database import postgres_faults as of_server  # noqa: PLC0415 - loaded where its driver is

    if of_server.is_passing(error):
        return Fault.PASSING
    return Fault.SURROUNDINGS if of_server.is_trouble(error) else Fault.UNKNOWN


def is_deadlock(error: Exception) -> bool:
    """Whether a server has ended this work so that others could go on: the same goes through at once."""
    if not _is_of_server(error):
        return False
    from ordercli.database import postgres_faults as of_server  # noqa: PLC0415 - loaded where its driver is

    return of_server.is_deadlock(error)


def _is_of_server(error: Exception) -> TypeGuard[psycopg.Error]:
    driver = _server_driver()
    return driver is not None and isinstance(error, driver.Error)


def _server_driver() -> Any:  # noqa: ANN401 - a module, where a run has needed it
    return sys.modules.get("psycopg")


def driver_errors() -> tuple[type[Exception], ...]:
    """Every error of the drivers that this run has loaded, to be caught."""
    driver = _server_driver()
    return (sqlite.Error, driver.Error) if driver else (sqlite.Error,)


def integrity_errors() -> tuple[type[Exception], ...]:
    """What a driver raises when a table defends itself, to be caught."""
    driver = _server_driver()
    return (sqlite.IntegrityError, driver.IntegrityError) if driver else (sqlite.IntegrityError,)


def corrupt(path: str) -> BadDatabaseError:
    """What is said of a database that cannot be read."""
    return BadDatabaseError(f"{path} is corrupt", hint=RESTORE)


def _is_damaged_text(error: Exception) -> bool:
    """Whether the driver met text that is no UTF-8, which the program never writes; SQLite has no code for that."""
    return isinstance(error, sqlite.OperationalError) and str(error).startswith("Could not decode to UTF-8")
