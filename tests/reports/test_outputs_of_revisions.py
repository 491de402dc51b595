from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from ordercli.output.schemas import schema
from support.builders import encoded, line, ndjson, product_order, product_orders

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

APPROVAL: dict[str, Any] = {"ORDERCLI_ORDERS_CANCELLATION_APPROVAL": "true"}


@pytest.fixture(autouse=True)
def orders(ordercli: Ordercli) -> None:
    """PO-1 with a life behind it, and two that are new."""
    ordercli("submit", "--track-id", "T-1", stdin=encoded(product_order(items=[line("1"), line("2")])))
    ordercli("submit", stdin=ndjson(*product_orders(2, first=2)))
    ordercli("patch", "PO-1", "--set", "productOrderItem.1.quantity=2", "--set", "state=in_progress")
    ordercli("cancel", "PO-1", "--reason", "left", "--requested-date", "2026-03-20T17:00:00Z", **APPROVAL)
    ordercli("cancel", "PO-1", "--deny", **APPROVAL)


def check(name: str, *documents: Any) -> None:
    """Each document must be as the schema says."""
    assert documents
    validator = jsonschema.Draft202012Validator(schema(name))
    for document in documents:
        validator.validate(document)


def test_the_order_after_a_patch(ordercli: Ordercli) -> None:
    check("order", ordercli("patch", "PO-1", "--set", "note.-.text=hi", "-o", "json").json)


def test_receipts(ordercli: Ordercli) -> None:
    changes: list[Any] = [
        {"id": "PO-1", "note": []},
        {"id": "PO-1", "id ": 1, "orderCurrency": "X"},
        {"id": "nobody", "a": 1},
        {},
    ]
    patched = ordercli("patch", "--from", "-", "-o", "ndjson", "--rejects", "none", stdin=ndjson(*changes))
    cancelled = ordercli("cancel", "PO-2", "nobody", "PO-1", "--reason", "left", "-o", "ndjson", **APPROVAL)

    receipts = [*patched.ndjson, *cancelled.ndjson]
    assert [each["outcome"] for each in receipts] == [
        *("patched", "rejected", "not-found", "rejected"),
        *("cancelled", "not-found", "requested"),
    ]
    check("change-receipt", *receipts)


def test_the_operations_of_a_dry_run(ordercli: Ordercli) -> None:
    changes = ("--set", "note.-.text=hi", "--set", "externalId=PO-1", "--set", "productOrderItem.1.quantity=null")

    check("patch-operation", *ordercli("patch", "PO-1", "--dry-run", *changes, "-o", "ndjson").ndjson)


def test_requests_and_answers_of_cancel(ordercli: Ordercli) -> None:
    request = {"cancellationReason": "left", "productOrder": {"id": "PO-2"}}

    check("cancel-request", request)
    check("cancellation", ordercli("cancel", "-o", "json", stdin=encoded(request)).json)
    check("cancellation", ordercli("cancel", "PO-1", "--reason", "left", "-o", "json", **APPROVAL).json)
    check("cancellation", ordercli("cancel", "PO-1", "--deny", "-o", "json", **APPROVAL).json)


def test_history_and_events(ordercli: Ordercli) -> None:
    check("history-line", *ordercli("history", "PO-1", "-o", "ndjson").ndjson)
    check("event", *ordercli("history", "PO-1", "--events", "-o", "ndjson").ndjson)
    check("event", *ordercli("events", "-o", "ndjson").ndjson)


def test_faults(ordercli: Ordercli, connection: Store) -> None:
    connection.execute("UPDATE customer_order SET channel_id = 'x'")
    connection.execute("UPDATE payload SET sha256 = x'00' WHERE seq = 2")

    check("fault", *ordercli("db", "check", "-o", "ndjson").ndjson)


def test_errors(ordercli: Ordercli) -> None:
    refused = ordercli("patch", "PO-1", "--set", "orderCurrency=X", "-o", "json")

    check("error", json.loads(refused.stderr))
