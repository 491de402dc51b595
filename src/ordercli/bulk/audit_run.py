"""Check the database, in several processes if it has many orders."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

from ordercli.database.opening import open_current
from ordercli.database.store import snapshot
from ordercli.errors import OrdercliError
from ordercli.operations.audit import audit
from ordercli.operations.audit_orders import Discrepancy, order_faults
from ordercli.orders import order_audit
from ordercli.run_control import OnProgress, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.bulk.worker_pool import WorkerProcess
    from ordercli.database.store import Store

    # The key after which a part of the orders begins, and its last one.
    Part = tuple[int, int]

FEWEST_ORDERS = 2000
_MOST_PARTS = 64  # all are asked for at once, and have to fit into the pipes


def run_audit(
    database: str, receipt_file: str | None = None, on_progress: OnProgress | None = None, jobs: int | None = 1
) -> Iterator[Discrepancy]:
    """Yield what `audit` yields. With `jobs` above 1, that many processes compare orders with their documents.

    They begin while this one still checks the file and the queue, and read each part of the orders in a snapshot of its
    own: an order is compared only with what belongs to it. With None there is one for each CPU, at most 4, from 2,000
    orders on. They are killed at the end: in a damaged file, a statement may read the same rows for ever.

    Raises:
        BadDatabaseError, BadInputError: as `audit`.
        WorkerError, TryAgainError: one of the processes has ended.
    """
    last = 0 if jobs == 1 else _last_order(database)
    size = _process_count(last) if jobs is None else jobs
    if size == 1:
        yield from audit(database, receipt_file, on_progress)
        return
    from ordercli.bulk.worker_pool import worker_processes  # only with several processes

    with worker_processes(size, partial(checker, database), only_read=True) as workers:
        yield from audit(database, receipt_file, on_progress, in_processes(workers, last))


def _last_order(database: str) -> int:
    """Return the greatest key of an order; 0 where it cannot be read, which the check reports."""
    try:
        with closing(open_current(database)) as store:
            return order_audit.last_seq(store)
    except OrdercliError:
        return 0


def _process_count(last: int) -> int:
    if last < FEWEST_ORDERS:
        return 1
    from ordercli.bulk.worker_pool import cpu_count  # as above

    return cpu_count()


def in_processes(
    workers: list[WorkerProcess], last: int
) -> Callable[[Store, OnProgress | None], Iterator[Discrepancy]]:
    """Let the processes check the orders up to a key, and return what yields the faults of these and of later ones."""
    size = max(-(-last // _MOST_PARTS), 1)
    parts = [(after, min(after + size, last)) for after in range(0, last, size)]
    for worker, part in zip(cycle(workers), parts, strict=False):
        worker.ask(part)

    def faults(store: Store, on_progress: OnProgress | None) -> Iterator[Discrepancy]:
        read = 0
        for worker, (_, end) in zip(cycle(workers), parts, strict=False):
            found, count = worker.answer()
            yield from found
            read += count
            if on_progress:
                on_progress(Progress(end, read, total=last))
        yield from order_faults(store, after=last)

    return faults


def checker(database: str) -> Callable[[Part], tuple[list[Discrepancy], int]]:
    """Return what checks a part: its faults, and how many orders it has."""
    store = open_current(database)

    def check(part: Part) -> tuple[list[Discrepancy], int]:
        counts = [0]
        after, last = part
        with snapshot(store):
            found = list(order_faults(store, lambda seen: counts.append(seen.counted), after=after, last=last))
        return found, counts[-1]

    return check
