"""The queue is run again and again, whenever something in it is due."""

from __future__ import annotations

from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.clock import timestamp
from ordercli.database.clock import now
from ordercli.database.connection import open_database
from ordercli.database.listening import listen
from ordercli.inbound import claims, entries, pauses
from ordercli.pipeline.draining.drain import drain
from ordercli.pipeline.draining.drained import Drained
from ordercli.pipeline.runs.stopping import Interrupted, Stop
from ordercli.pipeline.runs.worker import Worker
from ordercli.settings import Seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.driver import Connection
    from ordercli.database.listening import Bell
    from ordercli.settings import Settings

SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
# A round reads the reference data anew; work that never ends must not keep it from doing so.
LONGEST_ROUND = 60.0


def watch_queue(
    database: str,
    settings: Settings,
    max_runtime: float,
    after_round: Callable[[Drained], None],
    while_idle: Callable[[], None] = lambda: None,
    on_hangup: Callable[[], None] | None = None,
) -> Drained:
    """Run the queue until a signal comes or `max_runtime` (seconds, may be inf) is over.

    `after_round` hears of each round in which something was claimed or given up, at least once a minute while there is
    work; `while_idle` of each that found nothing. After such a one the queue is left alone for 0.25 s, then for ever
    longer, at most 5 s; or until a server tells that something was put in it. With `on_hangup`, SIGHUP calls that and
    does not end the watch.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; claims were given back.
    """
    started, total, pause = monotonic(), Drained(), SHORTEST_PAUSE
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
    total.elapsed_seconds = monotonic() - started
    total.exit_code = stop.exit_code or total.exit_code
    return total


def _round(connection: Connection, worker: Worker, settings: Settings, left: float, stop: Stop) -> Drained:
    if not claims.work_is_waiting(connection, timestamp(now(connection))) or pauses.paused_since(connection):
        return Drained()
    queue = settings.queue._replace(max_runtime=Seconds(min(left, LONGEST_ROUND)))
    return drain(connection, worker, settings._replace(queue=queue), stop)


def _rest(bell: Bell, seconds: float, stop: Stop) -> None:
    try:
        with stop.waiting():
            bell.wait(seconds)
    except Interrupted:
        return
