"""Store records of reference data, and look them up for the rules."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from msgspec.structs import astuple

from ordercli.database.statements import BigInt, Row, insert_rows, upsert
from ordercli.database.store import NO_LIMIT
from ordercli.reference.record_types import (
    ONLY_SERVICE_ORDER_TYPES,
    PRODUCT_ORDER_TYPES,
    RECORD_TYPES,
    SERVICE_ORDER_TYPES,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from ordercli.database.store import Store
    from ordercli.reference.lookup import Name, ReferenceData
    from ordercli.settings import Settings

State = Literal["on", "partial", "off"]


class Coverage(NamedTuple):
    """The types that rules use and of which no record is loaded.

    `switched_off` if a setting turns off the rules of reference data. `used` is the number of types that rules use.
    """

    missing: tuple[str, ...] = PRODUCT_ORDER_TYPES
    switched_off: bool = False
    used: int = len(PRODUCT_ORDER_TYPES)

    @property
    def state(self) -> State:
        """Return whether all of these rules are on, some, or none."""
        if not self.missing:
            return "on"
        return "off" if len(self.missing) == self.used else "partial"

    def as_json(self) -> dict[str, object]:
        """Return the members that a summary shows."""
        return {"referenceRules": self.state, "missingReferenceTypes": list(self.missing)}


def reference_data(store: Store, settings: Settings) -> ReferenceData | None:
    """Return the reference data for a run; None if the setting is `off`, or `auto` and no record is loaded."""
    mode = settings.validation.reference
    if mode == "off":
        return None
    records = ServedRecords(store) if store.is_remote else StoredRecords(store)
    if mode != "strict" and not records.types():
        return None
    from ordercli.reference.lookup import ReferenceData  # only where there is reference data

    return ReferenceData(records, strict=mode == "strict")


def coverage(reference: ReferenceData | None, settings: Settings, resource: str | None = None) -> Coverage:
    """Return which types of reference data the rules can use; `resource` is the only kind of order that is allowed."""
    loaded = reference.loaded if reference else frozenset()
    used = _types_used(loaded, resource)
    missing = tuple(each for each in used if each not in loaded)
    return Coverage(missing, switched_off=settings.validation.reference == "off", used=len(used))


def _types_used(loaded: Collection[str], resource: str | None) -> tuple[str, ...]:
    """Return the types that rules can use.

    If both kinds are allowed, those of service orders are included once a service or its specification is loaded.
    """
    if resource == "serviceOrder":
        return tuple(each for each in SERVICE_ORDER_TYPES if each != "Service" or "Product" not in loaded)
    has_services = resource is None and any(each in loaded for each in ONLY_SERVICE_ORDER_TYPES)
    return RECORD_TYPES if has_services else PRODUCT_ORDER_TYPES


def count_records(store: Store, record_type: str) -> int:
    """Count the records of the type."""
    row = store.execute("SELECT count(*) FROM reference_record WHERE type = ?", (record_type,)).fetchone()
    total: int = row[0]
    return total


def list_records(store: Store, record_type: str, *, limit: int, offset: int) -> Iterator[bytes]:
    """Return the bodies of the records of a type, sorted by id; `limit` 0 means no limit."""
    rows = store.stream(
        "SELECT body FROM reference_record WHERE type = ? ORDER BY id LIMIT ? OFFSET ?",
        (record_type, limit or NO_LIMIT, offset),
    )
    return (body for (body,) in rows)


class NewRecord(Row, frozen=True, gc=False):
    """A record of the catalogue, the inventory, the parties, channels, places or currencies.

    `type` is one of `RECORD_TYPES`; the table does not check that, so that a new type needs no migration. Several
    records of a type may have the same external id: they are versions of one thing. `body` is JSON on one line.
    """

    TABLE: ClassVar = "reference_record"

    type: str
    id: str
    external_id: str | None
    body: bytes


class RecordRow(NewRecord, frozen=True, gc=False, kw_only=True):
    """A record as it is stored: the database numbers it."""

    seq: BigInt


class RelationRow(Row, frozen=True, gc=False):
    """One productSpecificationRelationship, `n` from 0; it names the other specification by its id or external id."""

    TABLE: ClassVar = "specification_relation"

    specification_id: str
    n: int
    related_id: str
    relationship_type: str


class GenerationRow(Row, frozen=True, gc=False):
    """The only row, with id 1: how often reference data was changed. There is none before the first change."""

    TABLE: ClassVar = "reference_generation"

    id: int
    n: BigInt


def generation(store: Store) -> int:
    """Return a number that is raised with each change: what was read of records at another number is stale."""
    row = store.execute("SELECT n FROM reference_generation WHERE id = 1").fetchone()
    return row[0] if row else 0


def _raise_generation(store: Store) -> None:
    store.execute(
        "INSERT INTO reference_generation (id, n) VALUES (1, 1)"
        " ON CONFLICT (id) DO UPDATE SET n = reference_generation.n + 1"
    )


def keep(store: Store, records: list[NewRecord]) -> None:
    """Insert records, or replace those with the same type and id."""
    if records:
        store.executemany(upsert(NewRecord, "type", "id"), map(astuple, records))
        _raise_generation(store)


def has(store: Store, record_type: str, record_id: str) -> bool:
    """Return whether there is a record of a type with this id."""
    row = store.execute("SELECT 1 FROM reference_record WHERE type = ? AND id = ?", (record_type, record_id)).fetchone()
    return row is not None


def record_ids(store: Store, record_type: str, limit: int) -> list[str]:
    """Return the ids of records of a type, in their order."""
    rows = store.execute("SELECT id FROM reference_record WHERE type = ? ORDER BY id LIMIT ?", (record_type, limit))
    return [found for (found,) in rows]


def relate(store: Store, specification_ids: Iterable[str], relations: list[RelationRow]) -> None:
    """Replace all relations of these specifications."""
    store.executemany(
        "DELETE FROM specification_relation WHERE specification_id = ?", [(each,) for each in specification_ids]
    )
    insert_rows(store, relations)


def rewrite(store: Store, record_type: str, record_id: str, body: bytes) -> None:
    """Replace the body of a record; its ids stay."""
    store.execute("UPDATE reference_record SET body = ? WHERE type = ? AND id = ?", (body, record_type, record_id))
    _raise_generation(store)


class RecordKey(NamedTuple):
    """The ids of a record."""

    id: str
    external_id: str | None


def find_keys(store: Store, record_type: str, name: str) -> list[RecordKey]:
    """Return the ids of the record with this id, else of all with this external id."""
    rows = store.execute(
        "SELECT id, external_id FROM reference_record WHERE type = ? AND id = ?", (record_type, name)
    ).fetchall()
    rows = (
        rows
        or store.execute(
            "SELECT id, external_id FROM reference_record WHERE type = ? AND external_id = ? ORDER BY id",
            (record_type, name),
        ).fetchall()
    )
    return [RecordKey(*row) for row in rows]


def external_id_is_shared(store: Store, record_type: str, external_id: str, ids: list[str]) -> bool:
    """Return whether a record that has none of these ids has the external id."""
    row = store.execute(
        "SELECT EXISTS (SELECT 1 FROM reference_record WHERE type = ? AND external_id = ?"
        f" AND id NOT IN (SELECT value FROM {store.WANTED}))",
        (record_type, external_id, json.dumps(ids)),
    ).fetchone()
    return bool(row[0])


def stored_records(store: Store, record_type: str) -> Iterator[tuple[str, bytes]]:
    """Iterate over the ids and bodies of all records of a type."""
    return store.stream("SELECT id, body FROM reference_record WHERE type = ? ORDER BY id", (record_type,))


def delete(store: Store, record_type: str, ids: list[str]) -> None:
    """Delete the records of the type with these ids, and the relations that they state."""
    listed = [(record_type, each) for each in ids]
    store.executemany("DELETE FROM reference_record WHERE type = ? AND id = ?", listed)
    if record_type == "ProductSpecification":
        relate(store, ids, [])
    _raise_generation(store)


def count_by_type(store: Store) -> dict[str, int]:
    """Count the records of each type; types without records are left out."""
    return dict(store.execute("SELECT type, count(*) FROM reference_record GROUP BY type ORDER BY type"))


def export(store: Store, record_type: str | None) -> Iterator[bytes]:
    """Iterate over the bodies of all records, or of one type, in the order in which they were loaded."""
    rows = store.stream(
        "SELECT body FROM reference_record WHERE CAST(? AS TEXT) IS NULL OR type = ? ORDER BY seq",
        (record_type, record_type),
    )
    for (body,) in rows:
        yield body


def meant(name: str, rows: list[tuple[str, bytes]]) -> list[bytes]:
    """Return the bodies of the rows (id, body) that a name means: the one with this id, else all of them."""
    return [body for record_id, body in rows if record_id == name][:1] or [body for _, body in rows]


# So many ids of a type are all compared with an unknown one; of more, those that sort directly before and after it.
MOST_COMPARED = 2_000
HALF_NEAR = 50
_EXTERNAL_IDS = (
    "SELECT external_id FROM reference_record WHERE type = ? AND external_id IS NOT NULL ORDER BY external_id LIMIT ?"
)
_NEAR_NAMES = (
    "SELECT id FROM reference_record WHERE type = ? AND id < ? ORDER BY id DESC LIMIT ?",
    "SELECT id FROM reference_record WHERE type = ? AND id > ? ORDER BY id LIMIT ?",
    "SELECT external_id FROM reference_record WHERE type = ? AND external_id < ? ORDER BY external_id DESC LIMIT ?",
    "SELECT external_id FROM reference_record WHERE type = ? AND external_id > ? ORDER BY external_id LIMIT ?",
)


class StoredRecords:
    """The records of a database; each lookup runs one or two statements that use an index."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Do nothing: each answer is looked up when it is asked for."""

    def types(self) -> frozenset[str]:
        """Return the types of which there is a record."""
        rows = self._store.execute(
            f"SELECT value FROM {self._store.WANTED}"
            " WHERE EXISTS (SELECT 1 FROM reference_record AS r WHERE r.type = wanted.value)",
            (json.dumps(RECORD_TYPES),),
        )
        return frozenset(record_type for (record_type,) in rows)

    def knows(self, record_type: str, name: str) -> bool:
        """Return whether there is a record of the type with this id or external id."""
        return self._answer(
            "SELECT EXISTS (SELECT 1 FROM reference_record WHERE type = ? AND id = ?)"
            " OR EXISTS (SELECT 1 FROM reference_record WHERE type = ? AND external_id = ?)",
            *(record_type, name) * 2,
        )

    def find(self, record_type: str, name: str) -> list[bytes]:
        """Return the body of the record with this id, else of all with this external id, the newest first."""
        by_id = self._matching("SELECT body FROM reference_record WHERE type = ? AND id = ?", record_type, name)
        return by_id or self._matching(
            "SELECT body FROM reference_record WHERE type = ? AND external_id = ? ORDER BY seq DESC", record_type, name
        )

    def relating_to(self, names: Iterable[str], relationship_type: str) -> list[str]:
        """Return the ids of the specifications that name one of these ids in a relation of the type."""
        found: list[str] = []
        for name in names:
            rows = self._store.execute(
                "SELECT specification_id FROM specification_relation WHERE related_id = ? AND relationship_type = ?"
                " ORDER BY specification_id",
                (name, relationship_type),
            )
            found += [specification_id for (specification_id,) in rows]
        return found

    def has_relations(self, relationship_types: tuple[str, str]) -> bool:
        """Return whether any specification states a relation of one of these types."""
        return self._answer(
            "SELECT EXISTS (SELECT 1 FROM specification_relation WHERE relationship_type IN (?, ?))",
            *relationship_types,
        )

    def names_near(self, record_type: str, name: str) -> list[str]:
        """Return all ids and external ids of the type; if there are many, those that sort near the name."""
        if "\0" in name:  # no text on a server holds it
            return []
        ids = record_ids(self._store, record_type, MOST_COMPARED + 1)
        if len(ids) > MOST_COMPARED:
            return [
                found for statement in _NEAR_NAMES for found in self._names(statement, record_type, name, HALF_NEAR)
            ]
        return ids + self._names(_EXTERNAL_IDS, record_type, MOST_COMPARED)

    def _names(self, statement: str, *parameters: object) -> list[str]:
        return [name for (name,) in self._store.execute(statement, parameters)]

    def _matching(self, statement: str, *parameters: str) -> list[bytes]:
        return [body for (body,) in self._store.execute(statement, parameters)]

    def _answer(self, statement: str, *parameters: str) -> bool:
        return bool(self._store.execute(statement, parameters).fetchone()[0])


