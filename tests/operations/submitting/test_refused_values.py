from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import line, product_order, service_line, service_order, write_orders
from support.stored import rows

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


def bad(name: str, currency: str) -> dict[str, Any]:
    return product_order(name, orderCurrency=currency)


def values(connection: Store) -> list[tuple[Any, ...]]:
    """What is kept of each value, but for its batch."""
    return sorted(tuple(row.values())[1:] for row in rows(connection, "batch_value"))


def test_each_value_is_counted_with_its_first_order(ordercli: Ordercli, tmp_path: Path, connection: Store) -> None:
    orders = [bad("A", "euro"), product_order("B"), bad("C", "EUROS"), bad("D", "euro"), product_order("E", items=[])]
    file = write_orders(tmp_path / "orders.ndjson", *orders, product_order("B", category="other"))

    ordercli("submit", file)

    assert values(connection) == [
        ("ORD102", "", 1, "E", file, 5, 5, "/productOrderItem"),
        ("ORD124", "EUROS", 1, "C", file, 3, 3, "/orderCurrency"),
        ("ORD124", "euro", 2, "A", file, 1, 1, "/orderCurrency"),
        ("ORD420", "/category", 1, "B", file, 6, 6, "/externalId"),
    ]
    counted = sorted((row["code"], row["count"], row["refused"]) for row in rows(connection, "batch_finding"))
    assert counted == [("ORD102", 1, 1), ("ORD124", 3, 3), ("ORD420", 1, 1)]


def test_an_order_counts_once_for_a_value_that_it_has_twice(
    ordercli: Ordercli, tmp_path: Path, connection: Store
) -> None:
    lines = [line("1", action="addd"), line("2", action="addd"), line("3", action="swap")]
    file = write_orders(tmp_path / "orders.ndjson", product_order("A", items=lines))

    ordercli("submit", file)

    (counted,) = [row for row in rows(connection, "batch_finding") if row["code"] == "ORD121"]
    assert (counted["count"], counted["refused"]) == (3, 1)
    assert [row[1:3] for row in values(connection) if row[0] == "ORD121"] == [("addd", 1), ("swap", 1)]


def test_the_values_of_a_resumed_run_are_added_up(ordercli: Ordercli, tmp_path: Path, connection: Store) -> None:
    names = ["one", "two", "one", "two", "two"]
    file = write_orders(tmp_path / "orders.ndjson", *[bad(f"PO-{n}", each) for n, each in enumerate(names)])
    ordercli("submit", file, "--max-rejects", "1")
    (batch,) = ordercli("batch", "list", "-o", "json").json

    before = values(connection)
    ordercli("batch", "resume", batch["batchId"], "--max-rejects", "9")

    assert [row[1:4] for row in before] == [("one", 1, "PO-0")]
    assert [row[1:4] for row in values(connection)] == [("one", 2, "PO-0"), ("two", 3, "PO-1")]


def test_a_run_keeps_the_20_most_frequent_values_of_a_code_and_counts_the_others_by_code(
    ordercli: Ordercli, tmp_path: Path, connection: Store
) -> None:
    names = [*(f"X{n}" for n in range(25)), "often", "often"]
    file = write_orders(tmp_path / "orders.ndjson", *[bad(f"PO-{n}", each) for n, each in enumerate(names)])

    ordercli("submit", file)

    kept = {row[1]: row[2] for row in values(connection)}
    assert kept == {**{f"X{n}": 1 for n in range(19)}, "often": 2}
    assert [row["refused"] for row in rows(connection, "batch_finding")] == [27]


def test_hostile_values_are_kept_as_text_that_a_column_can_hold(
    ordercli: Ordercli, tmp_path: Path, connection: Store
) -> None:
    file = write_orders(tmp_path / "orders.ndjson", bad("A", "\0\x1b[31m"), bad("B", "<script>" * 50), b'{"a": ')

    ordercli("submit", file)

    assert [row[:4] for row in values(connection)] == [
        ("ORD001", "", 1, None),
        ("ORD124", ("<script>" * 50)[:99] + "…", 1, "B"),
        ("ORD124", "\u2400\x1b[31m", 1, "A"),
    ]


def test_a_reference_counts_by_the_id_that_is_not_known(ordercli: Ordercli, tmp_path: Path, connection: Store) -> None:
    ordercli("reference", "import", "-", stdin=b'{"@type": "ServiceSpecification", "id": "other"}')
    file = write_orders(tmp_path / "orders.ndjson", service_order("A", items=[service_line(specification="gone")]))

    ordercli("submit", file, "--resource", "serviceOrder")

    assert [row[:3] for row in values(connection)] == [("ORD302", "gone", 1)]
