"""A patch writes every column of the order and of its lines that it can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.orders.order_rows import LineRow, OrderRow
from support.builders import encoded, line, ndjson, product_order
from support.stored import rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

# What says which order or line it is, or how it came.
FIXED_OF_ORDER = {
    "seq",
    "order_id",
    "external_id",
    "source",
    "resource",
    "profile",
    "filled_currency",
    "currency",
    "batch_id",
    "created_at",
}
FIXED_OF_LINE = {"order_seq", "n", "item_id"}
# What changes whenever something else does.
MOVING = {"version", "updated_at"}

NEW_CUSTOMER = {"id": "customer-2", "name": "Bo", "@type": "RelatedParty", "@referredType": "Customer"}
OF_ORDER = {
    "fulfillmentType": "install",
    "relatedParty": [NEW_CUSTOMER],
    "channel": [{"id": "web"}],
    "requestedStartDate": "2026-03-02T08:00:00Z",
    "requestedCompletionDate": "2026-03-20T08:00:00Z",
    "committedDueDate": "2026-03-21T08:00:00Z",
    "state": "in_progress",
}
COLUMNS_OF_ORDER = {
    "fulfillment_type": "install",
    "customer_id": "customer-2",
    "channel_id": "web",
    "requested_start_date": "2026-03-02T08:00:00Z",
    "requested_completion_date": "2026-03-20T08:00:00Z",
    "committed_due_date": "2026-03-21T08:00:00Z",
    "state": "assessing_cancellation",
    "assessed_from": "in_progress",
}
OF_LINE = {
    "action": "change",
    "actionReason": "moving",
    "quantity": 2,
    "itemPrice": [
        {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}}},
        {"priceType": "nonRecurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 5}}},
    ],
    "product": {"id": "product-1", "place": {"id": "site-1"}, "productSpecification": {"id": "modem"}},
    "productOffering": {"id": "cable"},
    "committedDueDate": "2026-03-19T08:00:00Z",
    "externalProductInventory": [{"externalProductInventoryId": "INV-1"}],
    "productOrderItemRelationship": [{"id": "2", "relationshipType": "HasParent"}],
    "ponr": "true",
    "state": "in_progress",
}
COLUMNS_OF_LINE = {
    "parent_item_id": "2",
    "action": "change",
    "action_reason": "moving",
    "quantity": "2",
    "mrc": "19.9",
    "nrc": "5",
    "product_offering_id": "cable",
    "product_specification_id": "modem",
    "product_id": "product-1",
    "place_id": "site-1",
    "committed_due_date": "2026-03-19T08:00:00Z",
    "external_inventory_id": '["INV-1"]',
}


def changed(before: Json, after: Json) -> Json:
    """The columns that have another value."""
    return {name: value for name, value in after.items() if value != before[name]}


def test_every_column_of_the_order_is_patched_or_is_fixed(ordercli: Ordercli, connection: Store) -> None:
    (ordercli.folder / "ordercli.toml").write_text("[orders]\ncancellation_approval = true\n")
    ordercli("submit", stdin=encoded(product_order()))
    (before,) = rows(connection, "customer_order", "1")

    patched = ordercli("patch", "--from", "-", stdin=ndjson({"id": "PO-1", **OF_ORDER}))
    cancelled = ordercli("cancel", "PO-1", "--reason", "why")

    assert (patched.exit_code, cancelled.exit_code) == (0, 0)
    (after,) = rows(connection, "customer_order", "1")
    moved = {"version": 3, "updated_at": after["updated_at"]}
    assert changed(before, after) == COLUMNS_OF_ORDER | moved
    assert set(OrderRow.__struct_fields__) == set(COLUMNS_OF_ORDER) | MOVING | FIXED_OF_ORDER


def test_every_column_of_a_line_is_patched_or_is_fixed(ordercli: Ordercli, connection: Store) -> None:
    (ordercli.folder / "ordercli.toml").write_text("[orders]\ncancellation_approval = true\n")
    ordercli("submit", stdin=encoded(product_order(items=[line("1"), line("2")])))
    before, other = rows(connection, "order_line_item", "1, 2")

    ordercli("patch", "PO-1", "--set", "state=in_progress")
    patched = ordercli(
        "patch", "--from", "-", stdin=ndjson({"id": "PO-1", "productOrderItem": [{"id": "1", **OF_LINE}]})
    )

    assert patched.exit_code == 0, patched.stdout
    after, other_after = rows(connection, "order_line_item", "1, 2")
    assert changed(before, after) == {**COLUMNS_OF_LINE, "state": "in_progress", "version": 2, "ponr": True}
    assert changed(other, other_after) == {}
    by_states = {"state", "assessed_from"}
    assert set(LineRow.__struct_fields__) == set(COLUMNS_OF_LINE) | by_states | {"version", "ponr"} | FIXED_OF_LINE


def test_an_assessment_of_a_line_remembers_where_it_came_from(ordercli: Ordercli, connection: Store) -> None:
    (ordercli.folder / "ordercli.toml").write_text("[orders]\ncancellation_approval = true\n")
    ordercli("submit", stdin=encoded(product_order()))
    ordercli(
        "patch", "--from", "-", stdin=ndjson({"id": "PO-1", "productOrderItem": [{"id": "1", "state": "in_progress"}]})
    )
    (before,) = rows(connection, "order_line_item", "1")

    cancelled = ordercli("cancel", "PO-1", "--reason", "why")

    assert cancelled.exit_code == 0
    (after,) = rows(connection, "order_line_item", "1")
    assert changed(before, after) == {"state": "assessing_cancellation", "assessed_from": "in_progress", "version": 3}
