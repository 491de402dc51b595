"""Run the statements of the program through APSW, whose files can be implemented in Python.

This tests the program, its statements and SQLite, but not pysqlite3, the binding that users have. The processes that
run after a fault use pysqlite3.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import apsw
import pytest

from ordercli.database import sqlite_file as file_module
from ordercli.database.sqlite import BUSY_TIMEOUT_SECONDS, SqliteStore, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Journal(NamedTuple):
    """The journal settings of SQLite: how it keeps a transaction, and when it waits for the disk."""

    mode: str
    synchronous: str


@contextmanager
def journal(wanted: Journal) -> Iterator[None]:
    """Open databases with this journal instead of the usual one of this version of SQLite."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_module, "journal_settings", lambda _version: wanted)
        yield


@contextmanager
def through(vfs: apsw.VFS, name: str, *first: str) -> Iterator[None]:
    """Open databases through APSW and the VFS of this name; run the statements `first` on each new connection."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_module, "connect", lambda path: connect(path, name, *first))
        yield
    vfs.unregister()


def connect(path: str, vfs: str, *first: str) -> Any:
    """As `ordercli.database.sqlite.connect`."""
    connection = _ApswConnection(path, vfs)
    for statement in ("PRAGMA foreign_keys = ON", *first):
        connection.execute(statement)
    return connection


class _Answer:
    """All rows of one statement."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self.rowcount = rowcount
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class _ApswConnection:
    """A connection with the methods of `ordercli.database.sqlite.SqliteStore`; see below."""

    def __init__(self, path: str, vfs: str) -> None:
        with _errors_of_the_driver():
            self._connection = apsw.Connection(path, vfs=vfs)
        self._connection.set_busy_timeout(BUSY_TIMEOUT_SECONDS * 1000)
        self.in_transaction = False

    def execute(self, statement: str, parameters: Any = (), /) -> _Answer:
        if statement.startswith("PRAGMA cache_size"):
            return _Answer([], -1)  # the first statements have set it, small
        return self._answer(lambda: self._connection.execute(statement, parameters))

    def executemany(self, statement: str, parameters: Iterable[Any], /) -> _Answer:
        return self._answer(lambda: self._connection.executemany(statement, parameters))

    def _answer(self, ask: Any) -> _Answer:
        try:
            with _errors_of_the_driver():
                rows = ask().fetchall()
        finally:
            self.in_transaction = self._connection.in_transaction
        return _Answer(rows, self._connection.changes())

    def close(self) -> None:
        with _errors_of_the_driver():
            self._connection.close()


for _name, _member in vars(SqliteStore).items():
    if not _name.startswith("_"):
        setattr(_ApswConnection, _name, _member)


@contextmanager
def _errors_of_the_driver() -> Iterator[None]:
    """Raise errors of APSW as the errors of pysqlite3 that correspond to them."""
    try:
        yield
    except apsw.Error as error:
        kind = sqlite.IntegrityError if isinstance(error, apsw.ConstraintError) else sqlite.OperationalError
        raised = kind(str(error))
        raised.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
        raise raised from error
