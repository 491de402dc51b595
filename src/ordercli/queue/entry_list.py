"""List entries of the inbound queue, and show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import col

from ordercli.database.faults import reading
from ordercli.queue.entries import EntryView, undamaged
from ordercli.queue.queue_tables import InboundEntry, Payload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlmodel import Session

    from ordercli.database.store import Store


def entry_document(entry: EntryView) -> dict[str, Any]:
    """An entry as `queue list` and `queue show` print it."""
    return {
        "orderId": entry.order_id,
        "externalId": entry.external_id,
        "source": entry.source,
        "resource": entry.resource,
        "state": entry.state,
        "statusCode": entry.status_code,
        "attempts": entry.attempts,
        "errorCode": entry.error_code,
        "createdAt": entry.created_at,
        "updatedAt": entry.updated_at,
        "executeAfter": entry.execute_after,
        "batchId": entry.batch_id,
        "line": entry.line,
        "exportedAt": entry.exported_at,
        "sentAgainAs": entry.sent_again_as,
    }


def stored_error(entry: EntryView) -> dict[str, Any]:
    """The error body that an entry keeps; empty where there is none.

    Raises:
        BadDatabaseError: it is no longer what was written.
    """
    import json  # noqa: PLC0415 - few entries have one

    with reading(f"the error of {entry.order_id}"):
        body: dict[str, Any] = {**json.loads(entry.error or "{}")}
        return body


_COLUMNS: list[Any] = [getattr(InboundEntry, name) for name in EntryView._fields]
_PAGE = 500


@dataclass(frozen=True)
class EntryFilter:
    """Which entries are wanted; what is not given does not narrow."""

    states: tuple[str, ...] = ()
    source: str | None = None
    batch_id: str | None = None
    error_code: str | None = None
    updated_before: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions of a statement."""
        wanted: list[tuple[Any, Any]] = [
            (InboundEntry.source, self.source),
            (InboundEntry.batch_id, self.batch_id),
            (InboundEntry.error_code, self.error_code),
        ]
        found = [col(column) == value for column, value in wanted if value is not None]
        if self.updated_before is not None:
            found.append(col(InboundEntry.updated_at) < self.updated_before)
        return [col(InboundEntry.state).in_(self.states), *found] if self.states else found


def count_entries(session: Session, wanted: EntryFilter) -> int:
    """How many entries pass the filter."""
    statement = select(func.count()).select_from(InboundEntry).where(*wanted.conditions())
    total: int = session.execute(statement).scalar_one()
    return total


def list_entries(session: Session, wanted: EntryFilter, *, limit: int, offset: int) -> Iterator[EntryView]:
    """The entries that pass the filter, the newest first; `limit` 0 gives all."""
    statement = select(*_COLUMNS).where(*wanted.conditions()).order_by(col(InboundEntry.seq).desc())
    statement = statement.offset(offset).limit(limit or None)
    for row in session.execute(statement.execution_options(yield_per=_PAGE)):
        yield EntryView(*row)


def keys_of(session: Session, wanted: EntryFilter) -> list[int]:
    """The keys of the entries that pass the filter, the newest first."""
    statement = select(col(InboundEntry.seq)).where(*wanted.conditions()).order_by(col(InboundEntry.seq).desc())
    return list(session.execute(statement).scalars())


def payloads_of(session: Session, seqs: Iterable[int]) -> dict[int, bytes]:
    """The payloads with these keys.

    Raises:
        BadDatabaseError: one is damaged.
    """
    columns = select(col(Payload.seq), col(Payload.sha256), col(Payload.body))
    rows = session.execute(columns.where(col(Payload.seq).in_(list(seqs))))
    return {seq: undamaged(sha256, body) for seq, sha256, body in rows}


_AFTER_ANY = "\U0010ffff"


def entry_ids(connection: Store, begun: str, limit: int) -> list[str]:
    """External ids and order ids of entries that begin so; of the newest entries where nothing is typed yet."""
    if not begun:
        rows = connection.execute(
            "SELECT coalesce(external_id, order_id) FROM inbound_entry ORDER BY seq DESC LIMIT ?", (limit,)
        )
    else:
        rows = connection.execute(
            "SELECT external_id FROM inbound_entry WHERE external_id >= ? AND external_id < ?"
            " AND external_id IS NOT NULL AND state NOT IN ('error', 'cancelled')"
            " UNION ALL SELECT order_id FROM inbound_entry WHERE order_id >= ? AND order_id < ? LIMIT ?",
            (begun, begun + _AFTER_ANY, begun, begun + _AFTER_ANY, limit),
        )
    return [found for (found,) in rows]


def batch_ids(connection: Store, begun: str, limit: int) -> list[str]:
    """Ids of batches that begin so, the newest first."""
    rows = connection.execute(
        "SELECT id FROM batch WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?", (begun, begun + _AFTER_ANY, limit)
    )
    return [found for (found,) in rows]
