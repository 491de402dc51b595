"""Store batches: what a run has read, and the outcome of its orders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from ordercli.database.statements import BigInt, Row, insert_rows
from ordercli.database.store import NO_LIMIT, Store
from ordercli.errors import reading
from ordercli.queue.entries import BatchStatus
from ordercli.settings import ProfileName


class Counts(NamedTuple):
    """The number of orders that a run has read, and their outcomes."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    warnings: int = 0


class KeptRejects(NamedTuple):
    """The rejects file of a batch: its path, the number of committed bytes, and their SHA-256 (hex)."""

    path: str | None = None
    length: int = 0
    digest: str | None = None


class NewBatch(Row, frozen=True, gc=False):
    """A batch as it starts; `inputs` is a JSON list of paths, `resume_with` JSON (see bulk/resume.py).

    It is one run of submit, a run over requests (`kind` patch or cancel), or what one run of serve received from a
    client (`kind` http). A run of submit whose lines have several
    contexts has a batch for each: `part_of` is the first of them.
    """

    TABLE: ClassVar = "batch"

    id: str
    source: str
    mode: str
    profile: str
    inputs: str
    track_id: str | None
    idempotency_key: str | None
    rejects_file: str | None
    started_at: str
    input_sha256: str | None = None
    resume_with: str | None = None
    worker: str | None = None
    kind: str = "submit"
    part_of: str | None = None
    status: str = "processing"
    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    warnings: int = 0
    rejects_bytes: BigInt = 0
    target: str | None = None


class BatchRow(NewBatch, frozen=True, gc=False, kw_only=True):
    """A batch: how it started, and what became of it.

    `rejects_digest` is the SHA-256 (hex) of the first `rejects_bytes` bytes of the rejects file. `purged` counts
    entries that were deleted without having become an order, `purged_completed` those that had. A batch that was
    cancelled as a whole accepts nothing more.
    """

    rejects_digest: str | None = None
    finished_at: str | None = None
    purged: int = 0
    purged_completed: int = 0
    cancelled_at: str | None = None
    cancel_reason: str | None = None


class BatchView(NamedTuple):
    """A batch in its current state; `waiting` tells whether orders of it wait in the queue."""

    id: str
    source: str
    mode: Literal["sync", "async"]
    profile: ProfileName
    status: str
    inputs: str
    track_id: str | None
    idempotency_key: str | None
    input_sha256: str | None
    rejects_file: str | None
    rejects_bytes: int
    rejects_digest: str | None
    resume_with: str | None
    worker: str | None
    started_at: str
    finished_at: str | None
    purged: int
    cancelled_at: str | None
    cancel_reason: str | None
    waiting: bool
    kind: str
    part_of: str | None
    target: str | None
    read: int
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int
    warnings: int

    @property
    def counts(self) -> Counts:
        """Return how many orders were read, and their outcomes."""
        return Counts(self.read, self.accepted, self.duplicates, self.conflicts, self.rejected, self.warnings)

    @property
    def rejects(self) -> KeptRejects:
        """Return the committed part of its rejects file."""
        return KeptRejects(self.rejects_file, self.rejects_bytes, self.rejects_digest)


class QueueCounts(NamedTuple):
    """The numbers of orders of a batch that failed, were withdrawn or wait; created and purged ones are left out."""

    failed: int
    cancelled: int
    waiting: int


_COUNTS = ", ".join(f"{name} = ?" for name in Counts._fields)


def start(store: Store, batch: NewBatch) -> None:
    """Open a batch."""
    insert_rows(store, [batch])


def take_over(store: Store, batch: BatchView, worker: str) -> None:
    """Take over a batch whose run has ended without reading all of its input."""
    store.execute(
        "UPDATE batch SET worker = ?, status = 'processing', finished_at = NULL WHERE id = ?", (worker, batch.id)
    )


def advance(store: Store, batch_id: str, counts: Counts, rejects: KeptRejects, before: int) -> bool:
    """Record how far the input was read, in the transaction that writes the accepted orders.

    `rejects` has no path as long as no order was refused. Return False, with nothing recorded, if the stored position
    is not `before`: another run has taken over the batch; or if the batch was cancelled.
    """
    return bool(
        store.execute(
            f"UPDATE batch SET {_COUNTS},"
            " rejects_file = coalesce(?, rejects_file), rejects_bytes = ?, rejects_digest = ?"
            " WHERE id = ? AND read = ? AND cancelled_at IS NULL",
            (*counts, *rejects, batch_id, before),
        ).rowcount
    )


def count_requests(store: Store, batch_id: str, read: int, refused: int) -> None:
    """Add to the numbers of requests that a run has read and refused, in the transaction that handles them."""
    store.execute(
        "UPDATE batch SET read = read + ?, accepted = accepted + ?, rejected = rejected + ? WHERE id = ?",
        (read, read - refused, refused, batch_id),
    )


def finish(store: Store, batch_id: str, status: BatchStatus, at: str) -> None:
    """Close a batch: `completed` if its input was read to the end, else `failed`."""
    store.execute("UPDATE batch SET status = ?, finished_at = ? WHERE id = ?", (str(status), at, batch_id))


