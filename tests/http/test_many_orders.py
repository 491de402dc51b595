"""Many orders in one request: a receipt for each, while more of them come."""

from __future__ import annotations

import gzip
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from backports import zstd

from support.builders import encoded, ndjson, product_order, product_orders
from support.running import PATIENCE_SECONDS
from support.serving import VENDOR, serving
from support.stored import column, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.serving import Served

pytestmark = pytest.mark.slow

LINES = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def served(ordercli: Ordercli) -> Iterator[Served]:
    with serving(ordercli, ORDERCLI_LIMITS_MAX_ORDER_BYTES="2000", ORDERCLI_SERVE_MAX_WAITING="100") as found:
        yield found


def receipts(served: Served, body: bytes, **headers: str) -> list[Any]:
    response = served.client.post(VENDOR, content=body, headers={**LINES, **headers})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


@pytest.mark.every_engine
@pytest.mark.usefixtures("audited")
def test_each_line_gets_its_receipt(served: Served, connection: Store) -> None:
    lines: list[Any] = [
        product_order("PO-1"),
        b"",
        product_order("PO-1"),
        b"{",
        encoded(product_order("PO-2", category="x" * 2000)),
        b'{"$reject": {"errors": []}, "order": {"externalId": "A"}}',
        product_order("PO-3"),
    ]

    found = receipts(served, ndjson(*lines))

    told = [(each["line"], each["statusCode"], each["outcome"], [e["code"] for e in each["errors"]]) for each in found]
    assert told == [
        (1, 201, "accepted", []),
        (3, 200, "duplicate", []),
        (4, 400, "rejected", ["ORD001"]),
        (5, 400, "rejected", ["ORD007"]),
        (6, 400, "rejected", ["ORD010"]),
        (7, 201, "accepted", []),
    ]
    assert [each["orderId"] for each in found if each["statusCode"] == 201] == column(
        connection, "customer_order", "order_id"
    )


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_more_orders_than_may_wait_are_all_accepted(
    served: Served, connection: Store, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    body = compress(ndjson(*product_orders(1500)))

    found = receipts(served, body, **{"Content-Encoding": encoding})

    assert [(each["externalId"], each["statusCode"]) for each in found] == [(f"PO-{n}", 201) for n in range(1, 1501)]
    assert len(rows(connection, "customer_order")) == 1500


def test_a_receipt_comes_before_the_next_order_is_sent(served: Served) -> None:
    parts = urlsplit(served.address)
    head = f"POST {VENDOR} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {LINES['Content-Type']}\r\n"
    with (
        socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS) as client,
        client.makefile("rb") as got,
    ):
        client.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for n in (1, 2):
            line = ndjson(product_order(f"PO-{n}"))
            client.sendall(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            while b"orderId" not in (told := got.readline()):
                pass  # the head of the answer, and the lengths of its chunks
            assert json.loads(told)["externalId"] == f"PO-{n}"


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (b"no gzip", {"Content-Encoding": "gzip"}, "The body is not gzip, as its Content-Encoding says"),
        (gzip.compress(b"\n", mtime=0)[:-4], {"Content-Encoding": "gzip"}, "The body ends within its gzip data"),
        (zstd.compress(b"\n")[:-1], {"Content-Encoding": "zstd"}, "The body ends within its zstd data"),
    ],
)
def test_a_broken_body_names_the_line_to_go_on_with(
    served: Served, body: bytes, headers: dict[str, str], message: str
) -> None:
    told = f"{message}; line 1 is the first one without a receipt"

    assert receipts(served, body, **headers) == [{"statusCode": 400, "line": 1, "message": told}]
