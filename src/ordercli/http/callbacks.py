"""Deliver events to the addresses of subscribers, and only to hosts that the settings allow.

A name is resolved here, each address is checked, and the connection is made to the address that was checked: a name
that leads elsewhere a moment later gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import socket
from contextlib import closing
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as SlowError

from ordercli.errors import UsageError
from ordercli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.settings import ServeSettings

LONGEST_CALLBACK = 2_000
_PORTS = {"http": 80, "https": 443}
_MOST_READ = 64 * 1024
_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)

Address = IPv4Address | IPv6Address


class CallbackError(Exception):
    """An event could not be delivered, or an address is not one to deliver to."""


class Callback(NamedTuple):
    """The address of a subscriber, in its parts."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return the value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise UsageError(f"`serve.hub_networks` takes networks such as 10.0.0.0/8, not {text!r}") from error


def callback_of(text: str) -> Callback:
    """Return the parts of an address.

    Raises:
        CallbackError: it is not the address of a web server.
    """
    try:
        parts = urlsplit(text)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError:
        port, host, parts = None, "", urlsplit("")
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= LONGEST_CALLBACK
    if not plain or parts.scheme not in _PORTS or not host or "@" in parts.netloc or parts.fragment:
        raise CallbackError(
            f"callback must be an address such as https://crm.example.com/events, without user and fragment, of"
            f" {LONGEST_CALLBACK:,} characters at most"
        )
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Callback(parts.scheme, host, port or _PORTS[parts.scheme], path)


class Callbacks:
    """Delivers to subscribers. It keeps connections; several threads may use it.

    Raises:
        UsageError: the settings name a network that is none.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self._hosts = frozenset(map(str.lower, settings.hub_hosts))
        self._networks = list(map(_network, settings.hub_networks))
        self._timeout = float(settings.hub_timeout)
        self._pools: dict[tuple[str, str, str, int], urllib3.HTTPConnectionPool] = {}

    def require_allowed(self, callback: Callback) -> None:
        """Refuse a host that the settings do not name.

        Raises:
            CallbackError: it is not among them.
        """
        if callback.host not in self._hosts:
            raise CallbackError(f"Events are not delivered to {callback.host}: the setting serve.hub_hosts lacks it")

    def post(self, text: str, body: bytes) -> None:
        """Deliver an event.

        Raises:
            CallbackError: no allowed address answered with success.
        """
        callback = callback_of(text)
        self.require_allowed(callback)
        addresses = list(self._addresses(callback))
        for n, address in enumerate(addresses, start=1):
            try:
                status = self._posted(callback, address, body)
            except (NewConnectionError, ConnectTimeoutError) as error:
                if n == len(addresses):
                    raise CallbackError(_reason(error)) from error
            except HTTPError as error:
                raise CallbackError(_reason(error)) from error
            else:
                break
        if status in _REDIRECTS:
            raise CallbackError(f"answered {status}; redirects are not followed")
        if status not in _SUCCESS:
            raise CallbackError(f"answered {status}")

    def _addresses(self, callback: Callback) -> Iterator[str]:
        """Yield the addresses of a host to which events may go.

        Raises:
            CallbackError: there is none.
        """
        try:
            found = socket.getaddrinfo(callback.host, callback.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise CallbackError(f"{callback.host} has no address: {error}") from error
        addresses = dict.fromkeys(str(each[4][0]) for each in found)
        allowed = [each for each in addresses if self._is_allowed(callback.host, each)]
        if not allowed:
            raise CallbackError(
                f"{callback.host} leads to {', '.join(addresses)}, which is not public; serve.hub_networks lists other"
                " networks to deliver to"
            )
        yield from allowed

    def _is_allowed(self, host: str, text: str) -> bool:
        address: Address = ip_address(text.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        is_public = address.is_global and not address.is_multicast
        # A host that the settings name by its address is meant.
        return is_public or host == text or any(address in each for each in self._networks)

    def _posted(self, callback: Callback, address: str, body: bytes) -> int:
        headers = {
            "Host": callback.authority,
            "Content-Type": "application/json;charset=utf-8",
            "User-Agent": f"ordercli/{__version__}",
        }
        response = self._pool(callback, address).urlopen(
            "POST",
            callback.path,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(connect=self._timeout, read=self._timeout),
        )
        # A connection whose answer was read to its end is used again; otherwise it is closed.
        with closing(response):
            response.read(_MOST_READ)
        return response.status

    def _pool(self, callback: Callback, address: str) -> urllib3.HTTPConnectionPool:
        key = (callback.scheme, callback.host, address, callback.port)
        if key not in self._pools:
            if callback.scheme == "https":
                self._pools[key] = urllib3.HTTPSConnectionPool(
                    address, callback.port, server_hostname=callback.host, assert_hostname=callback.host
                )
            else:
                self._pools[key] = urllib3.HTTPConnectionPool(address, callback.port)
        return self._pools[key]


def _reason(error: HTTPError) -> str:
    """Return why a request failed, without the address of an object in it."""
    if isinstance(error, SlowError) and not isinstance(error, NewConnectionError):
        return "no answer in time"
    cause = error.__cause__ or error.__context__ or error
    return f"no answer: {getattr(cause, 'strerror', None) or cause}"
