"""One connection of a client, with limits on its idle time and on the time and size of the head of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ordercli.http.answers import BusyError, RefusedError, refusal

if TYPE_CHECKING:
    import asyncio

    from ordercli.settings import ServeSettings

_LINGER_SECONDS = 1.0
_TOO_MANY = "The server has too many connections; try again"


class Connections:
    """Makes the protocol of each connection, and lists those without an open request, the oldest first.

    If there are too many connections, a new one replaces the oldest of these, so that idle clients keep nobody out.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.settings = settings
        self.idle: dict[Connection, None] = {}

    def __call__(self, *args: Any, **named: Any) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(self, *args, **named)


class Connection(HttpToolsProtocol):
    """The protocol of a connection, with limits that uvicorn does not have.

    A request whose head cannot be read is answered like every other error, and the connection is closed, because it is
    unknown where the next request begins.
    """

    def __init__(self, owner: Connections, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._owner = owner
        self._limits = owner.settings
        self._in_head = True
        self._head_bytes = 0
        self._ended = False
        self._deadline: asyncio.TimerHandle | None = None
        self._refused = RefusedError(400, "This is no valid HTTP request")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Accept a new connection; if there are too many, close the one that has been idle longest."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.max_connections:
            if not self._owner.idle:
                self._end(BusyError(_TOO_MANY))
                return
            next(iter(self._owner.idle)).drop()
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._owner.idle.pop(self, None)
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came; the head of a request must end in time, and within its limit."""
        if self._ended or self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._deadline is None:
                self._await_head()
        super().data_received(data)
        if self._in_head and self._head_bytes > self._limits.max_header_bytes and not self._ended:
            self._end(self._too_large())

    def on_headers_complete(self) -> None:
        """Begin a request."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._limits.max_header_bytes:
            self._refused = self._too_large()
            raise self._refused
        self._in_head = False
        self._stop_waiting()
        self._owner.idle.pop(self, None)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the body of a request; what comes now is the head of the next one."""
        super().on_message_complete()
        self._in_head, self._head_bytes = True, 0

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the end of a body that nobody reads."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._owner.idle[self] = None
            if not self._in_head:
                self._await_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - of uvicorn
        """Refuse input that is not HTTP; a request before it is answered first."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self._end(self._refused)
        elif cycle.more_body:  # it is its body that cannot be read
            self._end(None if cycle.response_started else self._refused)
        else:
            cycle.keep_alive = False
            self.flow.pause_reading()

    def drop(self) -> None:
        """Close the connection: no request is under way."""
        self._owner.idle.pop(self, None)
        self.transport.close()

    def _await_head(self) -> None:
        self._owner.idle[self] = None
        self._stop_waiting()
        self._deadline = self.loop.call_later(self._limits.header_timeout, self._head_is_late)

    def _stop_waiting(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _head_is_late(self) -> None:
        self._deadline = None
        if self._in_head and self._head_bytes:
            seconds = self._limits.header_timeout
            self._end(RefusedError(408, f"The head of the request did not come within {seconds:g} s"))
        else:
            self.drop()

    def _too_large(self) -> RefusedError:
        return RefusedError(431, f"The head of the request is longer than {self._limits.max_header_bytes} bytes")

    def _end(self, error: RefusedError | None) -> None:
        """Answer with an error, if there is one, and close the connection."""
        self._owner.idle.pop(self, None)
        if error:
            given = refusal(error, None)
            headers = {
                **given.headers,
                "Content-Type": given.content_type,
                "Content-Length": str(len(given.body)),
                "Connection": "close",
            }
            lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
            self.transport.write(STATUS_LINE[given.status] + lines + b"\r\n" + given.body)
        self._stop_waiting()
        self._ended = True
        if error and self.transport.can_write_eof():
            # A connection that is closed with bytes unread is reset, and the client may lose the answer.
            self.transport.write_eof()
            self._deadline = self.loop.call_later(_LINGER_SECONDS, self.transport.close)
        else:
            self.transport.close()
