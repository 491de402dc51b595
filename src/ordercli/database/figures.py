"""How large a database is, and what SQLite says of its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.copying import tables

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


class FileFigures(NamedTuple):
    """Sizes in bytes, pages by number; `wal_size` is None where there is no write-ahead log."""

    size: int
    wal_size: int | None
    journal_mode: str
    page_size: int
    pages: int
    free_pages: int


def file_figures(connection: Connection, path: str) -> FileFigures:
    """Of the file, and of the write-ahead log beside it."""
    values = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "page_size", "page_count", "freelist_count")
    ]
    wal = Path(f"{path}-wal")
    return FileFigures(Path(path).stat().st_size, wal.stat().st_size if wal.exists() else None, *values)


def row_counts(connection: Connection) -> dict[str, int | None]:
    """The rows of each table, counted over an index; None where every document would have to be read for it."""
    return {name: _count(connection, name) for name in tables(connection)}


def _count(connection: Connection, table: str) -> int | None:
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    holds_documents = any(kind == "BLOB" for _, _, kind, *_ in columns)
    if holds_documents and not connection.execute(f"PRAGMA index_list({table})").fetchall():
        return None
    count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return count
