"""Claim, finish, release and rescue entries of the local queue, so that none is lost or done twice."""

from __future__ import annotations

from typing import NamedTuple

from ordercli.database.store import Store


class Pause(NamedTuple):
    """When the queue was paused, by whom and why; who did it is None if a version did that did not keep it."""

    paused_at: str
    paused_by: str | None = None
    reason: str | None = None

    def in_words(self) -> str:
        """Return what is known, to be put behind "paused"."""
        actor = f" by {self.paused_by}" if self.paused_by else ""
        return f"since {self.paused_at}{actor}{f': {self.reason}' if self.reason else ''}"


def find_pause(store: Store) -> Pause | None:
    """Return the pause of the queue; None while it is not paused."""
    row = store.execute("SELECT paused_at, paused_by, reason FROM queue_pause").fetchone()
    return Pause(*row) if row else None


def paused_since(store: Store) -> str | None:
    """Return when the queue was paused; None while it is not."""
    found = find_pause(store)
    return found.paused_at if found else None


def pause(store: Store, now: str, actor: str | None = None, reason: str | None = None) -> None:
    """Pause the queue; if it is paused already, keep the time, the actor and the reason."""
    store.execute(
        "INSERT INTO queue_pause (id, paused_at, paused_by, reason) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING",
        (now, actor, reason),
    )


def resume(store: Store) -> None:
    """End the pause."""
    store.execute("DELETE FROM queue_pause")


CLAIM_SECONDS = 60
MAX_LOSSES = 3
# The payloads of a claim are in memory until it is finished. The entry that exceeds this limit is its last.
CLAIM_BYTES = 16 * 1024 * 1024


class Claimed(NamedTuple):
    """A claimed entry, with its payload and the hash that was computed when it was accepted."""

    seq: int
    order_id: str
    external_id: str | None
    source: str
    profile: str
    filled_currency: str | None
    attempts: int
    batch_id: str
    sha256: bytes
    body: bytes
    work_notes: str | None = None
    resource: str = "productOrder"
    submitted_by: str | None = None


_OF_PAYLOAD = {"sha256", "body"}
_CLAIMED = ", ".join(f"{'p' if name in _OF_PAYLOAD else 'e'}.{name}" for name in Claimed._fields)


class Failure(NamedTuple):
    """An entry that ends in `error`: its key, the code of the error, and the error body to store (JSON text)."""

    seq: int
    error_code: str
    error: str


def work_is_waiting(store: Store, now: str) -> bool:
    """Return whether there is anything to do: an entry that is claimable, due, or claimed by a worker. Reads only."""
    row = store.execute(
        "SELECT EXISTS (SELECT 1 FROM inbound_entry WHERE state = 'new' AND target IS NULL)"
        " OR EXISTS (SELECT 1 FROM inbound_entry WHERE state = 'pending' AND target IS NULL AND execute_after <= ?)"
        " OR EXISTS (SELECT 1 FROM inbound_entry WHERE state = 'in_progress' AND target IS NULL)",
        (now,),
    ).fetchone()
    return bool(row[0])


def wake_due(store: Store, now: str) -> int:
    """Make entries whose waiting time is over claimable, and return their number."""
    return store.execute(
        "UPDATE inbound_entry SET state = 'new', execute_after = NULL, updated_at = ? WHERE seq IN (SELECT seq"
        f" FROM inbound_entry WHERE state = 'pending' AND target IS NULL AND execute_after <= ? {store.SKIP_LOCKED})",
        (now, now),
    ).rowcount


def claim(
    store: Store,
    token: str,
    worker: str,
    now: str,
    expires_at: str,
    limit: int,
    *,
    rescued_first: bool = False,
) -> int:
    """Claim up to `limit` entries in claim order, or one rescued entry alone, and return their number.

    `rescued_first` tells which kind is tried first; if there is none, the other kind is tried. Fewer entries are
    claimed if their payloads reach `CLAIM_BYTES`.
    """
    for isolated in (rescued_first, not rescued_first):
        claimed = _claim(store, token, worker, now, expires_at, limit=1 if isolated else limit, isolated=isolated)
        if claimed:
            return claimed
    return 0


