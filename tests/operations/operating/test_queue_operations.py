from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.errors import ConflictError, EntryStateError, OrderNotFoundError
from ordercli.exit_codes import ExitCode
from ordercli.operations.change_entries import (
    CHUNK,
    EntriesChanged,
    EntryError,
    EntryReceipt,
    discard,
    operate_on_chosen,
    operate_on_ids,
    retry,
)
from ordercli.output.queue import end_of
from support.builders import encoded, product_order
from support.stored import audit, change_entry, column, enqueue, enqueue_many, entry, order_id, states

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

FAILED: dict[str, Any] = {"state": "error", "error_code": "ORD190", "error": "{}", "status_code": 400}


def test_a_failed_entry_is_tried_again(connection: Store, database: str) -> None:
    enqueue_many(connection, 2, **FAILED)

    receipts = operate_on_ids(database, retry("ana"), ["PO-1"])

    assert receipts == [EntryReceipt("PO-1", order_id(1), "retried")]
    assert states(connection) == {1: "new", 2: "error"}


def test_the_only_id_that_is_unknown_is_an_error(database: str) -> None:
    with pytest.raises(OrderNotFoundError):
        operate_on_ids(database, retry("ana"), ["PO-9"])


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (retry("ana"), "is in state completed: only error and pending entries can be retried"),
        (discard("why", "ana"), "is in state completed: only new, pending and error entries can be discarded"),
    ],
)
def test_a_completed_entry_is_never_touched(connection: Store, database: str, operation: object, words: str) -> None:
    enqueue_many(connection, 1, state="completed")
    before = entry(connection, 1)

    with pytest.raises(EntryStateError) as caught:
        operate_on_ids(database, operation, ["PO-1"])  # type: ignore[arg-type]

    assert (caught.value.rule, caught.value.message) == ("ORD405", f"Queue entry {order_id(1)} {words}")
    assert entry(connection, 1) == before


def test_of_several_ids_each_has_its_receipt(connection: Store, database: str) -> None:
    enqueue_many(connection, 2)
    change_entry(connection, 2, state="completed")

    receipts = operate_on_ids(database, discard("ordered twice", "ana"), ["PO-1", "PO-2", "PO-3"])

    conflict = f"Queue entry {order_id(2)} is in state completed: only new, pending and error entries can be discarded"
    assert [end_of([each]) for each in receipts] == [ExitCode.OK, ExitCode.REJECTED, ExitCode.REJECTED]
    assert receipts == [
        EntryReceipt("PO-1", order_id(1), "discarded"),
        EntryReceipt("PO-2", None, "conflict", [EntryError("ORD405", conflict)]),
        EntryReceipt("PO-3", None, "not-found", [EntryError("ORD404", "Invalid order ID.")]),
    ]


def test_an_entry_whose_external_id_was_taken_is_not_tried_again(connection: Store, database: str) -> None:
    enqueue(connection, product_order("PO-1"), **FAILED)
    enqueue(connection, product_order("PO-1"))

    with pytest.raises(ConflictError, match=f"externalId 'PO-1' of entry {order_id(1)} is held by another order"):
        operate_on_ids(database, retry("ana"), [order_id(1)])

    assert states(connection) == {1: "error", 2: "new"}


@pytest.mark.every_engine
def test_an_entry_whose_external_id_a_customer_order_has_is_not_tried_again(
    ordercli: Ordercli, connection: Store, database: str
) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2"), **FAILED)
    ordercli("submit", stdin=encoded(product_order("PO-1")))

    with pytest.raises(ConflictError, match=f"externalId 'PO-1' of entry {order_id(1)} is held by another order"):
        operate_on_ids(database, retry("ana"), [order_id(1)])
    changed = operate_on_chosen(database, retry("ana"), [2, 1], ["error"])

    assert changed == EntriesChanged(matched=2, retried=1, skipped=1)
    assert states(connection) == {1: "error", 2: "new"}


def test_of_failed_entries_with_one_external_id_the_newest_is_tried_again(connection: Store, database: str) -> None:
    for _ in range(3):
        enqueue(connection, product_order("PO-1"), **FAILED)
    enqueue(connection, product_order("PO-1"), source="crm", **FAILED)
    enqueue(connection, product_order(None), product_order(None), **FAILED)

    changed = operate_on_chosen(database, retry("ana"), [6, 5, 4, 3, 2, 1], ["error"])

    assert changed == EntriesChanged(matched=6, retried=4, skipped=2)
    assert states(connection) == {1: "error", 2: "error", 3: "new", 4: "new", 5: "new", 6: "new"}


def test_what_changed_since_it_was_chosen_is_left_alone(connection: Store, database: str) -> None:
    enqueue_many(connection, 3, **FAILED)
    change_entry(connection, 2, state="new", error_code=None)

    changed = operate_on_chosen(database, discard("given up", "ana"), [3, 2, 1], ["error"])

    assert changed == EntriesChanged(matched=3, discarded=2, skipped=1)
    assert states(connection) == {1: "cancelled", 2: "new", 3: "cancelled"}


def test_many_entries_are_changed_in_several_transactions(connection: Store, database: str) -> None:
    enqueue_many(connection, CHUNK + 1, **FAILED)
    connection.execute("UPDATE batch SET accepted = ?", (CHUNK + 1,))

    changed = operate_on_chosen(database, discard("given up", "ana"), list(range(CHUNK + 1, 0, -1)), ["error"])

    assert changed == EntriesChanged(matched=CHUNK + 1, discarded=CHUNK + 1, skipped=0)
    assert set(column(connection, "inbound_entry", "reason")) == {"given up"}
    assert audit(connection) == {}
