from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk import queue_run
from ordercli.bulk.queue_run import watch_queue
from ordercli.exit_codes import ExitCode
from ordercli.queue import claims
from ordercli.settings import Settings
from support.builders import product_order
from support.records import load
from support.stored import ACCEPTED_AT, enqueue, enqueue_many, states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from ordercli.operations.drain import QueueRun

SETTINGS = Settings()
STOP = signal.SIGTERM


@pytest.fixture(autouse=True)
def kept_handlers() -> Iterator[None]:
    """The signals belong to the test run again afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_what_comes_while_it_watches_is_worked_off(connection: Store, database: str) -> None:
    enqueue_many(connection, 1)
    rounds: list[int] = []

    def after_round(done: QueueRun) -> None:
        rounds.append(done.completed)
        if len(rounds) == 1:
            enqueue_many_more(connection)
        else:
            os.kill(os.getpid(), signal.SIGTERM)

    result = watch_queue(database, SETTINGS, float("inf"), after_round)

    assert (rounds, result.completed, result.claimed) == ([1, 2], 3, 3)
    assert result.exit_code is ExitCode.TERMINATED
    assert states(connection) == {1: "completed", 2: "completed", 3: "completed"}


def enqueue_many_more(connection: Store) -> None:
    connection.execute("UPDATE inbound_entry SET external_id = NULL")
    connection.execute("UPDATE customer_order SET external_id = NULL")
    enqueue_many(connection, 2)


def test_the_time_given_bounds_it(connection: Store, database: str) -> None:
    enqueue_many(connection, 1)
    rounds: list[QueueRun] = []

    result = watch_queue(database, SETTINGS, 0.3, rounds.append)

    assert (len(rounds), result.completed, result.exit_code) == (1, 1, ExitCode.OK)
    assert result.elapsed_seconds >= 0.3


def test_a_paused_queue_is_watched_and_left_alone(connection: Store, database: str) -> None:
    enqueue_many(connection, 1)
    claims.pause(connection, ACCEPTED_AT)
    rounds: list[QueueRun] = []

    result = watch_queue(database, SETTINGS, 0.1, rounds.append)

    assert (rounds, result.claimed, states(connection)) == ([], 0, {1: "new"})


def test_a_long_run_of_work_is_cut_into_rounds(
    connection: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue_many(connection, 300)
    monkeypatch.setattr(queue_run, "LONGEST_ROUND", 0.1)
    rounds: list[int] = []
    singly = SETTINGS._replace(queue=SETTINGS.queue._replace(batch_size=1))

    result = watch_queue(
        database, singly, float("inf"), lambda done: rounds.append(done.completed), lambda: os.kill(os.getpid(), STOP)
    )

    assert (sum(rounds), result.completed) == (300, 300)
    assert len(rounds) > 1


def test_reference_data_that_comes_while_it_watches_is_used_by_the_next_round(connection: Store, database: str) -> None:
    enqueue(connection, product_order("PO-1"))
    rounds: list[tuple[int, int]] = []
    validating = SETTINGS._replace(queue=SETTINGS.queue._replace(revalidate=True))

    def after_round(done: QueueRun) -> None:
        rounds.append((done.completed, done.failed))
        if len(rounds) == 1:
            load(connection, {"@type": "ProductOffering", "id": "copper"})
            enqueue(connection, product_order("PO-2"))
        else:
            os.kill(os.getpid(), STOP)

    watch_queue(database, validating, float("inf"), after_round)

    assert (rounds, states(connection)) == ([(1, 0), (0, 1)], {1: "completed", 2: "error"})
