"""Row types, and the statements that are made from them: the fields of a row type are columns of its table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, ClassVar

from msgspec import Struct
from msgspec.structs import astuple

from ordercli.database.store import Store

# A column of 64 bits on every engine: a key, or a number of bytes.
BigInt = Annotated[int, "64 bits"]


class Row(Struct, frozen=True, gc=False, array_like=True):
    """A row of the table `TABLE`, or those of its columns that are read or written together."""

    TABLE: ClassVar[str]


@lru_cache
def columns(row_type: type[Row], alias: str = "") -> str:
    """Return the columns of a row type, as a SELECT lists them; `alias` is the short name of the table in it."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + name for name in row_type.__struct_fields__)


@lru_cache
def select(row_type: type[Row], rest: str) -> str:
    """Return the SELECT of a row type; `rest` is what follows the table: WHERE, ORDER BY, LIMIT."""
    return f"SELECT {columns(row_type)} FROM {row_type.TABLE} {rest}"


@lru_cache
def insert(row_type: type[Row], rest: str = "") -> str:
    """Return the INSERT of a row type; `rest` is what follows the values, such as ON CONFLICT."""
    marks = ", ".join("?" * len(row_type.__struct_fields__))
    return f"INSERT INTO {row_type.TABLE} ({columns(row_type)}) VALUES ({marks}){rest}"


@lru_cache
def update(row_type: type[Row], unchanged: frozenset[str], rest: str) -> str:
    """Return the UPDATE that sets every column of a row type except the unchanged ones; `rest` is its WHERE."""
    changed = ", ".join(f"{name} = ?" for name in row_type.__struct_fields__ if name not in unchanged)
    return f"UPDATE {row_type.TABLE} SET {changed} {rest}"


@lru_cache
def upsert(row_type: type[Row], *key: str) -> str:
    """Return the INSERT of a row type that replaces the other columns of a row with the same key."""
    changed = ", ".join(f"{name} = excluded.{name}" for name in row_type.__struct_fields__ if name not in key)
    return insert(row_type, f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}")


def new_values(row: Row, unchanged: frozenset[str]) -> list[object]:
    """Return the parameters of `update`, in the order of its columns."""
    return [getattr(row, name) for name in row.__struct_fields__ if name not in unchanged]


def insert_rows(store: Store, *tables: Sequence[Row]) -> None:
    """Insert rows, one table after the other; the caller commits."""
    for rows in tables:
        if rows:
            store.insert(rows[0].TABLE, rows[0].__struct_fields__, map(astuple, rows))


def most_rows(store: Store, row_type: type[Row]) -> int:
    """Return how many rows a table can have, from its first and last key: counting them would read it."""
    table = row_type.TABLE
    span: int = store.execute(
        f"SELECT coalesce((SELECT max(seq) FROM {table}) - (SELECT min(seq) FROM {table}) + 1, 0)"
    ).fetchone()[0]
    return span


class Where:
    """The conditions of a SELECT, all of which must hold, and their parameters.

    The parameters of `text` come before those of anything that follows it.
    """

    def __init__(self) -> None:
        self.parameters: list[object] = []
        self._terms: list[str] = []

    @property
    def text(self) -> str:
        """Return the WHERE; the empty text without conditions."""
        return f"WHERE {' AND '.join(self._terms)}" if self._terms else ""

    def count(self, row_type: type[Row]) -> str:
        """Return the SELECT that counts the rows."""
        return f"SELECT count(*) FROM {row_type.TABLE} {self.text}"

    def group(self, row_type: type[Row], columns: Sequence[str]) -> str:
        """Return the SELECT that counts the rows by these columns, the largest group first."""
        names = ", ".join(columns)
        grouped = f"GROUP BY {names} ORDER BY count(*) DESC, {names}"
        return f"SELECT {names}, count(*) FROM {row_type.TABLE} {self.text} {grouped}"

    def select(self, row_type: type[Row], rest: str) -> str:
        """Return the SELECT of the rows; `rest` is what follows the conditions: ORDER BY, LIMIT."""
        return select(row_type, f"{self.text} {rest}")

    def add(self, condition: str, *parameters: object) -> None:
        """Add a condition with a `?` for each parameter."""
        self._terms.append(condition)
        self.parameters += parameters

    def equal(self, **values: object) -> None:
        """Add for each column that it has this value; None sets no condition."""
        for column, value in values.items():
            if value is not None:
                self.add(f"{column} = ?", value)

    def one_of(self, column: str, values: Sequence[str]) -> None:
        """Add that the column has one of these values; without values, set no condition."""
        if values:
            self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)
