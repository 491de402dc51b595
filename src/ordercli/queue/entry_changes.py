"""Change entries on request: export, retry and discard them, and delete old ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from ordercli.database.statements import select
from ordercli.database.store import Store
from ordercli.queue.entries import EntryState, EntryView


def locked(store: Store, seqs: Sequence[int]) -> list[EntryView]:
    """Return these entries, locked until the transaction ends."""
    rows = store.execute(
        select(EntryView, f"WHERE seq {store.IN_LIST} ORDER BY seq DESC {store.FOR_UPDATE}"),
        (_json(seqs),),
    )
    return [EntryView(*row) for row in rows]


def mark_exported(store: Store, seqs: Sequence[int], now: str) -> None:
    """Record, for those of these entries that failed or were withdrawn, that their exported lines may be sent."""
    store.execute(
        f"UPDATE inbound_entry SET exported_at = ? WHERE seq {store.IN_LIST}"
        " AND state IN ('error', 'cancelled') AND sent_again_as IS NULL",
        (now, _json(seqs)),
    )


def retry(store: Store, seqs: Sequence[int], actor: str, now: str) -> set[int]:
    """Let entries be claimed again, and return their keys; an entry that was ever rescued is still claimed alone.

    Their exported lines can no longer be sent.
    """
    changed = store.execute(
        "UPDATE inbound_entry SET state = 'new', status_code = 202, error_code = NULL, error = NULL, attempts = 0,"
        " losses = 0, execute_after = NULL, exported_at = NULL, finished_at = NULL, changed_by = ?, updated_at = ?"
        f" WHERE seq {store.IN_LIST} AND state IN ('error', 'pending') RETURNING seq",
        (actor, now, _json(seqs)),
    )
    return {seq for (seq,) in changed.fetchall()}


def discard(store: Store, seqs: Sequence[int], reason: str, actor: str, now: str) -> set[int]:
    """Withdraw entries, and return their keys; their errors are kept, their external ids become free.

    Their exported lines can no longer be sent.
    """
    changed = store.execute(
        "UPDATE inbound_entry SET state = 'cancelled', reason = ?, error_code = NULL, execute_after = NULL,"
        " exported_at = NULL, changed_by = ?, finished_at = ?, updated_at = ?"
        f" WHERE seq {store.IN_LIST} AND state IN ('new', 'pending', 'error') RETURNING seq",
        (reason, actor, now, now, _json(seqs)),
    )
    return {seq for (seq,) in changed.fetchall()}


def count_finished_before(store: Store, state: EntryState, before: str) -> int:
    """Return the number of entries that reached this final state before that time."""
    row = store.execute(
        "SELECT count(*) FROM inbound_entry WHERE state = ? AND state IN ('completed', 'error', 'cancelled')"
        " AND finished_at < ?",
        (str(state), before),
    ).fetchone()
    count: int = row[0]
    return count


def finished_before(store: Store, state: EntryState, before: str, limit: int) -> list[tuple[int, str]]:
    """Return the first entries that reached this final state before that time, locked: (key, batch id)."""
    return store.execute(
        "SELECT seq, batch_id FROM inbound_entry WHERE state = ? AND state IN ('completed', 'error', 'cancelled')"
        f" AND finished_at < ? ORDER BY finished_at LIMIT ? {store.SKIP_LOCKED}",
        (str(state), before, limit),
    ).fetchall()


def delete(store: Store, seqs: Collection[int]) -> None:
    """Delete entries."""
    store.execute(f"DELETE FROM inbound_entry WHERE seq {store.IN_LIST}", (_json(seqs),))


def _json(seqs: Collection[int]) -> str:
    return msgspec.json.encode(list(seqs)).decode()
