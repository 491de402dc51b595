"""Connections whose requests end in time.

A timeout of urllib3 limits each read: a server that sends a byte now and then would hold a thread for ever. Here it
limits connecting, and again everything from the first byte of the request to the last one of the answer.
"""

from __future__ import annotations

import io
from http.client import HTTPResponse
from time import monotonic
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

# A record of TLS: `sendall` begins its time anew with each.
_PIECE = 16 * 1024


class _Reader(io.RawIOBase):
    """Read from a socket until a moment."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock = sock
        self._left = left
        # It keeps the socket open until the answer is read, also if the connection is closed before that.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any buffer
        self._sock.settimeout(self._left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(HTTPConnection):
    """A connection whose requests end in time."""

    _until = 0.0

    def connect(self) -> None:
        self._begin()
        super().connect()

    def request(self, *arguments: Any, **named: Any) -> None:
        self._begin()
        super().request(*arguments, **named)

    def send(self, data: Any) -> None:  # noqa: ANN401 - what http.client sends
        for first in range(0, len(data), _PIECE):
            if self.sock:
                self.sock.settimeout(self._left())
            super().send(data[first : first + _PIECE])

    def _response(self, sock: socket.socket, *arguments: Any, **named: Any) -> HTTPResponse:
        """Return the answer that http.client begins to read."""
        response = HTTPResponse(sock, *arguments, **named)
        response.fp.close()
        response.fp = io.BufferedReader(_Reader(sock, self._left))
        return response

    response_class = _response  # type: ignore[assignment] # http.client calls it with a socket

    def _begin(self) -> None:
        self._until = monotonic() + (self.timeout or 0.0)

    def _left(self) -> float:
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class _TlsConnection(_Connection, HTTPSConnection):
    """The same with TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS = {"http": _Pool, "https": _TlsPool}
