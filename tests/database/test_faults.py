from __future__ import annotations

import sqlite3

import pytest

from ordercli.database.faults import Fault, classify, explain
from ordercli.database.sqlite import sqlite
from ordercli.errors import BadDatabaseError, OrdercliError, TryAgainError


def driver_error(code: int, words: str = "") -> Exception:
    error: Exception = sqlite.OperationalError(words)
    error.sqlite_errorcode = code  # type: ignore[attr-defined]
    return error


ENVIRONMENT_FAULTS = [
    (sqlite3.SQLITE_BUSY, "The database is locked by another process: o.db"),
    (sqlite3.SQLITE_BUSY_SNAPSHOT, "The database is locked by another process: o.db"),
    (sqlite3.SQLITE_LOCKED, "The database is locked by another process: o.db"),
    (sqlite3.SQLITE_NOMEM, "Out of memory: o.db"),
    (sqlite3.SQLITE_READONLY, "The database is read-only: o.db"),
    (sqlite3.SQLITE_READONLY_DBMOVED, "The database is read-only: o.db"),
    (sqlite3.SQLITE_IOERR, "The disk reports an input/output error: o.db"),
    (sqlite3.SQLITE_IOERR_FSYNC, "The disk reports an input/output error: o.db"),
    (sqlite3.SQLITE_FULL, "The disk is full: o.db"),
    (sqlite3.SQLITE_CANTOPEN, "The database file cannot be opened: o.db"),
    (sqlite3.SQLITE_PERM, "The database file cannot be accessed: o.db"),
]


@pytest.mark.parametrize(("code", "message"), ENVIRONMENT_FAULTS)
def test_trouble_with_the_surroundings_asks_to_try_again(code: int, message: str) -> None:
    explained = explain(driver_error(code), "o.db")

    assert isinstance(explained, TryAgainError)
    assert (explained.message, explained.hint) == (message, "nothing was lost; run the command again")


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        (sqlite3.SQLITE_NOTADB, "o.db is not a database", None),
        (sqlite3.SQLITE_CORRUPT, "o.db is corrupt", "restore the last backup"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "o.db is corrupt", "restore the last backup"),
    ],
)
def test_a_database_that_is_none_is_bad_input(code: int, message: str, hint: str | None) -> None:
    explained = explain(driver_error(code), "o.db")

    assert isinstance(explained, BadDatabaseError)
    assert (explained.message, explained.hint) == (message, hint)


@pytest.mark.parametrize(
    "words",
    [
        "no such table: main.cusdomer_order",
        "no such column: nrc",
        "table order_line_item has no column named nrc",
        'foreign key mismatch - "order_line_item" referencing "customer_order"',
        "unsupported file format",
    ],
)
def test_tables_that_are_not_ours_any_more_are_damage(words: str) -> None:
    explained = explain(driver_error(sqlite3.SQLITE_ERROR, words), "o.db")

    assert isinstance(explained, BadDatabaseError)
    assert explained.message == f"o.db is corrupt: its tables are not those of ordercli ({words})"


def test_text_that_cannot_be_read_is_damage() -> None:
    with pytest.raises(sqlite.OperationalError) as met:
        sqlite.connect(":memory:").execute("SELECT CAST(x'ff' AS TEXT)").fetchall()

    explained = explain(met.value, "o.db")

    assert isinstance(explained, BadDatabaseError)
    assert explained.message == "o.db is corrupt"


@pytest.mark.parametrize(
    "error", [driver_error(sqlite3.SQLITE_ERROR), sqlite.ProgrammingError("misuse"), KeyError("x")]
)
def test_a_bug_is_not_explained_away(error: Exception) -> None:
    assert explain(error, "o.db") is None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (driver_error(sqlite3.SQLITE_BUSY), "passing"),
        (driver_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "passing"),
        (driver_error(sqlite3.SQLITE_LOCKED), "passing"),
        (driver_error(sqlite3.SQLITE_FULL), "surroundings"),
        (driver_error(sqlite3.SQLITE_IOERR_WRITE), "surroundings"),
        (driver_error(sqlite3.SQLITE_READONLY), "surroundings"),
        (driver_error(sqlite3.SQLITE_CORRUPT), "surroundings"),
        (driver_error(sqlite3.SQLITE_NOTADB), "surroundings"),
        (MemoryError(), "surroundings"),
        (OrdercliError("said before"), "surroundings"),
        (driver_error(sqlite3.SQLITE_CONSTRAINT), "unknown"),
        (driver_error(sqlite3.SQLITE_ERROR), "unknown"),
        (KeyError("x"), "unknown"),
    ],
)
def test_faults_are_distinguished_by_what_can_be_done_about_them(error: Exception, fault: Fault) -> None:
    assert classify(error) is fault
