from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.submission import Run, Submission
from ordercli.bulk.submit import wait_until_processed
from ordercli.exit_codes import ExitCode
from ordercli.queue.batches import QueueCounts
from ordercli.run_control import Interrupted, Stop
from support.stored import BATCH, change_entry, enqueue_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store


@pytest.fixture
def stop() -> Iterator[Stop]:
    """A stop that listens, and gives the signals back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Stop().listen()
    for number, handler in before.items():
        signal.signal(number, handler)


def submission() -> Submission:
    return Submission(BATCH, Run("async", "cli", []), "servicenow")


def test_nothing_is_waited_for_where_nothing_waits(connection: Store, stop: Stop) -> None:
    enqueue_many(connection, 1, state="completed")
    result = submission()

    wait_until_processed(connection, result, 60, stop)

    assert (result.queue_counts, result.exit_code) == (QueueCounts(0, 0, 0), ExitCode.OK)


def test_failed_orders_end_with_1(connection: Store, stop: Stop) -> None:
    enqueue_many(connection, 2, state="completed")
    change_entry(connection, 2, state="error", error_code="ORD190")
    result = submission()

    wait_until_processed(connection, result, 60, stop)

    assert (result.queue_counts, result.exit_code) == (QueueCounts(1, 0, 0), ExitCode.REJECTED)
    reported = result.as_json()
    assert (reported["failed"], reported["waiting"], reported["exitCode"]) == (1, 0, 1)


def test_time_that_runs_out_ends_with_8(connection: Store, stop: Stop) -> None:
    enqueue_many(connection, 1)
    result = submission()

    wait_until_processed(connection, result, 0.1, stop)

    assert (result.queue_counts, result.exit_code) == (QueueCounts(0, 0, 1), ExitCode.PENDING)


def test_a_signal_ends_the_waiting_at_once(connection: Store, stop: Stop) -> None:
    enqueue_many(connection, 1)
    result = submission()
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()

    wait_until_processed(connection, result, 60, stop)

    assert result.exit_code is ExitCode.TERMINATED


def test_nothing_is_waited_for_after_a_signal(stop: Stop) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    begun = False

    with pytest.raises(Interrupted), stop.waiting():
        begun = True

    assert not begun


def test_a_signal_that_came_before_the_waiting_is_not_missed(connection: Store, stop: Stop) -> None:
    enqueue_many(connection, 1)
    os.kill(os.getpid(), signal.SIGINT)
    result = submission()

    wait_until_processed(connection, result, 60, stop)

    assert result.exit_code is ExitCode.INTERRUPTED
