"""The ids of customer orders that somebody who types may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.database.driver import Connection

_AFTER_ANY = "\U0010ffff"


def order_ids(connection: Connection, begun: str, limit: int) -> list[str]:
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
