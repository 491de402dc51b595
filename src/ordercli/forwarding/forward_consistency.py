"""Find forwarded orders whose rows, entries and customer orders do not agree."""

from __future__ import annotations

from ordercli.database.store import Store


def without_row(store: Store) -> list[tuple[str, str]]:
    """Return the entries for a target of which nothing else is known, or another target: (order id, target)."""
    rows = store.execute(
        "SELECT e.order_id, e.target FROM inbound_entry AS e LEFT JOIN forward AS f USING (order_id)"
        " WHERE e.target > '' AND (f.order_id IS NULL OR f.target <> e.target OR f.resource <> e.resource)"
        " ORDER BY e.seq"
    )
    return [(order_id, target) for order_id, target in rows]


def of_the_local_queue(store: Store) -> list[tuple[str, str]]:
    """Return the orders that count as forwarded, and whose entries are local: (order id, target)."""
    rows = store.execute(
        "SELECT f.order_id, f.target FROM forward AS f JOIN inbound_entry AS e USING (order_id)"
        " WHERE e.target IS NULL ORDER BY e.seq"
    )
    return [(order_id, target) for order_id, target in rows]


def lost_here(store: Store) -> list[tuple[str, str, str]]:
    """Return the orders at a target that have neither an entry nor an order: (order id, target, id there)."""
    rows = store.execute(
        "SELECT f.order_id, f.target, f.remote_id FROM forward AS f"
        " WHERE f.remote_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM inbound_entry AS e WHERE e.order_id = f.order_id)"
        " AND NOT EXISTS (SELECT 1 FROM customer_order AS o WHERE o.order_id = f.order_id) ORDER BY f.order_id"
    )
    return [(order_id, target, remote_id) for order_id, target, remote_id in rows]


def created_without_remote_id(store: Store) -> list[tuple[str, str]]:
    """Return the customer orders that were forwarded, and whose id at the target is not known: (order id, target)."""
    rows = store.execute(
        "SELECT f.order_id, f.target FROM forward AS f JOIN customer_order AS o ON o.order_id = f.order_id"
        " WHERE f.remote_id IS NULL ORDER BY o.seq"
    )
    return [(order_id, target) for order_id, target in rows]


def remote_ids_twice(store: Store) -> list[tuple[str, str, str]]:
    """Return the orders that have the same id at a target as an earlier one: (order id, target, id there)."""
    rows = store.execute(
        "SELECT f.order_id, f.target, f.remote_id FROM forward AS f WHERE EXISTS (SELECT 1 FROM forward AS other"
        " WHERE other.target = f.target AND other.remote_id = f.remote_id AND other.resource = f.resource"
        " AND other.order_id < f.order_id) ORDER BY f.order_id"
    )
    return [(order_id, target, remote_id) for order_id, target, remote_id in rows]


def arrived_and_waiting(store: Store) -> list[tuple[str, str, str]]:
    """Return the orders at a target whose entries wait for a person, or are given up: (order id, target, state)."""
    rows = store.execute(
        "SELECT e.order_id, e.target, CASE e.state WHEN 'cancelled' THEN 'discarded' ELSE 'uncertain' END"
        " FROM inbound_entry AS e JOIN forward AS f USING (order_id) WHERE e.target > '' AND f.remote_id IS NOT NULL"
        " AND (e.state = 'cancelled' OR (e.state = 'pending' AND e.execute_after IS NULL)) ORDER BY e.seq"
    )
    return [(order_id, target, state) for order_id, target, state in rows]
