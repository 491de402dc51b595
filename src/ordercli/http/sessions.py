"""People in a browser: they sign in with a token, and forms prove that they come from our own page.

Sessions live in the memory of the server: they end with it, and no secret of theirs is stored anywhere.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ordercli.http.access import Caller, Guard
from ordercli.http.answers import RefusedError
from ordercli.http.bodies import read_body, require_type

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from ordercli.settings import ServeSettings

IDLE_SECONDS = 3_600
LONGEST_SECONDS = 12 * 3_600
MOST_SESSIONS = 1_000
CSRF_FIELD = "csrf"
FORM_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100
_RANDOM_BYTES = 32


@dataclass
class _Session:
    caller: Caller
    csrf: str
    began: float
    used: float

    def is_over(self, at: float) -> bool:
        return at - self.used > IDLE_SECONDS or at - self.began > LONGEST_SECONDS


class Sessions:
    """A guard for the paths of the page: identifies people by their session, and programs as `guard` does.

    A session is valid for these paths only. It ends when the token it began with is revoked or expires.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._sessions: dict[bytes, _Session] = {}
        self._csrf = secrets.token_urlsafe(_RANDOM_BYTES)

    async def caller(self, request: Request) -> Caller:
        """Return who has signed in, or whose token the request has.

        Raises:
            RefusedError: neither is known (401). The page answers with the form to sign in.
        """
        session = self._find(request)
        if session is None:
            try:
                return await self._guard.caller(request)
            except RefusedError as error:
                # Not Basic: a browser would ask for a password by itself.
                raise RefusedError(
                    error.status, error.message, {"WWW-Authenticate": 'Bearer realm="ordercli"'}
                ) from error
        await self._guard.recheck(session.caller)
        session.used = monotonic()
        return session.caller

    async def recheck(self, caller: Caller) -> None:
        """Refuse a client that is no longer known."""
        await self._guard.recheck(caller)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Run the guard's work in the background."""
        return self._guard.running()

    async def sign_in(self, request: Request, token: str) -> str:
        """Begin a session; return the value of the header Set-Cookie. A session that the browser had ends.

        Raises:
            RefusedError: the token is not valid (401).
        """
        caller = await self._guard.caller_of(token.strip())
        self._forget(request)
        self._make_room()
        made, at = secrets.token_urlsafe(_RANDOM_BYTES), monotonic()
        self._sessions[_key(made)] = _Session(caller, secrets.token_urlsafe(_RANDOM_BYTES), at, at)
        return f"{_cookie(request)}={made}{_attributes(request)}"

    def sign_out(self, request: Request) -> str:
        """End the session; return the value of the header Set-Cookie, which deletes the cookie."""
        self._forget(request)
        return f"{_cookie(request)}={_attributes(request)}; Max-Age=0"

    def csrf(self, request: Request) -> str:
        """Return the text that each form of the page must have in the hidden field `csrf`."""
        session = self._find(request)
        return session.csrf if session else self._csrf

    async def read_form(self, request: Request, settings: ServeSettings) -> dict[str, str]:
        """Return the fields of a form of the page.

        Raises:
            RefusedError: it is no form, has a field twice, or does not come from a page of this session (403).
        """
        require_type(request, FORM_TYPE)
        try:
            text = (await read_body(request, settings)).decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            raise RefusedError(400, "The body is not a form") from error
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise RefusedError(400, "The form has a field twice")
        if not compare_digest(fields.pop(CSRF_FIELD, "").encode(), self.csrf(request).encode()):
            raise RefusedError(403, "This form is too old, or comes from another page: load the page again")
        return fields

    def _find(self, request: Request) -> _Session | None:
        given = request.cookies.get(_cookie(request))
        session = self._sessions.get(_key(given)) if given else None
        return None if session is None or session.is_over(monotonic()) else session

    def _forget(self, request: Request) -> None:
        if given := request.cookies.get(_cookie(request)):
            self._sessions.pop(_key(given), None)

    def _make_room(self) -> None:
        """Forget sessions that are over and, if there are too many, the least recently used ones."""
        at = monotonic()
        newest = sorted(
            ((key, each) for key, each in self._sessions.items() if not each.is_over(at)), key=lambda pair: pair[1].used
        )
        self._sessions = dict(newest[-(MOST_SESSIONS - 1) :])


def _key(value: str) -> bytes:
    """Return the key of a session: a hash, so that the time of the look-up tells nothing about the cookie."""
    return sha256(value.encode(errors="surrogatepass")).digest()


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _cookie(request: Request) -> str:
    """Return the name of the cookie; a browser takes one with this prefix from this host over TLS alone."""
    return "__Host-ordercli" if _is_secure(request) else "ordercli"


def _attributes(request: Request) -> str:
    return "; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if _is_secure(request) else "")
