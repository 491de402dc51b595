"""The staging tables of one import; they keep its records until all were read and can be checked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ordercli.database.store import Store, savepoint, transaction
from ordercli.reference.records import Link


class Staged(NamedTuple):
    """One record of the import, `n` from 1, with the place and the bytes of its document."""

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
    """A record to be loaded, and the body that the database already has for it."""

    n: int
    type: str
    id: str
    external_id: str | None
    body: bytes
    known: bytes | None


@contextmanager
def staging(store: Store) -> Iterator[None]:
    """Make the tables of an import, and remove them after it; call it outside a transaction.

    With SQLite the tables are in a second database file: temporary tables might be kept in memory. On a server they
    are temporary tables of one transaction, in which the whole import is loaded.
    """
    with _PLACES[store.engine](store):
        for statement in _TABLES[store.engine]:
            store.execute(statement)
        store.execute(_LOST_LINK)
        yield


@contextmanager
def _attached_file(store: Store) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="ordercli-") as folder:
        store.execute("ATTACH ? AS staging", (f"{folder}/staging.db",))
        try:
            yield
        finally:
            store.execute("DROP VIEW IF EXISTS lost_link")
            store.execute("DETACH staging")


@contextmanager
def _one_transaction(store: Store) -> Iterator[None]:
    with transaction(store, "reference"):
        yield


_PLACES = {"sqlite": _attached_file, "postgresql": _one_transaction}


@contextmanager
def part(store: Store) -> Iterator[None]:
    """Load a part in a transaction of its own, or in a savepoint if the whole import is one transaction."""
    with savepoint(store) if store.in_transaction else transaction(store, "reference"):
        yield


_TABLES = {
    "sqlite": (
        # The file is useless after a crash.
        "PRAGMA staging.journal_mode = OFF",
        "PRAGMA staging.synchronous = OFF",
        "PRAGMA staging.locking_mode = EXCLUSIVE",
        "PRAGMA staging.cache_size = -16000",
        (
            "CREATE TABLE staging.staged_record (n INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL,"
            " external_id TEXT, body BLOB NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,"
            " first_column INTEGER NOT NULL, record INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0,"
            " UNIQUE (type, id))"
        ),
        "CREATE INDEX staging.staged_external_id ON staged_record (type, external_id) WHERE external_id IS NOT NULL",
        "CREATE INDEX staging.staged_refused ON staged_record (refused) WHERE refused > 0",
        (
            "CREATE TABLE staging.staged_link (seq INTEGER PRIMARY KEY, n INTEGER NOT NULL, type TEXT NOT NULL,"
            " name TEXT NOT NULL, pointer TEXT NOT NULL)"
        ),
        "CREATE INDEX staging.link_of ON staged_link (n)",
        "CREATE INDEX staging.link_to ON staged_link (type, name)",
    ),
    "postgresql": (
        (
            "CREATE TEMP TABLE staged_record (n BIGINT PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL,"
            " external_id TEXT, body BYTEA NOT NULL, file TEXT NOT NULL, line BIGINT NOT NULL,"
            " first_column BIGINT NOT NULL, record BIGINT NOT NULL, refused INTEGER NOT NULL DEFAULT 0,"
            " UNIQUE (type, id)) ON COMMIT DROP"
        ),
        "CREATE INDEX staged_external_id ON staged_record (type, external_id) WHERE external_id IS NOT NULL",
        "CREATE INDEX staged_refused ON staged_record (refused) WHERE refused > 0",
        (
            "CREATE TEMP TABLE staged_link (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n BIGINT NOT NULL,"
            " type TEXT NOT NULL, name TEXT NOT NULL, pointer TEXT NOT NULL) ON COMMIT DROP"
        ),
        "CREATE INDEX link_of ON staged_link (n)",
        "CREATE INDEX link_to ON staged_link (type, name)",
    ),
}
# A link is lost if its id is in neither the imported records nor the records that stay in the database.
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


# Autovacuum does not analyze temporary tables (PostgreSQL manual, "The Autovacuum Daemon").
_ANALYZE = {"sqlite": (), "postgresql": ("ANALYZE staged_record", "ANALYZE staged_link")}


def update_statistics(store: Store) -> None:
    """Update the planner's statistics of the staged rows."""
    for statement in _ANALYZE[store.engine]:
        store.execute(statement)


def stage(store: Store, records: list[Staged], links: list[StagedLink]) -> set[int]:
    """Add records with ascending numbers; return the numbers of those whose type and id were staged before."""
    added = store.executemany(
        "INSERT INTO staged_record (n, type, id, external_id, body, file, line, first_column, record)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        records,
    ).rowcount
    twice: set[int] = set()
    if added < len(records):
        rows = store.execute("SELECT n FROM staged_record WHERE n >= ?", (records[0].n,))
        twice = {each.n for each in records} - {n for (n,) in rows}
    store.insert("staged_link", StagedLink._fields, [each for each in links if each.n not in twice])
    return twice


_STAGED = "SELECT n, type, id, external_id, body, file, line, first_column, record FROM staged_record"


