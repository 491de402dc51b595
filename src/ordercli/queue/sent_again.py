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