def cancel(store: Store, batch_id: str, reason: str, at: str) -> None:
    """Mark a batch as cancelled, unless it is already: nothing more is accepted into it."""
    store.execute(
        "UPDATE batch SET cancelled_at = ?, cancel_reason = ? WHERE id = ? AND cancelled_at IS NULL",
        (at, reason, batch_id),
    )


def count_purged(store: Store, purged: list[tuple[int, int, str]]) -> None:
    """Record the number of deleted entries of batches: (without an order, with an order, batch id)."""
    store.executemany(
        "UPDATE batch SET purged = purged + ?, purged_completed = purged_completed + ? WHERE id = ?", purged
    )


_WAITING = (
    "EXISTS (SELECT 1 FROM inbound_entry WHERE batch_id = batch.id AND state IN ('new', 'in_progress', 'pending'))"
)
_VIEW = f"SELECT {', '.join(_WAITING if name == 'waiting' else name for name in BatchView._fields)} FROM batch"


_OF_SUBMIT = " WHERE kind = 'submit'"
_OF_SUBMIT_AND_SERVE = " WHERE kind IN ('submit', 'http')"


def by_id(store: Store, batch_id: str) -> BatchView | None:
    """Return the batch with this id."""
    row = store.execute(_VIEW + " WHERE id = ?", (batch_id,)).fetchone()
    return BatchView(*row) if row else None


def of_run(store: Store, batch_id: str) -> list[BatchView]:
    """Return the batches of the run whose first batch this is, that one first."""
    rows = store.execute(_VIEW + " WHERE id = ? OR part_of = ? ORDER BY part_of IS NOT NULL, id", (batch_id, batch_id))
    return [BatchView(*row) for row in rows]


def by_key(store: Store, idempotency_key: str) -> BatchView | None:
    """Return the batch of the run that was given this idempotency key."""
    row = store.execute(_VIEW + " WHERE idempotency_key = ?", (idempotency_key,)).fetchone()
    return BatchView(*row) if row else None


def input_paths(batch: BatchView) -> list[str]:
    """Return the inputs of a batch.

    Raises:
        BadDatabaseError: the stored inputs cannot be read.
    """
    with reading(f"the inputs of batch {batch.id}"):
        return list(json.loads(batch.inputs))


def served(store: Store) -> list[tuple[str, str]]:
    """Return the batches that servers have open: id, and the worker of the server."""
    return store.execute("SELECT id, worker FROM batch WHERE kind = 'http' AND status = 'processing'").fetchall()


def served_by(store: Store, worker: str) -> list[BatchView]:
    """Return the batches that a server has open; `worker` is its name."""
    rows = store.execute(_VIEW + " WHERE kind = 'http' AND status = 'processing' AND worker = ?", (worker,))
    return [BatchView(*row) for row in rows]


def newest(store: Store, limit: int, offset: int, *, served_too: bool = False) -> Iterator[BatchView]:
    """Return the batches of submit, or of submit and serve, the newest first; `limit` 0 means no limit."""
    rows = store.stream(
        _VIEW + (_OF_SUBMIT_AND_SERVE if served_too else _OF_SUBMIT) + " ORDER BY started_at DESC LIMIT ? OFFSET ?",
        (limit or NO_LIMIT, offset),
    )
    return (BatchView(*row) for row in rows)


def count(store: Store, *, served_too: bool = False) -> int:
    """Return how many batches of submit, or of submit and serve, there are."""
    statement = "SELECT count(*) FROM batch" + (_OF_SUBMIT_AND_SERVE if served_too else _OF_SUBMIT)
    total: int = store.execute(statement).fetchone()[0]
    return total


class Received(NamedTuple):
    """What came of the orders of all batches of submit and serve; `purged` entries never became an order."""

    mode: str
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int
    purged: int


def received(store: Store) -> list[Received]:
    """Return the sums of all batches of submit and serve by mode; no batch is ever deleted."""
    rows = store.execute(
        "SELECT mode, sum(accepted), sum(duplicates), sum(conflicts), sum(rejected), sum(purged) FROM batch"
        f"{_OF_SUBMIT_AND_SERVE} GROUP BY mode ORDER BY mode"
    )
    return [Received(mode, *map(int, sums)) for mode, *sums in rows]


def first_start(store: Store) -> str | None:
    """Return when the first batch of any kind started."""
    found: str | None = store.execute("SELECT min(started_at) FROM batch").fetchone()[0]
    return found


def queue_counts(store: Store, batch_id: str) -> QueueCounts:
    """Return how many orders of a batch failed, were withdrawn or wait in the queue."""
    row = store.execute(
        "SELECT (SELECT count(*) FROM inbound_entry WHERE batch_id = ? AND state = 'error'),"
        " (SELECT count(*) FROM inbound_entry WHERE batch_id = ? AND state = 'cancelled'),"
        " (SELECT count(*) FROM inbound_entry WHERE batch_id = ? AND state IN ('new', 'in_progress', 'pending'))",
        (batch_id, batch_id, batch_id),
    ).fetchone()
    return QueueCounts(*row)


def batch_ids(store: Store, prefix: str, limit: int) -> list[str]:
    """Return ids of batches that begin with this text, the newest first."""
    rows = store.execute(
        "SELECT id FROM batch WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?", (prefix, prefix + "\U0010ffff", limit)
    )
    return [found for (found,) in rows]
