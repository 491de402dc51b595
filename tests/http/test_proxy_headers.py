"""What a request becomes when a proxy tells about its client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ordercli.http.listening import ProxyHeaders, proxy_networks

PROXIES = proxy_networks(["127.0.0.1", "10.0.0.0/24", "::1"])


def as_passed(client: tuple[str, int] | None, **headers: str) -> tuple[Any, ...]:
    """Client, scheme and hosts of a request as the application sees it."""
    seen: list[Any] = []

    async def application(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "client": client, "scheme": "http", "headers": [(b"host", b"inner"), *named]}
    asyncio.run(ProxyHeaders(application, PROXIES)(scope, None, None))  # type: ignore[arg-type]
    hosts = [value for name, value in seen[0]["headers"] if name == b"host"]
    return seen[0]["client"], seen[0]["scheme"], hosts


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("198.51.100.1, 192.0.2.9", "192.0.2.9"),
        ("192.0.2.9, 10.0.0.7", "192.0.2.9"),
        ("127.0.0.1", "10.0.0.5"),
        ("192.0.2.9, nonsense", "10.0.0.5"),
        ("2001:db8::1", "2001:db8::1"),
        ("192.0.2.9, ", "10.0.0.5"),
        ("", "10.0.0.5"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy(chain: str, client: str) -> None:
    assert as_passed(("10.0.0.5", 1), x_forwarded_for=chain)[0][0] == client


def test_scheme_and_host_are_those_that_the_proxy_was_asked_for() -> None:
    told = {"x_forwarded_proto": "https", "x_forwarded_host": "orders.example"}

    assert as_passed(("10.0.0.5", 1), **told)[1:] == ("https", [b"orders.example"])
    assert as_passed(("10.0.1.5", 1), **told)[1:] == ("http", [b"inner"])
    assert as_passed(("testclient", 1), **told)[1:] == ("http", [b"inner"])
    assert as_passed(None, **told)[1:] == ("http", [b"inner"])
    assert as_passed(("::1", 1), x_forwarded_proto="ftp")[1:] == ("http", [b"inner"])
