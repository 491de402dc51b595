"""A batch that others have read on meanwhile is left to them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.batches import Followers
from ordercli.bulk.resume import resume_batch
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_context, submit_files, take_up
from ordercli.errors import ConflictError, TryAgainError
from ordercli.intake import reader
from ordercli.operations.contexts import Context, RunOptions
from ordercli.queue import batches
from ordercli.settings import Settings
from support.builders import product_order, product_orders, write_orders
from support.following import KilledAfter, KilledError
from support.stored import audit, column, rows

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store

SETTINGS = Settings()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reader, "BATCH", 2)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def orders(tmp_path: Path) -> str:
    bad = product_order("BAD", orderCurrency=...)
    return write_orders(tmp_path / "orders.ndjson", bad, *(product_order(None) for _ in range(4)), bad)


def killed_run(connection: Store, database: str, orders: str) -> tuple[Run, str]:
    """A run that is killed after its first batch of orders, and the id of its batch."""
    run = Run("async", "cli", [orders])
    with pytest.raises(KilledError):
        submit_files(database, run, SETTINGS, followers=Followers([KilledAfter(1)]))
    (batch_id,) = column(connection, "batch", "id")
    return run, str(batch_id)


@pytest.mark.every_engine
def test_a_batch_that_was_read_on_since_it_was_looked_at_is_left_alone(
    connection: Store, database: str, tmp_path: Path, orders: str
) -> None:
    run, batch_id = killed_run(connection, database, orders)
    with submit_context(database, SETTINGS, Followers()) as place:
        seen = batches.by_id(place.connection, batch_id)
        assert seen
        resume_batch(database, batch_id, SETTINGS)
        rejects = tmp_path / "orders.ndjson.rejects.ndjson"
        left = rows(connection, "batch"), rejects.read_bytes()

        with pytest.raises(TryAgainError) as caught:
            take_up(place, seen, run, RunOptions(Context("submit", "cli", "servicenow", "async")), [orders])

    assert caught.value.message == f"Batch {batch_id} has just been taken up by another process"
    assert (rows(connection, "batch"), rejects.read_bytes()) == left
    assert column(connection, "inbound_entry", "line") == [2, 3, 4, 5]
    assert audit(connection) == {}


def test_an_input_of_the_same_size_that_was_written_again_is_not_read_on(
    connection: Store, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "orders.ndjson"
    orders = write_orders(file, *product_orders(4))
    _, batch_id = killed_run(connection, database, orders)
    before = file.stat()
    write_orders(file, *product_orders(4, first=5))
    # Whatever the resolution of the clock of the file system is.
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    assert file.stat().st_size == before.st_size
    left = rows(connection, "batch")

    with pytest.raises(ConflictError) as caught:
        resume_batch(database, batch_id, SETTINGS)

    assert caught.value.message == f"{file} was changed since the batch began"
    assert rows(connection, "batch") == left
    assert column(connection, "inbound_entry", "external_id") == ["PO-1", "PO-2"]
