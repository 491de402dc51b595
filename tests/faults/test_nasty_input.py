"""Malformed lines are refused one by one; the other lines are accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

ORDER = encoded(product_order("BAD"))
NASTY = {
    "50 MB in one order": (encoded(product_order("BAD", note=[{"text": "x" * 50_000_000}])), "ORD007"),
    "50 MB of nothing": (b"x" * 50_000_000, "ORD007"),
    "50 MB of brackets": (b"[" * 50_000_000, "ORD007"),
    "a NUL in an order": (ORDER[:-1] + b"\0}", "ORD001"),
    "a NUL in a text": (ORDER.replace(b"BAD", b"B\0D"), "ORD001"),
    "nothing but NULs": (b"\0" * 1000, "ORD001"),
    "text that is no UTF-8": (ORDER.replace(b"BAD", b"B\xff\xfeD"), "ORD005"),
    "half of a letter": (ORDER.replace(b"BAD", b"B\xc3"), "ORD005"),
    "half of a surrogate pair": (ORDER.replace(b"BAD", b"B\\ud800D"), "ORD001"),
    "100,000 lists in each other": (ORDER[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "ORD007"),
    "100,000 objects in each other": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "ORD007"),
    "a number of a million digits": (ORDER[:-1] + b',"x":' + b"9" * 1_000_000 + b"}", None),
}


@pytest.mark.parametrize("mode", [(), ("--async",)], ids=["sync", "async"])
@pytest.mark.parametrize(("nasty", "code"), NASTY.values(), ids=NASTY)
def test_a_nasty_line_harms_nobody_but_itself(
    ordercli: Ordercli, connection: Store, mode: tuple[str, ...], nasty: bytes, code: str | None
) -> None:
    Path("orders.ndjson").write_bytes(ndjson(product_order("PO-1"), nasty, product_order("PO-2")))

    result = ordercli("submit", "orders.ndjson", *mode, "-o", "ndjson")
    ordercli("queue", "run")

    receipts = [(each["line"], each["outcome"], [found["code"] for found in each["errors"]]) for each in result.ndjson]
    nastily = (2, "rejected", [code]) if code else (2, "accepted", [])
    assert (result.exit_code, receipts) == (int(bool(code)), [(1, "accepted", []), nastily, (3, "accepted", [])])
    if code:
        assert column(connection, "customer_order", "external_id") == ["PO-1", "PO-2"]
        (reject,) = Path("orders.ndjson.rejects.ndjson").read_bytes().splitlines()
        assert json.loads(reject)["$reject"]["line"] == 2
    assert ordercli("db", "check").stdout == ""
