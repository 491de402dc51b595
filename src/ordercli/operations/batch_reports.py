"""Report the runs of submit: all batches, one batch, and the orders of one."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import closing, contextmanager
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from ordercli.database.opening import read_database
from ordercli.database.store import Store, snapshot
from ordercli.errors import NotFoundError
from ordercli.orders import order_store
from ordercli.orders.order_rows import OrderView
from ordercli.queue import batch_entries, batch_findings, batches
from ordercli.queue.batch_entries import BatchEntry
from ordercli.queue.batches import BatchView
from ordercli.queue.entries import BatchStatus, EntryState
from ordercli.result_types import Code, Count, Id, Page, Position, Result, Time
from ordercli.settings import ProfileName

RESULTS: dict[str, Literal["failed", "cancelled"]] = {EntryState.ERROR: "failed", EntryState.CANCELLED: "cancelled"}


INTERRUPTED: Final = "interrupted"
CANCELLED: Final = "cancelled"
HTTP: Final = "http"
Kind = Literal["submit", "http", "patch", "cancel", "fulfil"]
Status = Annotated[
    Literal["processing", "interrupted", "completed", "failed", "cancelled"],
    Meta(
        description="processing while its input is read or orders of it wait; interrupted where the process that"
        " read it has ended before its end; cancelled as a whole by `batch cancel`"
    ),
]


class _Batch(Result, kw_only=True):
    """The numbers of orders that a run read or a server received, by outcome."""

    identified_by = "batchId"

    batch_id: Id
    kind: Annotated[Kind, Meta(description="http: what a server received; otherwise, the command whose run it is")]
    source: str
    mode: Literal["sync", "async"]
    profile: ProfileName
    status: Status
    read: Count
    accepted: Count
    duplicates: Count
    conflicts: Count
    rejected: Count
    warnings: Count
    started_at: Time
    finished_at: Time | None
    track_id: str | None
    idempotency_key: str | None
    inputs: list[str]


class Batch(_Batch, kw_only=True):
    """A run of submit, or what a server received: its input, its counts and its status."""

    columns = (
        *("batchId", "status", "accepted", "rejected", "startedAt"),
        *("duplicates", "conflicts", "mode", "source"),
    )

    next_command: Annotated[str | None, Meta(description="what goes on with an interrupted run")] = None


class BatchDetails(_Batch, kw_only=True):
    """A batch, the number of its accepted orders in each state, and the number of findings of each code."""

    created: Count
    failed: Count
    waiting: Count
    cancelled: Count
    purged: Annotated[Count, Meta(description="entries that were deleted without having become an order")]
    findings: Annotated[
        dict[str, Count],
        Meta(description="how many findings of each code its orders had; empty for batches of older versions"),
    ]
    rejects_file: str | None
    next_command: Annotated[str | None, Meta(description="what goes on with an interrupted run")] = None


class BatchOrder(Result):
    """The state of an accepted order of a batch."""

    columns = ("line", "externalId", "orderId", "result", "state", "errorCode")
    identified_by = "orderId"

    order_id: Id
    external_id: str | None
    result: Literal["created", "failed", "cancelled", "waiting"]
    state: Annotated[str, Meta(description="of the customer order, else of the queue entry")]
    error_code: Code | None
    file: str | None
    line: Position | None
    record: Position | None


def batch_status(batch: BatchView, ended: Container[str]) -> str:
    """Return the status of the batch.

    `interrupted`: the worker that read the input is among those that have `ended`. `processing`: the input is still
    read, or orders wait in the queue. `failed`: a limit or a broken input ended the run. `completed`: all of the input
    was read, whatever became of single orders. `cancelled`: it was cancelled as a whole, whatever it was before. What a
    server received before it ended is complete.
    """
    if batch.cancelled_at:
        return CANCELLED
    if batch.status == BatchStatus.PROCESSING and (batch.worker is None or batch.worker in ended):
        if batch.kind != HTTP:
            return INTERRUPTED
        return str(BatchStatus.PROCESSING if batch.waiting else BatchStatus.COMPLETED)
    if batch.status == BatchStatus.COMPLETED and batch.waiting:
        return str(BatchStatus.PROCESSING)
    return batch.status


@contextmanager
def batch_list(
    database: str, is_at_work: Callable[[str], bool], *, limit: int, offset: int, served_too: bool = False
) -> Iterator[Page[Batch]]:
    """Yield a page of the batches of submit, or of submit and serve, the newest first.

    `is_at_work` tells whether a worker is alive.
    """
    with closing(read_database(database)) as store:
        ended = ended_workers(batches.newest(store, limit, offset, served_too=served_too), is_at_work)
        with snapshot(store):
            rows = newest_batches(store, ended, limit, offset, served_too=served_too)
            yield Page(rows, lambda: batches.count(store, served_too=served_too), limit)


def newest_batches(
    store: Store, ended: Container[str], limit: int, offset: int = 0, *, served_too: bool = False
) -> Iterator[Batch]:
    """Return the newest batches; `ended` are workers that had ended before the snapshot began."""
    return (Batch(**_members(each, ended)) for each in batches.newest(store, limit, offset, served_too=served_too))


def batch_report(database: str, is_at_work: Callable[[str], bool], batch_id: str) -> BatchDetails:
    """Return a batch, and the number of its orders in each state.

    Raises:
        NotFoundError: there is no such batch.
    """
    with closing(read_database(database)) as store:
        ended = ended_workers([find_batch(store, batch_id)], is_at_work)
        with snapshot(store):
            return batch_details(store, ended, batch_id)


def batch_details(store: Store, ended: Container[str], batch_id: str) -> BatchDetails:
    """Return a batch within a snapshot; `ended` are workers that had ended before it began.

    Raises:
        NotFoundError: there is no such batch.
    """
    batch = find_batch(store, batch_id)
    queue_counts = batches.queue_counts(store, batch_id)
    return BatchDetails(
        **_members(batch, ended),
        created=order_store.count_of_batch(store, batch_id),
        failed=queue_counts.failed,
        waiting=queue_counts.waiting,
        cancelled=queue_counts.cancelled,
        purged=batch.purged,
        findings=batch_findings.findings(store, batch_id),
        rejects_file=batch.rejects_file if batch.rejects_bytes else None,
    )


@contextmanager
def batch_orders(database: str, batch_id: str) -> Iterator[Page[BatchOrder]]:
    """Yield the state of each accepted order of a batch, in input order; rows are read while the page is open.

    Raises:
        NotFoundError: there is no such batch.
    """
    with closing(read_database(database)) as store, snapshot(store):
        find_batch(store, batch_id)
        yield Page(_results(store, batch_id), lambda: 0, 0)


def ended_workers(found: Iterable[BatchView], is_at_work: Callable[[str], bool]) -> set[str]:
    """Return the workers of unfinished batches that have ended.

    The caller reads the batches again after this: a worker that had ended before, and is still recorded as reading a
    batch, was interrupted. A run that ends between the two reads is reported as processing or completed.
    """
    workers = {batch.worker for batch in found if batch.status == BatchStatus.PROCESSING and batch.worker}
    return {worker for worker in workers if not is_at_work(worker)}


def find_batch(store: Store, batch_id: str) -> BatchView:
    """Return a batch as it is stored.

    Raises:
        NotFoundError: there is no such batch.
    """
    batch = batches.by_id(store, batch_id)
    if batch is None:
        raise NotFoundError(f"No batch has the id {batch_id!r}", hint="see `ordercli batch list`")
    return batch


def _members(batch: BatchView, ended: Container[str]) -> dict[str, Any]:
    return {
        "batch_id": batch.id,
        "kind": batch.kind,
        "source": batch.source,
        "mode": batch.mode,
        "profile": batch.profile,
        "status": batch_status(batch, ended),
        **batch.counts._asdict(),
        "started_at": batch.started_at,
        "finished_at": batch.finished_at,
        "track_id": batch.track_id,
        "idempotency_key": batch.idempotency_key,
        "inputs": batches.input_paths(batch),
    }


def _results(store: Store, batch_id: str) -> Iterator[BatchOrder]:
    """Return a row for each accepted order, from its entry, its order, or both; purged entries have no row."""
    queued = [batch_entries.of_batch(store, batch_id, state) for state in EntryState]
    together: Iterator[BatchEntry | OrderView] = merge(
        *queued, order_store.of_batch(store, batch_id), key=attrgetter("seq")
    )
    for _, found in groupby(together, key=attrgetter("seq")):
        yield _result(*found)


def _result(*found: BatchEntry | OrderView) -> BatchOrder:
    entry = next((each for each in found if isinstance(each, BatchEntry)), None)
    order = next((each for each in found if isinstance(each, OrderView)), None)
    return BatchOrder(
        order_id=found[0].order_id,
        external_id=found[0].external_id,
        result="created" if order else RESULTS.get(found[0].state, "waiting"),
        state=order.state if order else found[0].state,
        error_code=entry.error_code if entry else None,
        file=entry.file if entry else None,
        line=entry.line if entry else None,
        record=entry.record if entry else None,
    )
