"""What people and scanners send: each request is answered with a clear error, and the server goes on."""

from __future__ import annotations

import gzip
import shutil
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from backports import zstd

from ordercli.database.opening import open_database
from ordercli.database.store import transaction
from support.builders import encoded, product_order
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import V4, VENDOR, serving
from support.stored import column, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ordercli.database.store import Store
    from support.serving import Served

pytestmark = pytest.mark.slow

JSON = {"Content-Type": "application/json"}


# A frame that asks its reader for 128 MB of memory.
_wide = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
WIDE = _wide.compress(b"{}") + _wide.flush()

LIMITS = {
    "ORDERCLI_SERVE_MAX_BODY_BYTES": "5000",
    "ORDERCLI_SERVE_BODY_TIMEOUT": "500ms",
    "ORDERCLI_SERVE_LOCK_TIMEOUT": "50ms",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Served]:
    """One server for all of these requests: it must go on after each of them."""
    folder = tmp_path_factory.mktemp("served")
    database = shutil.copy(fresh_database, folder / "orders.db")
    with serving(Ordercli(folder, str(database)), **LIMITS) as found:
        yield found


@pytest.fixture
def connection(served: Served) -> Iterator[Store]:
    with closing(open_database(served.database)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/nothing", 404, "There is nothing at /nothing"),
        ("GET", "/../../etc/passwd", 404, "There is nothing at /etc/passwd"),
        ("GET", f"{VENDOR}/..%2f..%2fetc%2fpasswd", 404, "Invalid order ID."),
        ("GET", f"{VENDOR}/PO-1%00", 404, "Invalid order ID."),
        ("GET", f"{VENDOR}/PO-9", 404, "Invalid order ID."),
        ("DELETE", f"{VENDOR}/PO-1", 405, "Orders are not deleted; cancel the order instead"),
        ("PUT", f"{VENDOR}/PO-1", 405, "This path has no method PUT"),
        ("TRACE", VENDOR, 405, "This path has no method TRACE"),
        ("GET", f"{VENDOR}?limit=null", 400, "limit takes a whole number from 0, not 'null'"),
        ("GET", f"{VENDOR}?limit=-1", 400, "limit takes a whole number from 0, not '-1'"),
        ("GET", f"{VENDOR}?limit=1&limit=2", 400, "The query has limit 2 times; give it once"),
        ("GET", f"{VENDOR}?offset=99999999999", 400, "offset takes a whole number from 0, not '99999999999'"),
        ("GET", f"{VENDOR}?shoe=1", 400, "An order has no member 'shoe' by which a list can be filtered"),
        ("GET", f"{VENDOR}?orderDate.gte=soon", 400, "takes a date-time such as 2026-03-01T00:00:00Z, not 'soon'"),
        ("GET", f"{VENDOR}?orderDate.near=2026-01-01", 400, "orderDate.near: compare with gt, gte, lt, lte, eq"),
        ("GET", f"{VENDOR}?externalId=%ff", 400, "The query is not UTF-8, or has more than 100 parameters"),
        ("GET", f"{VENDOR}?{'state=new&' * 101}", 400, "The query is not UTF-8, or has more than 100 parameters"),
        ("GET", f"{VENDOR}/PO-1?limit=1", 400, "This request has no query parameter 'limit'; it takes fields"),
        ("POST", f"{VENDOR}?mode=sync", 400, "mode takes async, or is left out, not 'sync'"),
        ("POST", f"{VENDOR}?dry=1", 400, "This request has no query parameter 'dry'; it takes mode, fields"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    served: Served, method: str, path: str, status: int, message: str
) -> None:
    response = served.client.request(method, path, headers=JSON)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert message in response.json()["message"]


def test_an_unknown_state_is_refused_with_those_of_the_path(served: Served) -> None:
    message = served.client.get(V4, params={"state": "new"}).json()["message"]

    assert message.startswith("No state is called 'new'; states: acknowledged, inProgress,")


@pytest.mark.parametrize(
    ("headers", "body", "status", "message"),
    [
        ({}, b"{}", 415, "and the header Content-Type is missing"),
        (
            {"Content-Type": "text/plain"},
            b"{}",
            415,
            "The body must be application/json or application/x-ndjson, not text/plain",
        ),
        ({"Content-Type": "application/json; charset=utf-16"}, b"{}", 415, "The body must be UTF-8, not utf-16"),
        ({**JSON, "Content-Encoding": "br"}, b"{}", 415, "The encoding 'br' is not known"),
        ({**JSON, "Content-Encoding": "gzip"}, b"{}", 400, "The body is not gzip"),
        ({**JSON, "Content-Encoding": "gzip"}, gzip.compress(b"{}", mtime=0)[:-3], 400, "ends within its gzip data"),
        ({**JSON, "Content-Encoding": "zstd"}, b"{}", 400, "The body is not zstd"),
        ({**JSON, "Content-Encoding": "zstd"}, zstd.compress(b"{}")[:-1], 400, "ends within its zstd data"),
        ({**JSON, "Content-Encoding": "zstd"}, zstd.compress(b" " * 5001), 413, "The body is longer than 5000 bytes"),
        ({**JSON, "Content-Encoding": "zstd"}, zstd.compress(b" " * 10**7), 413, "The body is longer than 5000 bytes"),
        ({**JSON, "Content-Encoding": "zstd"}, WIDE, 400, "The body is not zstd"),
        (
            {**JSON, "Content-Encoding": "gzip"},
            gzip.compress(b" " * 5001, mtime=0),
            413,
            "The body is longer than 5000 bytes",
        ),
        (JSON, b" " * 5001, 413, "The body is longer than 5000 bytes"),
        (JSON, b"", 400, "Invalid payload: Request body missing"),
        (JSON, b'{"productOrderItem": [', 400, "Not JSON"),
        (JSON, b"[" * 4000, 400, ""),
        (JSON, b'{"a": ' + b"9" * 4900 + b"}", 400, "productOrderItem is missing"),
        (JSON, b"\xff\xfe{\x00}\x00", 400, ""),
        (JSON, b'{"a":1}{"b":2}', 400, ""),
        ({**JSON, "Idempotency-Key": "k" * 256}, b"{}", 400, "Idempotency-Key takes 1 to 255 printable characters"),
        (JSON, b'{"$reject": {"errors": []}, "order": {"externalId": "A"}}', 400, "cannot be sent like this"),
    ],
)
def test_a_body_that_is_no_order_is_refused(
    served: Served, headers: dict[str, str], body: bytes, status: int, message: str
) -> None:
    response = served.client.post(VENDOR, content=body, headers=headers)

    assert response.status_code == status
    assert message in response.json()["message"]


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_a_compressed_order_is_read(served: Served, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    order = encoded(product_order(f"Z-{encoding}"))
    parts = compress(order[:100]) + compress(order[100:])  # of several members or frames

    assert served.client.post(VENDOR, content=parts, headers={**JSON, "Content-Encoding": encoding}).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "[::1]:1"}, 200),
    ],
)
def test_a_page_of_another_origin_is_kept_out(served: Served, headers: dict[str, str], status: int) -> None:
    assert served.client.get("/health", headers=headers).status_code == status


