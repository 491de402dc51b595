"""Whole customer orders come back out of their tables, as the rows that went in."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ordercli.database.dialect import stream
from ordercli.orders.convert import Child, LineRow, OrderRow, OrderRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.database.driver import Connection


def stored(connection: Connection, order_seqs: Iterable[int]) -> dict[int, OrderRows]:
    """The rows of the orders with these keys."""
    wanted = json.dumps(list(order_seqs))
    found = {row.seq: OrderRows(row, [], [], [], [], [], []) for row in _orders(connection, wanted)}
    for line in _lines(connection, wanted):
        found[line.order_seq].lines.append(line)
    for name, rows in _children(connection, wanted).items():
        for seq, children in rows.items():
            getattr(found[seq], name).extend(children)
    return found


def _orders(connection: Connection, wanted: str) -> list[OrderRow]:
    rows = connection.execute(
        "SELECT seq, order_id, external_id, source, profile, filled_currency, state, version, fulfillment_type,"
        " currency, customer_id, channel_id, requested_start_date, requested_completion_date, committed_due_date,"
        " batch_id, created_at, updated_at FROM customer_order WHERE seq IN (SELECT value FROM json_each(?))"
        " ORDER BY seq",
        (wanted,),
    )
    return [OrderRow(*row) for row in rows]


def _lines(connection: Connection, wanted: str) -> list[LineRow]:
    rows = connection.execute(
        "SELECT order_seq, n, item_id, parent_item_id, action, action_reason, state, version, ponr, quantity, mrc,"
        " nrc, product_offering_id, product_specification_id, product_id, place_id, committed_due_date,"
        " external_inventory_id FROM order_line_item WHERE order_seq IN (SELECT value FROM json_each(?))"
        " ORDER BY order_seq, n",
        (wanted,),
    )
    return [LineRow(*row)._replace(ponr=bool(row[8])) for row in rows]


def _children(connection: Connection, wanted: str) -> dict[str, dict[int, list[Child]]]:
    """The children of lines by their kind, there by order."""
    statements = {
        "characteristics": "SELECT order_seq, line_n, n, name, value, previous_value FROM order_characteristic_value"
        " WHERE order_seq IN (SELECT value FROM json_each(?)) ORDER BY order_seq, line_n, n",
        "contacts": "SELECT order_seq, line_n, n, party_id, name, first_name, last_name, email, phone"
        " FROM order_line_item_contact"
        " WHERE order_seq IN (SELECT value FROM json_each(?)) ORDER BY order_seq, line_n, n",
        "related": "SELECT order_seq, line_n, n, kind, related_id, relationship_type FROM order_line_related_item"
        " WHERE order_seq IN (SELECT value FROM json_each(?)) ORDER BY order_seq, line_n, n",
        "work_notes": "SELECT order_seq, line_n, n, date, text FROM order_line_work_note"
        " WHERE order_seq IN (SELECT value FROM json_each(?)) ORDER BY order_seq, line_n, n",
    }
    return {name: _by_order(connection.execute(sql, (wanted,)).fetchall()) for name, sql in statements.items()}


def _by_order(rows: list[Any]) -> dict[int, list[Child]]:
    found: defaultdict[int, list[Child]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(tuple(row))
    return found


def revised_documents(connection: Connection) -> Iterator[tuple[int, bytes, bytes]]:
    """All documents that patches changed, one after the other: the order's key, SHA-256 and bytes."""
    return stream(connection, "SELECT order_seq, sha256, body FROM revised_document ORDER BY order_seq")


def order_seqs(connection: Connection, after: int, limit: int) -> list[int]:
    """The keys of the next customer orders behind a key."""
    rows = connection.execute("SELECT seq FROM customer_order WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [seq for (seq,) in rows]


def oldest_and_newest(connection: Connection) -> tuple[str | None, str | None]:
    """When the first and the last of all customer orders were created; each from the end of an index."""
    oldest, newest = connection.execute(
        "SELECT (SELECT min(created_at) FROM customer_order), (SELECT max(created_at) FROM customer_order)"
    ).fetchone()
    return oldest, newest
