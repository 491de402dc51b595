from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.bulk.queue_run import run_queue
from ordercli.database.opening import make_database
from ordercli.database.store import transaction
from ordercli.operations.suggestions import MOST, suggested
from ordercli.orders.order_store import order_ids
from ordercli.queue.batches import batch_ids
from ordercli.queue.entries import entry_ids
from ordercli.settings import Settings
from support.builders import product_order
from support.stored import BATCH, enqueue, enqueue_many, order_id

if TYPE_CHECKING:
    from ordercli.database.store import Store


def test_the_newest_are_suggested_before_anything_is_typed(connection: Store, database: str) -> None:
    enqueue(connection, product_order("PO-1"), product_order(None), product_order("PO-3"))

    assert suggested(database, "", entry_ids) == ["PO-3", order_id(2), "PO-1"]


def test_external_ids_and_order_ids_that_begin_so_are_suggested(connection: Store, database: str) -> None:
    enqueue(connection, *(product_order(external_id) for external_id in ("CRM-1", "CRM-2", "PO-1", "00")))

    assert suggested(database, "CRM", entry_ids) == ["CRM-1", "CRM-2"]
    assert suggested(database, "00", entry_ids) == ["00", *map(order_id, range(1, 5))]
    assert suggested(database, BATCH[:3], batch_ids) == [BATCH]


def test_an_order_that_is_queued_and_created_is_suggested_once(connection: Store, database: str) -> None:
    enqueue_many(connection, 2)
    run_queue(database, Settings())

    assert suggested(database, "PO", order_ids, entry_ids) == ["PO-1", "PO-2"]


def test_only_so_many_are_suggested(connection: Store, database: str) -> None:
    enqueue_many(connection, MOST + 5)

    assert len(suggested(database, "", entry_ids)) == MOST
    assert len(suggested(database, "PO", entry_ids)) == MOST


def test_an_id_that_a_shell_would_evaluate_is_not_suggested(connection: Store, database: str) -> None:
    bad = ("$(reboot)", "a b", "`x`", "a;b", "a'b", "ä", "a\x1b[2J", "-rf:")
    enqueue(connection, *map(product_order, bad), product_order("good_1.2@x+y=z/w-v"))

    assert suggested(database, "", entry_ids) == ["good_1.2@x+y=z/w-v"]


def test_no_database_is_made_for_a_suggestion(tmp_path: Path) -> None:
    for path in (tmp_path / "orders.db", tmp_path / "none" / "orders.db"):
        assert suggested(str(path), "", entry_ids) == []

    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_suggests_nothing(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    path.write_text("these are not the orders you are looking for")

    assert suggested(str(path), "", entry_ids) == []
    assert path.read_text() == "these are not the orders you are looking for"


def test_a_database_that_somebody_writes_to_is_read_all_the_same(connection: Store, database: str) -> None:
    enqueue_many(connection, 1)

    with closing(make_database(database)) as other, transaction(other, "test"):
        found = suggested(database, "", entry_ids)

    assert found == ["PO-1"]
    assert Path(database).exists()
