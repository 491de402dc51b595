"""External ids that another source knows, and orders that got the default currency."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order, write_orders
from support.stored import rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


def test_a_forgotten_source_is_reported(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), product_order("A"), product_order("B"), product_order(None))
    ordercli("submit", "orders.ndjson", "--source", "crm")
    write_orders(Path("more.ndjson"), *(product_order(name) for name in ("A", "B", "C")), product_order(None))

    result = ordercli("submit", "more.ndjson", "--async", "-o", "json")
    again = ordercli("submit", "more.ndjson", "--async", "-o", "json")

    assert (result.exit_code, result.json["knownElsewhere"], result.json["accepted"]) == (0, {"crm": 2}, 4)
    message = "2 of 3 external ids are known from source crm; these orders are of source cli"
    assert json.loads(result.stderr) == {"severity": "warning", "message": message}
    assert (again.json["knownElsewhere"], again.stderr) == ({}, "")


def test_an_order_that_got_the_default_currency_is_known_when_it_is_exported_and_sent_again(
    ordercli: Ordercli, connection: Store
) -> None:
    default = {"ORDERCLI_VALIDATION_DEFAULT_CURRENCY": "EUR"}
    plain = ndjson(product_order("PO-1", orderCurrency=...))
    ordercli("submit", "-", stdin=plain, **default)
    document = ordercli("show", "PO-1", "-o", "json").stdout.encode()

    results = [
        ordercli("submit", "-", *options, "-o", "ndjson", "--rejects", "none", stdin=data, **default)
        for options in ((), ("--async",))
        for data in (document, plain, ndjson(product_order("PO-1")), ndjson(product_order("PO-1", orderCurrency="USD")))
    ]

    reported = [each["outcome"] for result in results for each in result.ndjson]
    assert reported == ["duplicate", "duplicate", "duplicate", "conflict"] * 2
    assert len(rows(connection, "payload")) == 1


def test_within_one_run_too_the_default_currency_makes_no_difference(ordercli: Ordercli) -> None:
    data = ndjson(product_order("PO-1", orderCurrency=...), product_order("PO-1"))

    results = [
        ordercli("submit", "-", *options, "-o", "ndjson", stdin=data, ORDERCLI_VALIDATION_DEFAULT_CURRENCY="EUR")
        for options in (("--dry-run",), ())
    ]

    assert [[each["outcome"] for each in result.ndjson] for result in results] == [["accepted", "duplicate"]] * 2
