"""What the commands about the database print."""

from typing import TypedDict

from ordercli.reports.outputs.members import Position


class DatabaseUpgrade(TypedDict):
    """The database, and the version that its schema has now."""

    database: str
    schemaVersion: Position
