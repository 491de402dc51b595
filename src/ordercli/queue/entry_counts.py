"""Count the entries of the local queue, and tell since when the oldest one waits."""

from __future__ import annotations

from ordercli.database.store import Store

# The condition of the index of finished entries, without which it is not used.
_FINISHED = "state IN ('completed', 'error', 'cancelled')"


def count_by_state(store: Store) -> dict[str, int]:
    """Return the number of entries of the local queue in each state, each counted over its own partial index."""
    row = store.execute(
        "SELECT (SELECT count(*) FROM inbound_entry WHERE state = 'new' AND target IS NULL),"
        " (SELECT count(*) FROM inbound_entry WHERE state = 'in_progress' AND target IS NULL),"
        " (SELECT count(*) FROM inbound_entry WHERE state = 'pending' AND target IS NULL),"
        f" (SELECT count(*) FROM inbound_entry WHERE state = 'completed' AND {_FINISHED} AND target IS NULL),"
        f" (SELECT count(*) FROM inbound_entry WHERE state = 'error' AND {_FINISHED} AND target IS NULL),"
        f" (SELECT count(*) FROM inbound_entry WHERE state = 'cancelled' AND {_FINISHED} AND target IS NULL)"
    ).fetchone()
    return dict(zip(("new", "in_progress", "pending", "completed", "error", "cancelled"), row, strict=True))


def count_by_kind(store: Store) -> dict[str, dict[str, int]]:
    """Return the number of entries of the local queue by kind of order and state, without product orders.

    These have no index for it.
    """
    found: dict[str, dict[str, int]] = {}
    rows = store.execute(
        "SELECT resource, state, count(*) FROM inbound_entry WHERE resource <> 'productOrder' AND target IS NULL"
        " GROUP BY resource, state"
    )
    for resource, state, count in rows:
        found.setdefault(resource, {})[state] = count
    return found


def oldest_due(store: Store, now: str) -> str | None:
    """Return since when the longest waiting entry of the local queue is due.

    That is its arrival, `execute_after` or the end of a lost claim.
    """
    row = store.execute(
        "SELECT min(due) FROM ("
        "SELECT min(created_at) AS due FROM (SELECT created_at FROM inbound_entry"
        # BETWEEN for the same reason as in `claims.claim`.
        " WHERE state = 'new' AND target IS NULL AND isolated BETWEEN FALSE AND FALSE ORDER BY isolated, seq LIMIT 1)"
        " AS first"
        " UNION ALL SELECT min(created_at) FROM inbound_entry WHERE state = 'new' AND target IS NULL"
        " AND isolated = TRUE"
        " UNION ALL SELECT min(execute_after) FROM inbound_entry WHERE state = 'pending' AND target IS NULL"
        " AND execute_after <= ?"
        " UNION ALL SELECT min(claim_expires_at) FROM inbound_entry"
        " WHERE state = 'in_progress' AND target IS NULL AND claim_expires_at <= ?) AS moments",
        (now, now),
    ).fetchone()
    due: str | None = row[0]
    return due
