"""The entries of one batch, chunk by chunk, while they change."""

from __future__ import annotations

from ordercli.database.store import Store
from ordercli.queue.entries import EntryState

# What an operator may withdraw; a claimed entry belongs to its worker, an entry with a target to its target.
WITHDRAWABLE = (EntryState.NEW, EntryState.PENDING, EntryState.ERROR)


def counts(store: Store, batch_id: str) -> dict[str, int]:
    """Return the number of entries of a batch by state."""
    rows = store.execute("SELECT state, count(*) FROM inbound_entry WHERE batch_id = ? GROUP BY state", (batch_id,))
    return dict(rows.fetchall())


def for_targets(store: Store, batch_id: str) -> int:
    """Return the number of entries of a batch that wait for another system, or have failed there."""
    count: int = store.execute(
        "SELECT count(*) FROM inbound_entry WHERE batch_id = ? AND state IN ('new', 'pending', 'error')"
        " AND target IS NOT NULL",
        (batch_id,),
    ).fetchone()[0]
    return count


def in_state(store: Store, batch_id: str, state: EntryState, after: int, limit: int) -> list[int]:
    """Return the keys of the next entries of a batch in a state, after a key."""
    rows = store.execute(
        "SELECT seq FROM inbound_entry WHERE batch_id = ? AND state = ? AND seq > ? ORDER BY seq LIMIT ?",
        (batch_id, str(state), after, limit),
    )
    return [seq for (seq,) in rows]
