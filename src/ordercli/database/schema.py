"""What marks a file as a database of ours, and which schema this program knows."""

from __future__ import annotations

from ordercli.errors import BadDatabaseError

APPLICATION_ID = 0x4F524443  # "ORDC"
# The number of the last migration.
SCHEMA_VERSION = 5
PAGE_SIZE = 16384


def refuse_newer(version: int, database: str) -> None:
    """See that this program knows a schema.

    Raises:
        BadDatabaseError: it does not.
    """
    if version > SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{database} has schema {version}; this ordercli knows schemas up to {SCHEMA_VERSION}",
            hint="install a newer ordercli",
        )
