"""A proxy in front of a system that takes orders. It breaks requests and answers at any byte, and counts that."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

# The longest time for which it keeps a request or an answer back: longer than the timeout, shorter than settling.
LONGEST_HOLD_SECONDS = 2.0
# No text in UTF-8 and no head of HTTP has it, so what was garbled is never taken for something else.
GARBAGE = b"\xff"
FAULTS = (
    "cut the request",
    "lose the answer",
    "garble the request",
    "garble the answer",
    "delay the request",
    "delay the answer",
    "double the request",
    "refuse",
    "refuse after all",
)
_NOT_CARRIED_OUT = (
    (429, b"Retry-After: 1\r\n", b""),
    (500, b"", b"oops"),
    (503, b"Retry-After: 1\r\n", b""),
    (503, b"", b""),
    (404, b"Content-Type: text/html\r\n", b"<html>not found</html>"),
    (404, b"Content-Type: application/json\r\n", b'{"message": "no route matched"}'),
)
# Of a request that was carried out, nobody says 429 or 404.
_CARRIED_OUT = (
    (500, b"", b""),
    (502, b"Content-Type: text/html\r\n", b"<html>bad gateway</html>"),
    (503, b"Retry-After: 1\r\n", b""),
)


class BreakingProxy:
    """Serve on a free port in a thread; one of `one_in` messages meets one of the faults, 0 lets all pass."""

    def __init__(self, port: int, rng: Random, faults: Sequence[str] = FAULTS, *, one_in: int) -> None:
        self.one_in = one_in
        self.made: Counter[str] = Counter()
        self._server_port = port
        self._rng = rng
        self._faults = faults
        self._loop = asyncio.new_event_loop()
        self._listening = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._listening.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End all connections."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._listening.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for each in others:
                each.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while request := await _message(reader):
                if not await self._pass(request, writer):
                    break
        writer.close()

    def _fault(self) -> str:
        fault = self._rng.choice(self._faults) if self.one_in and self._rng.randrange(self.one_in) == 0 else ""
        if fault:
            self.made[fault] += 1
        return fault

    async def _pass(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Pass a request on and its answer back; return whether the connection goes on."""
        fault = self._fault()
        if fault == "refuse":
            await _write(writer, _answer(*self._rng.choice(_NOT_CARRIED_OUT)))
            return True
        if fault == "cut the request":
            await self._send(request[: self._rng.randrange(len(request))], is_whole=False)
            return False
        if fault == "delay the request":
            await asyncio.sleep(self._rng.uniform(0, LONGEST_HOLD_SECONDS))
        if fault == "double the request":
            await self._send(request)
        answer = await self._send(self._garbled(request) if fault == "garble the request" else request)
        if fault == "delay the answer":
            await asyncio.sleep(self._rng.uniform(0, LONGEST_HOLD_SECONDS))
        if fault == "refuse after all":
            answer = _answer(*self._rng.choice(_CARRIED_OUT))
        if fault == "garble the answer" and answer:
            answer = self._garbled(answer)
        if fault == "lose the answer" and answer:
            await _write(writer, answer[: self._rng.randrange(len(answer))])
            return False
        await _write(writer, answer)
        return bool(answer)

    async def _send(self, request: bytes, *, is_whole: bool = True) -> bytes:
        """Send something to the server, and return its answer; nothing if it gives none."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            return b""
        try:
            await _write(writer, request)
            return await _message(reader) if is_whole else b""
        except (OSError, asyncio.IncompleteReadError):
            return b""
        finally:
            writer.close()

    def _garbled(self, message: bytes) -> bytes:
        at = self._rng.randrange(len(message))
        return message[:at] + GARBAGE + message[at + 1 :]


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Read a request or an answer; nothing at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    _, found, rest = head.lower().partition(b"content-length:")
    return head + await reader.readexactly(int(rest.split(b"\r\n")[0])) if found else head


def _answer(status: int, headers: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %d Told\r\n%sContent-Length: %d\r\n\r\n%s" % (status, headers, len(body), body)
