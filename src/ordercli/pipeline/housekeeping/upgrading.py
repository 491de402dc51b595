"""A database of any released schema becomes one of the current schema."""

from __future__ import annotations

from contextlib import closing

from ordercli.database.address import masked
from ordercli.database.connection import exists, open_as_it_is, open_database, schema_version
from ordercli.database.schema import SCHEMA_VERSION, refuse_newer


def upgrade_database(database: str) -> dict[str, object]:
    """Open the database, which upgrades it; gives its place and its schema version.

    Raises:
        BadDatabaseError: it is none of ours, or newer than this program.
    """
    with closing(open_database(database)):
        return {"database": masked(database), "schemaVersion": SCHEMA_VERSION}


def planned_upgrade(database: str) -> dict[str, object]:
    """What `upgrade_database` would do: the version that is there (0: no database yet), and each migration to run.

    Touches nothing.

    Raises:
        BadDatabaseError: it is none of ours, or newer than this program.
    """
    version = _version(database) if exists(database) else 0
    return {"database": masked(database), "schemaVersion": version, "pending": _pending(version)}


def _version(database: str) -> int:
    with closing(open_as_it_is(database)) as connection:
        version = schema_version(connection, database)
        refuse_newer(version, masked(database))
        return version


def _pending(version: int) -> list[str]:
    if version == SCHEMA_VERSION:
        return []
    from ordercli.database.migrate import pending  # noqa: PLC0415 - Alembic is slow to import, and rarely needed

    return pending(version)
