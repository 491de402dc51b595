"""Make the SQLModel class of a table from its row type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import NoneType, new_class
from typing import Any, TypeVar, cast, get_args, get_type_hints

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, text
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from ordercli.database.statements import BigInt, Row


def one_of(column: str, words: Iterable[str]) -> str:
    """Return the SQL condition that the column holds one of these words; put the word that new rows have first.

    Not an IN list: SQLite builds a temporary table from it for each inserted row, which took 20 % of the time per
    line item.
    """
    return " OR ".join(f"{column} = {str(word)!r}" for word in words)


# SQLite numbers rows by itself only if the type of the column is INTEGER.
KEY = BigInteger().with_variant(Integer(), "sqlite")
# Texts sort by their code points, whatever the locale of the server.
TEXT = String().with_variant(String(collation="C"), "postgresql")


_TYPES: dict[object, Any] = {str: TEXT, int: Integer(), BigInt: KEY, bool: Boolean(), bytes: LargeBinary()}

RowType = TypeVar("RowType", bound=Row)


def table(
    row_type: type[RowType], *rules: SchemaItem, defaults: Mapping[str, str] | None = None, **options: object
) -> type[RowType]:
    """Return a new SQLModel class for the table of a row type, with a column for each field.

    A type checker takes it for the row type, because its attributes are the columns. `rules` are the keys, constraints
    and indexes, `defaults` the defaults that the database fills in, and `options` those of SQLAlchemy's Table.
    """
    hints, defaults = get_type_hints(row_type, include_extras=True), defaults or {}
    names = row_type.__struct_fields__
    body = {
        "__doc__": row_type.__doc__,
        "__module__": row_type.__module__,
        "__tablename__": row_type.TABLE,
        "__table_args__": (*rules, options),
        "__annotations__": dict.fromkeys(names, Any),
        **{name: Field(sa_column=_column(name, hints[name], defaults.get(name))) for name in names},
    }
    made = new_class(row_type.__name__, (SQLModel,), {"table": True}, lambda namespace: namespace.update(body))
    return cast("type[RowType]", made)


def _column(name: str, hint: object, default: str | None) -> Column[Any]:
    """Return the column of a field; one that may be None is nullable."""
    kinds = set(get_args(hint)) if hint not in _TYPES else {hint}
    (kind,) = kinds - {NoneType}
    return Column(name, _TYPES[kind], nullable=NoneType in kinds, server_default=default)


def where(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
