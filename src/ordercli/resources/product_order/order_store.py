"""Write customer orders to their tables, revise them, and read them back."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.resources.product_order.convert import Child, LineRow, OrderRow, OrderRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.stored_text import Holders
    from ordercli.resources.product_order.states import OrderState


def create(connection: Store, orders: list[OrderRows]) -> None:
    """Write new customer orders with their lines and the children of these."""
    connection.executemany(
        "INSERT INTO customer_order (seq, order_id, external_id, source, profile, filled_currency, state, version,"
        " fulfillment_type, currency, customer_id, channel_id, requested_start_date, requested_completion_date,"
        " committed_due_date, batch_id, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        # A plain tuple is bound in less time than a named one.
        (tuple(each.order) for each in orders),
    )
    insert_lines(connection, [line for each in orders for line in each.lines])
    insert_children(connection, orders)
    add_work_notes(connection, [row for each in orders for row in each.work_notes])


def insert_lines(connection: Store, lines: list[LineRow]) -> None:
    """Write new lines."""
    connection.executemany(
        "INSERT INTO order_line_item (order_seq, n, item_id, parent_item_id, action, action_reason, state,"
        " version, ponr,"
        " quantity, mrc, nrc, product_offering_id, product_specification_id, product_id, place_id, committed_due_date,"
        " external_inventory_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        map(tuple, lines),
    )


def insert_children(connection: Store, orders: list[OrderRows]) -> None:
    """Write the children of lines that are there."""
    connection.executemany(
        "INSERT INTO order_characteristic_value (order_seq, line_n, n, name, value, previous_value)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [row for each in orders for row in each.characteristics],
    )
    connection.executemany(
        "INSERT INTO order_line_item_contact (order_seq, line_n, n, party_id, name, first_name, last_name,"
        " email, phone)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [row for each in orders for row in each.contacts],
    )
    connection.executemany(
        "INSERT INTO order_line_related_item (order_seq, line_n, n, kind, related_id, relationship_type)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [row for each in orders for row in each.related],
    )


def add_work_notes(connection: Store, notes: list[Child]) -> None:
    """Write remarks on lines that are there: (order_seq, line_n, n, date, text)."""
    connection.executemany(
        "INSERT INTO order_line_work_note (order_seq, line_n, n, date, text) VALUES (?, ?, ?, ?, ?)", notes
    )


def holders(connection: Store, external_ids: str) -> Holders:
    """Return which orders hold one of these external ids (a JSON list), in any source."""
    rows = connection.execute(
        "SELECT o.external_id, o.source, o.order_id, o.seq FROM json_each(?) AS wanted"
        " CROSS JOIN customer_order AS o WHERE o.external_id = wanted.value",
        (external_ids,),
    )
    return {(external_id, source): (order_id, seq) for external_id, source, order_id, seq in rows}


def filled_currency(connection: Store, seq: int) -> str | None:
    """Return the default currency that the order with this key got, as it named none."""
    row = connection.execute("SELECT filled_currency FROM customer_order WHERE seq = ?", (seq,)).fetchone()
    return row[0] if row else None


class OrderView(NamedTuple):
    """One customer order as commands need it, beside its document."""

    seq: int
    order_id: str
    external_id: str | None
    source: str
    profile: str
    filled_currency: str | None
    state: str
    version: int
    created_at: str


class WorkNote(NamedTuple):
    """A remark on a line item."""

    date: str
    text: str


class LineView(NamedTuple):
    """What the system knows of a line beside the document: its state, version, point of no return, and work notes."""

    item_id: str
    state: str
    version: int
    ponr: bool
    work_notes: tuple[WorkNote, ...] = ()


_VIEW = (
    "SELECT seq, order_id, external_id, source, profile, filled_currency, state, version, created_at"
    " FROM customer_order"
)


def by_order_id(connection: Store, order_id: str) -> OrderView | None:
    """The customer order with this id."""
    row = connection.execute(_VIEW + " WHERE order_id = ?", (order_id,)).fetchone()
    return OrderView(*row) if row else None


def by_external_id(connection: Store, external_id: str, source: str | None) -> list[OrderView]:
    """The customer orders with this external id, one a source."""
    rows = connection.execute(
        _VIEW + " WHERE external_id = ? AND (CAST(? AS TEXT) IS NULL OR source = ?) ORDER BY source",
        (external_id, source, source),
    )
    return [OrderView(*row) for row in rows]


def revised_document(connection: Store, order_seq: int) -> tuple[bytes, bytes] | None:
    """The SHA-256 and the bytes of the caller's document as patches left it; None while it is as it was accepted."""
    found: tuple[bytes, bytes] | None = connection.execute(
        "SELECT sha256, body FROM revised_document WHERE order_seq = ?", (order_seq,)
    ).fetchone()
    return found


