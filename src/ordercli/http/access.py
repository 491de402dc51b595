"""Who sends a request, and what that client may do."""

from __future__ import annotations

import asyncio
import base64
import re
from contextlib import asynccontextmanager, suppress
from functools import partial
from hmac import compare_digest
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ordercli.clients import tokens
from ordercli.clients.tokens import PREFIX, ApiTokenRow, Role
from ordercli.clock import timestamp_now
from ordercli.database import faults
from ordercli.database.store import transaction
from ordercli.errors import OrdercliError
from ordercli.http.answers import Answer, RefusedError
from ordercli.http.threads import Change, Readers, Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from ordercli.database.store import Store

# A token that was revoked is refused after this time at the latest.
FRESH_SECONDS = 1.0
_NOTE_SECONDS = 60.0
_TOKEN = re.compile(f"{PREFIX}[0-9a-f]{{64}}")
_CHALLENGE = 'Bearer realm="ordercli"{}, Basic realm="ordercli", charset="UTF-8"'


class Caller(NamedTuple):
    """The client of a request: the source of the orders that it creates, and its name in the history of orders.

    `sees` is the only source whose orders it may read and change; None for all. `token` is the hash of its token; None
    where nobody is authenticated.
    """

    source: str
    actor: str
    sees: str | None = None
    role: Role = Role.OPERATE
    token: bytes | None = None

    def require(self, least: Role) -> None:
        """Refuse a client whose role does not include this one.

        Raises:
            RefusedError: it does not (403).
        """
        if not self.role.covers(least):
            challenge = f'Bearer realm="ordercli", error="insufficient_scope", scope="{least}"'
            message = f"This needs a token with the role {least}; the token {self.actor} has the role {self.role}"
            raise RefusedError(403, message, {"WWW-Authenticate": challenge})


class Guard(Protocol):
    """Identifies the client of a request."""

    async def caller(self, request: Request) -> Caller:
        """Return the client of a request.

        Raises:
            RefusedError: it is not known (401).
        """

    async def caller_of(self, token: str) -> Caller:
        """Return the client that has this token.

        Raises:
            RefusedError: no known client has it (401).
        """

    async def recheck(self, caller: Caller) -> None:
        """Refuse the rest of a request that takes long, if its client is no longer known.

        Raises:
            RefusedError: it is not (401).
        """

    def running(self) -> AbstractAsyncContextManager[None]:
        """Run the guard's work in the background while the server runs."""


class OpenGuard:
    """Treats all requests as those of one client: `--no-auth`, and paths that everybody may read."""

    def __init__(self, everybody: Caller) -> None:
        self._everybody = everybody

    async def caller(self, _request: Request) -> Caller:
        """Return that client."""
        return self._everybody

    async def caller_of(self, _token: str) -> Caller:
        """Return that client."""
        return self._everybody

    async def recheck(self, caller: Caller) -> None:
        """Refuse nothing."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do nothing."""
        yield


class TokenGuard:
    """Identifies clients by their tokens, which it reads again from the database after a second.

    So a token that another process revoked works for a second at most. A thread of its own reads them, so that requests
    that list many orders do not delay authentication.
    """

    def __init__(self, database: str, writer: Writer) -> None:
        self._writer = writer
        self._readers = Readers(database, 1, writer.look)
        self._known: dict[bytes, ApiTokenRow] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._used: dict[str, str] = {}

    async def caller(self, request: Request) -> Caller:
        """Return the client whose token a request has, as Bearer or as the password of Basic.

        Raises:
            RefusedError: the token is missing, unknown, revoked or expired.
        """
        name, token = credentials(request.headers.get("authorization"))
        return await self.caller_of(token, name)

    async def caller_of(self, token: str, name: str | None = None) -> Caller:
        """Return the client that has this token; if a name is given, the client must have that name.

        Raises:
            RefusedError: it is unknown, revoked or expired.
        """
        found = await self._find(tokens.digest(token))
        if found is None or name not in {None, found.name}:
            raise unauthenticated("The token is not known", 'error="invalid_token"')
        self._used[found.name] = timestamp_now()
        return Caller(found.source, found.name, found.sees, Role(found.role), found.hash)

    async def recheck(self, caller: Caller) -> None:
        """Refuse a client whose token was revoked or has expired.

        Raises:
            RefusedError: it is.
        """
        if await self._find(caller.token or b"") is None:
            raise unauthenticated(f"The token {caller.actor} was revoked", 'error="invalid_token"')

    async def _find(self, digest: bytes) -> ApiTokenRow | None:
        if monotonic() - self._read_at > FRESH_SECONDS:
            await self._read()
        found = self._known.get(digest)
        if found is None or not compare_digest(found.hash, digest):
            return None
        if not found.is_valid(timestamp_now()):
            raise unauthenticated(f"The token {found.name} has expired", 'error="invalid_token"')
        return found

    async def _read(self) -> None:
        async with self._reading:
            if monotonic() - self._read_at > FRESH_SECONDS:  # nobody has read them while this request waited
                at = monotonic()
                self._known = {each.hash: each for each in await self._readers.do(tokens.every)}
                self._read_at = at

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Note when tokens were last used, once a minute and at the end: a write for each use would cost too much."""
        self._readers.start()
        task = asyncio.create_task(self._keep_noting())
        try:
            yield
        finally:
            task.cancel()
            await self._note_uses()
            await self._readers.stop()

    async def _keep_noting(self) -> None:
        while True:
            await asyncio.sleep(_NOTE_SECONDS)
            await self._note_uses()

    async def _note_uses(self) -> None:
        """Note the uses since the last time; where the database cannot be written now, the next use is noted."""
        used, self._used = self._used, {}
        if used:
            with suppress(RefusedError, OrdercliError, *faults.driver_errors()):
                await self._writer.do(Change(partial(_noted, used=used)))


def _noted(store: Store, used: Mapping[str, str]) -> Answer:
    with transaction(store, "serve-tokens"):
        tokens.note_use(store, used)
    return Answer(204)


def credentials(header: str | None) -> tuple[str | None, str]:
    """Return the name, if one is given, and the token that the header Authorization has.

    Raises:
        RefusedError: there is no such header, or it has another form.
    """
    if header is None:
        raise unauthenticated("The request has no token; send it in the header Authorization, as Bearer or Basic")
    scheme, _, rest = header.partition(" ")
    name, token = (None, rest.strip()) if scheme.lower() == "bearer" else (None, "")
    if scheme.lower() == "basic":
        name, token = _basic(rest.strip())
    if not _TOKEN.fullmatch(token):
        raise unauthenticated("The header Authorization has no token of ordercli", 'error="invalid_token"')
    return name, token


def _basic(text: str) -> tuple[str, str]:
    """Return the name and the token of Basic; no token where it has another form."""
    try:
        name, _, token = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, token


def unauthenticated(message: str, error: str = "") -> RefusedError:
    """Return the refusal of a request whose client is not known."""
    return RefusedError(401, message, {"WWW-Authenticate": _CHALLENGE.format(f", {error}" if error else "")})
