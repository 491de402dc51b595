"""Write customer orders to their tables, revise them, and read them back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import astuple, replace

from ordercli.database.statements import Row, insert_rows, new_values, select, update, upsert
from ordercli.database.store import Store
from ordercli.orders.order_rows import (
    CharacteristicRow,
    ContactRow,
    DocumentRow,
    HistoryRow,
    LineRow,
    LineView,
    Notes,
    OrderRow,
    OrderView,
    OrderWithLines,
    RelatedRow,
    Revision,
    StoredOrder,
    WorkNote,
    WorkNoteRow,
)

AnyRow = TypeVar("AnyRow", bound=Row)


def create(store: Store, orders: list[OrderWithLines], actor: str) -> None:
    """Insert new customer orders with all their rows, and the first entry of the history of each."""
    insert_rows(
        store,
        [each.order for each in orders],
        [row for each in orders for row in each.lines],
        [row for each in orders for row in each.characteristics],
        [row for each in orders for row in each.contacts],
        [row for each in orders for row in each.related],
        [row for each in orders for row in each.work_notes],
        [HistoryRow(each.order.seq, 1, each.order.created_at, actor, "creation") for each in orders],
    )


def add_work_notes(store: Store, notes: Sequence[WorkNoteRow]) -> None:
    """Insert work notes of existing lines."""
    insert_rows(store, notes)


def filled_currency(store: Store, seq: int) -> str | None:
    """Return the default currency that was filled in for an order; None if it names a currency itself."""
    row = store.execute("SELECT filled_currency FROM customer_order WHERE seq = ?", (seq,)).fetchone()
    return row[0] if row else None


def by_order_id(store: Store, order_id: str) -> OrderView | None:
    """Return the customer order with this id."""
    row = store.execute(select(OrderView, "WHERE order_id = ?"), (order_id,)).fetchone()
    return OrderView(*row) if row else None


def by_external_id(store: Store, external_id: str, source: str | None) -> list[OrderView]:
    """Return the customer orders with this external id: at most one for each source and kind of order."""
    rows = store.execute(
        select(
            OrderView, "WHERE external_id = ? AND (CAST(? AS TEXT) IS NULL OR source = ?) ORDER BY source, resource"
        ),
        (external_id, source, source),
    )
    return [OrderView(*row) for row in rows]


def of_batch(store: Store, batch_id: str) -> Iterator[OrderView]:
    """Return the customer orders of a batch, in input order."""
    rows = store.stream(select(OrderView, "WHERE batch_id = ? ORDER BY seq"), (batch_id,))
    return (OrderView(*row) for row in rows)


def batch_of(store: Store, seq: int) -> str:
    """Return the id of the batch in which a customer order was submitted."""
    batch_id: str = store.execute("SELECT batch_id FROM customer_order WHERE seq = ?", (seq,)).fetchone()[0]
    return batch_id


def seqs_of_batch(store: Store, batch_id: str, after: int, limit: int) -> list[int]:
    """Return the keys of the next customer orders of a batch that are not canceled, after a key."""
    rows = store.execute(
        "SELECT seq FROM customer_order WHERE batch_id = ? AND state <> 'canceled' AND seq > ? ORDER BY seq LIMIT ?",
        (batch_id, after, limit),
    )
    return [seq for (seq,) in rows]


def states_of_batch(store: Store, batch_id: str) -> dict[str, int]:
    """Return the number of customer orders of a batch by state."""
    rows = store.execute("SELECT state, count(*) FROM customer_order WHERE batch_id = ? GROUP BY state", (batch_id,))
    return dict(rows.fetchall())


def submitter(store: Store, batch_id: str) -> str | None:
    """Return who submitted the orders of a batch; None if no order was created of it."""
    row = store.execute(
        "SELECT actor FROM customer_order JOIN order_history ON order_seq = customer_order.seq"
        " WHERE batch_id = ? AND order_history.version = 1 LIMIT 1",
        (batch_id,),
    ).fetchone()
    return row[0] if row else None


def ids_of_batch(store: Store, batch_id: str, limit: int) -> list[str]:
    """Return the ids of orders of a batch, a few at most."""
    rows = store.execute("SELECT order_id FROM customer_order WHERE batch_id = ? LIMIT ?", (batch_id, limit))
    return [found for (found,) in rows]


# The length of an order id.
_ID = 32


def ids_ending(store: Store, ending: str, limit: int) -> list[str]:
    """Return order ids with this end, a few at most; the index of the ids is read for it."""
    rows = store.execute(
        "SELECT order_id FROM customer_order WHERE substr(order_id, ?) = ? LIMIT ?",
        (_ID + 1 - len(ending), ending, limit),
    )
    return [found for (found,) in rows]


def count_of_batch(store: Store, batch_id: str) -> int:
    """Return the number of customer orders of a batch."""
    count: int = store.execute("SELECT count(*) FROM customer_order WHERE batch_id = ?", (batch_id,)).fetchone()[0]
    return count


def revised_document(store: Store, order_seq: int) -> tuple[bytes, bytes] | None:
    """Return SHA-256 and bytes of the patched document of the caller; None if it was not patched."""
    found: tuple[bytes, bytes] | None = store.execute(
        "SELECT sha256, body FROM revised_document WHERE order_seq = ?", (order_seq,)
    ).fetchone()
    return found


def revised_documents(store: Store) -> Iterator[tuple[int, bytes, bytes]]:
    """Return all documents that patches changed, one after the other: key of the order, SHA-256 and bytes."""
    return store.stream("SELECT order_seq, sha256, body FROM revised_document ORDER BY order_seq")


def revised_documents_of(store: Store, seqs: str) -> dict[int, tuple[bytes, bytes]]:
    """Return the patched documents of orders (a JSON list of keys) by key: SHA-256 and bytes."""
    rows = store.execute(select(DocumentRow, f"WHERE order_seq {store.IN_LIST}"), (seqs,))
    return {seq: (sha256, body) for seq, sha256, body in rows}


def open_documents(store: Store, final: list[str]) -> Iterator[tuple[str, bytes, str | None]]:
    """Return the orders in none of these states: id, the caller's document, and the currency that it got by default."""
    return store.stream(
        "SELECT o.order_id, coalesce(d.body, p.body), o.filled_currency FROM customer_order AS o"
        " JOIN payload AS p ON p.seq = o.seq LEFT JOIN revised_document AS d ON d.order_seq = o.seq"
        f" WHERE o.state NOT IN (SELECT value FROM {store.WANTED}) ORDER BY o.seq",
        (msgspec.json.encode(final).decode(),),
    )