def lines(connection: Store, order_seq: int) -> list[LineView]:
    """The lines of an order, in its own sequence."""
    rows = connection.execute(
        "SELECT item_id, state, version, ponr, n FROM order_line_item WHERE order_seq = ? ORDER BY n", (order_seq,)
    )
    notes = work_notes(connection, order_seq)
    return [
        LineView(item_id, state, version, bool(ponr), notes.get(n, ())) for item_id, state, version, ponr, n in rows
    ]


def work_notes(connection: Store, order_seq: int) -> dict[int, tuple[WorkNote, ...]]:
    """The work notes of an order, by the number of their line."""
    found: dict[int, tuple[WorkNote, ...]] = {}
    for line_n, *note in connection.execute(
        "SELECT line_n, date, text FROM order_line_work_note WHERE order_seq = ? ORDER BY line_n, n", (order_seq,)
    ):
        found[line_n] = (*found.get(line_n, ()), WorkNote(*note))
    return found


def of_batch(connection: Store, batch_id: str) -> Iterator[OrderView]:
    """The customer orders that a batch has brought, in input order."""
    rows = connection.stream(_VIEW + " WHERE batch_id = ? ORDER BY seq", (batch_id,))
    return (OrderView(*row) for row in rows)


def batch_of(connection: Store, seq: int) -> str:
    """Return the batch that has brought a customer order."""
    batch_id: str = connection.execute("SELECT batch_id FROM customer_order WHERE seq = ?", (seq,)).fetchone()[0]
    return batch_id


def count_of_batch(connection: Store, batch_id: str) -> int:
    """How many customer orders a batch has brought."""
    count: int = connection.execute("SELECT count(*) FROM customer_order WHERE batch_id = ?", (batch_id,)).fetchone()[0]
    return count


def stored(connection: Store, order_seqs: Iterable[int]) -> dict[int, OrderRows]:
    """The rows of the orders with these keys."""
    wanted = json.dumps(list(order_seqs))
    found = {row.seq: OrderRows(row, [], [], [], [], [], []) for row in _orders(connection, wanted)}
    for line in _lines(connection, wanted):
        found[line.order_seq].lines.append(line)
    for name, rows in _children(connection, wanted).items():
        for seq, children in rows.items():
            getattr(found[seq], name).extend(children)
    return found


def _orders(connection: Store, wanted: str) -> list[OrderRow]:
    rows = connection.execute(
        "SELECT seq, order_id, external_id, source, profile, filled_currency, state, version, fulfillment_type,"
        " currency, customer_id, channel_id, requested_start_date, requested_completion_date, committed_due_date,"
        " batch_id, created_at, updated_at FROM customer_order WHERE seq IN (SELECT value FROM json_each(?))"
        " ORDER BY seq",
        (wanted,),
    )
    return [OrderRow(*row) for row in rows]


def _lines(connection: Store, wanted: str) -> list[LineRow]:
    rows = connection.execute(
        "SELECT order_seq, n, item_id, parent_item_id, action, action_reason, state, version, ponr, quantity, mrc,"
        " nrc, product_offering_id, product_specification_id, product_id, place_id, committed_due_date,"
        " external_inventory_id FROM order_line_item WHERE order_seq IN (SELECT value FROM json_each(?))"
        " ORDER BY order_seq, n",
        (wanted,),
    )
    return [LineRow(*row)._replace(ponr=bool(row[8])) for row in rows]


def _children(connection: Store, wanted: str) -> dict[str, dict[int, list[Child]]]:
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


def revised_documents(connection: Store) -> Iterator[tuple[int, bytes, bytes]]:
    """All documents that patches changed, one after the other: the order's key, SHA-256 and bytes."""
    return connection.stream("SELECT order_seq, sha256, body FROM revised_document ORDER BY order_seq")


