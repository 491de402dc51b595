"""Follow orders that arrived at their targets: claim those whose state is to be asked for, and note what came of it.

A claim moves `follow_at` to the moment when it ends. Whoever still finds that moment in the row holds the claim; what a
lost follower had claimed is asked for again after it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ordercli.database.statements import columns
from ordercli.database.store import Store
from ordercli.forwarding.forwards import ForwardRow


class Followed(NamedTuple):
    """An order at a target: what is known of it there, and key and profile of the customer order here."""

    forward: ForwardRow
    order_seq: int
    profile: str


class Known(NamedTuple):
    """What is known of an order after it was asked for; the members are those of `ForwardRow`."""

    remote_state: str | None
    followed_at: str | None
    unchanged: int
    follow_at: str | None
    trouble: str | None


def is_due(store: Store, target: str, now: str) -> bool:
    """Return whether the state of an order at a target is to be asked for; it must be created here too."""
    row = store.execute(
        "SELECT EXISTS (SELECT 1 FROM forward WHERE target = ? AND remote_id IS NOT NULL AND follow_at IS NOT NULL"
        " AND follow_at <= ? AND EXISTS (SELECT 1 FROM customer_order AS o WHERE o.order_id = forward.order_id))",
        (target, now),
    ).fetchone()
    return bool(row[0])


def claim(store: Store, target: str, due: str, now: str, until: str, limit: int) -> list[Followed]:
    """Claim up to `limit` orders that were due at a moment, the longest due first, until another one.

    They are asked for now; the caller commits.
    """
    rows = store.execute(
        "UPDATE forward SET follow_at = ?, asked_at = ?"
        " WHERE order_id IN (WITH chosen AS MATERIALIZED (SELECT order_id FROM forward"
        " WHERE target = ? AND remote_id IS NOT NULL AND follow_at IS NOT NULL AND follow_at <= ?"
        " AND EXISTS (SELECT 1 FROM customer_order AS o WHERE o.order_id = forward.order_id)"
        f" ORDER BY follow_at LIMIT ? {store.SKIP_LOCKED}) SELECT order_id FROM chosen)"
        f" RETURNING {columns(ForwardRow)},"
        " (SELECT o.seq FROM customer_order AS o WHERE o.order_id = forward.order_id),"
        " (SELECT o.profile FROM customer_order AS o WHERE o.order_id = forward.order_id)",
        (until, now, target, due, limit),
    ).fetchall()
    return [Followed(ForwardRow(*row), seq, profile) for *row, seq, profile in rows]


def note(store: Store, claimed: ForwardRow, known: Known) -> bool:
    """End a claim with what is known of an order now, if this claim still holds; return whether it does."""
    return bool(
        store.execute(
            "UPDATE forward SET remote_state = ?, followed_at = ?, unchanged = ?, follow_at = ?, trouble = ?"
            " WHERE order_id = ? AND follow_at = ?",
            (*known, claimed.order_id, claimed.follow_at),
        ).rowcount
    )


def ask_now(store: Store, order_ids: Collection[str]) -> int:
    """Let these orders be asked for at once, also those that are not followed any more; return how many arrived."""
    import json  # only where people name orders

    return store.execute(
        "UPDATE forward SET follow_at = '', unchanged = 0 WHERE remote_id IS NOT NULL"
        f" AND order_id IN (SELECT wanted.value FROM {store.WANTED})",
        (json.dumps(list(order_ids)),),
    ).rowcount


def count_troubled(store: Store) -> dict[str, int]:
    """Count the orders at each target with which something is not right."""
    rows = store.execute("SELECT target, count(*) FROM forward WHERE trouble IS NOT NULL GROUP BY target")
    return dict(rows.fetchall())