def lines(store: Store, order_seq: int) -> list[LineView]:
    """Return the lines of an order, in the sequence of the order."""
    return lines_of(store, f"[{order_seq}]")[order_seq]


def lines_of(store: Store, seqs: str) -> dict[int, list[LineView]]:
    """Return the lines of orders (a JSON list of keys) by key, each order's in its own sequence."""
    notes = _work_notes_of(store, seqs)
    rows = store.execute(
        "SELECT order_seq, n, item_id, state, version, ponr FROM order_line_item"
        f" WHERE order_seq {store.IN_LIST} ORDER BY order_seq, n",
        (seqs,),
    )
    found: defaultdict[int, list[LineView]] = defaultdict(list)
    for seq, n, item_id, state, version, ponr in rows:
        # SQLite has no booleans.
        found[seq].append(LineView(item_id, state, version, bool(ponr), notes.get((seq, n), ())))
    return found


def work_notes(store: Store, order_seq: int) -> dict[int, Notes]:
    """Return the work notes of an order, by the number of their line."""
    return {line_n: notes for (_, line_n), notes in _work_notes_of(store, f"[{order_seq}]").items()}


def _work_notes_of(store: Store, seqs: str) -> dict[tuple[int, int], Notes]:
    """Return the work notes of orders (a JSON list of keys), by key and number of the line."""
    found: dict[tuple[int, int], Notes] = {}
    for row in _child_rows(store, WorkNoteRow, seqs):
        place = row.order_seq, row.line_n
        found[place] = (*found.get(place, ()), WorkNote(row.date, row.text))
    return found


