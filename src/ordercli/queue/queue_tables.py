"""The tables of the inbound queue, made from their row types: keys, constraints and indexes."""

from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint

from ordercli.database.models import one_of, table, where
from ordercli.database.statements import Row
from ordercli.queue.batch_findings import BatchFindingRow, BatchValueRow
from ordercli.queue.batches import BatchRow
from ordercli.queue.entries import FINISHED, HOLDS_ID, LOST_ID, BatchStatus, EntryRow, EntryState, PayloadRow
from ordercli.queue.sent_again import SentAgainRow
from ordercli.queue.tallies import TallyRow


def _among(column: str, words: tuple[EntryState, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


Batch = table(
    BatchRow,
    PrimaryKeyConstraint("id"),
    CheckConstraint(one_of("status", BatchStatus), name="batch_status"),
    Index("batch_key", "idempotency_key", unique=True, **where("idempotency_key IS NOT NULL")),
    Index("ix_batch_started_at", "started_at"),
    Index("batch_kind", "kind", "started_at"),
    Index("batch_part", "part_of", **where("part_of IS NOT NULL")),
    defaults={"purged": "0", "purged_completed": "0", "kind": "submit"},
)

BatchFinding = table(
    BatchFindingRow,
    PrimaryKeyConstraint("batch_id", "code"),
    ForeignKeyConstraint(["batch_id"], ["batch.id"]),
    defaults={"refused": "0"},
)

BatchValue = table(
    BatchValueRow,
    PrimaryKeyConstraint("batch_id", "code", "value"),
    ForeignKeyConstraint(["batch_id"], ["batch.id"]),
)

SentAgain = table(
    SentAgainRow,
    PrimaryKeyConstraint("batch_id", "file", "record"),
    ForeignKeyConstraint(["sent_in"], ["batch.id"]),
    sqlite_with_rowid=False,
)

Payload = table(PayloadRow, PrimaryKeyConstraint("seq"), sqlite_autoincrement=True)

InboundEntry = table(
    EntryRow,
    PrimaryKeyConstraint("seq"),
    UniqueConstraint("order_id"),
    ForeignKeyConstraint(["seq"], ["payload.seq"]),
    ForeignKeyConstraint(["batch_id"], ["batch.id"]),
    CheckConstraint(one_of("state", EntryState), name="entry_state"),
    CheckConstraint("(state = 'in_progress') = (claim_token IS NOT NULL)", name="entry_claim"),
    CheckConstraint("(state = 'error') = (error_code IS NOT NULL)", name="entry_error"),
    CheckConstraint("(state = 'cancelled') = (reason IS NOT NULL)", name="entry_withdrawn"),
    Index("entry_claimable", "isolated", "seq", "target", **where("state = 'new' AND target IS NULL")),
    Index("entry_due", "execute_after", "target", **where("state = 'pending' AND target IS NULL")),
    Index("entry_claimed", "claim_token", "seq", "target", **where("state = 'in_progress'")),
    Index("entry_finished", "state", "finished_at", "target", **where(_among("state", FINISHED))),
    Index("entry_batch", "batch_id", "state"),
    Index(
        "entry_of_other_kind", "resource", "state", "target", **where("resource <> 'productOrder' AND target IS NULL")
    ),
    Index("entry_of_target", "target", "state", "execute_after", "seq", **where("target IS NOT NULL")),
    Index(
        "entry_external_id",
        "external_id",
        "source",
        "resource",
        unique=True,
        **where(f"external_id IS NOT NULL AND {HOLDS_ID}"),
    ),
    Index(
        "entry_lost_external_id",
        "external_id",
        **where(f"external_id IS NOT NULL AND {LOST_ID}"),
    ),
)

EntryTally = table(TallyRow, PrimaryKeyConstraint("resource", "target", "what", "cause"))


class PauseRow(Row, frozen=True, gc=False):
    """The only row while an operator has paused the queue, with id 1.

    It is not in claims.py, which an idle run imports: that has no time to load msgspec.
    """

    TABLE: ClassVar = "queue_pause"

    id: int
    paused_at: str
    paused_by: str | None
    reason: str | None


QueuePause = table(PauseRow, PrimaryKeyConstraint("id"), CheckConstraint("id = 1", name="one_pause"))
