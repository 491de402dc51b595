from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ordercli.operations.export_entries import export_entries
from support.builders import product_order
from support.stored import BATCH, enqueue, order_id

if TYPE_CHECKING:
    from ordercli.database.store import Store

ERROR = {
    "code": 24,
    "reason": "Invalid body field",
    "message": "quantity",
    "details": [{"message": "quantity", "datapath": "/productOrderItem/0/quantity", "rule": "ORD209"}],
}
FAILED = {"state": "error", "error_code": "ORD209", "error": json.dumps(ERROR)}


def test_failed_entries_are_written_as_rejects_in_the_order_of_their_arrival(connection: Store, database: str) -> None:
    first, second = product_order("PO-1"), product_order("PO-2")
    enqueue(connection, first, second, source="crm", **FAILED)

    lines = [json.loads(line) for line in export_entries(database, [2, 1])]

    assert [line["order"] for line in lines] == [first, second]
    assert lines[1]["$reject"] == {
        "batchId": BATCH,
        "request": "submit",
        "source": "crm",
        "profile": "servicenow",
        "resource": "productOrder",
        "mode": "async",
        "target": None,
        "file": "orders.ndjson",
        "line": 2,
        "record": 2,
        "orderId": order_id(2),
        "errors": [
            {
                "code": "ORD209",
                "pointer": "/productOrderItem/0/quantity",
                "line": 2,
                "column": json.dumps(second, separators=(",", ":")).index('1,"product"') + 1,
                "message": "quantity",
                "suggestion": None,
            }
        ],
    }


def test_an_entry_without_an_error_has_none_in_its_line(connection: Store, database: str) -> None:
    enqueue(connection, product_order("PO-1"))

    (line,) = export_entries(database, [1])

    assert json.loads(line)["$reject"]["errors"] == []


def test_nothing_chosen_writes_nothing(database: str) -> None:
    assert list(export_entries(database, [])) == []
