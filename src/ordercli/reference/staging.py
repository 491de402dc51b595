"""Records of one import wait here, in tables of their own, until all of it was read and can be checked."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.dialect import is_postgresql
from ordercli.database.store import savepoint, transaction
from ordercli.reference.records import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store


class Staged(NamedTuple):
    """One record of the import, `n` from 1, with its document as it came: place and bytes."""

    n: int
    type: str
    id: str
    external_id: str | None
    body: bytes
    file: str
    line: int
    column: int
    record: int


class StagedLink(NamedTuple):
    """One reference of the record `n`."""

    n: int
    type: str
    name: str
    pointer: str


class Arrival(NamedTuple):
    """A record about to be loaded, and the body that the database has for it."""

    n: int
    type: str
    id: str
    external_id: str | None
    body: bytes
    known: bytes | None


@contextmanager
def staging(connection: Store) -> Iterator[None]:
    """Tables of its own for as long as an import goes on; to be called in no transaction."""
    with _temporary_tables(connection) if is_postgresql(connection) else _attached_file(connection):
        yield


@contextmanager
def _attached_file(connection: Store) -> Iterator[None]:
    """A database file beside the other one: temporary tables would take the memory where SQLite keeps them there."""
    with tempfile.TemporaryDirectory(prefix="ordercli-") as folder:
        connection.execute("ATTACH ? AS staging", (f"{folder}/staging.db",))
        try:
            _prepare_file(connection)
            connection.execute(_LOST_LINK)
            yield
        finally:
            connection.execute("DROP VIEW IF EXISTS lost_link")
            connection.execute("DETACH staging")


@contextmanager
def _temporary_tables(connection: Store) -> Iterator[None]:
    """Temporary tables of one transaction, in which the whole import is loaded: nothing outlasts it."""
    with transaction(connection, "reference"):
        _prepare_temporary_tables(connection)
        connection.execute(_LOST_LINK)
        yield


@contextmanager
def part(connection: Store) -> Iterator[None]:
    """A part of the load: a transaction of its own, except where the import is one."""
    with savepoint(connection) if is_postgresql(connection) else transaction(connection, "reference"):
        yield


# A link is lost when neither what is imported nor what stays of the database has the id that it names.
_LOST_LINK = (
    "CREATE TEMP VIEW lost_link AS SELECT l.seq, l.n, l.type, l.name, l.pointer"
    " FROM staged_link AS l JOIN staged_record AS o ON o.n = l.n WHERE o.refused = 0"
    " AND NOT EXISTS (SELECT 1 FROM staged_record AS s WHERE s.refused = 0 AND s.type = l.type AND s.id = l.name)"
    " AND NOT EXISTS (SELECT 1 FROM staged_record AS s"
    " WHERE s.refused = 0 AND s.type = l.type AND s.external_id = l.name)"
    " AND NOT EXISTS (SELECT 1 FROM reference_record AS r WHERE r.type = l.type AND r.id = l.name)"
    " AND NOT EXISTS (SELECT 1 FROM reference_record AS r WHERE r.type = l.type AND r.external_id = l.name"
    " AND NOT EXISTS (SELECT 1 FROM staged_record AS s WHERE s.refused = 0 AND s.type = r.type AND s.id = r.id))"
)


def _prepare_file(connection: Store) -> None:
    # Nobody needs the file after a crash.
    connection.execute("PRAGMA staging.journal_mode = OFF")
    connection.execute("PRAGMA staging.synchronous = OFF")
    connection.execute("PRAGMA staging.locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA staging.cache_size = -16000")
    connection.execute(
        "CREATE TABLE staging.staged_record (n INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL,"
        " external_id TEXT, body BLOB NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,"
        " first_column INTEGER NOT NULL, record INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0,"
        " UNIQUE (type, id))"
    )
    connection.execute(
        "CREATE INDEX staging.staged_external_id ON staged_record (type, external_id) WHERE external_id IS NOT NULL"
    )
    connection.execute("CREATE INDEX staging.staged_refused ON staged_record (refused) WHERE refused > 0")
    connection.execute(
        "CREATE TABLE staging.staged_link (seq INTEGER PRIMARY KEY, n INTEGER NOT NULL, type TEXT NOT NULL,"
        " name TEXT NOT NULL, pointer TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX staging.link_of ON staged_link (n)")
    connection.execute("CREATE INDEX staging.link_to ON staged_link (type, name)")


def _prepare_temporary_tables(connection: Store) -> None:
    connection.execute(
        "CREATE TEMP TABLE staged_record (n BIGINT PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL,"
        " external_id TEXT, body BYTEA NOT NULL, file TEXT NOT NULL, line BIGINT NOT NULL,"
        " first_column BIGINT NOT NULL, record BIGINT NOT NULL, refused INTEGER NOT NULL DEFAULT 0,"
        " UNIQUE (type, id)) ON COMMIT DROP"
    )
    connection.execute(
        "CREATE INDEX staged_external_id ON staged_record (type, external_id) WHERE external_id IS NOT NULL"
    )
    connection.execute("CREATE INDEX staged_refused ON staged_record (refused) WHERE refused > 0")
    connection.execute(
        "CREATE TEMP TABLE staged_link (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n BIGINT NOT NULL,"
        " type TEXT NOT NULL, name TEXT NOT NULL, pointer TEXT NOT NULL) ON COMMIT DROP"
    )
    connection.execute("CREATE INDEX link_of ON staged_link (n)")
    connection.execute("CREATE INDEX link_to ON staged_link (type, name)")


def tell_sizes(connection: Store) -> None:
    """Let the planner know how much is staged; nobody else tells it of temporary tables."""
    if is_postgresql(connection):
        connection.execute("ANALYZE staged_record")
        connection.execute("ANALYZE staged_link")


def stage(connection: Store, records: list[Staged], links: list[StagedLink]) -> set[int]:
    """Add records, numbered on from those before; gives the numbers of those that stood there already, not added."""
    added = connection.executemany(
        "INSERT INTO staged_record (n, type, id, external_id, body, file, line, first_column, record)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        records,
    ).rowcount
    twice: set[int] = set()
    if added < len(records):
        rows = connection.execute("SELECT n FROM staged_record WHERE n >= ?", (records[0].n,))
        twice = {each.n for each in records} - {n for (n,) in rows}
    connection.executemany(
        "INSERT INTO staged_link (n, type, name, pointer) VALUES (?, ?, ?, ?)",
        [each for each in links if each.n not in twice],
    )
    return twice


_STAGED = "SELECT n, type, id, external_id, body, file, line, first_column, record FROM staged_record"


def by_key(connection: Store, record_type: str, record_id: str) -> Staged:
    """The record of this type and id."""
    row = connection.execute(_STAGED + " WHERE type = ? AND id = ?", (record_type, record_id)).fetchone()
    return Staged(*row)


def by_number(connection: Store, n: int) -> Staged:
    """The record of this number."""
    return Staged(*connection.execute(_STAGED + " WHERE n = ?", (n,)).fetchone())


def with_lost_links(connection: Store, after: int, limit: int) -> list[int]:
    """Records beyond number `after` that name something unknown, by number, at most `limit`."""
    rows = connection.execute("SELECT DISTINCT n FROM lost_link WHERE n > ? ORDER BY n LIMIT ?", (after, limit))
    return [n for (n,) in rows]


def bereft(connection: Store, turn: int, after: int, limit: int) -> list[int]:
    """The same, only of records that name one which was refused in that turn."""
    rows = connection.execute(
        "SELECT DISTINCT lost.n FROM staged_record AS gone JOIN lost_link AS lost"
        " ON lost.type = gone.type AND lost.name IN (gone.id, gone.external_id)"
        " WHERE gone.refused = ? AND lost.n > ? ORDER BY lost.n LIMIT ?",
        (turn, after, limit),
    )
    return [n for (n,) in rows]


def lost_links(connection: Store, n: int) -> list[Link]:
    """The links of a record that lead nowhere, in the order of the record."""
    rows = connection.execute("SELECT type, name, pointer FROM lost_link WHERE n = ? ORDER BY seq", (n,))
    return [Link(*row) for row in rows]


def refuse(connection: Store, numbers: list[int], turn: int) -> None:
    """Strike records from the import, in a turn counted from 1; 0 is for those that stay."""
    connection.executemany("UPDATE staged_record SET refused = ? WHERE n = ?", [(turn, number) for number in numbers])


def arrivals(connection: Store, after: int, limit: int, most_bytes: int) -> list[Arrival]:
    """Records beyond number `after` that were not refused: at most `limit`, fewer where they are large."""
    rows = connection.stream(
        "SELECT s.n, s.type, s.id, s.external_id, s.body, r.body FROM staged_record AS s"
        " LEFT JOIN reference_record AS r ON r.type = s.type AND r.id = s.id"
        " WHERE s.n > ? AND s.refused = 0 ORDER BY s.n LIMIT ?",
        (after, limit),
    )
    found: list[Arrival] = []
    size = 0
    for row in rows:
        found.append(Arrival(*row))
        size += len(found[-1].body) + len(found[-1].known or b"")
        if size >= most_bytes:
            break
    return found
