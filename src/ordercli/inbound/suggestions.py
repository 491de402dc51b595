"""The ids that somebody who types may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.database.driver import Connection

_AFTER_ANY = "\U0010ffff"


def entry_ids(connection: Connection, begun: str, limit: int) -> list[str]:
    """External ids and order ids of entries that begin so; of the newest entries where nothing is typed yet."""
    if not begun:
        rows = connection.execute(
            "SELECT coalesce(external_id, order_id) FROM inbound_entry ORDER BY seq DESC LIMIT ?", (limit,)
        )
    else:
        rows = connection.execute(
            "SELECT external_id FROM inbound_entry WHERE external_id >= ? AND external_id < ?"
            " AND external_id IS NOT NULL AND state NOT IN ('error', 'cancelled')"
            " UNION ALL SELECT order_id FROM inbound_entry WHERE order_id >= ? AND order_id < ? LIMIT ?",
            (begun, begun + _AFTER_ANY, begun, begun + _AFTER_ANY, limit),
        )
    return [found for (found,) in rows]


def batch_ids(connection: Connection, begun: str, limit: int) -> list[str]:
    """Ids of batches that begin so, the newest first."""
    rows = connection.execute(
        "SELECT id FROM batch WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?", (begun, begun + _AFTER_ANY, limit)
    )
    return [found for (found,) in rows]