def stored(store: Store, order_seqs: Iterable[int]) -> dict[int, OrderWithLines]:
    """Return all rows of the orders with these keys."""
    seqs_json = msgspec.json.encode(list(order_seqs)).decode()
    orders = store.execute(select(OrderRow, f"WHERE seq {store.IN_LIST} ORDER BY seq"), (seqs_json,)).fetchall()
    found = {row.seq: OrderWithLines(row, [], [], [], [], [], []) for row in (OrderRow(*row) for row in orders)}
    for line in _line_rows(store, seqs_json):
        found[line.order_seq].lines.append(line)
    for characteristic in _child_rows(store, CharacteristicRow, seqs_json):
        found[characteristic.order_seq].characteristics.append(characteristic)
    for contact in _child_rows(store, ContactRow, seqs_json):
        found[contact.order_seq].contacts.append(contact)
    for related in _child_rows(store, RelatedRow, seqs_json):
        found[related.order_seq].related.append(related)
    for note in _child_rows(store, WorkNoteRow, seqs_json):
        found[note.order_seq].work_notes.append(note)
    return found


def _line_rows(store: Store, order_seqs: str) -> list[LineRow]:
    """Return the lines of orders (a JSON list of keys), in the sequence of each order."""
    rows = store.execute(select(LineRow, f"WHERE order_seq {store.IN_LIST} ORDER BY order_seq, n"), (order_seqs,))
    # SQLite has no booleans.
    return [replace(line, ponr=bool(line.ponr)) for line in (LineRow(*row) for row in rows)]


def _child_rows(store: Store, row_type: type[AnyRow], order_seqs: str) -> list[AnyRow]:
    """Return the rows of one child table of the lines of orders (a JSON list of keys), in sequence."""
    rows = store.execute(
        select(row_type, f"WHERE order_seq {store.IN_LIST} ORDER BY order_seq, line_n, n"),
        (order_seqs,),
    )
    return [row_type(*row) for row in rows]


def order_seqs(store: Store, after: int, last: int, limit: int) -> list[int]:
    """Return the keys of the next customer orders after a key, up to the key `last`."""
    rows = store.execute(
        "SELECT seq FROM customer_order WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", (after, last, limit)
    )
    return [seq for (seq,) in rows]


def oldest_and_newest(store: Store) -> tuple[str | None, str | None]:
    """Return when the oldest and the newest customer order were created; each is read from one end of an index."""
    oldest, newest = store.execute(
        "SELECT (SELECT min(created_at) FROM customer_order), (SELECT max(created_at) FROM customer_order)"
    ).fetchone()
    return oldest, newest


_AFTER_ANY = "\U0010ffff"


def order_ids(store: Store, prefix: str, limit: int) -> list[str]:
    """Return external ids and order ids with this prefix; those of the newest orders for an empty prefix."""
    if not prefix:
        rows = store.execute(
            "SELECT coalesce(external_id, order_id) FROM customer_order ORDER BY seq DESC LIMIT ?", (limit,)
        )
    else:
        rows = store.execute(
            "SELECT external_id FROM customer_order WHERE external_id >= ? AND external_id < ?"
            " UNION ALL SELECT order_id FROM customer_order WHERE order_id >= ? AND order_id < ? LIMIT ?",
            (prefix, prefix + _AFTER_ANY, prefix, prefix + _AFTER_ANY, limit),
        )
    return [found for (found,) in rows]


def stored_order(store: Store, seq: int) -> StoredOrder:
    """Return the order with this key."""
    order = store.execute(select(OrderRow, "WHERE seq = ?"), (seq,)).fetchone()
    found = {line.item_id: line for line in _line_rows(store, f"[{seq}]")}
    notes = work_notes(store, seq)
    return StoredOrder(
        OrderRow(*order), found, {line.item_id: notes[line.n] for line in found.values() if line.n in notes}
    )


def hold(store: Store, seq: int) -> None:
    """Lock an order until the transaction ends, so that no other process revises it."""
    store.execute(f"SELECT 1 FROM customer_order WHERE seq = ? {store.FOR_UPDATE}", (seq,))


