"""What became of the runs of submit: all of them, one, and the orders of one."""

from __future__ import annotations

from contextlib import closing, contextmanager
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ordercli.database.connection import open_database
from ordercli.database.transaction import snapshot
from ordercli.errors import NotFoundError
from ordercli.inbound import batches, entries
from ordercli.inbound.states import BatchStatus, EntryState
from ordercli.orders import store
from ordercli.reports.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection
    from ordercli.inbound.batches import BatchView
    from ordercli.inbound.entries import BatchEntry
    from ordercli.orders.store import OrderView

RESULTS: dict[str, str] = {EntryState.ERROR: "failed", EntryState.CANCELLED: "cancelled"}


def batch_status(batch: BatchView) -> str:
    """The status of the job (seed 004): `processing` while its input is read or orders of it wait.

    Then `failed` when its input was not read to the end, else `completed`, whatever became of single orders.
    """
    if batch.status == BatchStatus.COMPLETED and batch.waiting:
        return str(BatchStatus.PROCESSING)
    return batch.status


@contextmanager
def batch_list(database: str, *, limit: int, offset: int) -> Iterator[Page]:
    """The batches, the newest first, read while the page is open."""
    with closing(open_database(database)) as connection, snapshot(connection):
        rows = map(_row, batches.newest(connection, limit, offset))
        yield Page(rows, lambda: batches.count(connection), limit)


def batch_report(database: str, batch_id: str) -> dict[str, Any]:
    """The object of `batch show`.

    Raises:
        NotFoundError: there is no such batch.
    """
    with closing(open_database(database)) as connection, snapshot(connection):
        batch = _batch(connection, batch_id)
        fate = batches.fate(connection, batch_id)
        return {
            **_row(batch),
            "created": store.count_of_batch(connection, batch_id),
            "failed": fate.failed,
            "waiting": fate.waiting,
            "cancelled": fate.cancelled,
            "purged": batch.purged,
            "rejectsFile": batch.rejects_file if batch.rejects_bytes else None,
        }


@contextmanager
def batch_orders(database: str, batch_id: str) -> Iterator[Page]:
    """What became of each accepted order of a batch, in input order, read while the page is open.

    Raises:
        NotFoundError: there is no such batch.
    """
    with closing(open_database(database)) as connection, snapshot(connection):
        _batch(connection, batch_id)
        yield Page(_results(connection, batch_id), lambda: 0, 0)


def _batch(connection: Connection, batch_id: str) -> BatchView:
    batch = batches.by_id(connection, batch_id)
    if batch is None:
        raise NotFoundError(f"No batch has the id {batch_id!r}", hint="see `ordercli batch list`")
    return batch


def _row(batch: BatchView) -> dict[str, Any]:
    return {
        "batchId": batch.id,
        "source": batch.source,
        "mode": batch.mode,
        "profile": batch.profile,
        "status": batch_status(batch),
        **batch.counts._asdict(),
        "startedAt": batch.started_at,
        "finishedAt": batch.finished_at,
        "trackId": batch.track_id,
        "idempotencyKey": batch.idempotency_key,
        "inputs": batches.input_paths(batch),
    }


def _results(connection: Connection, batch_id: str) -> Iterator[dict[str, Any]]:
    """A row for each accepted order, from its entry, its customer order, or both; a purged entry has left no row."""
    queued = [entries.of_batch(connection, batch_id, state) for state in EntryState]
    together: Iterator[BatchEntry | OrderView] = merge(*queued, store.of_batch(connection, batch_id), key=itemgetter(0))
    for _, found in groupby(together, key=itemgetter(0)):
        yield _result(*found)


def _result(*found: BatchEntry | OrderView) -> dict[str, Any]:
    entry = next((each for each in found if isinstance(each, entries.BatchEntry)), None)
    order = next((each for each in found if isinstance(each, store.OrderView)), None)
    return {
        "orderId": found[0].order_id,
        "externalId": found[0].external_id,
        "result": "created" if order else RESULTS.get(found[0].state, "waiting"),
        "state": order.state if order else found[0].state,
        "errorCode": entry.error_code if entry else None,
        "file": entry.file if entry else None,
        "line": entry.line if entry else None,
        "record": entry.record if entry else None,
    }
