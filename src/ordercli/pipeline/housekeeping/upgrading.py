"""A database of any released schema becomes one of the current schema."""

from __future__ import annotations

from contextlib import closing

from ordercli.database.address import masked
from ordercli.database.connection import open_database
from ordercli.database.schema import SCHEMA_VERSION


def upgrade_database(path: str) -> dict[str, object]:
    """Open the database, which upgrades it; gives its path and its schema version.

    Raises:
        BadDatabaseError: it is none of ours, or newer than this program.
    """
    with closing(open_database(path)):
        return {"database": masked(path), "schemaVersion": SCHEMA_VERSION}
