"""How full the inbound queue is, and whether that is too full."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import NamedTuple

from ordercli.clock import now, timestamp
from ordercli.database.connection import read_database
from ordercli.inbound import entries, pauses


class QueueStatus(NamedTuple):
    """How many entries stand in each state, and how long the oldest due one has waited (seconds; None for none)."""

    counts: dict[str, int]
    oldest_due_age: float | None
    paused_since: str | None

    def as_json(self) -> dict[str, object]:
        """The object of `queue status -o json`."""
        paused = {"pausedSince": self.paused_since} if self.paused_since else {}
        return {**self.counts, "oldestDueAgeSeconds": self.oldest_due_age, "paused": bool(paused), **paused}

    def alarms(self, max_age: float, max_error: int) -> list[str]:
        """What is wrong with it: something due waits longer than `max_age` seconds, or too many entries failed."""
        found = []
        if self.oldest_due_age is not None and self.oldest_due_age > max_age:
            waited = f"the oldest due entry has waited for {self.oldest_due_age:.0f} s, longer than {max_age:.0f} s"
            found.append(f"{waited}; the queue is paused since {self.paused_since}" if self.paused_since else waited)
        if self.counts["error"] > max_error:
            found.append(f"{self.counts['error']} entries are in error, more than {max_error}")
        return found


def queue_status(database: str) -> QueueStatus:
    """Look into the queue once."""
    at = now()
    with closing(read_database(database)) as connection:
        oldest = entries.oldest_due(connection, timestamp(at))
        age = None if oldest is None else round((at - datetime.fromisoformat(oldest)).total_seconds(), 3)
        return QueueStatus(entries.count_by_state(connection), age, pauses.paused_since(connection))
