from __future__ import annotations

import os
import signal
from contextlib import closing
from operator import gt
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.bulk import preparing
from ordercli.bulk.queue_run import run_queue
from ordercli.database.opening import open_database
from ordercli.errors import TryAgainError
from ordercli.exit_codes import ExitCode
from ordercli.operations import drain
from ordercli.operations.create import Creation, Prepared
from ordercli.operations.drain import QueueRun
from ordercli.settings import QueueSettings, Settings
from support.builders import encoded, line, product_order
from support.running import children
from support.stored import column, enqueue, enqueue_many, rows, states

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.queue.claims import Claimed

pytestmark = pytest.mark.slow

OF_TWO = Settings(queue=QueueSettings(batch_size=2))
TIMES = {"order_id", "created_at", "updated_at", "finished_at", "at", "error"}
TABLES = ("inbound_entry", "customer_order", "order_line_item", "order_line_item_contact", "order_history")


def run(database: str, jobs: int, settings: Settings = OF_TWO) -> QueueRun:
    """What a run comes to, less its time; no connection is open while processes are made."""
    result = run_queue(database, settings, jobs=jobs)
    assert result
    result.elapsed_seconds = 0.0
    return result


def filled(database: str) -> None:
    with closing(open_database(database)) as connection:
        good = [product_order(f"PO-{n}", productOrderItem=[line("1"), line("2")]) for n in range(1, 8)]
        enqueue(connection, *good[:3], b"[1]", *good[3:])
        damaged = encoded(product_order("PO-5")).replace(b"EUR", b"SEK")
        connection.execute("UPDATE payload SET body = ? WHERE seq = 6", (damaged,))


def left(database: str) -> dict[str, list[dict[str, Any]]]:
    """All rows that the run wrote, less ids and times."""
    with closing(open_database(database)) as connection:
        return {
            table: [{name: each[name] for name in each if name not in TIMES} for each in rows(connection, table)]
            for table in TABLES
        }


def fails_at(external_id: str, fail: Callable[[], object]) -> Callable[[Creation, Claimed], Prepared]:
    """How an entry is prepared, but for one."""
    prepare = Creation._prepare

    def failing(self: Creation, entry: Claimed) -> Prepared:
        if entry.external_id == external_id:
            fail()
        return prepare(self, entry)

    return failing


def bug() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.parametrize("revalidate", [False, True])
def test_several_processes_create_the_same_as_one(
    fresh_database: Path, tmp_path: Path, jobs: int, *, revalidate: bool
) -> None:
    settings = Settings(queue=QueueSettings(batch_size=2, revalidate=revalidate))
    results = []
    for each in (1, jobs):
        database = tmp_path / f"{each}.db"
        database.write_bytes(fresh_database.read_bytes())
        filled(str(database))
        results.append((run(str(database), each, settings), left(str(database))))

    alone, together = results

    assert together == alone
    assert alone[0] == QueueRun(claimed=8, completed=6, failed=2, exit_code=ExitCode.REJECTED)


def test_a_bug_in_another_process_is_met_in_this_one(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_database(database)) as connection:
        enqueue_many(connection, 3)
    monkeypatch.setattr(Creation, "_prepare", fails_at("PO-2", bug))

    result = run(database, 2)

    with closing(open_database(database)) as connection:
        assert result == QueueRun(claimed=3, completed=2, retried=1)
        assert states(connection) == {1: "completed", 2: "pending", 3: "completed"}


def test_an_order_that_kills_a_process_is_rescued_and_its_neighbours_are_not_touched(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_database(database)) as connection:
        enqueue_many(connection, 8)
    with monkeypatch.context() as patch:
        patch.setattr(Creation, "_prepare", fails_at("PO-4", lambda: os.kill(os.getpid(), signal.SIGKILL)))
        with pytest.raises(TryAgainError):
            run(database, 2)
    with closing(open_database(database)) as connection:
        before = states(connection)

    result = run(database, 2)

    assert before == {n: "completed" if n < 3 else "in_progress" if n < 5 else "new" for n in range(1, 9)}
    assert result == QueueRun(claimed=6, completed=6)
    with closing(open_database(database)) as connection:
        assert [each["losses"] for each in rows(connection, "inbound_entry")] == [0, 0, 1, 1, 0, 0, 0, 0]
        assert column(connection, "customer_order", "external_id") == [f"PO-{n}" for n in range(1, 9)]


def test_claims_are_held_while_another_process_takes_its_time(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_database(database)) as connection:
        enqueue_many(connection, 6)
    monkeypatch.setattr(drain, "RENEW_SECONDS", 0.0)
    monkeypatch.setattr(preparing, "TURN_SECONDS", 0.01)

    def wait_for_longer_claims() -> None:
        with closing(open_database(database)) as connection:
            before: list[str] = []
            for _ in range(1000):
                expiry = column(connection, "inbound_entry", "claim_expires_at")
                before = before if len(before) == len(expiry) and None not in before else expiry
                if None not in before and all(map(gt, expiry, before)):
                    return
                sleep(0.01)
        raise AssertionError("the claims were not renewed")

    monkeypatch.setattr(Creation, "_prepare", fails_at("PO-1", wait_for_longer_claims))

    # A run has as many claims in hand as it has processes, and one more.
    assert run(database, 2) == QueueRun(claimed=6, completed=6)


def test_what_was_claimed_ahead_is_given_back_when_the_run_is_asked_to_stop(database: str) -> None:
    with closing(open_database(database)) as connection:
        enqueue_many(connection, 8)

    result = run_queue(database, OF_TWO, lambda _: os.kill(os.getpid(), signal.SIGTERM), jobs=2)

    assert result
    assert (result.completed, result.released, result.remaining, result.exit_code) == (2, 4, 6, ExitCode.TERMINATED)
    with closing(open_database(database)) as after:
        assert [each["attempts"] for each in rows(after, "inbound_entry")] == [1, 1, 0, 0, 0, 0, 0, 0]


def test_no_process_and_no_log_is_left_behind(database: str) -> None:
    with closing(open_database(database)) as connection:
        enqueue_many(connection, 4)
    before = children()

    run(database, 3)

    assert children() == before
    assert not Path(f"{database}-wal").exists()
    with closing(open_database(database)) as connection:
        assert column(connection, "customer_order", "external_id") == ["PO-1", "PO-2", "PO-3", "PO-4"]
