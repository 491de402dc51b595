"""The tables of the inbound queue: batches, payloads, entries, the pause."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from ordercli.database.models import KEY, one_of, where
from ordercli.queue.entries import FINISHED, BatchStatus, EntryState


def _among(column: str, words: tuple[EntryState, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


class Batch(SQLModel, table=True):
    """One run of submit: what was read, and what became of it; or a run over requests (`kind` patch or cancel).

    A run of submit whose lines have several contexts has a batch for each: `part_of` is the first of them.
    `rejects_digest` is the SHA-256 (hex) of the first `rejects_bytes` bytes of the rejects file.
    `purged` counts entries that were deleted without having become an order, `purged_completed` those that had;
    `resume_with` is how the run was called, as JSON (see `ResumeWith`).
    """

    __table_args__ = (
        CheckConstraint(one_of("status", BatchStatus), name="batch_status"),
        Index("batch_key", "idempotency_key", unique=True, **where("idempotency_key IS NOT NULL")),
        Index("batch_kind", "kind", "started_at"),
        Index("batch_part", "part_of", **where("part_of IS NOT NULL")),
    )

    id: str = Field(primary_key=True)
    source: str
    mode: str
    profile: str
    status: str
    inputs: str
    track_id: str | None = None
    idempotency_key: str | None = None
    input_sha256: str | None = None
    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    rejected: int = 0
    warnings: int = 0
    rejects_file: str | None = None
    rejects_bytes: int = Field(default=0, sa_type=KEY)
    purged: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    purged_completed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    worker: str | None = None
    resume_with: str | None = None
    started_at: str = Field(index=True)
    finished_at: str | None = None
    rejects_digest: str | None = None
    kind: str = Field(default="submit", sa_column_kwargs={"server_default": "submit"})
    part_of: str | None = None


class SentAgain(SQLModel, table=True):
    """A line of a rejects file that was sent again and accepted, so that it is accepted once.

    `batch_id`, `file` and `record` say where it was refused first, or for an exported entry where it came from;
    `order_id` is the order that it became or changed, `sent_in` the batch that accepted it.
    """

    __tablename__ = "sent_again"
    __table_args__ = {"sqlite_with_rowid": False}

    batch_id: str = Field(primary_key=True)
    file: str = Field(primary_key=True)
    record: int = Field(primary_key=True)
    order_id: str
    sent_in: str = Field(foreign_key="batch.id")


class Payload(SQLModel, table=True):
    """The bytes of an accepted order, never changed; `seq` is the key and the claim order of all that follows."""

    __table_args__ = {"sqlite_autoincrement": True}

    seq: int = Field(primary_key=True, sa_type=KEY)
    sha256: bytes
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class InboundEntry(SQLModel, table=True):
    """One asynchronous order on its way to a customer order.

    `exported_at` is set while a line of `queue export` may be sent instead of the entry, `sent_again_as` is the id of
    the order that such a line became.
    `work_notes` is what validation had to remark, as JSON: pairs of the number of a line and a text.
    """

    __tablename__ = "inbound_entry"
    __table_args__ = (
        CheckConstraint(one_of("state", EntryState), name="entry_state"),
        CheckConstraint("(state = 'in_progress') = (claim_token IS NOT NULL)", name="entry_claim"),
        CheckConstraint("(state = 'error') = (error_code IS NOT NULL)", name="entry_error"),
        Index("entry_claimable", "isolated", "seq", **where("state = 'new'")),
        Index("entry_due", "execute_after", **where("state = 'pending'")),
        Index("entry_claimed", "claim_token", **where("state = 'in_progress'")),
        Index("entry_finished", "state", "finished_at", **where(_among("state", FINISHED))),
        Index("entry_batch", "batch_id", "state"),
        Index(
            "entry_external_id",
            "external_id",
            "source",
            unique=True,
            **where("external_id IS NOT NULL AND state NOT IN ('error', 'cancelled')"),
        ),
        Index(
            "entry_lost_external_id",
            "external_id",
            **where("external_id IS NOT NULL AND state IN ('error', 'cancelled')"),
        ),
    )

    seq: int = Field(primary_key=True, sa_type=KEY, foreign_key="payload.seq")
    order_id: str = Field(unique=True)
    resource: str
    external_id: str | None = None
    source: str
    profile: str
    filled_currency: str | None = None
    state: str
    status_code: int
    error_code: str | None = None
    error: str | None = None
    reason: str | None = None
    attempts: int = 0
    losses: int = 0
    isolated: bool = False
    worker: str | None = None
    claim_token: str | None = None
    claim_expires_at: str | None = None
    execute_after: str | None = None
    created_at: str
    updated_at: str
    finished_at: str | None = None
    batch_id: str = Field(foreign_key="batch.id")
    file: str
    line: int
    record: int
    work_notes: str | None = None
    exported_at: str | None = None
    sent_again_as: str | None = None


class QueuePause(SQLModel, table=True):
    """One row while an operator has paused the queue, else none."""

    __tablename__ = "queue_pause"
    __table_args__ = (CheckConstraint("id = 1", name="one_pause"),)

    id: int = Field(primary_key=True)
    paused_at: str