def test_paths_and_methods_are_as_people_expect(served: Served) -> None:
    options = served.client.options(VENDOR)
    head = served.client.head(f"{VENDOR}/")

    assert (options.status_code, options.headers["allow"], options.content) == (204, "GET, HEAD, OPTIONS, POST", b"")
    assert (head.status_code in {200, 404}, head.content) == (True, b"")
    assert served.client.get("/health/").json() == {"status": "pass"}


def raw(served: Served, *pieces: bytes) -> bytes:
    """Send bytes, and return the answer until the server closes the connection."""
    parts = urlsplit(served.address)
    with socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS) as connection:
        for piece in pieces:
            connection.sendall(piece)
        found = b""
        while more := connection.recv(65_536):
            found += more
        return found


HEAD = f"POST {VENDOR} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()


def test_a_body_that_does_not_come_is_not_waited_for(served: Served, connection: Store) -> None:
    before = rows(connection, "customer_order")

    answer = raw(served, HEAD + b"Content-Length: 1000\r\n\r\n{")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The body did not come within 0.5 s" in answer
    assert rows(connection, "customer_order") == before


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: two\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_request_of_two_meanings_is_refused(served: Served, head: bytes) -> None:
    assert raw(served, HEAD + head).startswith(b"HTTP/1.1 400 ")
    assert served.client.get("/health").status_code == 200


def test_a_client_that_leaves_before_its_answer_leaves_no_half_order(served: Served, connection: Store) -> None:
    body = encoded(product_order("GONE-1"))
    parts = urlsplit(served.address)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        client.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    again = served.post(VENDOR, product_order("GONE-1"))

    assert again.status_code in {200, 201}  # whether the order that nobody waited for came first
    assert column(connection, "customer_order", "external_id").count("GONE-1") == 1
    assert len(rows(connection, "order_history")) == len(rows(connection, "customer_order"))


def test_a_locked_database_is_told_and_nothing_is_lost(served: Served, connection: Store) -> None:
    with transaction(connection, "test"):
        locked = served.post(VENDOR, product_order("LOCKED-1"))
        assert served.client.get(f"{VENDOR}/PO-9").status_code == 404
        health: Any = served.client.get("/health").json()
    again = served.post(VENDOR, product_order("LOCKED-1"))

    assert (locked.status_code, locked.headers["retry-after"]) == (503, "1")
    assert (health["status"], "locked" in health["database"]) == ("warn", True)
    assert again.status_code == 201
    assert served.client.get("/health").json() == {"status": "pass"}
