"""Post the orders of a file over many connections, one at a time on each; print how long the answers took.

    python -m benchmarks.load HOST:PORT PATH FILE CLIENTS

It needs the standard library alone, and stops at the first answer that is no 2xx.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACCEPTED = (b"200", b"201", b"202")


class Client(asyncio.Protocol):
    """One connection: sends an order when the answer to the last one has come."""

    def __init__(self, head: bytes, orders: Iterator[bytes], times: list[float], done: asyncio.Future[None]) -> None:
        self._head = head
        self._orders = orders
        self._times = times
        self._done = done
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first order."""
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Send the next order when the whole answer is there."""
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        self._times.append(perf_counter() - self._sent)
        if head[9:12] not in _ACCEPTED:
            self._fail(f"{head[9:12].decode()} {body[:300].decode()}")
            return
        self._answer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that the server has closed the connection, unless everything was sent."""
        self._fail(f"the server has closed the connection: {exc}")

    def _send(self) -> None:
        order = next(self._orders, None)
        if order is None:
            if not self._done.done():
                self._done.set_result(None)
            self._transport.close()
            return
        self._sent = perf_counter()
        self._transport.write(self._head + f"{len(order)}\r\n\r\n".encode() + order)

    def _fail(self, reason: str) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(reason))


async def load(address: str, path: str, orders: list[bytes], clients: int) -> list[float]:
    """Post the orders; return how long each answer took."""
    host, _, port = address.rpartition(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: ".encode()
    loop, times, left = asyncio.get_running_loop(), list[float](), iter(orders)
    ends = [loop.create_future() for _ in range(clients)]
    for end in ends:
        await loop.create_connection(lambda end=end: Client(head, left, times, end), host, int(port))  # type: ignore[misc]
    await asyncio.gather(*ends)
    return times


def main() -> None:
    """Print the rate and the times as one JSON object."""
    address, path, file, clients = sys.argv[1:]
    orders = Path(file).read_bytes().splitlines()
    began = perf_counter()
    times = sorted(asyncio.run(load(address, path, orders, int(clients))))
    seconds = perf_counter() - began
    p50, p99 = (times[min(int(len(times) * share), len(times) - 1)] for share in (0.5, 0.99))
    figures = {"orders": len(times), "seconds": seconds, "rate": len(times) / seconds, "p50": p50, "p99": p99}
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
