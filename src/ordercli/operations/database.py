"""Describe a database of any schema, and upgrade it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ordercli.clock import timestamp
from ordercli.database import listening
from ordercli.database.address import is_server, masked
from ordercli.database.catalogue import Figures, figures, row_counts
from ordercli.database.opening import found_version, make_database, open_as_it_is, schema_version
from ordercli.database.store import SCHEMA_VERSION, snapshot
from ordercli.queue.claims import owners
from ordercli.queue.workers import workers_at_work
from ordercli.resources.product_order.order_store import oldest_and_newest

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store


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


def _workers(connection: Store, database: str, *, is_known: bool) -> list[str] | None:
    """Who works on it: on a file, who holds a lock beside it; on a server, where there are none, who holds claims."""
    if not is_server(database):
        return workers_at_work(database)
    if not is_known:
        return None
    now = timestamp(listening.now(connection))
    return sorted(worker for worker, expires_at in owners(connection) if expires_at > now)


def upgrade_database(database: str, made: Callable[[str], None] | None = None) -> dict[str, object]:
    """Open the database, which upgrades it, or makes it (`made` hears of that); gives its place and schema version.

    Raises:
        BadDatabaseError: it is none of ours, or newer than this program.
    """
    with closing(make_database(database, made)):
        return {"database": masked(database), "schemaVersion": SCHEMA_VERSION}


def planned_upgrade(database: str) -> dict[str, object]:
    """What `upgrade_database` would do: the version that is there (0: no database yet), and each migration to run.

    Touches nothing.

    Raises:
        BadDatabaseError: it is none of ours, or newer than this program.
    """
    version = found_version(database)
    return {"database": masked(database), "schemaVersion": version, "pending": _pending(version)}


def _pending(version: int) -> list[str]:
    if version == SCHEMA_VERSION:
        return []
    from ordercli.database.migrate import pending  # noqa: PLC0415 - Alembic is slow to import, and rarely needed

    return pending(version)
