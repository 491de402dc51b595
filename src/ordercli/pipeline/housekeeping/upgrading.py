"""A database of any released schema becomes one of the current schema."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ordercli.database.address import masked
from ordercli.database.connection import found_version, make_database
from ordercli.database.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable


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
