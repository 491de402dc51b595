"""Run the inbound queue: once, or whenever an entry is due."""

from __future__ import annotations

from contextlib import ExitStack, closing
from time import monotonic
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.clock import timestamp
from ordercli.database.listening import listen, now
from ordercli.database.opening import open_database
from ordercli.operations.drain import QueueRun, drain
from ordercli.queue import claims, entries
from ordercli.queue.workers import Worker
from ordercli.run_control import Interrupted, Stop
from ordercli.settings import Seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.listening import Bell
    from ordercli.database.store import Store
    from ordercli.settings import Settings


SMALLEST_QUEUE = 2000


def drain_queue(
    database: str, settings: Settings, follow: Callable[[QueueRun], None] | None = None, jobs: int | None = 1
) -> QueueRun | None:
    """Create the customer orders of what is queued; None, at little cost, when there is nothing to do.

    `follow` is called after each claim that was worked off. `jobs`: so many processes prepare what this one
    writes; 1: it does that itself; None: as many as the entries are worth.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; claims were given back.
        MemberError: one of the processes has ended.
    """
    with closing(open_database(database)) as connection:
        at = timestamp(now(connection))
        if not claims.work_is_waiting(connection, at):
            return None
        from ordercli.operations.drain import QueueRun  # noqa: PLC0415 - an idle run from cron must be quick

        waiting = claims.count_claimable(connection, at)
        paused_since = claims.paused_since(connection)
        if paused_since:
            result = QueueRun(remaining=waiting)
            result.pause(paused_since)
            return result
    return _drained(database, settings, follow, jobs or _size(waiting))


def _drained(database: str, settings: Settings, follow: Callable[[QueueRun], None] | None, jobs: int) -> QueueRun:
    from uuid_utils import uuid7  # noqa: PLC0415 - an idle run from cron must be quick

    from ordercli.bulk.preparing import preparing  # noqa: PLC0415
    from ordercli.operations.drain import drain  # noqa: PLC0415
    from ordercli.queue.workers import Worker  # noqa: PLC0415
    from ordercli.run_control import Stop  # noqa: PLC0415

    with ExitStack() as stack:
        others = stack.enter_context(preparing(jobs, database, settings)) if jobs > 1 else None
        connection = stack.enter_context(closing(open_database(database)))
        if others:
            stack.callback(others.close)  # before the connection: the last one to close it clears the write-ahead log
        worker = stack.enter_context(Worker(database, uuid7().hex))
        return drain(connection, worker, settings, Stop().listen(), follow, others)


def _size(waiting: int) -> int:
    from ordercli.bulk.worker_pool import most_processes  # noqa: PLC0415 - an idle run from cron must be quick

    return most_processes() if waiting >= SMALLEST_QUEUE else 1


SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
# A round reads the reference data anew; work that never ends must not keep it from doing so.
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

    `after_round` hears of each round in which something was claimed or given up, at least once a minute while there is
    work; `while_idle` of each that found nothing. After such a one the queue is left alone for 0.25 s, then for ever
    longer, at most 5 s; or until a server tells that something was put in it. With `on_hangup`, SIGHUP calls that and
    does not end the watch.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; claims were given back.
    """
    started, total, pause = monotonic(), QueueRun(), SHORTEST_PAUSE
    with (
        closing(open_database(database)) as connection,
        Worker(database, uuid7().hex) as worker,
        closing(listen(database, entries.CHANNEL)) as bell,
    ):
        stop = Stop().listen(on_hangup)
        while not stop.requested and (left := max_runtime - (monotonic() - started)) > 0:
            done = _round(connection, worker, settings, left, stop)
            total.follow(done)
            if done.claimed or done.failed:
                after_round(done)
                pause = SHORTEST_PAUSE
            else:
                while_idle()
                _rest(bell, min(pause, left), stop)
                pause = min(pause * 2, LONGEST_PAUSE)
    total.elapsed_seconds = round(monotonic() - started, 3)
    total.exit_code = stop.exit_code or total.exit_code
    return total


def _round(connection: Store, worker: Worker, settings: Settings, left: float, stop: Stop) -> QueueRun:
    if not claims.work_is_waiting(connection, timestamp(now(connection))) or claims.paused_since(connection):
        return QueueRun()
    queue = settings.queue._replace(max_runtime=Seconds(min(left, LONGEST_ROUND)))
    return drain(connection, worker, settings._replace(queue=queue), stop)


def _rest(bell: Bell, seconds: float, stop: Stop) -> None:
    try:
        with stop.waiting():
            bell.wait(seconds)
    except Interrupted:
        return
