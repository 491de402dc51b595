"""Measure the inbound queue over a period, or the entries of a batch: what failed, what waited for how long."""

from __future__ import annotations

from typing import NamedTuple

from ordercli.database.statements import Where, select
from ordercli.database.store import Store
from ordercli.queue.entries import EntryView

# The condition of the index of finished entries, without which it is not used.
_FINISHED = "state IN ('completed', 'error', 'cancelled')"
_IN_BATCH = "coalesce(batch_id, '') = ?"  # so that the index of the range is used
_FAILED_SINCE = f"state = 'error' AND {_FINISHED} AND finished_at >= ?"
_FAILED_OF_BATCH = "state = 'error' AND batch_id = ?"
_COMPLETED_SINCE = f"state = 'completed' AND {_FINISHED} AND finished_at >= ?"
_COMPLETED_OF_BATCH = "state = 'completed' AND batch_id = ?"
# The seconds from the moment when an order was taken in until it was created.
_SECONDS_IN_FILE = "(julianday(finished_at) - julianday(created_at)) * 86400"
_SECONDS_ON_SERVER = "extract(epoch FROM finished_at::timestamptz - created_at::timestamptz)"
_MINUTE = len("2026-01-01T00:00")


def count_failed(store: Store, since: str, until: str, batch_id: str | None = None) -> int:
    """Return how many entries, or how many of a batch, failed from `since` on, before `until`."""
    found = Where()
    found.add(f"state = 'error' AND {_FINISHED} AND finished_at >= ? AND finished_at < ?", since, until)
    if batch_id is not None:
        found.add(_IN_BATCH, batch_id)
    statement = found.count(EntryView)
    count: int = store.execute(statement, found.parameters).fetchone()[0]
    return count


def count_of_ids(store: Store, first: str, end: str, batch_id: str | None = None) -> int:
    """Return how many entries without a created order have an id from `first` on, before `end`.

    Ids begin with the time at which the order was taken in.
    """
    found = Where()
    found.add("order_id >= ? AND order_id < ? AND state <> 'completed'", first, end)
    if batch_id is not None:
        found.add(_IN_BATCH, batch_id)
    statement = found.count(EntryView)
    count: int = store.execute(statement, found.parameters).fetchone()[0]
    return count


def failures_by_code(
    store: Store, newest: int, limit: int, since: str = "", batch_id: str | None = None
) -> list[tuple[str, int]]:
    """Return how many of the newest failed entries have each code, the most frequent first.

    Only entries that failed from `since` on count, or those of a batch.
    """
    rows = store.execute(
        "SELECT error_code, count(*) FROM (SELECT error_code FROM inbound_entry"
        f" WHERE {_FAILED_OF_BATCH if batch_id else _FAILED_SINCE} ORDER BY finished_at DESC LIMIT ?) AS failed"
        " WHERE error_code IS NOT NULL GROUP BY error_code ORDER BY 2 DESC, 1 LIMIT ?",
        (batch_id or since, newest, limit),
    )
    return [(code, n) for code, n in rows]


class MinuteWaits(NamedTuple):
    """The entries of a minute that became orders in it, and the longest time, in seconds, that one of them took."""

    minute: str
    orders: int
    longest: float


def slowest_minutes(store: Store, since: str, limit: int, batch_id: str | None = None) -> list[MinuteWaits]:
    """Return the minutes in which orders were created that had waited longest, from `since` on or of a batch."""
    rows = store.execute(
        f"SELECT substr(finished_at, 1, {_MINUTE}) AS minute, count(*),"
        f" max({_SECONDS_ON_SERVER if store.engine == 'postgresql' else _SECONDS_IN_FILE}) AS longest"
        f" FROM inbound_entry WHERE {_COMPLETED_OF_BATCH if batch_id else _COMPLETED_SINCE}"
        " GROUP BY minute ORDER BY longest DESC, minute LIMIT ?",
        (batch_id or since, limit),
    )
    return [MinuteWaits(f"{minute}:00.000Z", n, max(round(float(longest), 3), 0)) for minute, n, longest in rows]


# Each has an index; BETWEEN for the same reason as in `claims.claim`. The many new entries are read in the order of
# theirs, the few others are sorted: by their key, SQLite would read the whole table.
_WAITING = (
    select(
        EntryView,
        "WHERE state = 'new' AND target IS NULL AND isolated BETWEEN FALSE AND FALSE ORDER BY isolated, seq LIMIT ?",
    ),
    select(EntryView, "WHERE state = 'new' AND target IS NULL AND isolated = TRUE ORDER BY created_at, seq LIMIT ?"),
    select(EntryView, "WHERE state = 'in_progress' AND target IS NULL ORDER BY created_at, seq LIMIT ?"),
    select(EntryView, "WHERE state = 'pending' AND target IS NULL ORDER BY created_at, seq LIMIT ?"),
    select(
        EntryView,
        "WHERE target > '' AND state IN ('new', 'in_progress', 'pending') ORDER BY created_at, seq LIMIT ?",
    ),
)
_WAITING_OF_BATCH = select(
    EntryView, "WHERE batch_id = ? AND state IN ('new', 'in_progress', 'pending') ORDER BY created_at, seq LIMIT ?"
)


def oldest_waiting(store: Store, limit: int, batch_id: str | None = None) -> list[EntryView]:
    """Return the entries, or those of a batch, that have waited longest since they were taken in."""
    if batch_id is not None:
        found = store.execute(_WAITING_OF_BATCH, (batch_id, limit)).fetchall()
    else:
        found = [row for statement in _WAITING for row in store.execute(statement, (limit,))]
    return sorted((EntryView(*row) for row in found), key=lambda entry: (entry.created_at, entry.seq))[:limit]


def last_finished(store: Store, batch_id: str) -> str | None:
    """Return when the last entry of a batch was finished."""
    found: str | None = store.execute(
        "SELECT max(finished_at) FROM inbound_entry WHERE batch_id = ?", (batch_id,)
    ).fetchone()[0]
    return found
