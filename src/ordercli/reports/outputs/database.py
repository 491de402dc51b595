"""What the commands about the database print."""

from typing import TypedDict

from ordercli.reports.outputs.members import Count, ExitCode, Position, Seconds


class DatabaseUpgrade(TypedDict):
    """The database, and the version that its schema has now."""

    database: str
    schemaVersion: Position


class CopiedTable(TypedDict):
    """A table of the target: its rows, how many of them this run brought, and a SHA-256 over all of them."""

    table: str
    rows: Count
    copied: Count
    sha256: str


class DatabaseCopy(TypedDict):
    """What a copy of a whole store came to; the tables are those that were compared and are the same."""

    source: str
    target: str
    rows: Count
    copied: Count
    tables: list[CopiedTable]
    elapsedSeconds: Seconds
    exitCode: ExitCode
