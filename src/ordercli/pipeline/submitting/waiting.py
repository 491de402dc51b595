"""A batch in the queue is waited for until somebody has worked it off."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING

from ordercli.inbound import batches
from ordercli.pipeline.runs.stopping import Interrupted

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from ordercli.pipeline.runs.stopping import Stop
    from ordercli.pipeline.submitting.submission import Submission

SHORTEST, LONGEST = 0.05, 2.0


def wait_until_processed(connection: Connection, result: Submission, seconds: float, stop: Stop) -> None:
    """Wait until no order of the run waits, the time is up, or a signal comes; the result learns where they stand."""
    until = monotonic() + seconds
    for each in result.batches:
        if each.run.mode == "async":
            _wait_for(connection, each, until, stop)


def _wait_for(connection: Connection, result: Submission, until: float, stop: Stop) -> None:
    pause = SHORTEST
    while not stop.requested:
        result.fate = batches.fate(connection, result.batch_id)
        left = until - monotonic()
        if not result.fate.waiting or left <= 0:
            break
        try:
            with stop.waiting():
                sleep(min(pause, left))
        except Interrupted:
            break
        pause = min(pause * 2, LONGEST)
    result.end(stop)
