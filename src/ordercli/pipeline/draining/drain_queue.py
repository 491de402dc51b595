"""One run of the queue from the database to its counts."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ordercli.clock import timestamp
from ordercli.database.clock import now
from ordercli.database.connection import open_database
from ordercli.inbound import claims, pauses

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.pipeline.draining.drained import Drained
    from ordercli.settings import Settings


def drain_queue(database: str, settings: Settings, follow: Callable[[Drained], None] | None = None) -> Drained | None:
    """Create the customer orders of what is queued; None, at little cost, when there is nothing to do.

    `follow` is called after each claim that was worked off.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; claims were given back.
    """
    with closing(open_database(database)) as connection:
        at = timestamp(now(connection))
        if not claims.work_is_waiting(connection, at):
            return None
        from ordercli.pipeline.draining.drained import Drained  # noqa: PLC0415 - an idle run from cron must be quick

        paused_since = pauses.paused_since(connection)
        if paused_since:
            return Drained(remaining=claims.count_claimable(connection, at), paused_since=paused_since)
        from uuid_utils import uuid7  # noqa: PLC0415

        from ordercli.pipeline.draining.drain import drain  # noqa: PLC0415
        from ordercli.pipeline.runs.stopping import Stop  # noqa: PLC0415
        from ordercli.pipeline.runs.worker import Worker  # noqa: PLC0415

        with Worker(database, uuid7().hex) as worker:
            return drain(connection, worker, settings, Stop().listen(), follow)