# The maximum number of names that are cached, with the bodies of their records.
KEPT_NAMES = 4096


class ServedRecords(StoredRecords):
    """The records of a database on a server; records that were fetched ahead are answered from memory."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._bodies: dict[Name, list[bytes]] = {}

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Fetch the records of names that are not in memory, up to the number that is cached."""
        # No text on the server holds U+0000.
        absent = (name for name in names if name not in self._bodies and "\0" not in name[1])
        fresh = set(islice(dict.fromkeys(absent), KEPT_NAMES))
        if len(self._bodies) + len(fresh) > KEPT_NAMES:
            self._bodies.clear()
        if fresh:
            self._bodies |= self._fetch(fresh)

    def knows(self, record_type: str, name: str) -> bool:
        """Return whether there is a record of the type with this id or external id."""
        bodies = self._bodies.get((record_type, name))
        return super().knows(record_type, name) if bodies is None else bool(bodies)

    def find(self, record_type: str, name: str) -> list[bytes]:
        """Return the body of the record with this id, else of all with this external id, the newest first."""
        bodies = self._bodies.get((record_type, name))
        return super().find(record_type, name) if bodies is None else bodies

    def _fetch(self, names: set[Name]) -> dict[Name, list[bytes]]:
        """Return the answers of `find` for these names; an empty list if there is no record."""
        wanted = [{"type": record_type, "name": name} for record_type, name in names]
        rows = self._store.execute(
            "SELECT wanted.type, wanted.name, found.id, found.body"
            " FROM json_to_recordset(CAST(? AS json)) AS wanted (type text, name text)"
            # LATERAL: look each name up in the two indexes, whatever number of rows the planner expects.
            " CROSS JOIN LATERAL (SELECT id, body, seq FROM reference_record AS r"
            " WHERE r.type = wanted.type AND r.id = wanted.name"
            " UNION ALL SELECT id, body, seq FROM reference_record AS r"
            " WHERE r.type = wanted.type AND r.external_id = wanted.name) AS found ORDER BY found.seq DESC",
            (json.dumps(wanted),),
        )
        found: defaultdict[Name, list[tuple[str, bytes]]] = defaultdict(list)
        for record_type, name, record_id, body in rows:
            found[record_type, name].append((record_id, body))
        return {name: meant(name[1], found[name]) for name in names}
