"""Copy whole tables row by row, and compare copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from ordercli.database.sqlite import SqliteStore, connect
from ordercli.database.store import Store

Row = tuple[Any, ...]
# Rows that a server sends at a time. Tables with a body get few: one body may have 16 MiB.
ROWS = 1000
ROWS_WITH_BODY = 4
_encode = msgspec.msgpack.Encoder().encode


class Table(NamedTuple):
    """A table, all its columns, and the columns of its key."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


class Content:
    """Count rows and compute one SHA-256 over all of them, in the order of their keys."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = sha256()

    def add(self, row: Row) -> None:
        """Add the next row."""
        self.count += 1
        self._digest.update(_encode(row))

    def measure(self) -> tuple[int, str]:
        """Return the number of rows and their checksum."""
        return self.count, self._digest.hexdigest()


def count(connection: Store, table: Table) -> int:
    """Return the number of rows of the table."""
    found: int = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
    return found


def every(connection: Store, table: Table) -> Iterator[Row]:
    """Iterate over all rows in the order of their keys, in bounded memory; call it in a transaction.

    To make rows of both engines comparable, booleans are returned as numbers (as SQLite stores them), and U+0000 is
    replaced by U+2400 (PostgreSQL cannot store U+0000).
    """
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    statement = f"SELECT {columns} FROM {table.name} ORDER BY {key}"
    rows = connection.stream(statement, at_once=ROWS_WITH_BODY if "body" in table.columns else ROWS)
    return (tuple(map(_comparable, row)) for row in rows)


def last_key(connection: Store, table: Table) -> int:
    """Return the greatest `seq` that any row of the table has ever had, deleted rows included."""
    greatest = connection.execute(f"SELECT max(seq) FROM {table.name}").fetchone()[0] or 0
    return max(greatest, connection.last_key(table.name))


def _comparable(value: Any) -> Any:  # whatever a column holds
    if isinstance(value, str):
        return value.replace("\0", "\u2400")
    return int(value) if isinstance(value, bool) else value


# 4 MiB: often enough to report progress and to notice a signal.
_PAGES_A_STEP = 256


class Contents(NamedTuple):
    """What a copy must share with the database: application id, schema version, and rows of each table."""

    application_id: int
    schema_version: int
    rows: dict[str, int]


def contents(connection: Store) -> Contents:
    """Count every row of every table."""
    names = tables(connection)
    rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    return Contents(_pragma(connection, "application_id"), _pragma(connection, "user_version"), rows)


def tables(connection: Store) -> list[str]:
    """Return the names of the program's tables, sorted."""
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return [name for (name,) in rows]


def copy(source: SqliteStore, path: str, follow: Callable[[int, int], None]) -> None:
    """Copy what the source's read transaction sees, page by page, into the empty file at `path`.

    The transaction must have read something already: only then do all copied pages belong to one state.
    `follow` is called after each step with the number of bytes copied and the total. The file is not synced.
    """
    size = _pragma(source, "page_size")
    with closing(connect(path)) as target:
        target.execute("PRAGMA journal_mode = OFF")  # an incomplete copy is deleted
        target.execute("PRAGMA synchronous = OFF")
        source.backup(
            target,
            pages=_PAGES_A_STEP,
            progress=lambda _status, left, pages: follow((pages - left) * size, pages * size),
        )
        # Make the copy a single file, without a -wal file. The program switches it back to WAL when it opens it.
        target.execute("PRAGMA journal_mode = DELETE")


def faults_of(copied: Store) -> list[str]:
    """Return every fault that SQLite finds in the file, broken references between tables included."""
    broken = [
        f"row {row} of {table} refers to a missing row of {parent}" for table, row, parent in copied.broken_references()
    ]
    return [*copied.damage(), *broken]


def _pragma(connection: Store, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
