from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.queue_run import run_queue
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.errors import NotFoundError
from ordercli.operations.batch_reports import batch_list, batch_orders, batch_report
from ordercli.queue.batches import Counts
from ordercli.settings import Settings
from support.builders import product_order, write_orders
from support.stored import BATCH, change_entry, column, enqueue_many, order_id, rows, start_batch

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from ordercli.resources.resource import Mode

SETTINGS = Settings()


def alive(_worker: str) -> bool:
    """Every worker lives."""
    return True


def submitted(database: str, tmp_path: Path, mode: Mode) -> tuple[str, str]:
    """A run over two good orders and a bad one; gives its input and the id of its batch."""
    bad = product_order("BAD", orderCurrency=...)
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"), bad, product_order("PO-2"))
    run = Run(mode, "crm", [orders], track_id="T-1", idempotency_key="night")
    return orders, submit_files(database, run, SETTINGS).batch_id


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_batch_whose_orders_are_created_is_completed(
    connection: Store, database: str, tmp_path: Path, mode: Mode
) -> None:
    orders, batch_id = submitted(database, tmp_path, mode)
    run_queue(database, SETTINGS)

    report = batch_report(database, alive, batch_id)

    (batch,) = rows(connection, "batch")
    assert report.members() == {
        "batchId": batch_id,
        "kind": "submit",
        "source": "crm",
        "mode": mode,
        "profile": "servicenow",
        "status": "completed",
        **Counts(3, 2, rejected=1)._asdict(),
        "startedAt": batch["started_at"],
        "finishedAt": batch["finished_at"],
        "trackId": "T-1",
        "idempotencyKey": "night",
        "inputs": [orders],
        "created": 2,
        "failed": 0,
        "waiting": 0,
        "cancelled": 0,
        "purged": 0,
        "findings": {"ORD113": 1},
        "rejectsFile": f"{orders}.rejects.ndjson",
        "nextCommand": None,
    }


def test_a_batch_whose_orders_wait_is_processing(database: str, tmp_path: Path) -> None:
    _, batch_id = submitted(database, tmp_path, "async")

    report = batch_report(database, alive, batch_id)

    assert (report.status, report.created, report.waiting) == ("processing", 0, 2)


def test_a_batch_whose_input_was_not_read_to_the_end_is_failed(connection: Store, database: str) -> None:
    start_batch(connection)
    connection.execute("UPDATE batch SET status = 'failed'")

    assert batch_report(database, alive, BATCH).status == "failed"


def test_every_accepted_order_stands_somewhere(connection: Store, database: str) -> None:
    enqueue_many(connection, 6)
    change_entry(connection, 3, state="error", error_code="ORD190")
    change_entry(connection, 4, state="cancelled", reason="wrong")
    change_entry(connection, 5, state="pending", execute_after="2099")
    connection.execute("DELETE FROM inbound_entry WHERE seq = 6")
    connection.execute("UPDATE batch SET accepted = 6, purged = 1")
    run_queue(database, SETTINGS)

    report = batch_report(database, alive, BATCH)

    stands = {name: getattr(report, name) for name in ("created", "failed", "cancelled", "waiting", "purged")}
    assert stands == {"created": 2, "failed": 1, "cancelled": 1, "waiting": 1, "purged": 1}
    assert sum(stands.values()) == report.accepted


def test_batches_are_listed_the_newest_first(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))
    ids = [submit_files(database, Run("sync", "cli", [orders]), SETTINGS).batch_id for _ in range(3)]

    with batch_list(database, alive, limit=2, offset=1) as page:
        found = [row.batch_id for row in page.rows]
        total = page.total()

    assert (found, total) == ([ids[1], ids[0]], 3)


def test_an_unknown_batch_is_not_found(database: str) -> None:
    with pytest.raises(NotFoundError, match="No batch has the id 'x'"):
        batch_report(database, alive, "x")
    with pytest.raises(NotFoundError), batch_orders(database, "x"):
        pass


def test_the_orders_of_a_batch_come_in_input_order(connection: Store, database: str) -> None:
    enqueue_many(connection, 5)
    change_entry(connection, 2, state="error", error_code="ORD190")
    change_entry(connection, 3, state="cancelled", reason="wrong")
    change_entry(connection, 4, state="pending", execute_after="2099")
    run_queue(database, SETTINGS)
    connection.execute("DELETE FROM inbound_entry WHERE seq = 5")

    with batch_orders(database, BATCH) as page:
        found = [row.members() for row in page.rows]

    first = {
        "orderId": order_id(1),
        "externalId": "PO-1",
        "result": "created",
        "state": "new",
        "errorCode": None,
        "file": "orders.ndjson",
        "line": 1,
        "record": 1,
    }
    assert found == [
        first,
        {
            **first,
            "orderId": order_id(2),
            "externalId": "PO-2",
            "result": "failed",
            "state": "error",
            "errorCode": "ORD190",
            "line": 2,
            "record": 2,
        },
        {
            **first,
            "orderId": order_id(3),
            "externalId": "PO-3",
            "result": "cancelled",
            "state": "cancelled",
            "line": 3,
            "record": 3,
        },
        {
            **first,
            "orderId": order_id(4),
            "externalId": "PO-4",
            "result": "waiting",
            "state": "pending",
            "line": 4,
            "record": 4,
        },
        {**first, "orderId": order_id(5), "externalId": "PO-5", "file": None, "line": None, "record": None},
    ]


def test_the_orders_of_a_synchronous_batch_have_no_place(connection: Store, database: str, tmp_path: Path) -> None:
    _, batch_id = submitted(database, tmp_path, "sync")

    with batch_orders(database, batch_id) as page:
        found = [(row.order_id, row.result, row.line) for row in page.rows]

    assert found == [(each, "created", None) for each in column(connection, "customer_order", "order_id")]
