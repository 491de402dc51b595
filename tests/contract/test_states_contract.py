from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from ordercli.database.store import savepoint
from ordercli.forwarding import forwards
from ordercli.forwarding.forwards import ForwardRow
from ordercli.orders import order_store
from ordercli.orders.states import FINAL, LineState, OrderState, followers
from ordercli.queue.entries import PayloadRow, keep_payloads
from ordercli.resources.common.words import VENDOR_STATES
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.product_order.profiles import PROFILES
from support.builders import accepted, encoded, product_order
from support.forcing import force_state
from support.stored import column, start_batch

if TYPE_CHECKING:
    from ordercli.database.store import Store

AT = "2026-03-01T09:00:00.000Z"
FORBIDDEN = "this state does not follow that one"


@pytest.fixture(autouse=True)
def order(connection: Store) -> None:
    """An order with one line, in a transaction that is never committed."""
    connection.execute(connection.BEGIN_WRITE)
    start_batch(connection)
    keep_payloads(connection, [PayloadRow(1, b"", b"")])
    order_store.create(connection, [PRODUCT_ORDER.to_rows(accepted(), encoded(product_order()), AT)], "ana")


def reachable(connection: Store, table: str, before: str, error: type[Exception]) -> set[str]:
    """The states that the database lets the row of a table go to."""
    found = set()
    for after in OrderState if table == "customer_order" else LineState:
        force_state(connection, table, before)
        try:
            with savepoint(connection):
                connection.execute(f"UPDATE {table} SET state = ?", (after,))
        except error:
            continue
        found |= set(column(connection, table, "state"))
    return found


@pytest.mark.parametrize("before", OrderState)
def test_the_database_lets_an_order_go_where_the_table_says(
    connection: Store, integrity_error: type[Exception], before: OrderState
) -> None:
    found = reachable(connection, "customer_order", before, integrity_error)

    assert found == {before, *followers(before, PROFILES["tmf622-v5"].states, cancelling=True)}


@pytest.mark.parametrize("before", LineState)
def test_the_database_lets_a_line_go_where_the_table_says(
    connection: Store, integrity_error: type[Exception], before: LineState
) -> None:
    # Only profile tmf622-v5 has partial line items; the database does not ask for the profile.
    words = PROFILES["tmf622-v5"].states

    found = reachable(connection, "order_line_item", before, integrity_error)

    assert found == {before, *followers(before, words, line=True, cancelling=True)}


@pytest.mark.parametrize("before", OrderState)
def test_the_database_lets_a_service_order_go_where_its_table_says(
    connection: Store, integrity_error: type[Exception], before: OrderState
) -> None:
    connection.execute("UPDATE customer_order SET resource = 'serviceOrder'")

    found = reachable(connection, "customer_order", before, integrity_error)

    assert found == {before, *followers(before, VENDOR_STATES, "serviceOrder", cancelling=True)}


@pytest.mark.parametrize("before", LineState)
def test_the_database_lets_a_line_of_a_service_order_go_where_its_table_says(
    connection: Store, integrity_error: type[Exception], before: LineState
) -> None:
    connection.execute("UPDATE customer_order SET resource = 'serviceOrder'")
    # Only profile tmf641 has partial line items; the database does not ask for the profile.
    words = {**VENDOR_STATES, "partial": "partial"}

    found = reachable(connection, "order_line_item", before, integrity_error)

    assert found == {before, *followers(before, words, "serviceOrder", line=True, cancelling=True)}


@pytest.mark.parametrize("table", ["customer_order", "order_line_item"])
@pytest.mark.parametrize(
    ("origin", "after"), list(product(["in_progress", "awaiting_information", "on_hold"], repeat=2))
)
def test_an_assessment_goes_back_to_where_it_came_from_alone(
    connection: Store, integrity_error: type[Exception], table: str, origin: str, after: str
) -> None:
    force_state(connection, table, "assessing_cancellation", origin)
    statement = f"UPDATE {table} SET state = ?, assessed_from = NULL"

    if after == origin:
        connection.execute(statement, (after,))
        assert column(connection, table, "state") == [after]
    else:
        with pytest.raises(integrity_error, match=FORBIDDEN):
            connection.execute(statement, (after,))


@pytest.mark.parametrize("statement", ["UPDATE order_history SET actor = 'x'", "DELETE FROM order_history"])
def test_the_history_is_only_added_to(connection: Store, integrity_error: type[Exception], statement: str) -> None:
    with pytest.raises(integrity_error, match="only added to"):
        connection.execute(statement)


def test_a_version_stands_once_in_the_history(connection: Store, integrity_error: type[Exception]) -> None:
    statement = "INSERT INTO order_history (order_seq, version, at, actor, kind) VALUES (1, 2, ?, 'ana', 'revision')"
    connection.execute(statement, (AT,))

    with pytest.raises(integrity_error):
        connection.execute(statement, (AT,))


@pytest.mark.parametrize("table", ["customer_order", "order_line_item"])
@pytest.mark.parametrize("before", [OrderState.NEW, OrderState.IN_PROGRESS, OrderState.COMPLETED, OrderState.CANCELED])
def test_the_database_lets_an_order_that_is_at_a_target_go_anywhere_but_from_a_final_state(
    connection: Store, integrity_error: type[Exception], table: str, before: OrderState
) -> None:
    (order_id,) = column(connection, "customer_order", "order_id")
    forwards.add(connection, [ForwardRow(order_id, "crm", "productOrder", "PO-1", remote_id="remote-1")])

    found = reachable(connection, table, before, integrity_error)

    states = OrderState if table == "customer_order" else LineState
    assert found == ({before} if before in FINAL else set(states))


def test_the_database_lets_an_order_that_only_waits_for_a_target_go_nowhere_else(
    connection: Store, integrity_error: type[Exception]
) -> None:
    (order_id,) = column(connection, "customer_order", "order_id")
    forwards.add(connection, [ForwardRow(order_id, "crm", "productOrder", "PO-1")])

    found = reachable(connection, "customer_order", "in_progress", integrity_error)

    assert found == {"in_progress", *followers(OrderState.IN_PROGRESS, PROFILES["tmf622-v5"].states, cancelling=True)}
