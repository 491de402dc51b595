"""Store records of reference data, and find them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import func, select
from sqlmodel import col

from ordercli.database.dialect import stream
from ordercli.reference.records import RECORD_TYPES
from ordercli.reference.tables import ReferenceRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlmodel import Session

    from ordercli.database.driver import Connection
    from ordercli.reference.lookup import Name


State = Literal["on", "partial", "off"]


class Coverage(NamedTuple):
    """The types of which no record is loaded; `switched_off` where a setting leaves the rules out."""

    missing: tuple[str, ...] = RECORD_TYPES
    switched_off: bool = False

    @property
    def state(self) -> State:
        """Whether all of the rules are on, some, or none."""
        if not self.missing:
            return "on"
        return "off" if len(self.missing) == len(RECORD_TYPES) else "partial"

    def as_json(self) -> dict[str, object]:
        """Return the members that a summary has of it."""
        return {"referenceRules": self.state, "missingReferenceTypes": list(self.missing)}


_PAGE = 500


def count_records(session: Session, record_type: str) -> int:
    """How many records there are of the type."""
    statement = select(func.count()).select_from(ReferenceRecord).where(col(ReferenceRecord.type) == record_type)
    total: int = session.execute(statement).scalar_one()
    return total


def list_records(session: Session, record_type: str, *, limit: int, offset: int) -> Iterator[bytes]:
    """The bodies of the records of a type, sorted by id; `limit` 0 gives all."""
    statement = select(col(ReferenceRecord.body)).where(col(ReferenceRecord.type) == record_type)
    statement = statement.order_by(col(ReferenceRecord.id)).offset(offset).limit(limit or None)
    for (body,) in session.execute(statement.execution_options(yield_per=_PAGE)):
        yield body


class KeptRecord(NamedTuple):
    """One row of reference_record, in the order of its INSERT; `body` is JSON on one line."""

    type: str
    id: str
    external_id: str | None
    body: bytes


class Relation(NamedTuple):
    """One row of specification_relation, in the order of its INSERT."""

    specification_id: str
    n: int
    related_id: str
    relationship_type: str


def keep(connection: Connection, records: list[KeptRecord]) -> None:
    """Insert records, or replace those that have their type and id."""
    connection.executemany(
        "INSERT INTO reference_record (type, id, external_id, body) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (type, id) DO UPDATE SET external_id = excluded.external_id, body = excluded.body",
        records,
    )


def relate(connection: Connection, specification_ids: Iterable[str], relations: list[Relation]) -> None:
    """Replace all that these specifications say of their relations."""
    connection.executemany(
        "DELETE FROM specification_relation WHERE specification_id = ?", [(each,) for each in specification_ids]
    )
    connection.executemany(
        "INSERT INTO specification_relation (specification_id, n, related_id, relationship_type) VALUES (?, ?, ?, ?)",
        relations,
    )


def rewrite(connection: Connection, record_type: str, record_id: str, body: bytes) -> None:
    """Give a record another body; its ids stay."""
    connection.execute("UPDATE reference_record SET body = ? WHERE type = ? AND id = ?", (body, record_type, record_id))


def count_by_type(connection: Connection) -> dict[str, int]:
    """How many records there are of each type; a type without any is missing."""
    return dict(connection.execute("SELECT type, count(*) FROM reference_record GROUP BY type ORDER BY type"))


def export(connection: Connection, record_type: str | None) -> Iterator[bytes]:
    """The bodies of all records, or of one type, in the order in which they came; none is held."""
    rows = stream(
        connection,
        "SELECT body FROM reference_record WHERE CAST(? AS TEXT) IS NULL OR type = ? ORDER BY seq",
        (record_type, record_type),
    )
    for (body,) in rows:
        yield body


def meant(name: str, rows: list[tuple[str, bytes]]) -> list[bytes]:
    """Of the records with this id or external id, (id, body), the bodies that the name means: an id goes before."""
    return [body for record_id, body in rows if record_id == name][:1] or [body for _, body in rows]


class StoredRecords:
    """The records of a database, as ReferenceData asks for them; each question is a statement or two, over an index."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Nothing: each answer is looked up when it is asked for."""

    def holds(self, record_type: str) -> bool:
        """Whether there is any record of the type."""
        return self._answer("SELECT EXISTS (SELECT 1 FROM reference_record WHERE type = ?)", record_type)

    def knows(self, record_type: str, name: str) -> bool:
        """Whether there is a record of the type with this id or external id."""
        return self._answer(
            "SELECT EXISTS (SELECT 1 FROM reference_record WHERE type = ? AND id = ?)"
            " OR EXISTS (SELECT 1 FROM reference_record WHERE type = ? AND external_id = ?)",
            *(record_type, name) * 2,
        )

    def find(self, record_type: str, name: str) -> list[bytes]:
        """The body of the record with this id, else of all with this external id, the newest first."""
        by_id = self._matching("SELECT body FROM reference_record WHERE type = ? AND id = ?", record_type, name)
        return by_id or self._matching(
            "SELECT body FROM reference_record WHERE type = ? AND external_id = ? ORDER BY seq DESC", record_type, name
        )

    def relating_to(self, names: Iterable[str], relationship_type: str) -> list[str]:
        """The ids of the specifications that name one of these ids in a relation of the type."""
        found: list[str] = []
        for name in names:
            rows = self._connection.execute(
                "SELECT specification_id FROM specification_relation WHERE related_id = ? AND relationship_type = ?"
                " ORDER BY specification_id",
                (name, relationship_type),
            )
            found += [specification_id for (specification_id,) in rows]
        return found

    def has_relations(self, relationship_types: tuple[str, str]) -> bool:
        """Whether any specification states a relation of one of these types."""
        return self._answer(
            "SELECT EXISTS (SELECT 1 FROM specification_relation WHERE relationship_type IN (?, ?))",
            *relationship_types,
        )

    def _matching(self, statement: str, *parameters: str) -> list[bytes]:
        return [body for (body,) in self._connection.execute(statement, parameters)]

    def _answer(self, statement: str, *parameters: str) -> bool:
        return bool(self._connection.execute(statement, parameters).fetchone()[0])
