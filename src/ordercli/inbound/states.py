"""The states of an inbound queue entry and of a batch."""

from __future__ import annotations

from enum import StrEnum


class EntryState(StrEnum):
    """Where an entry stands; `pending` waits for its `execute_after`, `cancelled` was withdrawn by an operator."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    COMPLETED = "completed"
    ERROR = "error"
    CANCELLED = "cancelled"


WAITING = (EntryState.NEW, EntryState.IN_PROGRESS, EntryState.PENDING)
FINISHED = (EntryState.COMPLETED, EntryState.ERROR, EntryState.CANCELLED)


class BatchStatus(StrEnum):
    """Where a run of submit stands, as it is stored: `processing` until its input was read to the end."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
