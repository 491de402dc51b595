"""Whole tables, row by row in the order of their keys, the same on every engine."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ordercli.database.dialect import is_postgresql, stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.database.driver import Connection

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


def keep_still(connection: Connection, tables: Iterable[Table]) -> None:
    """Let nobody else write until the transaction ends; SQLite's write transactions do by themselves."""
    if is_postgresql(connection):
        connection.execute(f"LOCK TABLE {', '.join(table.name for table in tables)} IN SHARE MODE")


def count(connection: Connection, table: Table) -> int:
    """How many rows the table has."""
    found: int = connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]  # noqa: S608 - our own names
    return found


def every(connection: Connection, table: Table) -> Iterator[Row]:
    """All rows in the order of their keys, never all of them in memory; to be called in a transaction.

    Truth values are numbers, as SQLite has them, and U+2400 stands for U+0000, which PostgreSQL cannot hold: so the
    rows of both engines can be compared.
    """
    columns, key = ", ".join(table.columns), ", ".join(table.key)
    statement = f"SELECT {columns} FROM {table.name} ORDER BY {key}"  # noqa: S608 - our own names
    rows = stream(connection, statement, at_once=ROWS_WITH_BODY if "body" in table.columns else ROWS)
    return (tuple(map(_comparable, row)) for row in rows)


def insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    """Write new rows."""
    marks = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"  # noqa: S608 - our own names
    connection.executemany(statement, rows)


def last_number(connection: Connection, table: Table) -> int:
    """The greatest number that a row of the table has ever had, though it may be gone; 0 where rows have no number."""
    if table.key != ("seq",):
        return 0
    numbers = connection.execute(f"SELECT max(seq) FROM {table.name}").fetchone()  # noqa: S608 - our own names
    return max(numbers[0] or 0, _last_given(connection, table))


def continue_after(connection: Connection, table: Table, number: int) -> None:
    """Let the table give greater numbers only."""
    if not number:
        return
    if not is_postgresql(connection):
        connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (number, table.name))
    elif sequence := _sequence(connection, table):
        connection.execute("SELECT setval(CAST(? AS regclass), ?)", (sequence, number))


def _last_given(connection: Connection, table: Table) -> int:
    if not is_postgresql(connection):
        row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
    elif sequence := _sequence(connection, table):
        # The name comes from the server, quoted where it must be.
        row = connection.execute(f"SELECT last_value FROM {sequence} WHERE is_called").fetchone()  # noqa: S608 - see above
    else:
        row = None
    return row[0] if row else 0


def _sequence(connection: Connection, table: Table) -> str | None:
    """The sequence on a server that numbers the rows; None where their numbers come from another table."""
    found: str | None = connection.execute("SELECT pg_get_serial_sequence(?, 'seq')", (table.name,)).fetchone()[0]
    return found


def _comparable(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, str):
        return value.replace("\0", "\u2400")
    return int(value) if isinstance(value, bool) else value