def _claim(store: Store, token: str, worker: str, now: str, expires_at: str, *, limit: int, isolated: bool) -> int:
    return store.execute(
        "UPDATE inbound_entry SET state = 'in_progress', attempts = attempts + 1, claim_token = ?, worker = ?,"
        " claim_expires_at = ?, updated_at = ?"
        # MATERIALIZED: evaluating the query twice would lock twice as many rows.
        # BETWEEN, not `=`: a server drops a constant column from ORDER BY. With the column only the index of claimable
        # entries has this order. Otherwise a server with old statistics may choose the primary key, and would read all
        # finished entries for each claim.
        " WHERE seq IN (WITH chosen AS MATERIALIZED (SELECT isolated, seq FROM inbound_entry WHERE state = 'new'"
        f" AND target IS NULL AND isolated BETWEEN ? AND ? ORDER BY isolated, seq LIMIT ? {store.SKIP_LOCKED})"
        # Only the lengths: for these, neither engine reads the payloads.
        " SELECT seq FROM (SELECT chosen.seq, length(body) AS size,"
        " sum(length(body)) OVER (ORDER BY chosen.isolated, chosen.seq) AS so_far"
        " FROM chosen JOIN payload ON payload.seq = chosen.seq) AS measured WHERE so_far - size < ?)",
        (token, worker, expires_at, now, isolated, isolated, limit, CLAIM_BYTES),
    ).rowcount


def claim_one(store: Store, order_id: str, token: str, worker: str, now: str, expires_at: str) -> int:
    """Claim the entry with this order id, due or not, and return 1; return 0 if it is not waiting."""
    return store.execute(
        "UPDATE inbound_entry SET state = 'in_progress', attempts = attempts + 1, claim_token = ?, worker = ?,"
        " claim_expires_at = ?, execute_after = NULL, updated_at = ?"
        " WHERE order_id = ? AND target IS NULL AND state IN ('new', 'pending')",
        (token, worker, expires_at, now, order_id),
    ).rowcount


def claimed(store: Store, token: str) -> list[Claimed]:
    """Return the entries of a claim with their payloads, in claim order."""
    rows = store.execute(
        f"SELECT {_CLAIMED} FROM inbound_entry AS e JOIN payload AS p ON p.seq = e.seq"
        " WHERE e.state = 'in_progress' AND e.claim_token = ? ORDER BY e.seq",
        (token,),
    )
    return [Claimed(*row) for row in rows]


def complete(store: Store, token: str, seqs: str, now: str) -> set[int]:
    """Mark the entries (a JSON list of keys) that this claim still holds as completed, and return their keys."""
    rows = store.execute(
        "UPDATE inbound_entry SET state = 'completed', status_code = 201, claim_token = NULL, claim_expires_at = NULL,"
        " worker = NULL, updated_at = ?, finished_at = ?"
        f" WHERE state = 'in_progress' AND claim_token = ? AND seq {store.IN_LIST} RETURNING seq",
        (now, now, token, seqs),
    ).fetchall()
    return {seq for (seq,) in rows}


def fail(store: Store, token: str, failure: Failure, now: str) -> bool:
    """Set an entry to `error` if this claim still holds it; return whether it does."""
    return bool(
        store.execute(
            "UPDATE inbound_entry SET state = 'error', status_code = 400, error_code = ?, error = ?,"
            " claim_token = NULL,"
            " claim_expires_at = NULL, worker = NULL, updated_at = ?, finished_at = ? WHERE seq = ? AND"
            " claim_token = ?",
            (failure.error_code, failure.error, now, now, failure.seq, token),
        ).rowcount
    )


