"""Insert rows into the database and read them, without the program's own functions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ordercli.database.store import transaction
from ordercli.queue import batches, entries
from ordercli.queue.entries import PayloadRow, digest, keep_payloads, next_seqs
from support.builders import encoded, product_order

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json

BATCH = "b" * 32
ACCEPTED_AT = "2026-03-01T08:00:00.000Z"


def order_id(seq: int) -> str:
    """Return the order id that `enqueue` gives to the entry with this key."""
    return f"{seq:032x}"


def start_batch(connection: Store, batch_id: str = BATCH, mode: str = "async") -> None:
    """Insert the batch if it does not exist."""
    if not connection.execute("SELECT 1 FROM batch WHERE id = ?", (batch_id,)).fetchone():
        new = batches.NewBatch(batch_id, "cli", mode, "servicenow", "[]", None, None, None, ACCEPTED_AT)
        batches.start(connection, new)


def enqueue(connection: Store, *orders: Json | bytes, source: str = "cli", **changed: Any) -> list[str]:
    """Insert orders into the inbound queue, and return their order ids; `changed` are columns of their entries."""
    with transaction(connection, "test"):
        start_batch(connection)
        seqs = next_seqs(connection, len(orders))
        for seq, order in zip(seqs, orders, strict=True):
            body = order if isinstance(order, bytes) else encoded(order)
            external_id = order.get("externalId") if isinstance(order, dict) else None
            resource = "serviceOrder" if b'"serviceOrderItem"' in body else "productOrder"
            keep_payloads(connection, [PayloadRow(seq, digest(body), body)])
            new = entries.NewEntry(
                seq,
                order_id(seq),
                external_id,
                source,
                "servicenow",
                None,
                ACCEPTED_AT,
                ACCEPTED_AT,
                BATCH,
                "orders.ndjson",
                seq,
                seq,
                resource=resource,
            )
            entries.enqueue(connection, [new])
            if changed:
                change_entry(connection, seq, **changed)
            connection.execute("UPDATE batch SET read = ? WHERE id = ?", (seq, BATCH))
    return [order_id(seq) for seq in seqs]


def change_entry(connection: Store, seq: int, **columns: Any) -> None:
    """Change columns of an entry."""
    names = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"UPDATE inbound_entry SET {names} WHERE seq = ?", (*columns.values(), seq))


def enqueue_many(connection: Store, count: int, **changed: Any) -> list[str]:
    """Insert this many valid orders into the queue, with the external ids PO-1, PO-2 …."""
    return enqueue(connection, *(product_order(f"PO-{n}") for n in range(1, count + 1)), **changed)


def rows(connection: Store, table: str, order_by: str = "1, 2, 3") -> list[Json]:
    """Return every row of a table, by column."""
    cursor: Any = connection.execute(f"SELECT * FROM {table} ORDER BY {order_by}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def present(connection: Store, table: str, order_by: str = "1, 2, 3") -> list[Json]:
    """Return every row of a table, by column, without null columns."""
    found = rows(connection, table, order_by)
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def column(connection: Store, table: str, name: str) -> list[Any]:
    """Return one column of a table, in the order of its key."""
    return [row[name] for row in rows(connection, table)]


def entry(connection: Store, seq: int) -> Json:
    """Return the entry with this key."""
    return next(row for row in rows(connection, "inbound_entry") if row["seq"] == seq)


def states(connection: Store) -> dict[int, str]:
    """Return the state of each entry, by its key."""
    return {row["seq"]: row["state"] for row in rows(connection, "inbound_entry")}


def audit(connection: Store) -> dict[str, Any]:
    """Check the invariants that hold even after a kill; return the violations by name, empty if there is none."""
    accepted = sum(row["accepted"] - row["purged"] for row in rows(connection, "batch") if row["mode"] == "async")
    queued = dict(connection.execute("SELECT state, count(*) FROM inbound_entry GROUP BY state").fetchall())
    orders = connection.execute(
        "SELECT count(*) FROM customer_order AS o JOIN batch AS b ON b.id = o.batch_id WHERE b.mode = 'async'"
    ).fetchone()[0]
    kept = orders + sum(count for state, count in queued.items() if state != "completed")
    faults = {
        "accepted and not kept, or kept twice": accepted - kept,
        "external ids that stand twice": connection.execute(
            "SELECT source, external_id FROM customer_order WHERE external_id IS NOT NULL"
            " GROUP BY source, external_id HAVING count(*) > 1"
        ).fetchall(),
        "completed entries without their order": connection.execute(
            "SELECT e.seq FROM inbound_entry AS e LEFT JOIN customer_order AS o USING (seq, order_id)"
            " WHERE e.state = 'completed' AND o.seq IS NULL"
        ).fetchall(),
        "orders whose entry is not completed": connection.execute(
            "SELECT e.seq FROM inbound_entry AS e JOIN customer_order AS o USING (seq) WHERE e.state <> 'completed'"
        ).fetchall(),
    }
    if connection.engine == "sqlite":
        faults["damage"] = [row for (row,) in connection.execute("PRAGMA integrity_check") if row != "ok"]
        faults["broken references"] = connection.execute("PRAGMA foreign_key_check").fetchall()
    return {fault: found for fault, found in faults.items() if found}


def error_body(connection: Store, seq: int) -> Json:
    """Return the stored error body of an entry."""
    body: Json = json.loads(entry(connection, seq)["error"])
    return body
