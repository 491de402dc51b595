"""An operator pauses the queue and lets it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


def paused_since(connection: Connection) -> str | None:
    """When the queue was paused; None while it is not."""
    row = connection.execute("SELECT paused_at FROM queue_pause").fetchone()
    return row[0] if row else None


def pause(connection: Connection, now: str) -> None:
    """Pause the queue; one that is paused keeps its time."""
    connection.execute("INSERT INTO queue_pause (id, paused_at) VALUES (1, ?) ON CONFLICT DO NOTHING", (now,))


def resume(connection: Connection) -> None:
    """Let the queue go on."""
    connection.execute("DELETE FROM queue_pause")
