"""`db check` compares orders that were never changed all at once: it must find in them what it finds in others."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.audit_run import checker, in_processes
from ordercli.bulk.worker_pool import worker_processes
from ordercli.operations.audit import audit
from ordercli.operations.audit_orders import order_faults
from ordercli.run_control import Progress
from support.builders import line, ndjson, product_order, product_order_v4, product_order_v5, service_order
from support.forcing import forget_references

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

PRODUCT = {
    "productCharacteristic": [{"name": "Speed", "value": "1"}],
    "relatedParty": [{"email": "a@example.com", "@referredType": "OrderLineItemContact"}],
    "productRelationship": [{"id": "router", "relationshipType": "requires"}],
}


@pytest.fixture(autouse=True)
def order_id(ordercli: Ordercli, connection: Store, engine: str) -> str:
    """Three orders with rows in every table, of which anybody may change anything; the id of the second one."""
    items = [line("1", product=PRODUCT), line("2")]
    ids = ordercli("submit", "-o", "id", stdin=ndjson(*(product_order(f"PO-{n}", items=items) for n in (1, 2, 3))))
    forget_references(connection)
    if engine == "sqlite":
        connection.execute("DROP TRIGGER history_no_update")
    return ids.stdout.split()[1]


def faults(connection: Store, order_id: str) -> list[str]:
    found = list(order_faults(connection))
    assert {each.order_id for each in found} <= {order_id, None}
    return [f"{each.check}: {each.message}" for each in found]


def test_orders_that_were_never_changed_have_no_fault(connection: Store, order_id: str) -> None:
    assert faults(connection, order_id) == []


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (
            "UPDATE customer_order SET channel_id = 'x' WHERE seq = 2",
            "tables: channel_id of the order is 'x', by the document None",
        ),
        (
            "UPDATE customer_order SET state = 'acknowledged' WHERE seq = 2",
            'history: /state is "acknowledged", by the history "new"',
        ),
        ("UPDATE customer_order SET version = 2 WHERE seq = 2", "history: the order has version 2, its history [1]"),
        (
            "UPDATE order_history SET at = '2020-01-01T00:00:00.000Z' WHERE order_seq = 2",
            "history: the order was changed at {at}, by its history at 2020-01-01T00:00:00.000Z",
        ),
        ("UPDATE order_history SET kind = 'revision' WHERE order_seq = 2", "history: version 1 gives no event"),
        (
            "UPDATE order_line_item SET quantity = '7' WHERE order_seq = 2 AND n = 1",
            "tables: quantity of line 2 is '7', by the document '1'",
        ),
        (
            "UPDATE order_line_item SET ponr = TRUE WHERE order_seq = 2 AND n = 1",
            'history: /ponr is "true", by the history "false"',
        ),
        (
            "DELETE FROM order_line_item WHERE order_seq = 2 AND n = 1",
            "tables: the lines in the table are not those of the document",
        ),
        (
            "DELETE FROM order_characteristic_value WHERE order_seq = 2",
            "tables: the characteristics in the table are not those of the document",
        ),
        (
            "UPDATE order_line_item_contact SET email = 'b@example.com' WHERE order_seq = 2",
            "tables: the contacts in the table are not those of the document",
        ),
        (
            "INSERT INTO order_line_related_item (order_seq, line_n, n, kind) VALUES (2, 1, 0, 'line')",
            "tables: the related in the table are not those of the document",
        ),
        (
            "INSERT INTO order_line_work_note (order_seq, line_n, n, date, text) VALUES (2, 1, 0, '2999', 'Wait')",
            'history: /productOrderItem/1/workNote is [{{"date":"2999","text":"Wait"}}], by the history null',
        ),
        (
            "INSERT INTO revised_document (order_seq, sha256, body) SELECT 2, sha256, body FROM payload WHERE seq = 3",
            'history: /externalId is "PO-3", by the history "PO-2"',
        ),
        (
            "UPDATE payload SET body = (SELECT body FROM payload WHERE seq = 3) WHERE seq = 2",
            "payload: the accepted document 2 is no longer what was written",
        ),
        (
            "UPDATE customer_order SET external_id = 'PO-9' WHERE seq = 2",
            "tables: external_id of the order is 'PO-9', by the document 'PO-2'",
        ),
        (
            "UPDATE customer_order SET external_id = NULL WHERE seq = 2",
            "tables: external_id of the order is None, by the document 'PO-2'",
        ),
        (
            "INSERT INTO order_external_id (seq, n, resource, source, id) VALUES (2, 0, 'productOrder', 'cli', 'PO-2')",
            "tables: external_id of the order is 'PO-2', and 'PO-2' was released",
        ),
        (
            "INSERT INTO order_external_id (seq, n, resource, source, id) VALUES (2, 1, 'productOrder', 'cli', 'B')",
            "tables: the other external ids in the table are 'B', by the document 'PO-2'",
        ),
        (
            "UPDATE customer_order SET created_at = '2020-01-01T00:00:00.000Z' WHERE seq = 2",
            "history: the order was created at 2020-01-01T00:00:00.000Z, by its history at {at}",
        ),
        (
            "UPDATE customer_order SET filled_currency = 'USD' WHERE seq = 2",
            "tables: filled_currency of the order is 'USD', and the document names 'EUR'",
        ),
        (
            "UPDATE order_history SET run_id = 'x' WHERE order_seq = 2",
            "history: it was created by run x, and a run over many requests creates no order",
        ),
        ("DELETE FROM payload WHERE seq = 2", "document: its accepted document is lost"),
        ("UPDATE customer_order SET batch_id = 'x' WHERE seq = 2", "document: its batch is lost"),
    ],
)
def test_one_that_was_changed_by_hand_is_found(connection: Store, order_id: str, damage: str, fault: str) -> None:
    connection.execute(damage)

    (at,) = connection.execute("SELECT updated_at FROM customer_order WHERE seq = 2").fetchone()
    assert fault.format(at=at) in faults(connection, order_id)


def test_orders_whose_currency_is_blank_or_of_no_meaning_have_no_fault(ordercli: Ordercli, connection: Store) -> None:
    blank = [product_order(f"BLANK-{n}", orderCurrency=text) for n, text in enumerate(("", " "))]
    own = [service_order("OWN-1", orderCurrency=5), service_order("OWN-2", currencyCode={})]
    own.append(service_order("OWN-3", orderCurrency=7.5))
    spaced = "\n".join(json.dumps(each) for each in (*blank, *own)).replace("7.5", "1e999").encode()

    submitted = ordercli("submit", stdin=spaced, ORDERCLI_VALIDATION_DEFAULT_CURRENCY="EUR")

    assert submitted.exit_code == 0, submitted.stdout
    assert list(order_faults(connection)) == []


def test_orders_that_were_accepted_without_validation_have_no_fault(ordercli: Ordercli, connection: Store) -> None:
    off = {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}
    texts = [5, {}, " ", ["A"], [{"id": "B"}]]
    lists = ["C", ["D"], [{"id": 5}], [{"id": "E", "owner": 5}], [{"id": " "}]]
    ordercli(
        "submit",
        "--async",
        "--profile",
        "tmf622-v4",
        stdin=ndjson(*(product_order_v4("PO-1") | {"externalId": each} for each in texts)),
        **off,
    )
    ordercli(
        "submit",
        "--async",
        "--profile",
        "tmf622-v5",
        stdin=ndjson(*(product_order_v5("PO-1") | {"externalId": each} for each in lists)),
        **off,
    )

    run = ordercli("queue", "run", "-o", "json")

    assert run.json["completed"] == len(texts) + len(lists), run.stderr
    assert list(order_faults(connection)) == []


def test_progress_is_told_by_the_key_of_the_order(ordercli: Ordercli) -> None:
    told: list[Progress] = []

    assert list(audit(ordercli.database, on_progress=told.append)) == []
    assert told == [Progress(done=3, counted=3, refused=0, total=3)]


def damage_all(connection: Store) -> None:
    connection.execute("UPDATE customer_order SET channel_id = 'a' WHERE seq = 1")
    connection.execute("UPDATE order_line_item SET quantity = '7' WHERE order_seq = 2 AND n = 1")
    connection.execute("UPDATE customer_order SET version = 2 WHERE seq = 3")


OF_ALL = [
    "tables: channel_id of the order is 'a', by the document None",
    "tables: quantity of line 2 is '7', by the document '1'",
    "history: the order has version 2, its history [1]",
]


def test_several_processes_find_what_one_finds_in_the_same_sequence(ordercli: Ordercli, connection: Store) -> None:
    damage_all(connection)
    ids = [each for (each,) in connection.execute("SELECT order_id FROM customer_order ORDER BY seq")]

    alone, together = ordercli("db", "check", "-o", "ndjson"), ordercli("db", "check", "--jobs", "2", "-o", "ndjson")

    assert (together.exit_code, together.stdout, together.stderr) == (alone.exit_code, alone.stdout, alone.stderr)
    assert [f"{each['check']}: {each['message']}" for each in together.ndjson] == OF_ALL
    assert [each["orderId"] for each in together.ndjson] == ids


def test_orders_that_came_after_the_processes_were_asked_are_checked(database: str, connection: Store) -> None:
    damage_all(connection)
    seen: list[Progress] = []

    with worker_processes(2, partial(checker, database)) as workers:
        found = list(in_processes(workers, last=1)(connection, seen.append))

    assert [f"{each.check}: {each.message}" for each in found] == OF_ALL
    assert seen == [Progress(1, 1, total=1)]
