"""A database of any schema is described, and left as it is."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ordercli.clock import timestamp
from ordercli.database import clock
from ordercli.database.address import is_server, masked
from ordercli.database.connection import open_as_it_is, schema_version
from ordercli.database.figures import Figures, figures, row_counts
from ordercli.database.schema import SCHEMA_VERSION
from ordercli.database.transaction import snapshot
from ordercli.inbound.claims import owners
from ordercli.orders.stored import oldest_and_newest
from ordercli.pipeline.runs.worker import workers_at_work

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


@dataclass(frozen=True)
class DatabaseInfo:
    """What there is to know of a database without knowing its orders."""

    database: str
    schema_version: int
    figures: Figures
    rows: dict[str, int | None]
    oldest_order: str | None
    newest_order: str | None
    workers: list[str] | None

    @property
    def is_newer(self) -> bool:
        """Whether this program does not know the schema."""
        return self.schema_version > SCHEMA_VERSION

    def as_json(self) -> dict[str, object]:
        """The object of `db info -o json`."""
        return {
            "database": masked(self.database),
            "bytes": self.figures.size,
            "walBytes": self.figures.wal_size,
            "schemaVersion": self.schema_version,
            "newestSchemaVersion": SCHEMA_VERSION,
            "upgradePending": self.schema_version < SCHEMA_VERSION,
            "sqliteVersion": self.figures.sqlite_version,
            "serverVersion": self.figures.server_version,
            "journalMode": self.figures.journal_mode,
            "pageSize": self.figures.page_size,
            "pages": self.figures.pages,
            "freePages": self.figures.free_pages,
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
        is_known = 0 < version <= SCHEMA_VERSION
        with snapshot(connection):
            rows = row_counts(connection)
            oldest, newest = oldest_and_newest(connection) if is_known else (None, None)
            found = figures(connection, database)
            workers = _workers(connection, database, is_known=is_known)
    return DatabaseInfo(database, version, found, rows, oldest, newest, workers)


def _workers(connection: Connection, database: str, *, is_known: bool) -> list[str] | None:
    """Who works on it: on a file, who holds a lock beside it; on a server, where there are none, who holds claims."""
    if not is_server(database):
        return workers_at_work(database)
    if not is_known:
        return None
    now = timestamp(clock.now(connection))
    return sorted(worker for worker, expires_at in owners(connection) if expires_at > now)
