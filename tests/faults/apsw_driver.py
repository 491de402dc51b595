"""The program's statements reach SQLite through APSW, whose files can be made of anything.

What is tested so is the program, its statements and SQLite itself. Left out is the binding that the program ships with,
pysqlite3; the processes that come after a fault use that one.
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
    """How SQLite keeps a transaction, and when it waits for the disk."""

    mode: str
    synchronous: str


@contextmanager
def journal(wanted: Journal) -> Iterator[None]:
    """Databases are opened with this journal instead of the one that the version of SQLite calls for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_module, "journal_settings", lambda _version: wanted)
        yield


@contextmanager
def through(vfs: apsw.VFS, name: str, *first: str) -> Iterator[None]:
    """Databases are opened through APSW and this VFS of this name; `first` are statements for each new connection."""
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
    """What a statement gives back: all of its rows at once."""

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
    """Stands in for `ordercli.database.sqlite.SqliteStore`, and has its methods; see below."""

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
    """An error of APSW is raised as the error that pysqlite3 has for it."""
    try:
        yield
    except apsw.Error as error:
        kind = sqlite.IntegrityError if isinstance(error, apsw.ConstraintError) else sqlite.OperationalError
        raised = kind(str(error))
        raised.sqlite_errorcode = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
        raise raised from error
