from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.errors import EntryStateError, ErrorKind, OrderNotFoundError
from ordercli.exit_codes import ExitCode
from ordercli.operations.change_entries import EntryError, EntryReceipt, create_now
from ordercli.output.queue import end_of
from ordercli.queue import claims
from ordercli.settings import QueueSettings, Settings
from support.builders import product_order
from support.stored import audit, column, enqueue, enqueue_many, order_id, states

if TYPE_CHECKING:
    from ordercli.database.store import Store

SETTINGS = Settings()
NEXT_YEAR = "2099-01-01T00:00:00.000Z"


def test_a_waiting_entry_is_created_due_or_not_paused_or_not(connection: Store, database: str) -> None:
    enqueue_many(connection, 2, state="pending", execute_after=NEXT_YEAR)
    connection.execute("UPDATE batch SET accepted = 2")
    claims.pause(connection, NEXT_YEAR)

    receipts = create_now(database, ["PO-2"], SETTINGS)

    assert receipts == [EntryReceipt("PO-2", order_id(2), "created")]
    assert states(connection) == {1: "pending", 2: "completed"}
    assert column(connection, "customer_order", "order_id") == [order_id(2)]
    assert audit(connection) == {}


def test_an_order_that_cannot_be_created_gives_what_its_entry_says(connection: Store, database: str) -> None:
    enqueue(connection, product_order("PO-1", orderCurrency=...))
    settings = SETTINGS._replace(queue=QueueSettings()._replace(revalidate=True))

    receipts = create_now(database, ["PO-1"], settings)

    missing = EntryError("ORD113", "Invalid payload: orderCurrency is required")
    assert receipts == [EntryReceipt("PO-1", order_id(1), "failed", [missing])]
    assert end_of(receipts) == ExitCode.REJECTED
    assert states(connection) == {1: "error"}


@pytest.mark.parametrize("state", ["completed", "cancelled", "error", "in_progress"])
def test_an_entry_that_does_not_wait_is_not_created(connection: Store, database: str, state: str) -> None:
    others = {
        "error": {"error_code": "ORD190"},
        "in_progress": {"claim_token": "t"},
        "cancelled": {"reason": "wrong"},
    }
    columns = others.get(state, {})
    enqueue_many(connection, 1, state=state, **columns)

    with pytest.raises(EntryStateError) as caught:
        create_now(database, [order_id(1)], SETTINGS)

    words = f"Queue entry {order_id(1)} is in state {state}: only new and pending entries can be created"
    assert (caught.value.message, caught.value.kind) == (words, ErrorKind.CONFLICT)
    assert column(connection, "customer_order", "order_id") == []


def test_an_order_without_an_entry_was_created_already(connection: Store, database: str) -> None:
    enqueue_many(connection, 1)
    create_now(database, ["PO-1"], SETTINGS)
    connection.execute("DELETE FROM inbound_entry")

    with pytest.raises(EntryStateError, match=f"Order {order_id(1)} was created, and has no queue entry"):
        create_now(database, ["PO-1"], SETTINGS)


def test_an_unknown_id_is_not_found(database: str) -> None:
    with pytest.raises(OrderNotFoundError):
        create_now(database, ["PO-1"], SETTINGS)


def test_several_ids_are_created_one_after_the_other(connection: Store, database: str) -> None:
    enqueue_many(connection, 2)

    receipts = create_now(database, ["PO-2", "PO-1", "PO-2"], SETTINGS)

    assert [(each.id, each.outcome) for each in receipts] == [
        ("PO-2", "created"),
        ("PO-1", "created"),
        ("PO-2", "conflict"),
    ]
