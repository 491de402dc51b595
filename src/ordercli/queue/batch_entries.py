"""The entries of one batch: their reports, their counts, and those that can be withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from ordercli.database.statements import BigInt, Row, select
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


class BatchEntry(Row, frozen=True, gc=False):
    """An entry in the report of its batch."""

    TABLE: ClassVar = "inbound_entry"

    seq: BigInt
    order_id: str
    external_id: str | None
    state: str
    error_code: str | None
    file: str
    line: int
    record: int


def of_batch(store: Store, batch_id: str, state: EntryState) -> Iterator[BatchEntry]:
    """Return the entries of a batch in one state, in input order."""
    rows = store.stream(
        select(BatchEntry, "WHERE batch_id = ? AND state = ? ORDER BY seq"),
        (batch_id, str(state)),
    )
    return (BatchEntry(*row) for row in rows)


def submitter(store: Store, batch_id: str) -> str | None:
    """Return who submitted the entries of a batch; None if there is none."""
    row = store.execute("SELECT submitted_by FROM inbound_entry WHERE batch_id = ? LIMIT 1", (batch_id,)).fetchone()
    return row[0] if row else None


def order_ids(store: Store, batch_id: str, limit: int) -> list[str]:
    """Return the order ids of entries of a batch, a few at most."""
    rows = store.execute("SELECT order_id FROM inbound_entry WHERE batch_id = ? LIMIT ?", (batch_id, limit))
    return [found for (found,) in rows]
