"""What an operator does to entries: try them again, discard them, delete what is long done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ordercli.queue.entries import VIEW, EntryView

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ordercli.database.store import Store
    from ordercli.queue.entries import EntryState


def by_seqs(connection: Store, seqs: Sequence[int]) -> list[EntryView]:
    """The entries with these keys, the newest first."""
    rows = connection.execute(
        VIEW + " WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC",  # noqa: S608 - constants
        (json.dumps(seqs),),
    )
    return [EntryView(*row) for row in rows]


def held(connection: Store, seqs: Sequence[int]) -> list[EntryView]:
    """The same, about to be changed: nobody else changes them before the transaction ends."""
    rows = connection.execute(
        VIEW  # noqa: S608 - constants
        + " WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC /* postgresql: FOR UPDATE */",
        (json.dumps(seqs),),
    )
    return [EntryView(*row) for row in rows]


def mark_exported(connection: Store, seqs: Sequence[int], now: str) -> None:
    """Record that the exported lines of these entries may be sent, of those that failed or were withdrawn."""
    connection.execute(
        "UPDATE inbound_entry SET exported_at = ? WHERE seq IN (SELECT value FROM json_each(?))"
        " AND state IN ('error', 'cancelled') AND sent_again_as IS NULL",
        (now, json.dumps(seqs)),
    )


def retry(connection: Store, seqs: Sequence[int], now: str) -> set[int]:
    """Let entries be claimed as if they were new, and return their keys; one that was ever rescued still runs alone.

    Their exported lines can no longer be sent.
    """
    changed = connection.execute(
        "UPDATE inbound_entry SET state = 'new', status_code = 202, error_code = NULL, error = NULL, attempts = 0,"
        " losses = 0, execute_after = NULL, exported_at = NULL, finished_at = NULL, updated_at = ?"
        " WHERE seq IN (SELECT value FROM json_each(?)) AND state IN ('error', 'pending') RETURNING seq",
        (now, json.dumps(seqs)),
    )
    return {seq for (seq,) in changed.fetchall()}


def discard(connection: Store, seqs: Sequence[int], reason: str, now: str) -> set[int]:
    """Withdraw entries, and return their keys; what they failed of stays, their external ids become free.

    Their exported lines can no longer be sent.
    """
    changed = connection.execute(
        "UPDATE inbound_entry SET state = 'cancelled', reason = ?, error_code = NULL, execute_after = NULL,"
        " exported_at = NULL, finished_at = ?, updated_at = ?"
        " WHERE seq IN (SELECT value FROM json_each(?)) AND state IN ('new', 'pending', 'error') RETURNING seq",
        (reason, now, now, json.dumps(seqs)),
    )
    return {seq for (seq,) in changed.fetchall()}


def count_finished_before(connection: Store, state: EntryState, before: str) -> int:
    """How many entries came to this final state before that time."""
    row = connection.execute(
        "SELECT count(*) FROM inbound_entry WHERE state = ? AND state IN ('completed', 'error', 'cancelled')"
        " AND finished_at < ?",
        (str(state), before),
    ).fetchone()
    count: int = row[0]
    return count


def finished_before(connection: Store, state: EntryState, before: str, limit: int) -> list[tuple[int, str]]:
    """The first entries that came to this final state before that time, to be deleted: (key, batch id)."""
    return connection.execute(
        "SELECT seq, batch_id FROM inbound_entry WHERE state = ? AND state IN ('completed', 'error', 'cancelled')"
        " AND finished_at < ? ORDER BY finished_at LIMIT ? /* postgresql: FOR UPDATE SKIP LOCKED */",
        (str(state), before, limit),
    ).fetchall()


def delete(connection: Store, seqs: Collection[int]) -> None:
    """Delete entries."""
    connection.execute(
        "DELETE FROM inbound_entry WHERE seq IN (SELECT value FROM json_each(?))", (json.dumps(list(seqs)),)
    )
