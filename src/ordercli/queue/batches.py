"""Batches: what a run has read, and what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

from ordercli.database.dialect import NO_LIMIT, stream
from ordercli.database.faults import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from ordercli.queue.entries import BatchStatus
    from ordercli.settings import Profile


class Account(NamedTuple):
    """A batch: how many orders it accepted, and how many of them can be accounted for.

    `created` are customer orders. Of an asynchronous batch `kept` are entries that wait, failed or were withdrawn,
    `purged` deleted ones of these; `completed` entries, and deleted ones of these (`purged_completed`), stand beside
    their orders.
    """

    batch_id: str
    mode: str
    accepted: int
    created: int
    kept: int
    purged: int
    completed: int
    purged_completed: int


def accounts(connection: Store) -> list[Account]:
    """Return the accounts of all batches of submit, the oldest first."""
    rows = connection.execute(
        "SELECT b.id, b.mode, b.accepted, (SELECT count(*) FROM customer_order AS o WHERE o.batch_id = b.id),"
        " (SELECT count(*) FROM inbound_entry AS e WHERE e.batch_id = b.id AND e.state <> 'completed'),"
        " b.purged,"
        " (SELECT count(*) FROM inbound_entry AS e WHERE e.batch_id = b.id AND e.state = 'completed'),"
        " b.purged_completed FROM batch AS b WHERE b.kind = 'submit' ORDER BY b.started_at"
    )
    return [Account(*row) for row in rows]


def completed_without_order(connection: Store) -> list[str]:
    """The order ids of completed entries for which there is no customer order."""
    rows = connection.execute(
        "SELECT e.order_id FROM inbound_entry AS e LEFT JOIN customer_order AS o USING (seq, order_id)"
        " WHERE e.state = 'completed' AND o.seq IS NULL"
    )
    return [order_id for (order_id,) in rows]


def created_but_not_completed(connection: Store) -> list[tuple[str, str]]:
    """The order ids of customer orders whose entry says something else, and what it says."""
    rows = connection.execute(
        "SELECT e.order_id, e.state FROM inbound_entry AS e JOIN customer_order AS o USING (seq)"
        " WHERE e.state <> 'completed'"
    )
    return [(order_id, state) for order_id, state in rows]


def external_ids_twice(connection: Store) -> list[tuple[str, str]]:
    """External ids, with their source, that an entry and the customer order of another one hold at once."""
    rows = connection.execute(
        "SELECT e.external_id, e.source FROM inbound_entry AS e JOIN customer_order AS o USING (external_id, source)"
        " WHERE e.external_id IS NOT NULL AND e.state NOT IN ('error', 'cancelled') AND o.order_id <> e.order_id"
    )
    return [(external_id, source) for external_id, source in rows]


def miscounted(connection: Store) -> list[tuple[str, int, int]]:
    """Batches that have read other than they have decided about: (id, read, decided)."""
    rows = connection.execute(
        "SELECT id, read, accepted + duplicates + conflicts + rejected AS decided FROM batch"
        " WHERE read <> accepted + duplicates + conflicts + rejected ORDER BY started_at"
    )
    return [(batch_id, read, decided) for batch_id, read, decided in rows]


def ownerless_payloads(connection: Store) -> list[int]:
    """The keys of accepted documents that belong neither to an entry nor to a customer order."""
    rows = connection.execute(
        "SELECT p.seq FROM payload AS p LEFT JOIN inbound_entry AS e ON e.seq = p.seq"
        " LEFT JOIN customer_order AS o ON o.seq = p.seq WHERE e.seq IS NULL AND o.seq IS NULL ORDER BY p.seq"
    )
    return [seq for (seq,) in rows]


def unlike_their_orders(connection: Store) -> list[str]:
    """The order ids of completed entries whose customer order has another batch, source, profile or external id."""
    rows = connection.execute(
        "SELECT e.order_id FROM inbound_entry AS e JOIN customer_order AS o ON o.seq = e.seq"
        " WHERE e.state = 'completed' AND (e.order_id <> o.order_id OR e.batch_id <> o.batch_id"
        " OR e.source <> o.source OR e.profile <> o.profile"
        " OR coalesce(e.external_id, '') <> coalesce(o.external_id, '')) ORDER BY e.seq"
    )
    return [order_id for (order_id,) in rows]


def stored_errors(connection: Store) -> list[tuple[str, str | None]]:
    """The order ids of entries in error, with their stored error bodies (JSON text)."""
    rows = connection.execute("SELECT order_id, error FROM inbound_entry WHERE state = 'error' ORDER BY seq")
    return [(order_id, error) for order_id, error in rows]


def unknown_among(connection: Store, order_ids: str) -> set[str]:
    """Which of these order ids (a JSON list) neither an entry nor a customer order has."""
    rows = connection.execute(
        "SELECT wanted.value FROM json_each(?) AS wanted"
        " WHERE NOT EXISTS (SELECT 1 FROM customer_order WHERE order_id = wanted.value)"
        " AND NOT EXISTS (SELECT 1 FROM inbound_entry WHERE order_id = wanted.value)",
        (order_ids,),
    )
    return {order_id for (order_id,) in rows}


def purged_without_order(connection: Store) -> int:
    """How many entries that had not become an order were deleted."""
    return int(connection.execute("SELECT coalesce(sum(purged), 0) FROM batch").fetchone()[0])


class Counts(NamedTuple):
    """How many orders a run has read, and how they ended."""

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    warnings: int = 0


class KeptRejects(NamedTuple):
    """The rejects file of a batch: so many bytes of it are committed, and this is their SHA-256 (hex)."""

    path: str | None = None
    length: int = 0
    digest: str | None = None


class NewBatch(NamedTuple):
    """A batch as it starts; `inputs` is a JSON list of paths, `resume_with` JSON (see pipeline/submitting/resuming).

    `kind` is `submit`, `patch` or `cancel`; `part_of` is the first batch of the run, where a run has several.
    """

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


class BatchView(NamedTuple):
    """A batch as it stands; `waiting` tells whether orders of it wait in the queue."""

    id: str
    source: str
    mode: Literal["sync", "async"]
    profile: Profile
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
    waiting: bool
    kind: str
    part_of: str | None
    read: int
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int
    warnings: int

    @property
    def counts(self) -> Counts:
        """How far the input was read, and what became of it."""
        return Counts(*self[-6:])

    @property
    def rejects(self) -> KeptRejects:
        """What is committed of its rejects file."""
        return KeptRejects(self.rejects_file, self.rejects_bytes, self.rejects_digest)


class Fate(NamedTuple):
    """How many orders of a batch stand where in the queue; those that became orders, or were purged, are not in it."""

    failed: int
    cancelled: int
    waiting: int


def start(connection: Store, batch: NewBatch) -> None:
    """Open a batch."""
    connection.execute(
        "INSERT INTO batch (id, source, mode, profile, inputs, track_id, idempotency_key, rejects_file, started_at,"
        " input_sha256, resume_with, worker, kind, part_of, status, read, accepted, duplicates, conflicts, rejected,"
        " warnings, rejects_bytes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'processing', 0, 0, 0, 0, 0, 0, 0)",
        batch,
    )


def take_over(connection: Store, batch: BatchView, worker: str) -> None:
    """Go on with a batch whose run has ended without reading all of its input."""
    connection.execute(
        "UPDATE batch SET worker = ?, status = 'processing', finished_at = NULL WHERE id = ?", (worker, batch.id)
    )


def advance(connection: Store, batch_id: str, counts: Counts, rejects: KeptRejects, before: int) -> bool:
    """Write down how far the input was read, in the transaction that keeps what was accepted of it.

    `rejects` have no path while there are none.
    The fence: False where it had not been read as far as `before`, because another run has taken the batch over.
    """
    return bool(
        connection.execute(
            "UPDATE batch SET read = ?, accepted = ?, duplicates = ?, conflicts = ?, rejected = ?, warnings = ?,"
            " rejects_file = coalesce(?, rejects_file), rejects_bytes = ?, rejects_digest = ?"
            " WHERE id = ? AND read = ?",
            (*counts, *rejects, batch_id, before),
        ).rowcount
    )


def count_requests(connection: Store, batch_id: str, read: int, refused: int) -> None:
    """Add to what a run over requests has read and refused, in the transaction that handles them."""
    connection.execute(
        "UPDATE batch SET read = read + ?, accepted = accepted + ?, rejected = rejected + ? WHERE id = ?",
        (read, read - refused, refused, batch_id),
    )


def finish(connection: Store, batch_id: str, status: BatchStatus, at: str) -> None:
    """Close a batch: `completed` when its input was read to the end, else `failed`."""
    connection.execute("UPDATE batch SET status = ?, finished_at = ? WHERE id = ?", (str(status), at, batch_id))


def count_purged(connection: Store, purged: list[tuple[int, int, str]]) -> None:
    """Write down how many entries of batches were deleted: (without an order, with an order, batch id)."""
    connection.executemany(
        "UPDATE batch SET purged = purged + ?, purged_completed = purged_completed + ? WHERE id = ?", purged
    )


_VIEW = (
    "SELECT id, source, mode, profile, status, inputs, track_id, idempotency_key, input_sha256, rejects_file,"
    " rejects_bytes, rejects_digest, resume_with, worker, started_at, finished_at, purged,"
    " EXISTS (SELECT 1 FROM inbound_entry WHERE batch_id = batch.id AND state IN ('new', 'in_progress', 'pending')),"
    " kind, part_of, read, accepted, duplicates, conflicts, rejected, warnings FROM batch"
)


def by_id(connection: Store, batch_id: str) -> BatchView | None:
    """The batch with this id."""
    row = connection.execute(_VIEW + " WHERE id = ?", (batch_id,)).fetchone()
    return BatchView(*row) if row else None


def of_run(connection: Store, batch_id: str) -> list[BatchView]:
    """Return the batches of the run whose first batch this is, that one first."""
    rows = connection.execute(
        _VIEW + " WHERE id = ? OR part_of = ? ORDER BY part_of IS NOT NULL, id", (batch_id, batch_id)
    )
    return [BatchView(*row) for row in rows]


def by_key(connection: Store, idempotency_key: str) -> BatchView | None:
    """The batch of the run that was given this idempotency key."""
    row = connection.execute(_VIEW + " WHERE idempotency_key = ?", (idempotency_key,)).fetchone()
    return BatchView(*row) if row else None


def input_paths(batch: BatchView) -> list[str]:
    """The inputs of a batch.

    Raises:
        BadDatabaseError: they are no longer what was written.
    """
    with reading(f"the inputs of batch {batch.id}"):
        return list(json.loads(batch.inputs))


def newest(connection: Store, limit: int, offset: int) -> Iterator[BatchView]:
    """Return the batches of submit, the newest first; `limit` 0 gives all."""
    rows = stream(
        connection,
        _VIEW + " WHERE kind = 'submit' ORDER BY started_at DESC LIMIT ? OFFSET ?",
        (limit or NO_LIMIT, offset),
    )
    return (BatchView(*row) for row in rows)


def count(connection: Store) -> int:
    """Return how many batches of submit there are."""
    total: int = connection.execute("SELECT count(*) FROM batch WHERE kind = 'submit'").fetchone()[0]
    return total


def fate(connection: Store, batch_id: str) -> Fate:
    """Where the orders of a batch stand in the queue."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM inbound_entry WHERE batch_id = ? AND state = 'error'),"
        " (SELECT count(*) FROM inbound_entry WHERE batch_id = ? AND state = 'cancelled'),"
        " (SELECT count(*) FROM inbound_entry WHERE batch_id = ? AND state IN ('new', 'in_progress', 'pending'))",
        (batch_id, batch_id, batch_id),
    ).fetchone()
    return Fate(*row)
