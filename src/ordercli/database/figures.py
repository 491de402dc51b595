"""How large a database is, and what its engine says of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.dialect import is_postgresql
from ordercli.database.driver import sqlite
from ordercli.database.place import beside
from ordercli.database.rows import tables

if TYPE_CHECKING:
    from ordercli.database.driver import Connection

# Counting over a second index is cheap; over the key of a table of documents it is not.
_TABLES_OF_SERVER = """
    SELECT relname,
           EXISTS (SELECT 1 FROM pg_attribute
                   WHERE attrelid = pg_class.oid AND atttypid = 'bytea'::regtype AND NOT attisdropped)
           AND (SELECT count(*) FROM pg_index WHERE indrelid = pg_class.oid) < 2
    FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('inbound_entry'))
    ORDER BY relname
"""


class Figures(NamedTuple):
    """Sizes in bytes, pages by number; None is what the engine does not have.

    `wal_size` is None, too, where there is no write-ahead log beside the file.
    """

    size: int
    wal_size: int | None = None
    sqlite_version: str | None = None
    server_version: str | None = None
    journal_mode: str | None = None
    page_size: int | None = None
    pages: int | None = None
    free_pages: int | None = None


def figures(connection: Connection, database: str) -> Figures:
    """Of a file and of the write-ahead log beside it, or of the database of a server."""
    if is_postgresql(connection):
        size, version = connection.execute(
            "SELECT pg_database_size(current_database()), current_setting('server_version')"
        ).fetchone()
        return Figures(size, server_version=version)
    values = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "page_size", "page_count", "freelist_count")
    ]
    wal = beside(database, "-wal")
    wal_size = wal.stat().st_size if wal.exists() else None
    return Figures(Path(database).stat().st_size, wal_size, sqlite.sqlite_version, None, *values)


def row_counts(connection: Connection) -> dict[str, int | None]:
    """The rows of each table, counted over an index; None where every document would have to be read for it."""
    if is_postgresql(connection):
        found = connection.execute(_TABLES_OF_SERVER).fetchall()
    else:
        found = [(name, _holds_only_documents(connection, name)) for name in tables(connection)]
    return {name: None if is_slow else _count(connection, name) for name, is_slow in found}


def _holds_only_documents(connection: Connection, table: str) -> bool:
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    holds_documents = any(kind == "BLOB" for _, _, kind, *_ in columns)
    return holds_documents and not connection.execute(f"PRAGMA index_list({table})").fetchall()


def _count(connection: Connection, table: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return count
