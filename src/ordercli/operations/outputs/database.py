"""What the commands about the database print."""

from typing import Annotated, TypedDict

from msgspec import Meta

from ordercli.result_types import Count, ExitStatus, Position, Seconds, Time

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class DatabaseUpgrade(TypedDict):
    """The database, and the version that its schema has now."""

    database: str
    schemaVersion: Position


class CopiedTable(TypedDict):
    """A table of the target: its rows, how many of them this run brought, and a SHA-256 over all of them."""

    table: str
    rows: Count
    copied: Count
    sha256: Sha256


class DatabaseCopy(TypedDict):
    """What a copy of a whole store came to; the tables are those that were compared and are the same."""

    source: str
    target: str
    rows: Count
    copied: Count
    tables: list[CopiedTable]
    elapsedSeconds: Seconds
    exitCode: ExitStatus


class PlannedUpgrade(TypedDict):
    """The version that the schema of the database has, 0 before it is made, and what an upgrade would do, in order."""

    database: str
    schemaVersion: Count
    pending: list[str]


class Backup(TypedDict):
    """A backup that was found whole; `rows` counts each of its tables."""

    database: str
    backup: str
    bytes: Position
    sha256: Sha256
    schemaVersion: Position
    rows: dict[str, Count]
    elapsedSeconds: Seconds


class DatabaseInfo(TypedDict):
    """A file and its database, or the database of a server; null is what the one or the other does not have.

    `rows` counts each table; null where every document would have to be read for it. `workers` are the processes that
    work on the database at this moment; on a server those that hold claims, null where its schema is not known.
    """

    database: str
    bytes: Count
    walBytes: Count | None
    schemaVersion: Count
    newestSchemaVersion: Position
    upgradePending: bool
    sqliteVersion: str | None
    serverVersion: str | None
    journalMode: str | None
    pageSize: Position | None
    pages: Count | None
    freePages: Count | None
    rows: dict[str, Count | None]
    oldestOrder: Time | None
    newestOrder: Time | None
    workers: list[str] | None
