"""Describe a database of any schema, and upgrade it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from ordercli.clock import timestamp
from ordercli.database.address import is_server, masked
from ordercli.database.catalogue import figures, row_counts
from ordercli.database.opening import found_version, make_database, open_as_it_is, schema_version
from ordercli.database.store import SCHEMA_VERSION, Store, snapshot
from ordercli.orders.order_store import oldest_and_newest
from ordercli.queue.claims import owners
from ordercli.queue.workers import workers_at_work
from ordercli.result_types import Count, Position, Result, Time


class DatabaseInfo(Result):
    """A database in a file or on a server; members that it does not have are null.

    `rows` counts each table; null if counting would mean reading every document. `workers` are the processes that
    work on the database at this moment; on a server those that hold claims, null where its schema is not known.
    """

    database: str
    bytes: Count
    wal_bytes: Count | None
    schema_version: Count
    newest_schema_version: Position
    upgrade_pending: bool
    sqlite_version: str | None
    server_version: str | None
    journal_mode: str | None
    page_size: Position | None
    pages: Count | None
    free_pages: Count | None
    rows: dict[str, Count | None]
    oldest_order: Time | None
    newest_order: Time | None
    workers: list[str] | None


class DatabaseUpgrade(Result):
    """The database, and the version that its schema has now."""

    database: str
    schema_version: Position


class PlannedUpgrade(Result):
    """The version that the schema of the database has, 0 before it is made, and what an upgrade would do, in order."""

    database: str
    schema_version: Count
    pending: list[str]


def describe(database: str) -> DatabaseInfo:
    """Describe the database without upgrading it; for a newer schema, as far as this program knows it.

    Raises:
        BadDatabaseError: there is no database, or it belongs to another program.
    """
    with closing(open_as_it_is(database)) as store:
        version = schema_version(store, database)
        is_known = 0 < version <= SCHEMA_VERSION
        with snapshot(store):
            rows = row_counts(store)
            oldest, newest = oldest_and_newest(store) if is_known else (None, None)
            found = figures(store, database)
            workers = _workers(store, database, is_known=is_known)
    return DatabaseInfo(
        database=masked(database),
        schema_version=version,
        newest_schema_version=SCHEMA_VERSION,
        upgrade_pending=version < SCHEMA_VERSION,
        rows=rows,
        oldest_order=oldest,
        newest_order=newest,
        workers=workers,
        **found._asdict(),
    )


def _workers(store: Store, database: str, *, is_known: bool) -> list[str] | None:
    """Return the workers of the database: on a file those that hold a lock, on a server those that hold claims."""
    if not is_server(database):
        return workers_at_work(database)
    if not is_known:
        return None
    now = timestamp(store.now())
    return sorted(worker for worker, expires_at in owners(store) if expires_at > now)


def upgrade_database(database: str, made: Callable[[str], None] | None = None) -> DatabaseUpgrade:
    """Open the database, which upgrades it, or makes it (`made` is called then); return its place and schema version.

    Raises:
        BadDatabaseError: it belongs to another program, or newer than this program.
    """
    with closing(make_database(database, made)):
        return DatabaseUpgrade(masked(database), SCHEMA_VERSION)


def planned_upgrade(database: str) -> PlannedUpgrade:
    """Return the current schema version (0: no database) and the migrations that `upgrade_database` would run.

    Nothing is changed.

    Raises:
        BadDatabaseError: it belongs to another program, or newer than this program.
    """
    version = found_version(database)
    return PlannedUpgrade(masked(database), version, _pending(version))


def _pending(version: int) -> list[str]:
    if version == SCHEMA_VERSION:
        return []
    from ordercli.database.migrate import pending  # Alembic is slow to import, and rarely needed

    return pending(version)
