"""A customer order is read as it stands, and written as a revision leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ordercli.resources.product_order.convert import LineRow, OrderRow, OrderRows
from ordercli.resources.product_order.store import add_work_notes, insert_children, insert_lines, work_notes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ordercli.database.store import Store
    from ordercli.resources.product_order.convert import Child
    from ordercli.resources.product_order.states import OrderState
    from ordercli.resources.product_order.store import WorkNote


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
