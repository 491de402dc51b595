"""List customer orders: filtered, sorted, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from ordercli.orders.order_rows import LineView, OrderView, WorkNote
from ordercli.orders.order_tables import (
    CustomerOrder,
    OrderExternalId,
    OrderLineItem,
    OrderLineWorkNote,
    RevisedDocument,
)

_COLUMNS: list[Any] = [getattr(CustomerOrder, name) for name in OrderView.__struct_fields__]
_PAGE = 500


class Sort(StrEnum):
    """The columns by which a list can be sorted; each has an index."""

    CREATED = "created"
    UPDATED = "updated"
    EXTERNAL_ID = "externalId"
    STATE = "state"


_SORTED_BY = {
    Sort.CREATED: CustomerOrder.created_at,
    Sort.UPDATED: CustomerOrder.updated_at,
    Sort.EXTERNAL_ID: CustomerOrder.external_id,
    Sort.STATE: CustomerOrder.state,
}


@dataclass(frozen=True)
class OrderFilter:
    """The orders to select; members that are None select all. Times are as in the tables, `until` is exclusive."""

    states: tuple[str, ...] = ()
    customer_id: str | None = None
    external_id: str | None = None
    source: str | None = None
    resource: str | None = None
    since: str | None = None
    until: str | None = None
    currency: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions of a statement."""
        equal: list[tuple[Any, str | None]] = [
            (CustomerOrder.customer_id, self.customer_id),
            (CustomerOrder.source, self.source),
            (CustomerOrder.resource, self.resource),
            (CustomerOrder.currency, self.currency),
        ]
        found = [col(column) == value for column, value in equal if value is not None]
        if self.external_id is not None:
            as_key = select(col(CustomerOrder.seq)).where(col(CustomerOrder.external_id) == self.external_id)
            further = select(col(OrderExternalId.seq)).where(col(OrderExternalId.id) == self.external_id)
            # Each half has an index of its own.
            found.append(col(CustomerOrder.seq).in_(further.union_all(as_key)))
        if self.states:
            found.append(col(CustomerOrder.state).in_(self.states))
        if self.since:
            found.append(col(CustomerOrder.created_at) >= self.since)
        if self.until:
            found.append(col(CustomerOrder.created_at) < self.until)
        return found


def count_orders(session: Session, wanted: OrderFilter) -> int:
    """Return the number of orders that pass the filter."""
    statement = select(func.count()).select_from(CustomerOrder).where(*wanted.conditions())
    total: int = session.execute(statement).scalar_one()
    return total


def list_orders(
    session: Session, wanted: OrderFilter, *, sort: Sort, ascending: bool, limit: int, offset: int
) -> Iterator[OrderView]:
    """Yield the orders that pass the filter, sorted, then in the order of acceptance; `limit` 0 means no limit."""
    keys = [col(_SORTED_BY[sort]), col(CustomerOrder.seq)]
    statement = select(*_COLUMNS).where(*wanted.conditions())
    first, second = (key.asc() if ascending else key.desc() for key in keys)
    if sort is Sort.EXTERNAL_ID:  # it can be null; SQLite sorts nulls like this by default
        first = first.nulls_first() if ascending else first.nulls_last()
    statement = statement.order_by(first, second)
    statement = statement.offset(offset).limit(limit or None)
    for row in session.execute(statement.execution_options(yield_per=_PAGE)):
        yield OrderView(*row)


def revised_documents_of(session: Session, order_seqs: Iterable[int]) -> dict[int, tuple[bytes, bytes]]:
    """Return the callers' documents that patches changed, by the order's key: SHA-256 and bytes."""
    document = RevisedDocument
    columns = select(col(document.order_seq), col(document.sha256), col(document.body))
    rows = session.execute(columns.where(col(document.order_seq).in_(list(order_seqs))))
    return {seq: (sha256, body) for seq, sha256, body in rows}


def lines_of(session: Session, order_seqs: Iterable[int]) -> dict[int, list[LineView]]:
    """Return the lines of these orders, each order's in its own sequence."""
    line = OrderLineItem
    wanted = list(order_seqs)
    columns: list[Any] = [line.order_seq, line.n, line.item_id, line.state, line.version, line.ponr]
    statement = select(*columns).where(col(line.order_seq).in_(wanted)).order_by(col(line.order_seq), col(line.n))
    notes = _work_notes_of(session, wanted)
    found: defaultdict[int, list[LineView]] = defaultdict(list)
    for order_seq, n, item_id, state, version, ponr in session.execute(statement):
        found[order_seq].append(LineView(item_id, state, version, ponr, notes.get((order_seq, n), ())))
    return found


def _work_notes_of(session: Session, order_seqs: list[int]) -> dict[tuple[int, int], tuple[WorkNote, ...]]:
    """Return the work notes of these orders, by order and number of the line."""
    note = OrderLineWorkNote
    columns: list[Any] = [note.order_seq, note.line_n, note.date, note.text]
    statement = select(*columns).where(col(note.order_seq).in_(order_seqs))
    found: dict[tuple[int, int], tuple[WorkNote, ...]] = {}
    for order_seq, line_n, date, text in session.execute(statement.order_by(*columns[:2], col(note.n))):
        found[order_seq, line_n] = (*found.get((order_seq, line_n), ()), WorkNote(date, text))
    return found
