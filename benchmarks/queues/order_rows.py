"""The rows that `queue run` writes for one order, for a peer whose task writes the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec.structs import astuple

from ordercli.orders.order_rows import (
    CharacteristicRow,
    ContactRow,
    HistoryRow,
    LineRow,
    OrderRow,
    RelatedRow,
    WorkNoteRow,
)
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.resource import Accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

Rows = list[tuple[Any, ...]]

ROW_TYPES = (OrderRow, LineRow, CharacteristicRow, ContactRow, RelatedRow, WorkNoteRow, HistoryRow)
COLUMNS = {row_type.TABLE: row_type.__struct_fields__ for row_type in ROW_TYPES}
WAITING = (
    "SELECT e.seq, e.order_id, e.external_id, e.source, e.profile, e.filled_currency, e.batch_id, p.body"
    " FROM inbound_entry AS e JOIN payload AS p ON p.seq = e.seq WHERE e.state = 'new' ORDER BY e.seq"
)
_NOW = "2026-03-02T08:13:59.000Z"


def payload(waiting: tuple[Any, ...]) -> str:
    """Return the payload of a job: the columns of the queue entry, and the order as it was accepted."""
    *accepted, body = waiting
    return json.dumps([accepted, bytes(body).decode()])


def rows(job_payload: str) -> Iterator[tuple[str, Rows]]:
    """Yield the rows that a task inserts into each table, made as `queue run` makes them."""
    accepted, body = json.loads(job_payload)
    made = PRODUCT_ORDER.to_rows(Accepted(*accepted), body.encode(), _NOW)
    creation = HistoryRow(made.order.seq, 1, _NOW, "peer", "creation")
    tables: list[Any] = [
        [made.order],
        made.lines,
        made.characteristics,
        made.contacts,
        made.related,
        made.work_notes,
        [creation],
    ]
    for table, found in zip(COLUMNS, tables, strict=True):
        if found:
            yield table, [astuple(row) for row in found]


def inserts(mark: str) -> dict[str, str]:
    """Return the INSERT of each table; `mark` is the placeholder of a driver: `%s`, or `$` before a number."""
    return {
        table: f"INSERT INTO {table} ({', '.join(columns)})"
        f" VALUES ({', '.join(mark if mark != '$' else f'${n}' for n in range(1, len(columns) + 1))})"
        for table, columns in COLUMNS.items()
    }
