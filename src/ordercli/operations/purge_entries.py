"""Delete queue entries that ended long ago; orders and their external ids stay."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from time import monotonic, sleep

from msgspec import UNSET

from ordercli.clock import later, now
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import Store, transaction
from ordercli.queue import batches, entry_changes
from ordercli.queue.entries import EntryState, delete_payloads
from ordercli.result_types import Count, ExitStatus, Result, Seconds, StoreName
from ordercli.run_control import OnProgress, Progress
from ordercli.settings import Settings

CHUNK = 1000


class EntriesPurged(Result):
    """The numbers of entries that were deleted, or would be, by their state."""

    completed: Count = 0
    error: Count = 0
    cancelled: Count = 0
    elapsed_seconds: Seconds = 0.0
    exit_code: ExitStatus = 0
    store: StoreName = UNSET

    @property
    def total(self) -> int:
        """Return the number of entries in all states."""
        return self.completed + self.error + self.cancelled

    def count(self, state: EntryState, deleted: int) -> None:
        """Count entries that were in this state."""
        setattr(self, state, getattr(self, state) + deleted)


@dataclass(frozen=True)
class Retention:
    """How long ended entries are kept, in seconds; discarded ones are kept as long as those in error."""

    completed: float
    error: float

    @classmethod
    def of(cls, settings: Settings) -> Retention:
        """Return the retention of the settings."""
        return cls(settings.queue.retention_completed, settings.queue.retention_error)

    def changed(self, completed: float | None, error: float | None) -> Retention:
        """Return the retention with the given times in place of its own."""
        return Retention(self.completed if completed is None else completed, self.error if error is None else error)

    def is_shorter_than(self, other: Retention) -> bool:
        """Return whether this deletes entries that the other retention keeps."""
        return self.completed < other.completed or self.error < other.error

    def limits(self) -> dict[EntryState, str]:
        """Return for each final state the time before which entries are deleted."""
        at = now()
        failed = later(at, -self.error)
        return {
            EntryState.COMPLETED: later(at, -self.completed),
            EntryState.ERROR: failed,
            EntryState.CANCELLED: failed,
        }


def purgeable(database: str, retention: Retention) -> EntriesPurged:
    """Count the entries that a purge would delete now."""
    with closing(read_database(database)) as store:
        found = EntriesPurged()
        for state, before in retention.limits().items():
            found.count(state, entry_changes.count_finished_before(store, state, before))
        return found


def purge(
    database: str,
    retention: Retention,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_progress: OnProgress | None = None,
) -> EntriesPurged:
    """Delete what is past its retention, 1000 entries to a transaction, until nothing is left or `stop` returns True.

    After each transaction, call `on_progress` and leave the write lock to others for as long as it was held.
    """
    started, result = monotonic(), EntriesPurged()
    due = purgeable(database, retention).total if on_progress else None
    with closing(open_database(database)) as store:
        for state, before in retention.limits().items():
            while not stop() and (deleted := _purge_chunk(store, state, before)):
                result.count(state, deleted)
                if on_progress:
                    on_progress(Progress(result.total, result.total, total=due))
    result.elapsed_seconds = round(monotonic() - started, 3)
    return result


def _purge_chunk(store: Store, state: EntryState, before: str) -> int:
    began = monotonic()
    with transaction(store, "purge"):
        found = entry_changes.finished_before(store, state, before, CHUNK)
        seqs = [seq for seq, _ in found]
        entry_changes.delete(store, seqs)
        if state is not EntryState.COMPLETED:
            # The order that was created needs its payload.
            delete_payloads(store, json.dumps(seqs))
        batches.count_purged(store, _per_batch(found, created=state is EntryState.COMPLETED))
    if len(found) == CHUNK:
        sleep(monotonic() - began)
    return len(found)


def _per_batch(found: list[tuple[int, str]], *, created: bool) -> list[tuple[int, int, str]]:
    """Return the counts sorted by batch, so that two purges never wait for each other."""
    counts = Counter(batch_id for _, batch_id in found)
    return [(0, n, batch_id) if created else (n, 0, batch_id) for batch_id, n in sorted(counts.items())]
