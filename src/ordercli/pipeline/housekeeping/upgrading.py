"""A database of any released schema becomes one of the current schema."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ordercli.database.address import masked
from ordercli.database.connection import open_as_it_is, open_database, refuse_newer, schema_version
from ordercli.database.schema import SCHEMA_VERSION


def upgrade_database(path: str) -> dict[str, object]:
    """Open the database, which upgrades it; gives its path and its schema version.

    Raises:
        BadDatabaseError: it is none of ours, or newer than this program.
    """
    with closing(open_database(path)):
        return {"database": masked(path), "schemaVersion": SCHEMA_VERSION}


def planned_upgrade(path: str) -> dict[str, object]:
    """What `upgrade_database` would do: the version that is there (0: no database yet), and each migration to run.

    Touches nothing.

    Raises:
        BadDatabaseError: it is none of ours, or newer than this program.
    """
    version = _version(path) if Path(path).exists() else 0
    return {"database": path, "schemaVersion": version, "pending": _pending(version)}


def _version(path: str) -> int:
    with closing(open_as_it_is(path)) as connection:
        version = schema_version(connection, path)
        refuse_newer(version, path)
        return version


def _pending(version: int) -> list[str]:
    if version == SCHEMA_VERSION:
        return []
    from ordercli.database.migrate import pending  # noqa: PLC0415 - Alembic is slow to import, and rarely needed

    return pending(version)
