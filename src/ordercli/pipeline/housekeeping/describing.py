"""A database of any schema is described, and left as it is."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ordercli.database.connection import open_as_it_is, schema_version
from ordercli.database.driver import sqlite
from ordercli.database.figures import FileFigures, file_figures, row_counts
from ordercli.database.schema import SCHEMA_VERSION
from ordercli.database.transaction import snapshot
from ordercli.orders.stored import oldest_and_newest
from ordercli.pipeline.runs.worker import workers_at_work

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


@dataclass(frozen=True)
class DatabaseInfo:
    """What there is to know of a database without knowing its orders."""

    database: str
    schema_version: int
    file: FileFigures
    rows: dict[str, int | None]
    oldest_order: str | None
    newest_order: str | None
    workers: list[str]

    @property
    def is_newer(self) -> bool:
        """Whether this program does not know the schema."""
        return self.schema_version > SCHEMA_VERSION

    def as_json(self) -> dict[str, object]:
        """The object of `db info -o json`."""
        return {
            "database": self.database,
            "bytes": self.file.size,
            "walBytes": self.file.wal_size,
            "schemaVersion": self.schema_version,
            "newestSchemaVersion": SCHEMA_VERSION,
            "upgradePending": self.schema_version < SCHEMA_VERSION,
            "sqliteVersion": sqlite.sqlite_version,
            "journalMode": self.file.journal_mode,
            "pageSize": self.file.page_size,
            "pages": self.file.pages,
            "freePages": self.file.free_pages,
            "rows": self.rows,
            "oldestOrder": self.oldest_order,
            "newestOrder": self.newest_order,
            "workers": self.workers,
        }


def describe(database: str) -> DatabaseInfo:
    """Look at the database without upgrading it; of one that is newer than this program, as far as that is understood.

    Raises:
        BadDatabaseError: there is no database, or it is none of ours.
    """
    with closing(open_as_it_is(database)) as connection:
        version = schema_version(connection, database)
        with snapshot(connection):
            rows = row_counts(connection)
            oldest, newest = _orders(connection, version)
            file = file_figures(connection, database)
    return DatabaseInfo(database, version, file, rows, oldest, newest, workers_at_work(database))


def _orders(connection: Connection, version: int) -> tuple[str | None, str | None]:
    if 0 < version <= SCHEMA_VERSION:
        return oldest_and_newest(connection)
    return None, None
