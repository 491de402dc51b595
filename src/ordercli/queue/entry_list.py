"""List entries of the inbound queue, and show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from ordercli.queue.entries import EntryView
from ordercli.queue.payloads import undamaged
from ordercli.queue.queue_tables import InboundEntry, Payload

_COLUMNS: list[Any] = [getattr(InboundEntry, name) for name in EntryView.__struct_fields__]
_PAGE = 500


@dataclass(frozen=True)
class EntryFilter:
    """The entries to select; members that are None select all."""

    states: tuple[str, ...] = ()
    source: str | None = None
    resource: str | None = None
    batch_id: str | None = None
    error_code: str | None = None
    updated_before: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions of a statement."""
        wanted: list[tuple[Any, Any]] = [
            (InboundEntry.source, self.source),
            (InboundEntry.resource, self.resource),
            (InboundEntry.batch_id, self.batch_id),
            (InboundEntry.error_code, self.error_code),
        ]
        found = [col(column) == value for column, value in wanted if value is not None]
        if self.updated_before is not None:
            found.append(col(InboundEntry.updated_at) < self.updated_before)
        return [col(InboundEntry.state).in_(self.states), *found] if self.states else found


def count_entries(session: Session, wanted: EntryFilter) -> int:
    """Return the number of entries that pass the filter."""
    statement = select(func.count()).select_from(InboundEntry).where(*wanted.conditions())
    total: int = session.execute(statement).scalar_one()
    return total


def list_entries(session: Session, wanted: EntryFilter, *, limit: int, offset: int) -> Iterator[EntryView]:
    """Yield the entries that pass the filter, the newest first; `limit` 0 means no limit."""
    statement = select(*_COLUMNS).where(*wanted.conditions()).order_by(col(InboundEntry.seq).desc())
    statement = statement.offset(offset).limit(limit or None)
    for row in session.execute(statement.execution_options(yield_per=_PAGE)):
        yield EntryView(*row)


def keys_of(session: Session, wanted: EntryFilter) -> list[int]:
    """Return the keys of the entries that pass the filter, the newest first."""
    statement = select(col(InboundEntry.seq)).where(*wanted.conditions()).order_by(col(InboundEntry.seq).desc())
    return list(session.execute(statement).scalars())


def payloads_of(session: Session, seqs: Iterable[int]) -> dict[int, bytes]:
    """Return the payloads with these keys.

    Raises:
        BadDatabaseError: one is damaged.
    """
    columns = select(col(Payload.seq), col(Payload.sha256), col(Payload.body))
    rows = session.execute(columns.where(col(Payload.seq).in_(list(seqs))))
    return {seq: undamaged(sha256, body) for seq, sha256, body in rows}
