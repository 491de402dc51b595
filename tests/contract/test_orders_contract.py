from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import asdict

from ordercli.orders import external_ids, order_store
from ordercli.orders.order_rows import LineView, OrderView, OrderWithLines
from ordercli.queue.entries import PayloadRow, keep_payloads
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from support.builders import accepted, encoded, line, product_order
from support.stored import order_id, present, start_batch

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json

CREATED_AT = "2026-03-01T09:00:00.000Z"


def rows_of(seq: int, order: Json, **known: Any) -> OrderWithLines:
    known = {"order_id": order_id(seq), "external_id": order.get("externalId"), **known}
    return PRODUCT_ORDER.to_rows(accepted(seq, **known), encoded(order), CREATED_AT)


def create(connection: Store, *orders: OrderWithLines) -> None:
    start_batch(connection)
    keep_payloads(connection, [PayloadRow(each.order.seq, b"", b"") for each in orders])
    order_store.create(connection, list(orders), "tester")


def test_orders_go_into_their_five_tables(connection: Store) -> None:
    full = product_order(
        channel=[{"id": "web"}],
        requestedStartDate="2026-03-02T08:00:00Z",
        requestedCompletionDate="2026-03-20T08:00:00Z",
        committedDueDate="2026-03-21T08:00:00Z",
        items=[
            line(
                "10",
                actionReason="moving",
                committedDueDate="2026-03-19T08:00:00Z",
                externalProductInventory=[{"externalProductInventoryId": "INV-1"}],
                itemPrice=[
                    {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}}},
                    {"priceType": "nonRecurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 5}}},
                ],
                product={
                    "id": "product-1",
                    "place": {"id": "site-1"},
                    "productCharacteristic": [{"name": "Speed", "value": "1000", "previousValue": "500"}],
                    "relatedParty": [
                        {
                            "id": "p-1",
                            "name": "Ana Duarte",
                            "firstName": "Ana",
                            "lastName": "Duarte",
                            "email": "a@example.com",
                            "phone": "1",
                        }
                    ],
                    "productRelationship": [{"id": "product-2", "relationshipType": "Requires"}],
                },
                productOrderItemRelationship=[{"id": "20", "relationshipType": "HasChild"}],
            ),
            line("20", productOrderItemRelationship=[{"id": "10", "relationshipType": "HasParent"}]),
        ],
    )
    made = [rows_of(1, full, filled_currency="USD"), rows_of(2, product_order("PO-2"))]

    create(connection, *made)

    tables = {
        "customer_order": [asdict(each.order) for each in made],
        "order_line_item": [asdict(row) for each in made for row in each.lines],
        "order_characteristic_value": [
            {"order_seq": 1, "line_n": 0, "n": 0, "name": "Speed", "value": "1000", "previous_value": "500"}
        ],
        "order_line_item_contact": [
            {
                "order_seq": 1,
                "line_n": 0,
                "n": 0,
                "party_id": "p-1",
                "name": "Ana Duarte",
                "first_name": "Ana",
                "last_name": "Duarte",
                "email": "a@example.com",
                "phone": "1",
            }
        ],
        "order_line_related_item": [
            {"order_seq": 1, "line_n": 0, "n": 0, "kind": "line", "related_id": "20", "relationship_type": "HasChild"},
            {
                "order_seq": 1,
                "line_n": 0,
                "n": 1,
                "kind": "product",
                "related_id": "product-2",
                "relationship_type": "Requires",
            },
            {"order_seq": 1, "line_n": 1, "n": 0, "kind": "line", "related_id": "10", "relationship_type": "HasParent"},
        ],
    }
    expected = {
        table: [{name: value for name, value in row.items() if value is not None} for row in found]
        for table, found in tables.items()
    }
    assert {table: present(connection, table) for table in tables} == expected


def test_an_order_is_found_by_its_order_id(connection: Store) -> None:
    create(connection, rows_of(1, product_order("PO-1"), source="crm", profile="tmf622-v4", filled_currency="USD"))

    assert order_store.by_order_id(connection, order_id(1)) == OrderView(
        1, order_id(1), "PO-1", "crm", "USD", "new", 1, CREATED_AT, "tmf622-v4"
    )
    assert order_store.by_order_id(connection, order_id(2)) is None


def test_orders_are_found_by_their_external_id_in_one_source_or_in_all(connection: Store) -> None:
    create(
        connection,
        rows_of(1, product_order("PO-1"), source="web"),
        rows_of(2, product_order("PO-1"), source="crm"),
        rows_of(3, product_order("PO-2"), source="crm"),
    )

    found = [order_store.by_external_id(connection, "PO-1", source) for source in (None, "crm", "shop")]

    assert [[each.seq for each in orders] for orders in found] == [[2, 1], [2], []]


def test_an_order_holds_its_external_id_in_its_source(connection: Store) -> None:
    create(connection, rows_of(1, product_order("PO-1"), source="crm"), rows_of(2, product_order(None), source="crm"))

    wanted = json.dumps(["PO-1", "PO-2"])

    assert external_ids.holders(connection, wanted, "productOrder") == {("PO-1", "crm"): (order_id(1), 1)}


def test_lines_come_in_the_sequence_of_their_order(connection: Store) -> None:
    create(
        connection,
        rows_of(1, product_order("PO-1", items=[line("30"), line("10"), line("20")])),
        rows_of(2, product_order("PO-2")),
    )

    assert order_store.lines(connection, 1) == [LineView(item_id, "new", 1, False) for item_id in ("30", "10", "20")]
    assert order_store.lines(connection, 3) == []


@pytest.mark.parametrize(
    "second",
    [
        {"seq": 1, "order_id": "new", "external_id": "new"},
        {"seq": 2, "order_id": order_id(1), "external_id": "new"},
        {"seq": 2, "order_id": "new", "external_id": "PO-1"},
    ],
)
def test_an_order_is_created_once(connection: Store, integrity_error: type[Exception], second: dict[str, Any]) -> None:
    create(connection, rows_of(1, product_order("PO-1")))
    keep_payloads(connection, [PayloadRow(2, b"", b"")])
    before = present(connection, "customer_order")

    with pytest.raises(integrity_error):
        order_store.create(
            connection, [PRODUCT_ORDER.to_rows(accepted(**second), encoded(product_order()), CREATED_AT)], "tester"
        )

    assert present(connection, "customer_order") == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customer_order SET state = 'lost'",
        "UPDATE order_line_item SET state = 'partial'",
        "UPDATE customer_order SET batch_id = 'none'",
        "UPDATE order_line_related_item SET kind = 'place'",
        "DELETE FROM customer_order",
        "DELETE FROM order_line_item",
        "DELETE FROM payload",
        "INSERT INTO order_line_item SELECT * FROM order_line_item",
    ],
)
def test_the_tables_refuse_what_no_order_can_be(
    connection: Store, integrity_error: type[Exception], statement: str
) -> None:
    related = [{"id": "2", "relationshipType": "HasChild"}]
    create(connection, rows_of(1, product_order(items=[line("1", productOrderItemRelationship=related), line("2")])))

    with pytest.raises(integrity_error):
        connection.execute(statement)
