"""Run the inbound queue: once, or whenever an entry is due."""

from __future__ import annotations

from contextlib import ExitStack, closing
from time import monotonic
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.clock import timestamp
from ordercli.database.opening import listen, open_database
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.queue import claims
from ordercli.queue.workers import Worker
from ordercli.run_control import Interrupted, Stop
from ordercli.settings import Seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Listener, Store
    from ordercli.operations.drain import PreparationPool, QueueRun
    from ordercli.run_control import OnProgress
    from ordercli.settings import Settings


SMALLEST_QUEUE = 2000


def run_queue(
    database: str, settings: Settings, on_progress: OnProgress | None = None, jobs: int | None = 1
) -> QueueRun | None:
    """Create the customer orders of all queued entries; return None if there is nothing to do.

    Call `on_progress` after each claim that was processed. With `jobs` above 1, that many processes prepare the orders
    that this one writes; None chooses the number by the length of the queue.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; claims were released.
        WorkerError: one of the processes has ended.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(closing(open_database(database)))
        at = timestamp(connection.now())
        if not claims.work_is_waiting(connection, at):
            return None
        from ordercli.operations.drain import QueueRun  # an idle run from cron must be quick

        if paused_since := claims.paused_since(connection):
            run = QueueRun(remaining=claims.count_claimable(connection, at))
            run.pause(paused_since)
            return run
        jobs = jobs or _jobs_for(claims.count_claimable(connection, at))
        pool = None
        if jobs > 1:
            from ordercli.bulk.preparing import preparing  # only with several processes

            stack.close()  # SQLite's locks do not survive a fork
            pool = stack.enter_context(preparing(jobs, database, settings))
            connection = stack.enter_context(closing(open_database(database)))
            stack.callback(pool.close)  # before the connection: the last one to close it clears the write-ahead log
        worker = stack.enter_context(Worker(database, uuid7().hex))
        return _drain(connection, worker, settings, Stop().listen(), on_progress, pool)


def _jobs_for(waiting: int) -> int:
    if waiting < SMALLEST_QUEUE:
        return 1
    from ordercli.bulk.worker_pool import cpu_count  # an idle run from cron must be quick

    return cpu_count()


def _drain(
    connection: Store,
    worker: Worker,
    settings: Settings,
    stop: Stop,
    on_progress: OnProgress | None = None,
    pool: PreparationPool | None = None,
) -> QueueRun:
    from ordercli.operations.drain import drain  # an idle run from cron must be quick

    run = drain(connection, worker, settings, stop=lambda: stop.signal is not None, on_progress=on_progress, pool=pool)
    run.exit_code = code_of_stop(stop) or (ExitCode.REJECTED if run.failed else ExitCode.OK)
    return run


SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
# Each round loads the reference data anew. The limit ensures this even if the queue never becomes empty.
LONGEST_ROUND = 60.0


def watch_queue(
    database: str,
    settings: Settings,
    max_runtime: float,
    after_round: Callable[[QueueRun], None],
    while_idle: Callable[[], None] = lambda: None,
    on_hangup: Callable[[], None] | None = None,
) -> QueueRun:
    """Run the queue until a signal comes or `max_runtime` (seconds, may be inf) is over.

    Call `after_round` after each round in which entries were claimed or failed, at least once a minute while there is
    work, and `while_idle` after each round that found nothing. After an idle round wait 0.25 s, then twice as long
    each time, at most 5 s, or until the server notifies of a new entry. With `on_hangup`, SIGHUP calls that and does
    not end the watch.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; claims were released.
    """
    from ordercli.operations.drain import QueueRun  # an idle run from cron must be quick
    from ordercli.queue.entries import CHANNEL

    started, pause, total = monotonic(), SHORTEST_PAUSE, QueueRun()
    with (
        closing(open_database(database)) as connection,
        Worker(database, uuid7().hex) as worker,
        closing(listen(database, CHANNEL)) as listener,
    ):
        stop = Stop().listen(on_hangup)
        while not stop.signal and (left := max_runtime - (monotonic() - started)) > 0:
            run = _round(connection, worker, settings, left, stop)
            if run:
                total.add(run)
                total.remaining = run.remaining
                total.exit_code = run.exit_code or total.exit_code
            if run and (run.claimed or run.failed):
                after_round(run)
                pause = SHORTEST_PAUSE
            else:
                while_idle()
                _wait(listener, min(pause, left), stop)
                pause = min(pause * 2, LONGEST_PAUSE)
    total.elapsed_seconds = round(monotonic() - started, 3)
    total.exit_code = code_of_stop(stop) or total.exit_code
    return total


def _round(connection: Store, worker: Worker, settings: Settings, left: float, stop: Stop) -> QueueRun | None:
    if not claims.work_is_waiting(connection, timestamp(connection.now())) or claims.paused_since(connection):
        return None
    queue = settings.queue._replace(max_runtime=Seconds(min(left, LONGEST_ROUND)))
    return _drain(connection, worker, settings._replace(queue=queue), stop)


def _wait(listener: Listener, seconds: float, stop: Stop) -> None:
    try:
        with stop.waiting():
            listener.wait(seconds)
    except Interrupted:
        return
