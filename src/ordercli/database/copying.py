"""Copy whole tables row by row, and compare copies."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ordercli.database.sqlite import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.database.sqlite import SqliteStore
    from ordercli.database.store import Store


Row = tuple[Any, ...]
# How many a server sends at once; a body may have 16 MiB.
ROWS = 1000
ROWS_WITH_BODY = 4
_encode = msgspec.msgpack.Encoder().encode


class Table(NamedTuple):
    """A table and its columns, those of the key apart."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


class Content:
    """How many rows, and a SHA-256 over all of them in the order of their keys."""

    def __init__(self) -> None:
        self.count = 0
        self._digest = sha256()

    def add(self, row: Row) -> None:
        """Count in the next row."""
        self.count += 1
        self._digest.update(_encode(row))

    def measure(self) -> tuple[int, str]:
        """The number of rows and their checksum."""
        return self.count, self._digest.hexdigest()


def count(connection: Store, table: Table) -> int:
    """How many rows the table has."""
    found: int = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
    return found


def every(connection: Store, table: Table) -> Iterator[Row]:
    """All rows in the order of their keys, never all of them in memory; to be called in a transaction.

    Truth values are numbers, as SQLite has them, and U+2400 stands for U+0000, which PostgreSQL cannot hold: so the
    rows of both engines can be compared.
    """
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    statement = f"SELECT {columns} FROM {table.name} ORDER BY {key}"
    rows = connection.stream(statement, at_once=ROWS_WITH_BODY if "body" in table.columns else ROWS)
    return (tuple(map(_comparable, row)) for row in rows)


def last_key(connection: Store, table: Table) -> int:
    """Return the greatest number that a row of the table has ever had, though it may be gone."""
    greatest = connection.execute(f"SELECT max(seq) FROM {table.name}").fetchone()[0] or 0
    return max(greatest, connection.last_key(table.name))


def _comparable(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, str):
        return value.replace("\0", "\u2400")
    return int(value) if isinstance(value, bool) else value


# Four MiB: often enough to tell how far it is and to hear of a signal.
_PAGES_A_STEP = 256


class Contents(NamedTuple):
    """What a copy must have in common with the database: its marks, and how many rows each table has."""

    application_id: int
    schema_version: int
    rows: dict[str, int]


def contents(connection: Store) -> Contents:
    """Count every row of every table."""
    names = tables(connection)
    rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
    return Contents(_pragma(connection, "application_id"), _pragma(connection, "user_version"), rows)


def tables(connection: Store) -> list[str]:
    """The tables of the program, by name."""
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return [name for (name,) in rows]


def copy(source: SqliteStore, path: str, follow: Callable[[int, int], None]) -> None:
    """Copy what the source's read transaction sees, page by page, into the empty file at `path`.

    The transaction must have read already: it is what keeps the pages that are copied last in step with the first.
    `follow` is called after each step with the bytes that are done and all bytes. The file is not synced yet.
    """
    size = _pragma(source, "page_size")
    with closing(connect(path)) as target:
        target.execute("PRAGMA journal_mode = OFF")  # a copy that breaks off is thrown away
        target.execute("PRAGMA synchronous = OFF")
        source.backup(
            target,
            pages=_PAGES_A_STEP,
            progress=lambda _status, left, pages: follow((pages - left) * size, pages * size),
        )
        # A file that is whole alone, with nothing beside it; the program makes it WAL again when it opens it.
        target.execute("PRAGMA journal_mode = DELETE")


def faults_of(copied: Store) -> list[str]:
    """Return what SQLite finds wrong in the file and between its tables."""
    broken = [
        f"row {row} of {table} points at nothing in {parent}" for table, row, parent in copied.broken_references()
    ]
    return [*copied.damage(), *broken]


def _pragma(connection: Store, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