def order_seqs(connection: Store, after: int, limit: int) -> list[int]:
    """The keys of the next customer orders behind a key."""
    rows = connection.execute("SELECT seq FROM customer_order WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [seq for (seq,) in rows]


def oldest_and_newest(connection: Store) -> tuple[str | None, str | None]:
    """When the first and the last of all customer orders were created; each from the end of an index."""
    oldest, newest = connection.execute(
        "SELECT (SELECT min(created_at) FROM customer_order), (SELECT max(created_at) FROM customer_order)"
    ).fetchone()
    return oldest, newest


class Standing(NamedTuple):
    """An order and its lines as the tables have them; the lines by their id, in the order's own sequence.

    `work_notes` are by line id; so is `assessed_from`, the state that the assessment of a cancellation came from (None:
    the order's).
    """

    order: OrderRow
    lines: dict[str, LineRow]
    work_notes: dict[str, tuple[WorkNote, ...]]
    assessed_from: dict[str | None, str]


class Content(NamedTuple):
    """A new document of the caller's: the rows that it becomes, the SHA-256 of its bytes, and these."""

    rows: OrderRows
    sha256: bytes
    body: bytes


class Revision(NamedTuple):
    """An order as a revision leaves it.

    `states` are the steps that the order goes, `line_states` those of its lines, by line id. `content` is None where
    the caller's document stays as it is. `work_notes` are new ones, as rows.
    """

    order: OrderRow
    lines: list[LineRow]
    states: list[OrderState]
    line_states: Mapping[str, list[OrderState]]
    content: Content | None = None
    work_notes: Sequence[Child] = ()


def standing(connection: Store, seq: int) -> Standing:
    """The order with this key."""
    *order, assessed_from = connection.execute(
        "SELECT seq, order_id, external_id, source, profile, filled_currency, state, version, fulfillment_type,"
        " currency, customer_id, channel_id, requested_start_date, requested_completion_date, committed_due_date,"
        " batch_id, created_at, updated_at, assessed_from FROM customer_order WHERE seq = ?",
        (seq,),
    ).fetchone()
    rows = connection.execute(
        "SELECT order_seq, n, item_id, parent_item_id, action, action_reason, state, version, ponr, quantity, mrc,"
        " nrc, product_offering_id, product_specification_id, product_id, place_id, committed_due_date,"
        " external_inventory_id, assessed_from FROM order_line_item WHERE order_seq = ? ORDER BY n",
        (seq,),
    ).fetchall()
    lines = [LineRow(*row[:-1])._replace(ponr=bool(row[8])) for row in rows]
    origins = {None: assessed_from} | {line.item_id: row[-1] for line, row in zip(lines, rows, strict=True)}
    notes = work_notes(connection, seq)
    return Standing(
        OrderRow(*order),
        {line.item_id: line for line in lines},
        {line.item_id: notes[line.n] for line in lines if line.n in notes},
        {name: state for name, state in origins.items() if state},
    )


def hold(connection: Store, seq: int) -> None:
    """Let nobody else revise the order before the transaction ends."""
    connection.execute("SELECT 1 FROM customer_order WHERE seq = ? /* postgresql: FOR UPDATE */", (seq,))


def write(connection: Store, before: Standing, after: Revision) -> bool:
    """Write a revision, if the order still has the version that it was made for; the caller commits."""
    if not _write_order(connection, before.order.version, after.order):
        return False
    if after.content:
        _forget_children(connection, after.order.seq)
        _renumber(connection, before, after)
    _write_lines(connection, before, after)
    if after.content:
        insert_children(connection, [after.content.rows])
        add_work_notes(connection, list(after.work_notes))
        _write_document(connection, after.order.seq, after.content)
    _write_states(connection, after)
    return True


def _write_order(connection: Store, version: int, order: OrderRow) -> bool:
    """Everything but the state, which goes step by step."""
    return bool(
        connection.execute(
            "UPDATE customer_order SET version = ?, fulfillment_type = ?, currency = ?, customer_id = ?,"
            " channel_id = ?, requested_start_date = ?, requested_completion_date = ?, committed_due_date = ?,"
            " updated_at = ? WHERE seq = ? AND version = ?",
            (*order[7:15], order.updated_at, order.seq, version),
        ).rowcount
    )


def _forget_children(connection: Store, seq: int) -> None:
    connection.execute("DELETE FROM order_characteristic_value WHERE order_seq = ?", (seq,))
    connection.execute("DELETE FROM order_line_item_contact WHERE order_seq = ?", (seq,))
    connection.execute("DELETE FROM order_line_related_item WHERE order_seq = ?", (seq,))


def _renumber(connection: Store, before: Standing, after: Revision) -> None:
    """A line that was added inside another one moves those behind it, and their work notes, on."""
    seq = after.order.seq
    known = [line for line in after.lines if line.item_id in before.lines]
    moves = [(line.n, seq, -1 - before.lines[line.item_id].n) for line in known]
    if all(n == -1 - old for n, _, old in moves):
        return
    connection.execute("PRAGMA defer_foreign_keys = ON")
    # First out of the way, so that no two lines share a number.
    connection.execute("UPDATE order_line_item SET n = -1 - n WHERE order_seq = ?", (seq,))
    connection.execute("UPDATE order_line_work_note SET line_n = -1 - line_n WHERE order_seq = ?", (seq,))
    connection.executemany("UPDATE order_line_item SET n = ? WHERE order_seq = ? AND n = ?", moves)
    connection.executemany("UPDATE order_line_work_note SET line_n = ? WHERE order_seq = ? AND line_n = ?", moves)


def _write_lines(connection: Store, before: Standing, after: Revision) -> None:
    """New lines, and of the others what changed beside number and state."""
    insert_lines(connection, [line for line in after.lines if line.item_id not in before.lines])
    changed = [
        line
        for line in after.lines
        if (known := before.lines.get(line.item_id)) and line != known._replace(n=line.n, state=line.state)
    ]
    connection.executemany(
        "UPDATE order_line_item SET parent_item_id = ?, action = ?, action_reason = ?, version = ?, ponr = ?,"
        " quantity = ?, mrc = ?, nrc = ?, product_offering_id = ?, product_specification_id = ?, product_id = ?,"
        " place_id = ?, committed_due_date = ?, external_inventory_id = ? WHERE order_seq = ? AND n = ?",
        [(*line[3:6], *line[7:], line.order_seq, line.n) for line in changed],
    )


def _write_states(connection: Store, after: Revision) -> None:
    """Step by step, as the database wants it; an assessment remembers where it came from."""
    seq = after.order.seq
    connection.executemany(
        "UPDATE customer_order SET state = ?,"
        " assessed_from = CASE WHEN ? = 'assessing_cancellation' THEN state END WHERE seq = ?",
        [(str(state), str(state), seq) for state in after.states],
    )
    connection.executemany(
        "UPDATE order_line_item SET state = ?,"
        " assessed_from = CASE WHEN ? = 'assessing_cancellation' THEN state END WHERE order_seq = ? AND n = ?",
        [
            (str(state), str(state), seq, line.n)
            for line in after.lines
            for state in after.line_states.get(line.item_id, ())
        ],
    )


def _write_document(connection: Store, seq: int, content: Content) -> None:
    connection.execute(
        "INSERT INTO revised_document (order_seq, sha256, body) VALUES (?, ?, ?)"
        " ON CONFLICT (order_seq) DO UPDATE SET sha256 = excluded.sha256, body = excluded.body",
        (seq, content.sha256, content.body),
    )


_AFTER_ANY = "\U0010ffff"


def order_ids(connection: Store, begun: str, limit: int) -> list[str]:
    """External ids and order ids that begin so; those of the newest orders where nothing is typed yet."""
    if not begun:
        rows = connection.execute(
            "SELECT coalesce(external_id, order_id) FROM customer_order ORDER BY seq DESC LIMIT ?", (limit,)
        )
    else:
        rows = connection.execute(
            "SELECT external_id FROM customer_order WHERE external_id >= ? AND external_id < ?"
            " UNION ALL SELECT order_id FROM customer_order WHERE order_id >= ? AND order_id < ? LIMIT ?",
            (begun, begun + _AFTER_ANY, begun, begun + _AFTER_ANY, limit),
        )
    return [found for (found,) in rows]
