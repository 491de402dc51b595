"""How many requests a client may send: a bucket for each client, which fills at a steady rate."""

from __future__ import annotations

import asyncio
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from ordercli.http.answers import RefusedError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from ordercli.http.access import Caller, Guard

_MOST_CLIENTS = 10_000


class RateLimit(dict[str, tuple[float, float]]):
    """By client: how many requests it could send at once, and at which time (`monotonic`) that was computed."""

    def __init__(self, rate: float, burst: int) -> None:
        super().__init__()
        self._rate = rate
        self._burst = burst

    def take(self, client: str) -> None:
        """Count a request of a client.

        Raises:
            RefusedError: it has sent too many (429).
        """
        self.check(client)
        self.spend(client)

    def check(self, client: str) -> None:
        """Refuse a client that has sent too many requests; count nothing.

        Raises:
            RefusedError: it has sent too many (429).
        """
        if wait := self.wait(client):
            headers = {
                "Retry-After": str(ceil(wait)),
                "RateLimit-Limit": str(self._burst),
                "RateLimit-Remaining": "0",
                "RateLimit-Reset": str(ceil(wait)),
            }
            raise RefusedError(429, f"Too many requests: {self._rate:g} a second are taken from each client", headers)

    def spend(self, client: str) -> None:
        """Count a request of a client, whether or not it has sent too many."""
        self[client] = self._level(client) - 1, monotonic()
        self._forget_idle()

    def wait(self, client: str) -> float:
        """Return the seconds until a client may send its next request."""
        return max((1 - self._level(client)) / self._rate, 0.0)

    def _level(self, client: str) -> float:
        level, at = self.get(client, (float(self._burst), 0.0))
        return min(level + (monotonic() - at) * self._rate, self._burst)

    def _forget_idle(self) -> None:
        """Forget clients whose bucket is full again, when there are many."""
        if len(self) > _MOST_CLIENTS:
            for client in [each for each in self if self._level(each) >= self._burst]:
                del self[client]


class LimitedGuard:
    """A guard that refuses clients that send too many requests, and addresses that send too many wrong tokens."""

    def __init__(self, guard: Guard, limit: RateLimit) -> None:
        self._guard = guard
        self._limit = limit

    async def caller(self, request: Request) -> Caller:
        """Return the client of a request, and count the request.

        Raises:
            RefusedError: the client is not known (401), or has sent too many requests (429).
        """
        address = f"address {request.client.host if request.client else ''}"
        self._limit.check(address)
        try:
            caller = await self._guard.caller(request)
        except RefusedError:
            self._limit.take(address)
            raise
        self._limit.take(f"client {caller.actor}")
        return caller

    async def caller_of(self, token: str) -> Caller:
        """Return the client that has this token."""
        return await self._guard.caller_of(token)

    async def recheck(self, caller: Caller) -> None:
        """Refuse a client that is no longer known; let one that sends many orders in one request wait its turn."""
        await self._guard.recheck(caller)
        client = f"client {caller.actor}"
        await asyncio.sleep(self._limit.wait(client))
        self._limit.spend(client)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Run the guard's work in the background."""
        return self._guard.running()
