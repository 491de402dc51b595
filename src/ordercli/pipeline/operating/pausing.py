"""The queue is paused by an operator, and let go on."""

from __future__ import annotations

from contextlib import closing

from ordercli.clock import now, timestamp
from ordercli.database.connection import open_database
from ordercli.database.transaction import transaction
from ordercli.inbound import entries, pauses


def pause_queue(database: str) -> str:
    """Let no run claim anything until the queue is resumed; gives the time since when it is paused."""
    at = timestamp(now())
    with closing(open_database(database)) as connection, transaction(connection, "pause"):
        pauses.pause(connection, at)
        return pauses.paused_since(connection) or at


def resume_queue(database: str) -> str | None:
    """Let the queue go on; gives since when it was paused, None if it was not."""
    with closing(open_database(database)) as connection, transaction(connection, "unpause"):
        paused_since = pauses.paused_since(connection)
        pauses.resume(connection)
        entries.notify(connection)
        return paused_since
