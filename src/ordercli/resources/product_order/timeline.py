"""Customer orders with all that happened to them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from ordercli.resources.product_order import history
from ordercli.resources.product_order.store import OrderView, WorkNote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ordercli.database.store import Store
    from ordercli.resources.product_order.history import Entry

Notes = dict[str, tuple[WorkNote, ...]]


class Chronicle(NamedTuple):
    """An order, the batch that it came with, the work notes of its lines by their id, and its entries in order."""

    order: OrderView
    batch_id: str
    track_id: str | None
    notes: Notes
    entries: list[Entry]


def chronicles(connection: Store, order_seqs: Iterable[int]) -> dict[int, Chronicle]:
    """The chronicles of the orders with these keys."""
    wanted = json.dumps(sorted(set(order_seqs)))
    rows = connection.execute(
        "SELECT o.batch_id, b.track_id, o.seq, o.order_id, o.external_id, o.source, o.profile, o.filled_currency,"
        " o.state, o.version, o.created_at FROM customer_order AS o JOIN batch AS b ON b.id = o.batch_id"
        " WHERE o.seq IN (SELECT value FROM json_each(?))",
        (wanted,),
    ).fetchall()
    notes, entries = _notes(connection, wanted), history.of_orders(connection, wanted)
    found = ((OrderView(*view), batch_id, track_id) for batch_id, track_id, *view in rows)
    return {
        order.seq: Chronicle(order, batch_id, track_id, notes[order.seq], entries[order.seq])
        for order, batch_id, track_id in found
    }


def _notes(connection: Store, order_seqs: str) -> Mapping[int, Notes]:
    rows = connection.execute(
        "SELECT n.order_seq, l.item_id, n.date, n.text FROM order_line_work_note AS n"
        " JOIN order_line_item AS l ON l.order_seq = n.order_seq AND l.n = n.line_n"
        " WHERE n.order_seq IN (SELECT value FROM json_each(?)) ORDER BY n.order_seq, n.line_n, n.n",
        (order_seqs,),
    )
    found: defaultdict[int, Notes] = defaultdict(dict)
    for order_seq, item_id, date, text in rows:
        found[order_seq][item_id] = (*found[order_seq].get(item_id, ()), WorkNote(date, text))
    return found
