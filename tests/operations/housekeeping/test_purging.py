from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.bulk.queue_run import run_queue
from ordercli.clock import later, now
from ordercli.exit_codes import ExitCode
from ordercli.operations import purge_entries
from ordercli.operations.purge_entries import EntriesPurged, Retention, purge, purgeable
from ordercli.run_control import Progress
from ordercli.settings import Settings
from support.builders import product_order, write_orders
from support.stored import change_entry, column, enqueue_many, rows, states

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from ordercli.database.store import Store
    from support.running import Ordercli

DAY = 86400.0
RETENTION = Retention(completed=10 * DAY, error=30 * DAY)


def days_ago(days: float) -> str:
    return later(now(), -days * DAY)


def ended_entries(connection: Store) -> None:
    """Six entries: of each final state one that is past its retention, and one that is not."""
    enqueue_many(connection, 6)
    failed = {"state": "error", "error_code": "ORD190", "error": "{}"}
    change_entry(connection, 1, state="completed", finished_at=days_ago(11))
    change_entry(connection, 2, state="completed", finished_at=days_ago(9))
    change_entry(connection, 3, **failed, finished_at=days_ago(31))
    change_entry(connection, 4, **failed, finished_at=days_ago(29))
    change_entry(connection, 5, state="cancelled", reason="wrong", finished_at=days_ago(31))
    change_entry(connection, 6, state="cancelled", reason="wrong", finished_at=days_ago(29))


def test_what_is_past_its_retention_is_deleted_and_counted_on_its_batch(connection: Store, database: str) -> None:
    ended_entries(connection)

    result = purge(database, RETENTION)

    assert result == EntriesPurged(1, 1, 1, result.elapsed_seconds, ExitCode.OK)
    assert states(connection) == {2: "completed", 4: "error", 6: "cancelled"}
    (batch,) = rows(connection, "batch")
    assert (batch["purged"], batch["purged_completed"]) == (2, 1)


def test_payloads_go_with_the_entries_that_never_became_an_order(connection: Store, database: str) -> None:
    ended_entries(connection)

    purge(database, RETENTION)

    assert column(connection, "payload", "seq") == [1, 2, 4, 6]


def test_a_dry_run_counts_the_same_and_deletes_nothing(connection: Store, database: str) -> None:
    ended_entries(connection)

    found = purgeable(database, RETENTION)

    assert found.members() == {"completed": 1, "error": 1, "cancelled": 1, "elapsedSeconds": 0.0, "exitCode": 0}
    assert len(states(connection)) == 6


def test_many_entries_are_deleted_chunk_by_chunk(
    connection: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_entries, "CHUNK", 2)
    enqueue_many(connection, 5, state="completed", finished_at=days_ago(11))
    seen: list[Progress] = []

    result = purge(database, RETENTION, on_progress=seen.append)

    assert seen == [Progress(2, 2, 0, 5), Progress(4, 4, 0, 5), Progress(5, 5, 0, 5)]
    assert result.total == 5


def test_a_purge_that_is_asked_to_stop_ends_after_its_chunk(
    connection: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_entries, "CHUNK", 2)
    enqueue_many(connection, 5, state="completed", finished_at=days_ago(11))
    seen: list[Progress] = []

    result = purge(database, RETENTION, stop=lambda: bool(seen), on_progress=seen.append)

    assert (result.total, len(states(connection))) == (2, 3)


def test_batches_are_counted_down_in_their_order_so_that_two_purges_never_block_each_other() -> None:
    found = [(1, "b"), (2, "c"), (3, "a"), (4, "b")]

    assert purge_entries._per_batch(found, created=False) == [(1, 0, "a"), (2, 0, "b"), (1, 0, "c")]


def test_waiting_entries_are_never_deleted(connection: Store, database: str) -> None:
    enqueue_many(connection, 2)
    change_entry(connection, 2, state="pending", execute_after=days_ago(90))

    result = purge(database, Retention(0, 0))

    assert (result.total, states(connection)) == (0, {1: "new", 2: "pending"})


def test_a_purged_order_is_shown_and_still_holds_its_external_id(
    ordercli: Ordercli, tmp_path: Path, connection: Store
) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))
    first = ordercli("submit", orders, "--async", "-o", "id").stdout.strip()
    run_queue(ordercli.database, Settings())

    purge(ordercli.database, Retention(-1, 0))

    assert column(connection, "inbound_entry", "seq") == []
    assert ordercli("show", "PO-1").json["id"] == first
    (again,) = ordercli("submit", orders, "--async", "-o", "ndjson").ndjson
    assert (again["outcome"], again["orderId"]) == ("duplicate", first)