def postpone(store: Store, token: str, seq: int, execute_after: str, now: str) -> bool:
    """Let an entry wait until `execute_after` if this claim still holds it; return whether it does."""
    return bool(
        store.execute(
            "UPDATE inbound_entry SET state = 'pending', execute_after = ?, claim_token = NULL,"
            " claim_expires_at = NULL,"
            " worker = NULL, updated_at = ? WHERE seq = ? AND claim_token = ?",
            (execute_after, now, seq, token),
        ).rowcount
    )


def release(store: Store, token: str, now: str) -> int:
    """Release all entries of a claim without counting the attempt, and return their number."""
    return store.execute(
        "UPDATE inbound_entry SET state = 'new', attempts = attempts - 1, claim_token = NULL, claim_expires_at = NULL,"
        " worker = NULL, updated_at = ? WHERE state = 'in_progress' AND claim_token = ?",
        (now, token),
    ).rowcount


def renew(store: Store, token: str, expires_at: str) -> None:
    """Extend a claim."""
    store.execute(
        "UPDATE inbound_entry SET claim_expires_at = ? WHERE state = 'in_progress' AND claim_token = ?",
        (expires_at, token),
    )


def owners(store: Store) -> list[tuple[str, str]]:
    """Return the workers that hold claims: (worker, latest expiry)."""
    rows = store.execute(
        "SELECT worker, max(claim_expires_at) FROM inbound_entry"
        " WHERE state = 'in_progress' AND target IS NULL GROUP BY worker"
    )
    return [(worker, expires_at) for worker, expires_at in rows]


# The code of entries whose workers were lost as often as is allowed.
LOST = "ORD192"


def fail_lost(store: Store, worker: str, expires_at: str, now: str, lost_error: str) -> list[tuple[str, str]]:
    """Set the entries of a lost worker that have now lost their third worker to `error` (ORD192) with this body.

    `expires_at` as in `rescue`. Return each as (order id, kind of order).
    """
    rows = store.execute(
        "UPDATE inbound_entry SET state = 'error', status_code = 400, error_code = ?, error = ?,"
        " losses = losses + 1,"
        " claim_token = NULL, claim_expires_at = NULL, worker = NULL, updated_at = ?, finished_at = ?"
        " WHERE seq IN (SELECT seq FROM inbound_entry WHERE state = 'in_progress'"
        f" AND target IS NULL AND worker = ? AND claim_expires_at <= ? AND losses >= ? {store.SKIP_LOCKED})"
        " RETURNING order_id, resource",
        (LOST, lost_error, now, now, worker, expires_at, MAX_LOSSES - 1),
    ).fetchall()
    return [(order_id, resource) for order_id, resource in rows]


def rescue(store: Store, worker: str, expires_at: str, now: str) -> list[str]:
    """Release the entries of a lost worker, so that each is claimed alone, and return the kinds of their orders.

    Claims that the worker has renewed since `owners` returned `expires_at` are kept.
    """
    rows = store.execute(
        "UPDATE inbound_entry SET state = 'new', isolated = TRUE, losses = losses + 1, claim_token = NULL,"
        " claim_expires_at = NULL, worker = NULL, updated_at = ? WHERE seq IN (SELECT seq FROM inbound_entry"
        " WHERE state = 'in_progress' AND target IS NULL AND worker = ? AND claim_expires_at <= ?"
        f" {store.SKIP_LOCKED}) RETURNING resource",
        (now, worker, expires_at),
    ).fetchall()
    return [resource for (resource,) in rows]


def count_claimable(store: Store, now: str) -> int:
    """Return the number of entries that a run could claim now."""
    row = store.execute(
        "SELECT (SELECT count(*) FROM inbound_entry WHERE state = 'new' AND target IS NULL)"
        " + (SELECT count(*) FROM inbound_entry WHERE state = 'pending' AND target IS NULL AND execute_after <= ?)",
        (now,),
    ).fetchone()
    count: int = row[0]
    return count
