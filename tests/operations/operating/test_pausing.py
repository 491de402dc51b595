from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ordercli.bulk.queue_run import run_queue
from ordercli.database.opening import open_database
from ordercli.operations.queue_status import pause_queue, resume_queue
from ordercli.queue import claims
from ordercli.settings import QueueSettings, Settings
from support.stored import enqueue_many, states

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.run_control import Progress


def test_a_paused_queue_is_not_claimed_from(connection: Store, database: str) -> None:
    enqueue_many(connection, 2)
    since = pause_queue(database, "ops").paused_at

    result = run_queue(database, Settings())

    assert result is not None
    assert (result.paused_since, result.claimed, result.remaining) == (since, 0, 2)
    assert states(connection) == {1: "new", 2: "new"}


def test_an_empty_queue_that_is_paused_is_idle(database: str) -> None:
    pause_queue(database, "ops")

    assert run_queue(database, Settings()) is None


def test_a_resumed_queue_goes_on(connection: Store, database: str) -> None:
    enqueue_many(connection, 1)
    pause = pause_queue(database, "ops", "prices are corrected")

    resumed = resume_queue(database)
    again = resume_queue(database)
    run_queue(database, Settings())

    assert (resumed, again) == (pause, None)
    assert states(connection) == {1: "completed"}


def test_a_run_stops_claiming_when_the_queue_is_paused_meanwhile(connection: Store, database: str) -> None:
    enqueue_many(connection, 2)

    def pause(_progress: Progress) -> None:
        with closing(open_database(database)) as other:
            claims.pause(other, "2026-03-01T08:00:00.000Z")

    result = run_queue(database, Settings(queue=QueueSettings(batch_size=1)), pause)

    assert result is not None
    assert (result.completed, result.remaining, result.paused_since) == (1, 1, "2026-03-01T08:00:00.000Z")
    assert states(connection) == {1: "completed", 2: "new"}