def by_key(store: Store, record_type: str, record_id: str) -> Staged:
    """Return the record of this type and id."""
    row = store.execute(_STAGED + " WHERE type = ? AND id = ?", (record_type, record_id)).fetchone()
    return Staged(*row)


def by_number(store: Store, n: int) -> Staged:
    """Return the record of this number."""
    return Staged(*store.execute(_STAGED + " WHERE n = ?", (n,)).fetchone())


def with_lost_links(store: Store, after: int, limit: int) -> list[int]:
    """Return the numbers, greater than `after`, of at most `limit` records that refer to an unknown record."""
    rows = store.execute("SELECT DISTINCT n FROM lost_link WHERE n > ? ORDER BY n LIMIT ?", (after, limit))
    return [n for (n,) in rows]


def with_refused_links(store: Store, turn: int, after: int, limit: int) -> list[int]:
    """Return the numbers, as `with_lost_links`, of records that refer to one that was refused in that turn."""
    rows = store.execute(
        "SELECT DISTINCT lost.n FROM staged_record AS gone JOIN lost_link AS lost"
        " ON lost.type = gone.type AND lost.name IN (gone.id, gone.external_id)"
        " WHERE gone.refused = ? AND lost.n > ? ORDER BY lost.n LIMIT ?",
        (turn, after, limit),
    )
    return [n for (n,) in rows]


def lost_links(store: Store, n: int) -> list[Link]:
    """Return the links of a record whose target is unknown, in the order of the record."""
    rows = store.execute("SELECT type, name, pointer FROM lost_link WHERE n = ? ORDER BY seq", (n,))
    return [Link(*row) for row in rows]


def refuse(store: Store, numbers: list[int], turn: int) -> None:
    """Mark records as refused in a turn, counted from 1; records that are not refused have turn 0."""
    store.executemany("UPDATE staged_record SET refused = ? WHERE n = ?", [(turn, number) for number in numbers])


def arrivals(store: Store, after: int, limit: int, most_bytes: int) -> list[Arrival]:
    """Return at most `limit` records after number `after` that were not refused; fewer if they are large."""
    rows = store.stream(
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


class Total(NamedTuple):
    """How many records of a type are to be loaded, and the file of the last one of them."""

    type: str
    records: int
    file: str


def totals(store: Store) -> list[Total]:
    """Return the total of each type."""
    rows = store.execute(
        "SELECT found.type, found.records, s.file FROM (SELECT type, count(*) AS records, max(n) AS last"
        " FROM staged_record WHERE refused = 0 GROUP BY type) AS found JOIN staged_record AS s ON s.n = found.last"
        " ORDER BY found.type"
    )
    return [Total(*row) for row in rows]


def missing(store: Store, after: tuple[str, str], limit: int) -> list[tuple[str, str]]:
    """Return type and id of at most `limit` stored records that were not imported, although their type was.

    They are sorted by type and id, and come after those of `after`. A record that was refused is not missing.
    """
    rows = store.execute(
        "SELECT r.type, r.id FROM reference_record AS r WHERE (r.type, r.id) > (?, ?)"
        " AND r.type IN (SELECT DISTINCT type FROM staged_record)"
        " AND NOT EXISTS (SELECT 1 FROM staged_record AS s WHERE s.type = r.type AND s.id = r.id)"
        " ORDER BY r.type, r.id LIMIT ?",
        (*after, limit),
    )
    return [(record_type, record_id) for record_type, record_id in rows]


def missing_of(store: Store, record_type: str, after: str, limit: int) -> list[tuple[str, str | None]]:
    """Return id and external id of at most `limit` stored records of a type that were not imported, after an id."""
    rows = store.execute(
        "SELECT r.id, r.external_id FROM reference_record AS r WHERE r.type = ? AND r.id > ?"
        " AND NOT EXISTS (SELECT 1 FROM staged_record AS s WHERE s.type = r.type AND s.id = r.id)"
        " ORDER BY r.id LIMIT ?",
        (record_type, after, limit),
    )
    return [(record_id, external_id) for record_id, external_id in rows]


def has_type(store: Store, record_type: str) -> bool:
    """Return whether the import has a record of the type."""
    row = store.execute("SELECT EXISTS (SELECT 1 FROM staged_record WHERE type = ?)", (record_type,)).fetchone()
    return bool(row[0])


def has_external_id(store: Store, record_type: str, external_id: str) -> bool:
    """Return whether the import has a record of the type with this external id."""
    row = store.execute(
        "SELECT EXISTS (SELECT 1 FROM staged_record WHERE refused = 0 AND type = ? AND external_id = ?)",
        (record_type, external_id),
    ).fetchone()
    return bool(row[0])


def loaded_records(store: Store, record_type: str) -> Iterator[tuple[str, bytes]]:
    """Iterate over the ids and bodies of all records of a type as they are after the import."""
    return store.stream(
        "SELECT r.id, r.body FROM reference_record AS r WHERE r.type = ? AND NOT EXISTS"
        " (SELECT 1 FROM staged_record AS s WHERE s.refused = 0 AND s.type = r.type AND s.id = r.id)"
        " UNION ALL SELECT s.id, s.body FROM staged_record AS s WHERE s.refused = 0 AND s.type = ?",
        (record_type, record_type),
    )
