from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ordercli.operations.audit import audit
from support.builders import line, ndjson, product_order
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

ORDERS = 10_000
CHANGES = 1_000

PRICE = [{"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}}}]


def patches() -> Iterator[Json]:
    """A patch of some kind for each of the first thousand orders."""
    kinds: list[dict[str, Any]] = [
        {"productOrderItem": [{"id": "1", "quantity": 2}], "state": "acknowledged"},
        {"productOrderItem": [{"id": "2", "state": "in_progress"}]},
        {"productOrderItem": [line("3", itemPrice=PRICE)], "channel": [{"id": "shop"}]},
        {"productOrderItem": [{"id": "1", "revisionOperation": "cancel"}], "note": [{"text": "call"}]},
        {"orderCurrency": "EUR"},
    ]
    for n in range(CHANGES):
        yield {"id": f"PO-{n}", **kinds[n % len(kinds)]}


def cancellations() -> Iterator[Json]:
    """A request to cancel each of the next thousand orders."""
    for n in range(CHANGES, 2 * CHANGES):
        yield {"cancellationReason": "Customer left", "productOrder": {"id": f"PO-{n}"}}


def test_ten_thousand_orders_a_thousand_patched_and_a_thousand_cancelled(
    ordercli: Ordercli, connection: Store, database: str, tmp_path: Path
) -> None:
    orders = (product_order(f"PO-{n}", items=[line("1"), line("2")]) for n in range(ORDERS))
    (tmp_path / "orders.ndjson").write_bytes(ndjson(*orders))
    (tmp_path / "patches.ndjson").write_bytes(ndjson(*patches()))
    (tmp_path / "cancellations.ndjson").write_bytes(ndjson(*cancellations()))

    submitted = ordercli("submit", "orders.ndjson", "-o", "json")
    patched = ordercli("patch", "--from", "patches.ndjson", "-o", "ndjson")
    cancelled = ordercli("cancel", "--from", "cancellations.ndjson", "-o", "ndjson")

    faults = [str(fault) for fault in audit(database)]
    kinds = Counter(row["kind"] for row in rows(connection, "order_history"))
    states = Counter(row["state"] for row in rows(connection, "customer_order"))
    assert (submitted.exit_code, submitted.json["accepted"]) == (0, ORDERS)
    assert Counter((each["outcome"], each["version"]) for each in patched.ndjson) == {
        ("patched", 2): 800,
        ("patched", 1): 200,
    }
    assert Counter((each["outcome"], each["version"]) for each in cancelled.ndjson) == {("cancelled", 2): CHANGES}
    assert kinds == {"creation": ORDERS, "revision": 600, "stateChange": 200, "cancellation": CHANGES}
    assert states == {"new": 8600, "acknowledged": 200, "in_progress": 200, "canceled": CHANGES}
    assert faults == []
