"""Claim, postpone and rescue entries whose orders go to a target; `claims` has what they share with local entries.

An entry that is `pending` without a time waits for a person: whether its order arrived is uncertain.
"""

from __future__ import annotations

from ordercli.database.store import Store


def work_is_waiting(store: Store, target: str, now: str) -> bool:
    """Return whether there is anything to do for a target: an entry that is due, or claimed by a worker."""
    row = store.execute(
        "SELECT EXISTS (SELECT 1 FROM inbound_entry WHERE target = ? AND state = 'new')"
        " OR EXISTS (SELECT 1 FROM inbound_entry WHERE target = ? AND state = 'pending' AND execute_after <= ?)"
        " OR EXISTS (SELECT 1 FROM inbound_entry WHERE target = ? AND state = 'in_progress')",
        (target, target, now, target),
    ).fetchone()
    return bool(row[0])


def wake_due(store: Store, target: str, now: str) -> int:
    """Make entries whose waiting time is over claimable, and return their number."""
    return store.execute(
        "UPDATE inbound_entry SET state = 'new', execute_after = NULL, updated_at = ? WHERE seq IN (SELECT seq"
        f" FROM inbound_entry WHERE target = ? AND state = 'pending' AND execute_after <= ? {store.SKIP_LOCKED})",
        (now, target, now),
    ).rowcount


def claim(store: Store, target: str, token: str, worker: str, now: str, expires_at: str, limit: int) -> int:
    """Claim up to `limit` entries in the order in which they came, and return their number."""
    return store.execute(
        "UPDATE inbound_entry SET state = 'in_progress', attempts = attempts + 1, claim_token = ?, worker = ?,"
        " claim_expires_at = ?, updated_at = ?"
        # MATERIALIZED: evaluating the query twice would lock twice as many rows.
        " WHERE seq IN (WITH chosen AS MATERIALIZED (SELECT seq FROM inbound_entry WHERE target = ? AND state = 'new'"
        f" AND execute_after IS NULL ORDER BY seq LIMIT ? {store.SKIP_LOCKED}) SELECT seq FROM chosen)",
        (token, worker, expires_at, now, target, limit),
    ).rowcount


def in_flight(store: Store, target: str, worker: str) -> tuple[int, int]:
    """Return the number of entries for a target that are claimed and not known to be there: all, those of others."""
    found: tuple[int, int] = store.execute(
        "SELECT count(*), count(CASE WHEN e.worker <> ? THEN 1 END) FROM inbound_entry AS e"
        " JOIN forward AS f ON f.order_id = e.order_id"
        " WHERE e.target = ? AND e.state = 'in_progress' AND f.remote_id IS NULL",
        (worker, target),
    ).fetchone()
    return found


def owners(store: Store, target: str) -> list[tuple[str, str]]:
    """Return the workers that hold claims for a target: (worker, latest expiry)."""
    rows = store.execute(
        "SELECT worker, max(claim_expires_at) FROM inbound_entry WHERE target = ? AND state = 'in_progress'"
        " GROUP BY worker",
        (target,),
    )
    return [(worker, expires_at) for worker, expires_at in rows]


def rescue(store: Store, target: str, worker: str, expires_at: str, execute_after: str, now: str) -> list[str]:
    """Let the entries of a lost worker wait until `execute_after`: what it sent may still be on its way.

    Claims that the worker has renewed since `owners` returned `expires_at` are kept. Return the kinds of the orders.
    """
    rows = store.execute(
        "UPDATE inbound_entry SET state = 'pending', execute_after = ?, losses = losses + 1, claim_token = NULL,"
        " claim_expires_at = NULL, worker = NULL, updated_at = ? WHERE seq IN (SELECT seq FROM inbound_entry"
        f" WHERE target = ? AND state = 'in_progress' AND worker = ? AND claim_expires_at <= ? {store.SKIP_LOCKED})"
        " RETURNING resource",
        (execute_after, now, target, worker, expires_at),
    ).fetchall()
    return [resource for (resource,) in rows]


def release(store: Store, token: str, seq: int, now: str) -> bool:
    """Release one entry without counting the attempt, if this claim still holds it; return whether it does."""
    return bool(
        store.execute(
            "UPDATE inbound_entry SET state = 'new', attempts = attempts - 1, claim_token = NULL,"
            " claim_expires_at = NULL, worker = NULL, updated_at = ? WHERE seq = ? AND claim_token = ?",
            (now, seq, token),
        ).rowcount
    )


def leave_to_people(store: Store, token: str, seq: int, now: str) -> bool:
    """Let an entry wait without a time if this claim still holds it; return whether it does."""
    return bool(
        store.execute(
            "UPDATE inbound_entry SET state = 'pending', execute_after = NULL, claim_token = NULL,"
            " claim_expires_at = NULL, worker = NULL, updated_at = ? WHERE seq = ? AND claim_token = ?",
            (now, seq, token),
        ).rowcount
    )


def go_on(store: Store, seq: int, now: str) -> bool:
    """Let an entry that waits for a person be claimed again; return whether it waited for one."""
    return bool(
        store.execute(
            "UPDATE inbound_entry SET state = 'new', attempts = 0, updated_at = ?"
            " WHERE seq = ? AND target IS NOT NULL AND state = 'pending' AND execute_after IS NULL",
            (now, seq),
        ).rowcount
    )


def doubt(store: Store, now: str) -> int:
    """Note that every waiting order for a target may have been sent, so that it is looked for first; return how many.

    This is for a database that was restored: what the backup knows as unsent may be at the target.
    """
    return store.execute(
        "UPDATE forward SET sent_at = ?, lookups = 0 WHERE remote_id IS NULL AND order_id IN (SELECT order_id"
        " FROM inbound_entry WHERE target IS NOT NULL AND state IN ('new', 'pending', 'in_progress'))",
        (now,),
    ).rowcount


def count_due(store: Store, target: str, now: str) -> int:
    """Return the number of entries for a target that could be claimed now."""
    row = store.execute(
        "SELECT (SELECT count(*) FROM inbound_entry WHERE target = ? AND state = 'new')"
        " + (SELECT count(*) FROM inbound_entry WHERE target = ? AND state = 'pending' AND execute_after <= ?)",
        (target, target, now),
    ).fetchone()
    count: int = row[0]
    return count


def count_by_state(store: Store) -> dict[str, dict[str, int]]:
    """Return the number of entries by target and state; those that wait for a person count as `uncertain`."""
    found: dict[str, dict[str, int]] = {}
    rows = store.execute(
        "SELECT target, CASE WHEN state = 'pending' AND execute_after IS NULL THEN 'uncertain' ELSE state END AS shown,"
        " count(*) FROM inbound_entry WHERE target IS NOT NULL GROUP BY target, shown"
    )
    for target, state, count in rows:
        found.setdefault(target, {})[state] = count
    return found


def oldest_due(store: Store, target: str, now: str) -> str | None:
    """Return since when the longest waiting entry for a target is due."""
    row = store.execute(
        "SELECT min(due) FROM (SELECT min(created_at) AS due FROM inbound_entry WHERE target = ? AND state = 'new'"
        " UNION ALL SELECT min(execute_after) FROM inbound_entry WHERE target = ? AND state = 'pending'"
        " AND execute_after <= ?) AS moments",
        (target, target, now),
    ).fetchone()
    due: str | None = row[0]
    return due