# Columns that a revision never changes, and the states, which are written step by step.
_KEPT_OF_ORDER = frozenset(
    {
        "seq",
        "order_id",
        "external_id",
        "source",
        "profile",
        "filled_currency",
        "batch_id",
        "created_at",
        "state",
        "assessed_from",
    }
)
_KEPT_OF_LINE = frozenset({"order_seq", "n", "item_id", "state", "assessed_from"})


def write(store: Store, before: StoredOrder, after: Revision) -> bool:
    """Write a revision if the order still has the version that it was made for; the caller commits."""
    order = after.order
    written = store.execute(
        update(OrderRow, _KEPT_OF_ORDER, "WHERE seq = ? AND version = ?"),
        (*new_values(order, _KEPT_OF_ORDER), order.seq, before.order.version),
    )
    if not written.rowcount:
        return False
    if after.content:
        _delete_children(store, order.seq)
        _renumber(store, before, after)
    _write_lines(store, before, after)
    if after.content:
        rows = after.content.rows
        insert_rows(store, rows.characteristics, rows.contacts, rows.related, after.work_notes)
        document = DocumentRow(order.seq, after.content.sha256, after.content.body)
        store.execute(upsert(DocumentRow, "order_seq"), astuple(document))
    _write_states(store, after)
    return True


def _delete_children(store: Store, seq: int) -> None:
    store.execute("DELETE FROM order_characteristic_value WHERE order_seq = ?", (seq,))
    store.execute("DELETE FROM order_line_item_contact WHERE order_seq = ?", (seq,))
    store.execute("DELETE FROM order_line_related_item WHERE order_seq = ?", (seq,))


def _renumber(store: Store, before: StoredOrder, after: Revision) -> None:
    """Renumber the lines after lines that were added inside others, together with their work notes."""
    seq = after.order.seq
    known = [line for line in after.lines if line.item_id in before.lines]
    moves = [(line.n, seq, -1 - before.lines[line.item_id].n) for line in known]
    if all(n == -1 - old for n, _, old in moves):
        return
    store.defer_references()
    # Use negative numbers first, so that no two lines have the same number at any moment.
    store.execute("UPDATE order_line_item SET n = -1 - n WHERE order_seq = ?", (seq,))
    store.execute("UPDATE order_line_work_note SET line_n = -1 - line_n WHERE order_seq = ?", (seq,))
    store.executemany("UPDATE order_line_item SET n = ? WHERE order_seq = ? AND n = ?", moves)
    store.executemany("UPDATE order_line_work_note SET line_n = ? WHERE order_seq = ? AND line_n = ?", moves)


def _write_lines(store: Store, before: StoredOrder, after: Revision) -> None:
    """Insert new lines, and update lines of which more than number and state changed."""
    insert_rows(store, [line for line in after.lines if line.item_id not in before.lines])
    changed = [
        (*values, line.order_seq, line.n)
        for line in after.lines
        if (known := before.lines.get(line.item_id))
        and (values := new_values(line, _KEPT_OF_LINE)) != new_values(known, _KEPT_OF_LINE)
    ]
    store.executemany(update(LineRow, _KEPT_OF_LINE, "WHERE order_seq = ? AND n = ?"), changed)


def _write_states(store: Store, after: Revision) -> None:
    """Write the states step by step, as the triggers require; an assessment stores the state before it."""
    seq = after.order.seq
    store.executemany(
        "UPDATE customer_order SET state = ?,"
        " assessed_from = CASE WHEN ? = 'assessing_cancellation' THEN state END WHERE seq = ?",
        [(str(state), str(state), seq) for state in after.states],
    )
    store.executemany(
        "UPDATE order_line_item SET state = ?,"
        " assessed_from = CASE WHEN ? = 'assessing_cancellation' THEN state END WHERE order_seq = ? AND n = ?",
        [
            (str(state), str(state), seq, line.n)
            for line in after.lines
            for state in after.line_states.get(line.item_id, ())
        ],
    )
