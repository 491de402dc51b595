"""Query batches, queue entries, payloads and customer orders together, for `db check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ordercli.database.statements import columns
from ordercli.database.store import Store
from ordercli.intake.record import Line
from ordercli.queue.entries import PayloadRow


class Account(NamedTuple):
    """A batch: the number of orders that it accepted, and the numbers of records by which they are accounted for.

    `created` counts customer orders. For an asynchronous batch, `kept` counts entries that wait, failed or were
    withdrawn, and `purged` deleted entries of these kinds. `completed` counts entries whose order was created, and
    `purged_completed` deleted entries of this kind.
    """

    batch_id: str
    mode: str
    accepted: int
    created: int
    kept: int
    purged: int
    completed: int
    purged_completed: int


def accounts(store: Store) -> list[Account]:
    """Return the accounts of all batches of submit, the oldest first."""
    rows = store.execute(
        "SELECT b.id, b.mode, b.accepted, (SELECT count(*) FROM customer_order AS o WHERE o.batch_id = b.id),"
        " (SELECT count(*) FROM inbound_entry AS e WHERE e.batch_id = b.id AND e.state <> 'completed'),"
        " b.purged,"
        " (SELECT count(*) FROM inbound_entry AS e WHERE e.batch_id = b.id AND e.state = 'completed'),"
        " b.purged_completed FROM batch AS b WHERE b.kind = 'submit' ORDER BY b.started_at"
    )
    return [Account(*row) for row in rows]


def completed_without_order(store: Store) -> list[str]:
    """Return the order ids of completed entries for which there is no customer order."""
    rows = store.execute(
        "SELECT e.order_id FROM inbound_entry AS e LEFT JOIN customer_order AS o USING (seq, order_id)"
        " WHERE e.state = 'completed' AND o.seq IS NULL"
    )
    return [order_id for (order_id,) in rows]


def created_but_not_completed(store: Store) -> list[tuple[str, str]]:
    """Return the order ids of customer orders whose entry is not completed: (order id, state of the entry)."""
    rows = store.execute(
        "SELECT e.order_id, e.state FROM inbound_entry AS e JOIN customer_order AS o USING (seq)"
        " WHERE e.state <> 'completed'"
    )
    return [(order_id, state) for order_id, state in rows]


def external_ids_twice(store: Store) -> list[tuple[str, str]]:
    """Return external ids, with their source, that both an entry and the customer order of another entry hold."""
    rows = store.execute(
        "SELECT e.external_id, e.source FROM inbound_entry AS e"
        " JOIN customer_order AS o USING (external_id, source, resource)"
        " WHERE e.external_id IS NOT NULL AND e.state NOT IN ('error', 'cancelled') AND o.order_id <> e.order_id"
    )
    return [(external_id, source) for external_id, source in rows]


def miscounted(store: Store) -> list[tuple[str, int, int]]:
    """Return batches whose numbers of orders read and of outcomes differ: (id, orders read, outcomes)."""
    rows = store.execute(
        "SELECT id, read, accepted + duplicates + conflicts + rejected AS decided FROM batch"
        " WHERE read <> accepted + duplicates + conflicts + rejected ORDER BY started_at"
    )
    return [(batch_id, read, decided) for batch_id, read, decided in rows]


def payloads_without_order(store: Store) -> Iterator[tuple[PayloadRow, bool]]:
    """Return the payloads of no customer order, one after the other: the row, and whether there is an entry.

    Without an entry they belong to nothing.
    """
    rows = store.stream(
        f"SELECT e.seq IS NOT NULL, {columns(PayloadRow, 'p')} FROM payload AS p"
        " LEFT JOIN inbound_entry AS e ON e.seq = p.seq LEFT JOIN customer_order AS o ON o.seq = p.seq"
        " WHERE o.seq IS NULL ORDER BY p.seq"
    )
    return ((PayloadRow(*payload), bool(has_entry)) for has_entry, *payload in rows)


def unlike_their_orders(store: Store) -> list[str]:
    """Return the order ids of completed entries that differ from their order in what both have."""
    rows = store.execute(
        "SELECT e.order_id FROM inbound_entry AS e JOIN customer_order AS o ON o.seq = e.seq"
        " WHERE e.state = 'completed' AND (e.order_id <> o.order_id OR e.batch_id <> o.batch_id"
        " OR e.source <> o.source OR e.profile <> o.profile OR e.resource <> o.resource"
        " OR coalesce(e.filled_currency, '') <> coalesce(o.filled_currency, '')"
        " OR coalesce(e.external_id, '') <> coalesce(o.external_id, '')) ORDER BY e.seq"
    )
    return [order_id for (order_id,) in rows]


def stored_errors(store: Store) -> list[tuple[str, str | None]]:
    """Return the order ids of entries in error, with their stored error bodies (JSON text)."""
    rows = store.execute("SELECT order_id, error FROM inbound_entry WHERE state = 'error' ORDER BY seq")
    return [(order_id, error) for order_id, error in rows]


def unknown_among(store: Store, order_ids: str) -> set[str]:
    """Return those of these order ids (a JSON list) that neither an entry nor a customer order has."""
    rows = store.execute(
        f"SELECT wanted.value FROM {store.WANTED}"
        " WHERE NOT EXISTS (SELECT 1 FROM customer_order WHERE order_id = wanted.value)"
        " AND NOT EXISTS (SELECT 1 FROM inbound_entry WHERE order_id = wanted.value)",
        (order_ids,),
    )
    return {order_id for (order_id,) in rows}


def purged_without_order(store: Store) -> int:
    """Return the number of deleted entries that had not become an order."""
    return int(store.execute("SELECT coalesce(sum(purged), 0) FROM batch").fetchone()[0])


def created_and_sent_again(store: Store) -> list[tuple[str, str]]:
    """Return entries that were sent again and became orders, or still may: (order id, id of the new order)."""
    rows = store.execute(
        "SELECT e.order_id, e.sent_again_as FROM inbound_entry AS e WHERE e.sent_again_as IS NOT NULL"
        " AND (e.state <> 'cancelled' OR EXISTS (SELECT 1 FROM customer_order AS o WHERE o.seq = e.seq))"
        " ORDER BY e.seq"
    )
    return [(order_id, other) for order_id, other in rows]


def exported_and_not_failed(store: Store) -> list[tuple[str, str]]:
    """Return the entries that an exported line may replace although they have not failed: (order id, state)."""
    rows = store.execute(
        "SELECT order_id, state FROM inbound_entry WHERE exported_at IS NOT NULL"
        " AND state NOT IN ('error', 'cancelled') ORDER BY seq"
    )
    return [(order_id, state) for order_id, state in rows]


def without_order(store: Store) -> list[tuple[Line, str]]:
    """Return the accepted lines whose order is unknown, in batches without purged entries."""
    rows = store.execute(
        "SELECT s.batch_id, s.file, s.record, s.order_id FROM sent_again AS s JOIN batch AS b ON b.id = s.sent_in"
        " WHERE b.purged = 0 AND NOT EXISTS (SELECT 1 FROM customer_order AS o WHERE o.order_id = s.order_id)"
        " AND NOT EXISTS (SELECT 1 FROM inbound_entry AS e WHERE e.order_id = s.order_id)"
        " ORDER BY s.batch_id, s.file, s.record"
    )
    return [(Line(*line), order_id) for *line, order_id in rows]
