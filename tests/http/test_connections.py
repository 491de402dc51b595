"""What comes over a connection beside requests: heads that are no HTTP, too large or too slow; idle clients."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.builders import encoded, product_order
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import VENDOR, serving
from support.stored import column, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.serving import Served

pytestmark = pytest.mark.slow

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
POST = f"POST {VENDOR} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
CLOSE = b"Connection: close\r\n\r\n"
CONNECTIONS = 20


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all of these requests: it must go on after each of them."""
    folder = tmp_path_factory.mktemp("served")
    limits = {
        "ORDERCLI_SERVE_HEADER_TIMEOUT": "300ms",
        "ORDERCLI_SERVE_BODY_TIMEOUT": "300ms",
        "ORDERCLI_SERVE_IDLE_TIMEOUT": "300ms",
        "ORDERCLI_SERVE_MAX_HEADER_BYTES": "2000",
    }
    with serving(Ordercli(folder, str(folder / "orders.db")), **limits) as found:
        yield found


def connected(served: Served) -> socket.socket:
    """Return a new connection to the server."""
    parts = urlsplit(served.address)
    return socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS)


def rest(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    found = b""
    while more := connection.recv(65_536):
        found += more
    return found


def raw(served: Served, request: bytes) -> bytes:
    """Send bytes, and return what the server sends until it closes the connection."""
    with connected(served) as connection:
        connection.sendall(request)
        return rest(connection)


def refusal(status: str, message: str) -> bytes:
    """Return the whole answer to a request that was no HTTP."""
    body = {"code": 1, "reason": message, "message": message, "details": [{"message": message}]}
    text = json.dumps(body, separators=(",", ":")).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
    return head.encode() + CLOSE + text


NO_HTTP = refusal("400 Bad Request", "This is no valid HTTP request")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /health HTTP/1.1\nHost: localhost\n\n",
        GET + b"X-A: b\r\n c\r\n\r\n",
        GET + b"X-A : b\r\n\r\n",
        GET + b"X-A: a\x00b\r\n\r\n",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        POST + b"Content-Length: 2, 2\r\n\r\n{}",
        POST + b"Content-Length: +2\r\n\r\n{}",
        POST + b"Content-Length: 99999999999999999999999\r\n\r\n{",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"FROB /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /h\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    ],
    ids=[
        *("bare LF", "folded header", "space before colon", "NUL in a header", "both lengths", "two encodings"),
        *("unknown encoding", "two lengths", "a list of lengths", "a signed length", "a huge length", "no chunk"),
        *("length in a trailer", "HTTP/2", "unknown method", "CONNECT", "UTF-8 path", "TLS"),
    ],
)
def test_what_is_no_http_is_refused_and_the_connection_closed(served: Served, request_bytes: bytes) -> None:
    assert raw(served, request_bytes) == NO_HTTP
    assert served.client.get("/health").json() == {"status": "pass"}


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /health HTTP/1.1\r\n" + CLOSE, b"421"),
        (GET + b"Host: localhost\r\n" + CLOSE, b"421"),
        (GET + b"Origin: http://localhost\r\nOrigin: http://localhost\r\n" + CLOSE, b"400"),
        (b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n", b"200"),
        (b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n" + CLOSE, b"200"),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n" + CLOSE, b"404"),
        (b"GET /%ff%fe HTTP/1.1\r\nHost: localhost\r\n" + CLOSE, b"404"),
        (b"GET /../health HTTP/1.1\r\nHost: localhost\r\n" + CLOSE, b"404"),
        (POST + b"Content-Type: text/plain\r\nContent-Length: 2\r\n" + CLOSE + b"{}", b"400"),
        (POST + b"Content-Length: 20000000\r\n\r\n{", b"413"),
        (POST + b"Content-Length: 20\r\n\r\n{", b"408"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{", b"408"),
        (GET + b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n", b"200"),
        (b"PUT /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{", b"405"),
    ],
)
def test_a_request_of_an_odd_form_gets_one_answer(served: Served, request_bytes: bytes, status: bytes) -> None:
    answer = raw(served, request_bytes)

    assert answer[:12] == b"HTTP/1.1 " + status
    assert answer.count(b"HTTP/1.1 ") == 1
    assert served.client.get("/health").json() == {"status": "pass"}


def test_a_header_that_may_stand_once_is_refused_twice(served: Served) -> None:
    twice = POST + b"Content-Type: text/plain\r\nContent-Length: 2\r\n" + CLOSE + b"{}"

    assert b'"message":"The header Content-Type is there more than once"' in raw(served, twice)


@pytest.mark.parametrize("end", [b"\r\n\r\n", b""])
def test_a_head_that_is_too_large_is_refused(served: Served, end: bytes) -> None:
    message = "The head of the request is longer than 2000 bytes"

    answer = raw(served, GET + b"X-A: " + b"a" * 2000 + end)

    assert answer == refusal("431 Request Header Fields Too Large", message)


def test_many_small_headers_are_too_large_together(served: Served) -> None:
    with connected(served) as connection:
        for _ in range(300):
            connection.sendall(b"X-A: a\r\n" if _ else GET)
        assert rest(connection)[:12] == b"HTTP/1.1 431"


def test_a_head_that_does_not_end_is_not_waited_for(served: Served) -> None:
    message = "The head of the request did not come within 0.3 s"

    assert raw(served, GET) == refusal("408 Request Timeout", message)


def test_a_connection_without_a_request_is_closed(served: Served) -> None:
    used = raw(served, GET + b"\r\n")

    assert raw(served, b"") == b""
    assert (used[:12], used.count(b"HTTP/1.1 ")) == (b"HTTP/1.1 200", 1)


def test_what_follows_a_request_does_not_cost_it_its_answer(served: Served) -> None:
    order = encoded(product_order("FOLLOWED-1"))
    head = POST + f"Content-Length: {len(order)}\r\n\r\n".encode()

    answer = raw(served, head + order + b"garbage\x01\r\n\r\n")

    assert (answer[:12], answer.count(b"HTTP/1.1 ")) == (b"HTTP/1.1 201", 1)


def test_requests_that_come_at_once_are_answered_in_turn(served: Served) -> None:
    answer = raw(served, GET + b"\r\n" + b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n" + CLOSE)

    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404"]


def test_a_smuggled_request_is_not_run(served: Served) -> None:
    inner = encoded(product_order("SMUGGLED-1"))
    hidden = b"0\r\n\r\n" + POST + f"Content-Length: {len(inner)}\r\n\r\n".encode() + inner
    outer = POST + f"Content-Length: {len(hidden)}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()

    assert raw(served, outer + hidden) == NO_HTTP
    assert served.client.get(f"{VENDOR}/SMUGGLED-1").status_code == 404


@pytest.mark.usefixtures("audited")
def test_clients_that_leave_leave_no_half_order(ordercli: Ordercli, connection: Store) -> None:
    with serving(ordercli) as served:
        for n in range(40):
            body = encoded(product_order(f"PO-{n}"))
            whole = POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
            with connected(served) as client:
                client.sendall(whole[: len(whole) * (n + 1) // 40])
        answers = [served.post(VENDOR, product_order(f"PO-{n}")).status_code for n in range(40)]

    assert set(answers) <= {200, 201}
    assert sorted(column(connection, "customer_order", "external_id")) == sorted(f"PO-{n}" for n in range(40))
    assert len(rows(connection, "order_history")) == 40


def test_idle_clients_keep_nobody_out(ordercli: Ordercli) -> None:
    with serving(ordercli, ORDERCLI_SERVE_MAX_CONNECTIONS=str(CONNECTIONS)) as served:
        idle = [connected(served) for _ in range(3 * CONNECTIONS)]
        answers = [served.client.get("/health").status_code for _ in range(3)]
        closed = [connection for connection in idle if is_closed(connection)]
        for connection in idle:
            connection.close()

    assert answers == [200, 200, 200]
    assert closed == idle[: len(closed)]
    assert len(closed) >= 2 * CONNECTIONS


def is_closed(connection: socket.socket) -> bool:
    """Return whether the server has closed a connection."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def test_busy_clients_are_not_dropped_for_new_ones(ordercli: Ordercli) -> None:
    with serving(ordercli, ORDERCLI_SERVE_MAX_CONNECTIONS="2") as served:
        busy = [connected(served) for _ in range(2)]
        for connection in busy:
            connection.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        refused = raw(served, GET + CLOSE)
        for connection in busy:
            connection.sendall(b"{}")
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
            connection.close()
        later = raw(served, GET + CLOSE)

    message = "The server has too many connections; try again"
    told = refusal("503 Service Unavailable", message)
    assert refused == told.replace(b"Content-Type", b"Retry-After: 1\r\nContent-Type")
    assert later.startswith(b"HTTP/1.1 200 ")
