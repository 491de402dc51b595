"""What is known of each forwarded order at the system that it goes to; it stays when the entry was purged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

import msgspec

from ordercli.database.statements import Row, insert_rows, select
from ordercli.database.store import Store


class ForwardRow(Row, frozen=True, gc=False):
    """An order that goes to `target`, and its `external_id` there.

    Only one order of a kind may hold (`holds_id`) an external id at a target. `sent_at` is the last time when it was or
    may have been sent, `remote_id` what the target calls it; while that is unknown, `lookups` counts how often it was
    looked for since `sent_at`. `last_status` and `last_body` are the last answer.

    Its state there is asked for at `follow_at` (empty: at once; None: no more), was last asked for at `asked_at`, last
    read at `followed_at`, and the same `unchanged` times in a row. `trouble` is what people must look at: why the order
    here is not as it is there, or that it took a state which does not follow its own.
    """

    TABLE: ClassVar = "forward"

    order_id: str
    target: str
    resource: str
    external_id: str
    holds_id: bool = True
    remote_id: str | None = None
    remote_href: str | None = None
    remote_state: str | None = None
    sent_at: str | None = None
    lookups: int = 0
    last_status: int | None = None
    last_body: str | None = None
    follow_at: str | None = ""
    followed_at: str | None = None
    unchanged: int = 0
    trouble: str | None = None
    asked_at: str | None = None


def add(store: Store, forwards: Sequence[ForwardRow]) -> None:
    """Add orders to forward; the caller commits."""
    insert_rows(store, forwards)


def taken_ids(store: Store, target: str, resource: str, external_ids: str) -> set[str]:
    """Return those of these external ids (a JSON list) that orders for the target hold."""
    rows = store.execute(
        f"SELECT f.external_id FROM {store.WANTED} CROSS JOIN forward AS f"
        " WHERE f.target = ? AND f.resource = ? AND f.external_id = wanted.value AND f.holds_id",
        (external_ids, target, resource),
    )
    return {external_id for (external_id,) in rows}


def find(store: Store, order_id: str) -> ForwardRow | None:
    """Return what is known of a forwarded order; None if it is none."""
    row = store.execute(select(ForwardRow, "WHERE order_id = ?"), (order_id,)).fetchone()
    return ForwardRow(*row) if row else None


def of_orders(store: Store, order_ids: Collection[str]) -> dict[str, ForwardRow]:
    """Return what is known of these orders, by their ids."""
    rows = store.execute(
        select(ForwardRow, f"WHERE order_id IN (SELECT wanted.value FROM {store.WANTED})"),
        (_json(order_ids),),
    )
    return {row[0]: ForwardRow(*row) for row in rows}


def note_sending(store: Store, order_ids: Collection[str], now: str) -> None:
    """Note that these orders are about to be sent; the caller commits before they are."""
    store.execute(
        f"UPDATE forward SET sent_at = ?, lookups = 0 WHERE order_id IN (SELECT wanted.value FROM {store.WANTED})",
        (now, _json(order_ids)),
    )


def note_unsent(store: Store, order_ids: Collection[str]) -> None:
    """Note that these orders cannot have arrived."""
    store.execute(
        "UPDATE forward SET sent_at = NULL WHERE remote_id IS NULL"
        f" AND order_id IN (SELECT wanted.value FROM {store.WANTED})",
        (_json(order_ids),),
    )


def note_arrival(store: Store, order_id: str, remote: tuple[str, str | None, str | None]) -> None:
    """Note the id, the address and the state that the target gave an order; the first ones stay."""
    store.execute(
        "UPDATE forward SET remote_id = ?, remote_href = ?, remote_state = ? WHERE order_id = ? AND remote_id IS NULL",
        (*remote, order_id),
    )


def note_answer(store: Store, order_id: str, status: int | None, body: str | None) -> None:
    """Note the last answer about an order."""
    store.execute("UPDATE forward SET last_status = ?, last_body = ? WHERE order_id = ?", (status, body, order_id))


def note_lookup(store: Store, order_id: str) -> None:
    """Note that the target did not have the order when it was looked for."""
    store.execute("UPDATE forward SET lookups = lookups + 1 WHERE order_id = ?", (order_id,))


def release_ids(store: Store, order_ids: Collection[str]) -> None:
    """Let other orders have the external ids of orders that the target does not have."""
    store.execute(
        "UPDATE forward SET holds_id = FALSE, sent_at = NULL WHERE remote_id IS NULL"
        f" AND order_id IN (SELECT wanted.value FROM {store.WANTED})",
        (_json(order_ids),),
    )


def hold_id(store: Store, order_id: str) -> bool:
    """Hold the external id of an order again; return False if another order for the target has it."""
    found = store.execute(
        "UPDATE forward SET holds_id = TRUE WHERE order_id = ? AND NOT EXISTS (SELECT 1 FROM forward AS other"
        " WHERE other.target = forward.target AND other.resource = forward.resource"
        " AND other.external_id = forward.external_id AND other.holds_id AND other.order_id <> forward.order_id)",
        (order_id,),
    )
    return found.rowcount == 1


def sent_since(store: Store, target: str, since: str) -> int:
    """Return how many orders for the target were last sent after a moment."""
    found: int = store.execute(
        "SELECT count(*) FROM forward WHERE target = ? AND sent_at IS NOT NULL AND sent_at > ?", (target, since)
    ).fetchone()[0]
    return found


def requests_since(store: Store, target: str, since: str) -> int:
    """Return how many orders for the target were last sent, or asked for, after a moment."""
    found: int = store.execute(
        "SELECT (SELECT count(*) FROM forward WHERE target = ? AND sent_at IS NOT NULL AND sent_at > ?)"
        " + (SELECT count(*) FROM forward WHERE target = ? AND asked_at IS NOT NULL AND asked_at > ?)",
        (target, since, target, since),
    ).fetchone()[0]
    return found


def count_arrived(store: Store) -> dict[str, int]:
    """Return how many orders have arrived at each target."""
    rows = store.execute(
        "SELECT target, count(*) FROM forward WHERE remote_id IS NOT NULL GROUP BY target ORDER BY target"
    )
    return dict(rows.fetchall())


def has_arrived(store: Store, order_id: str) -> bool:
    """Return whether an order is at the target."""
    remote_id, _ = _fate(store, order_id)
    return remote_id is not None


def is_unknown(store: Store, order_id: str) -> bool:
    """Return whether an order was sent, and nobody knows whether it is at the target."""
    remote_id, sent_at = _fate(store, order_id)
    return remote_id is None and sent_at is not None


def is_open(store: Store, order_id: str) -> bool:
    """Return whether an order may be at the target: it is there, or was sent and nobody knows."""
    return _fate(store, order_id) != (None, None)


def _fate(store: Store, order_id: str) -> tuple[str | None, str | None]:
    """Return the id that an order has at the target, and when it was sent."""
    row = store.execute("SELECT remote_id, sent_at FROM forward WHERE order_id = ?", (order_id,)).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _json(order_ids: Collection[str]) -> str:
    return msgspec.json.encode(list(order_ids)).decode()
