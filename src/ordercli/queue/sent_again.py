"""Lines of rejects files that were sent again and accepted: each once, with or without an external id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.database.store import Store


class Line(NamedTuple):
    """Which line it is: the batch that refused it first, and where it stood in the input of that batch."""

    batch_id: str
    file: str
    record: int


def known(connection: Store, batch_id: str, records: Sequence[int]) -> dict[Line, str]:
    """Return the order ids of the accepted lines of a batch that have one of these record numbers."""
    rows = connection.execute(
        "SELECT batch_id, file, record, order_id FROM sent_again"
        " WHERE batch_id = ? AND record IN (SELECT value FROM json_each(?))",
        (batch_id, json.dumps(records)),
    )
    return {Line(*line): order_id for *line, order_id in rows}


def keep(connection: Store, lines: Iterable[tuple[Line, str]], sent_in: str) -> None:
    """Record that lines were accepted: (line, id of the order), in the transaction that accepts them."""
    connection.executemany(
        "INSERT INTO sent_again (batch_id, file, record, order_id, sent_in) VALUES (?, ?, ?, ?, ?)",
        [(*line, order_id, sent_in) for line, order_id in lines],
    )


class Exported(NamedTuple):
    """An entry of which an exported line is sent; `may_be_sent` tells whether the line may take its place."""

    order_id: str
    state: str
    exported_at: str | None
    sent_again_as: str | None

    @property
    def may_be_sent(self) -> bool:
        """Whether the entry was exported, and nothing has happened to it since."""
        return self.exported_at is not None and self.sent_again_as is None and self.state in {"error", "cancelled"}


def held(connection: Store, order_ids: Sequence[str]) -> dict[str, Exported]:
    """Return the entries with these order ids; nobody else changes them before the transaction ends."""
    rows = connection.execute(
        "SELECT e.order_id, e.state, e.exported_at, e.sent_again_as FROM json_each(?) AS wanted"
        " CROSS JOIN inbound_entry AS e WHERE e.order_id = wanted.value ORDER BY e.seq DESC"
        " /* postgresql: FOR UPDATE OF e */",
        (json.dumps(order_ids),),
    )
    return {row[0]: Exported(*row) for row in rows}


def replace_entries(connection: Store, replaced: Iterable[tuple[str, str]], now: str) -> None:
    """Withdraw exported entries whose lines were accepted: (id of the entry, id of the new order)."""
    connection.executemany(
        "UPDATE inbound_entry SET state = 'cancelled', sent_again_as = ?, reason = coalesce(reason, 'sent again'),"
        " error_code = NULL, finished_at = ?, updated_at = ? WHERE order_id = ?",
        [(new, now, now, old) for old, new in replaced],
    )


def created_and_sent_again(connection: Store) -> list[tuple[str, str]]:
    """Return the entries that were sent again and yet became orders, or still may: (order id, id of the other)."""
    rows = connection.execute(
        "SELECT e.order_id, e.sent_again_as FROM inbound_entry AS e WHERE e.sent_again_as IS NOT NULL"
        " AND (e.state <> 'cancelled' OR EXISTS (SELECT 1 FROM customer_order AS o WHERE o.seq = e.seq))"
        " ORDER BY e.seq"
    )
    return [(order_id, other) for order_id, other in rows]


def exported_and_not_failed(connection: Store) -> list[tuple[str, str]]:
    """Return the entries that a line may replace though they have not failed: (order id, state)."""
    rows = connection.execute(
        "SELECT order_id, state FROM inbound_entry WHERE exported_at IS NOT NULL"
        " AND state NOT IN ('error', 'cancelled') ORDER BY seq"
    )
    return [(order_id, state) for order_id, state in rows]


def without_order(connection: Store) -> list[tuple[Line, str]]:
    """Return the accepted lines whose order is not known, of batches of which no entry was purged."""
    rows = connection.execute(
        "SELECT s.batch_id, s.file, s.record, s.order_id FROM sent_again AS s JOIN batch AS b ON b.id = s.sent_in"
        " WHERE b.purged = 0 AND NOT EXISTS (SELECT 1 FROM customer_order AS o WHERE o.order_id = s.order_id)"
        " AND NOT EXISTS (SELECT 1 FROM inbound_entry AS e WHERE e.order_id = s.order_id)"
        " ORDER BY s.batch_id, s.file, s.record"
    )
    return [(Line(*line), order_id) for *line, order_id in rows]
