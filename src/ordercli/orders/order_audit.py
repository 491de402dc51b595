"""Query customer orders together with their documents and their history, for `db check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import astuple

from ordercli.database.statements import Row, columns, select
from ordercli.database.store import Store
from ordercli.orders.order_rows import (
    CharacteristicRow,
    ContactRow,
    LineRow,
    OrderRow,
    OrderWithLines,
    RelatedRow,
)


class StoredDocument(NamedTuple):
    """The SHA-256 that was stored with a document, and the document's bytes."""

    sha256: bytes
    body: bytes


class Documents(NamedTuple):
    """The documents of a customer order: as it was accepted, and as patches left it; None if there is none."""

    accepted: StoredDocument | None
    revised: StoredDocument | None


def documents(store: Store, seqs: str) -> Iterator[tuple[int, Documents]]:
    """Yield the documents of these customer orders (a JSON list of keys) by key, one order after the other."""
    rows = store.stream(
        "SELECT o.seq, p.sha256, p.body, d.sha256, d.body FROM customer_order AS o"
        " LEFT JOIN payload AS p ON p.seq = o.seq LEFT JOIN revised_document AS d ON d.order_seq = o.seq"
        f" WHERE o.seq {store.IN_LIST} ORDER BY o.seq",
        (seqs,),
    )
    for seq, *accepted, revised_sha256, revised in rows:
        yield seq, Documents(_document(*accepted), _document(revised_sha256, revised))


def _document(sha256: bytes | None, body: bytes | None) -> StoredDocument | None:
    return None if sha256 is None or body is None else StoredDocument(sha256, body)


def orders_as_accepted(store: Store, seqs: str) -> Iterator[tuple[OrderRow, StoredDocument | None]]:
    """Yield these customer orders (a JSON list of keys) with their accepted documents, one order after the other."""
    rows = store.stream(
        f"SELECT p.sha256, p.body, {columns(OrderRow, 'o')} FROM customer_order AS o"
        f" LEFT JOIN payload AS p ON p.seq = o.seq WHERE o.seq {store.IN_LIST} ORDER BY o.seq",
        (seqs,),
    )
    for sha256, body, *order in rows:
        yield OrderRow(*order), _document(sha256, body)


def last_seq(store: Store) -> int:
    """Return the greatest key of a customer order; 0 if there is none."""
    last: int = store.execute("SELECT coalesce(max(seq), 0) FROM customer_order").fetchone()[0]
    return last


def never_changed(store: Store, seqs: str) -> list[int]:
    """Return those of these customer orders (a JSON list of keys) whose history has their creation and nothing else."""
    rows = store.execute(
        "SELECT o.seq FROM customer_order AS o JOIN batch AS b ON b.id = o.batch_id"
        " JOIN order_history AS h ON h.order_seq = o.seq"
        f" WHERE o.seq {store.IN_LIST} AND h.version = 1 AND h.kind = 'creation' AND h.at = o.updated_at"
        " AND h.at = o.created_at AND h.run_id IS NULL"
        " AND h.change_types IS NULL AND h.changes IS NULL AND h.cancellation IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM order_history AS later WHERE later.order_seq = o.seq AND later.version <> 1)"
        " AND NOT EXISTS (SELECT 1 FROM revised_document AS d WHERE d.order_seq = o.seq)"
        " AND NOT EXISTS (SELECT 1 FROM order_line_work_note AS n WHERE n.order_seq = o.seq)",
        (seqs,),
    )
    return [seq for (seq,) in rows]


def of_another_source(store: Store) -> list[tuple[str, str, str]]:
    """Return the orders that have another source than their batch: (order id, source, source of the batch)."""
    rows = store.execute(
        "SELECT o.order_id, o.source, b.source FROM customer_order AS o JOIN batch AS b ON b.id = o.batch_id"
        " WHERE o.source <> b.source ORDER BY o.seq"
    )
    return [(order_id, source, other) for order_id, source, other in rows]


def created_by_another(store: Store) -> list[tuple[str, str, str]]:
    """Return the orders whose creation names another actor than their entry: (order id, actor, that of the entry)."""
    rows = store.execute(
        "SELECT e.order_id, h.actor, e.submitted_by FROM inbound_entry AS e JOIN order_history AS h"
        " ON h.order_seq = e.seq AND h.version = 1 WHERE e.submitted_by <> h.actor ORDER BY e.seq"
    )
    return [(order_id, actor, submitted_by) for order_id, actor, submitted_by in rows]


def are_stored(store: Store, seqs: str, orders: Sequence[OrderWithLines]) -> bool:
    """Return whether the orders with these keys (a JSON list) have exactly these rows below them, beside work notes.

    Orders and rows are in the sequence of their keys. Whole tables are compared, which takes less than making objects.
    """
    children = f"WHERE order_seq {store.IN_LIST} ORDER BY order_seq, line_n, n"
    tables: tuple[tuple[str, Iterable[Row]], ...] = (
        (
            select(LineRow, f"WHERE order_seq {store.IN_LIST} ORDER BY order_seq, n"),
            (row for each in orders for row in each.lines),
        ),
        (select(CharacteristicRow, children), (row for each in orders for row in each.characteristics)),
        (select(ContactRow, children), (row for each in orders for row in each.contacts)),
        (select(RelatedRow, children), (row for each in orders for row in each.related)),
    )
    return all(store.execute(statement, (seqs,)).fetchall() == list(map(astuple, rows)) for statement, rows in tables)
