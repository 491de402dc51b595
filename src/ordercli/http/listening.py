"""Where the server listens: the rules for addresses beyond this host, TLS, and proxies in front of it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network

BACKLOG = 2048


class Listening(NamedTuple):
    """Where to listen (port 0 is any free one), with TLS if there are a certificate and its key."""

    host: str
    port: int
    certificate: str | None = None
    key: str | None = None
    behind_proxy: bool = False

    def check(self, *, authenticates: bool) -> None:
        """Refuse an address at which tokens or orders could be read or changed by others.

        Raises:
            UsageError: the address, or the options together, are not safe.
        """
        if (self.certificate is None) is not (self.key is None):
            raise UsageError("--tls-cert and --tls-key must be given together")
        if not authenticates and self.behind_proxy:
            raise UsageError("--no-auth takes no --behind-proxy: whoever reaches the proxy could change orders")
        if is_loopback(self.host):
            return
        if not authenticates:
            raise UsageError(
                f"--no-auth listens on a loopback address only, not on {self.host}",
                hint="use 127.0.0.1 or ::1: everybody who reaches the server may create and change orders",
            )
        if not (self.certificate or self.behind_proxy):
            raise UsageError(
                f"On {self.host}, without TLS, others could read tokens and orders in transit",
                hint="give --tls-cert and --tls-key; or --behind-proxy, if a proxy does TLS; or listen on 127.0.0.1",
            )

    def tls(self) -> ssl.SSLContext | None:
        """Return the context of TLS, at least 1.2; None without a certificate.

        Raises:
            UsageError: a file cannot be read, holds something else, or is a key that others can read.
        """
        if self.certificate is None or self.key is None:
            return None
        _refuse_open_key(self.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.key, _no_password)
        except ssl.SSLError as error:
            reason = (error.reason or str(error)).replace("_", " ").lower()
            message = f"--tls-cert {self.certificate} and --tls-key {self.key} are no certificate and its key: {reason}"
            raise UsageError(message) from error
        except OSError as error:
            raise UsageError(f"--tls-cert {self.certificate}: {error.strerror}") from error
        return context

    def open(self) -> socket.socket:
        """Return the socket that listens.

        Raises:
            UsageError: the address is in use, or does not belong to this host.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, self.port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise UsageError(f"Cannot listen on {self.host}:{self.port}: {error.strerror}") from error

    def url(self, listener: socket.socket) -> str:
        """Return the address that clients use."""
        host, port = listener.getsockname()[:2]
        return f"{'https' if self.certificate else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def is_loopback(name: str) -> bool:
    """Return whether a name or an address can be reached only from this host."""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _no_password() -> str:
    raise UsageError("--tls-key has a password; a server starts without anybody who could type it", hint="decrypt it")


def _refuse_open_key(path: str) -> None:
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        raise UsageError(f"--tls-key {path}: {error.strerror}") from error
    if mode & stat.S_IRWXO:
        raise UsageError(f"--tls-key {path} can be read by every user of this host", hint=f"chmod o= {path}")


def proxy_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks of `serve.proxies`.

    Raises:
        UsageError: one is neither an address nor a network.
    """
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError as error:
            message = (
                f"`serve.proxies` takes addresses and networks such as 10.0.0.5 and 10.0.0.0/24, not {text[:80]!r}"
            )
            raise UsageError(message) from error
    return tuple(found)


class ProxyHeaders:
    """Applies the headers X-Forwarded-For, -Proto and -Host of known proxies.

    Those of anybody else are ignored: they could contain anything.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[Network, ...]) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the address, scheme and host with which its client sent it to the proxy."""
        client = scope.get("client")
        if scope["type"] == "http" and client and self._is_proxy(client[0]):
            scope = self._as_sent(scope)
        await self._app(scope, receive, send)

    def _is_proxy(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._proxies)

    def _as_sent(self, scope: Scope) -> dict[str, Any]:
        changed: dict[str, Any] = {}
        if address := self._client(_values(scope, b"x-forwarded-for")):
            changed["client"] = (address, 0)
        if (schemes := _values(scope, b"x-forwarded-proto")) and schemes[-1] in {"http", "https"}:
            changed["scheme"] = schemes[-1]
        if hosts := _values(scope, b"x-forwarded-host"):
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            changed["headers"] = [*others, (b"host", hosts[-1].encode("latin-1"))]
        return {**scope, **changed}

    def _client(self, addresses: list[str]) -> str | None:
        """Return the last address that is not a proxy; the addresses before it were written by the client itself."""
        for address in reversed(addresses):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                return None
            if not self._is_proxy(address):
                return address
        return None


def _values(scope: Scope, header: bytes) -> list[str]:
    """Return the values of a header; a proxy adds its own at the end."""
    text = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == header)
    return [each.strip() for each in text.split(",")] if text else []
