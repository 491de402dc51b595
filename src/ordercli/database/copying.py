"""A database is copied while others write to it, and the copy is held against it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.driver import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.driver import Connection, FileConnection

# Four MiB: often enough to tell how far it is and to hear of a signal.
_PAGES_A_STEP = 256


class Contents(NamedTuple):
    """What a copy must have in common with the database: its marks, and how many rows each table has."""

    application_id: int
    schema_version: int
    rows: dict[str, int]


def contents(connection: Connection) -> Contents:
    """Count every row of every table."""
    names = tables(connection)
    rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608 - our own names
    return Contents(_pragma(connection, "application_id"), _pragma(connection, "user_version"), rows)


def tables(connection: Connection) -> list[str]:
    """The tables of the program, by name."""
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return [name for (name,) in rows]


def copy(source: FileConnection, path: str, follow: Callable[[int, int], None]) -> None:
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


def faults_of(copied: Connection) -> list[str]:
    """What SQLite finds wrong in the file and between its tables."""
    said = [row[0] for row in copied.execute("PRAGMA integrity_check").fetchall()]
    broken = [
        f"row {row} of {table} points at nothing in {parent}"
        for table, row, parent, _ in copied.execute("PRAGMA foreign_key_check").fetchall()
    ]
    return [each for each in said if each != "ok"] + broken


def _pragma(connection: Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
