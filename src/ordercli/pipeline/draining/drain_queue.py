"""One run of the queue from the database to its counts."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from ordercli.clock import timestamp
from ordercli.database.clock import now
from ordercli.database.connection import open_database
from ordercli.inbound import claims, pauses

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.pipeline.draining.drained import Drained
    from ordercli.settings import Settings


SMALLEST_QUEUE = 2000


def drain_queue(
    database: str, settings: Settings, follow: Callable[[Drained], None] | None = None, jobs: int | None = 1
) -> Drained | None:
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
        from ordercli.pipeline.draining.drained import Drained  # noqa: PLC0415 - an idle run from cron must be quick

        waiting = claims.count_claimable(connection, at)
        paused_since = pauses.paused_since(connection)
        if paused_since:
            return Drained(remaining=waiting, paused_since=paused_since)
    return _drained(database, settings, follow, jobs or _size(waiting))


def _drained(database: str, settings: Settings, follow: Callable[[Drained], None] | None, jobs: int) -> Drained:
    from uuid_utils import uuid7  # noqa: PLC0415 - an idle run from cron must be quick

    from ordercli.pipeline.draining.drain import drain  # noqa: PLC0415
    from ordercli.pipeline.draining.preparing import preparing  # noqa: PLC0415
    from ordercli.pipeline.runs.stopping import Stop  # noqa: PLC0415
    from ordercli.pipeline.runs.worker import Worker  # noqa: PLC0415

    with ExitStack() as stack:
        others = stack.enter_context(preparing(jobs, database, settings)) if jobs > 1 else None
        connection = stack.enter_context(closing(open_database(database)))
        if others:
            stack.callback(others.close)  # before the connection: the last one to close it clears the write-ahead log
        worker = stack.enter_context(Worker(database, uuid7().hex))
        return drain(connection, worker, settings, Stop().listen(), follow, others)


def _size(waiting: int) -> int:
    from ordercli.pipeline.runs.processors import most_processes  # noqa: PLC0415 - an idle run from cron must be quick

    return most_processes() if waiting >= SMALLEST_QUEUE else 1
