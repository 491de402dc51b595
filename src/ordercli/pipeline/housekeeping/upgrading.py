"""A database of any released schema becomes one of the current schema."""

from __future__ import annotations

from contextlib import closing

from ordercli.database.address import masked
from ordercli.database.connection import found_version, open_database
from ordercli.database.schema import SCHEMA_VERSION


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
    version = found_version(database)
    return {"database": masked(database), "schemaVersion": version, "pending": _pending(version)}


def _pending(version: int) -> list[str]:
    if version == SCHEMA_VERSION:
        return []
    from ordercli.database.migrate import pending  # noqa: PLC0415 - Alembic is slow to import, and rarely needed

    return pending(version)
