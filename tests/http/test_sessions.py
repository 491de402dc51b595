"""Sessions of people in a browser: sign in, forms, sign out, and what ends a session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from ordercli.clients.tokens import Role
from ordercli.http import access, sessions
from ordercli.http.access import Caller, OpenGuard, TokenGuard
from ordercli.http.answers import RefusedError
from ordercli.http.sessions import Sessions
from ordercli.http.threads import Writer
from ordercli.settings import ServeSettings, Settings
from support.serving import new_token

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from support.running import Ordercli

FORM = [(b"content-type", b"application/x-www-form-urlencoded")]


def request(cookie: str = "", body: bytes = b"", scheme: str = "http", **headers: str) -> Request:
    """A request of a browser that has this cookie."""
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    named += [(b"cookie", cookie.encode())] if cookie else []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [*FORM, *named]}
    return Request({**scope, "scheme": scheme, "server": ("localhost", 80)}, receive)


def with_guard(ordercli: Ordercli, use: Callable[[Sessions], Awaitable[None]]) -> None:
    """Use sessions over the tokens of a database."""

    async def run() -> None:
        writer = Writer(ordercli.database, Settings(), lambda _: None)
        writer.start()
        try:
            made = Sessions(TokenGuard(ordercli.database, writer))
            async with made.running():
                await use(made)
        finally:
            await writer.stop()

    asyncio.run(run())


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def test_a_person_signs_in_sends_a_form_and_signs_out(ordercli: Ordercli) -> None:
    token = new_token(ordercli, "night", "--role", "operate")

    async def use(made: Sessions) -> None:
        cookie, *attributes = (await made.sign_in(request(), f" {token}\n")).split("; ")
        assert attributes == ["Path=/", "HttpOnly", "SameSite=Strict"]
        assert cookie.startswith("ordercli=")
        caller = await made.caller(request(cookie))
        assert (caller.actor, caller.role, caller.sees) == ("night", Role.OPERATE, None)
        csrf = made.csrf(request(cookie))
        given = request(cookie, form(csrf=csrf, entry="1"))
        assert await made.read_form(given, ServeSettings()) == {"entry": "1"}
        assert made.sign_out(request(cookie)) == "ordercli=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        with pytest.raises(RefusedError) as refused:
            await made.caller(request(cookie))
        assert (refused.value.status, refused.value.headers) == (401, {"WWW-Authenticate": 'Bearer realm="ordercli"'})

    with_guard(ordercli, use)


def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(ordercli: Ordercli) -> None:
    token = new_token(ordercli, "night")

    async def use(made: Sessions) -> None:
        cookie, *attributes = (await made.sign_in(request(scheme="https"), token)).split("; ")
        assert (cookie.partition("=")[0], attributes[-1]) == ("__Host-ordercli", "Secure")
        assert (await made.caller(request(cookie, scheme="https"))).actor == "night"
        with pytest.raises(RefusedError, match="has no token"):
            await made.caller(request(cookie))

    with_guard(ordercli, use)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"entry=1", 403, "This form is too old, or comes from another page"),
        (b"csrf=&entry=1", 403, "This form is too old"),
        (b"csrf=%C3%A4", 403, "This form is too old"),
        (b"csrf=a&csrf=b", 400, "The form has a field twice"),
        (b"a=%ff", 400, "The body is not a form"),
        (b"\xff", 400, "The body is not a form"),
        (b"a=1&" * 101, 400, "The body is not a form"),
    ],
)
def test_a_form_of_another_page_is_refused(ordercli: Ordercli, body: bytes, status: int, message: str) -> None:
    token = new_token(ordercli, "night")

    async def use(made: Sessions) -> None:
        cookie = (await made.sign_in(request(), token)).partition(";")[0]
        with pytest.raises(RefusedError, match=message) as refused:
            await made.read_form(request(cookie, body), ServeSettings())
        assert refused.value.status == status

    with_guard(ordercli, use)


def test_a_form_of_another_session_is_refused(ordercli: Ordercli) -> None:
    token = new_token(ordercli, "night")

    async def use(made: Sessions) -> None:
        first, second = [(await made.sign_in(request(), token)).partition(";")[0] for _ in range(2)]
        assert len({made.csrf(request(each)) for each in ("", first, second)}) == 3
        with pytest.raises(RefusedError, match="comes from another page"):
            await made.read_form(request(second, form(csrf=made.csrf(request(first)))), ServeSettings())

    with_guard(ordercli, use)


def test_who_signs_in_anew_leaves_the_session_before(ordercli: Ordercli) -> None:
    token = new_token(ordercli, "night")

    async def use(made: Sessions) -> None:
        first = (await made.sign_in(request(), token)).partition(";")[0]
        second = (await made.sign_in(request(first), token)).partition(";")[0]
        assert (await made.caller(request(second))).actor == "night"
        with pytest.raises(RefusedError):
            await made.caller(request(first))

    with_guard(ordercli, use)


def test_a_session_ends_with_its_token(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    token = new_token(ordercli, "night")
    monkeypatch.setattr(access, "FRESH_SECONDS", -1.0)

    async def use(made: Sessions) -> None:
        cookie = (await made.sign_in(request(), token)).partition(";")[0]
        await made.recheck(await made.caller(request(cookie)))
        await asyncio.to_thread(ordercli, "serve", "token", "revoke", "night")
        with pytest.raises(RefusedError, match="The token night was revoked"):
            await made.caller(request(cookie))
        with pytest.raises(RefusedError, match="The token is not known"):
            await made.sign_in(request(), token)

    with_guard(ordercli, use)


@pytest.mark.parametrize(("idle", "longest"), [(0, 10), (10, 0)])
def test_a_session_ends_by_itself(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch, idle: int, longest: int) -> None:
    token = new_token(ordercli, "night")

    async def use(made: Sessions) -> None:
        cookie = (await made.sign_in(request(), token)).partition(";")[0]
        monkeypatch.setattr(sessions, "IDLE_SECONDS", idle)
        monkeypatch.setattr(sessions, "LONGEST_SECONDS", longest)
        with pytest.raises(RefusedError):
            await made.caller(request(cookie))

    with_guard(ordercli, use)


def test_the_oldest_sessions_make_room(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    token = new_token(ordercli, "night")
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 2)

    async def use(made: Sessions) -> None:
        cookies = [(await made.sign_in(request(), token)).partition(";")[0] for _ in range(3)]
        with pytest.raises(RefusedError):
            await made.caller(request(cookies[0]))
        assert [(await made.caller(request(each))).actor for each in cookies[1:]] == ["night", "night"]

    with_guard(ordercli, use)


def test_without_authentication_forms_still_need_their_proof() -> None:
    made = Sessions(OpenGuard(Caller("http", "someone")))

    async def use() -> None:
        assert (await made.caller(request())).actor == "someone"
        assert (await made.caller(request((await made.sign_in(request(), "")).partition(";")[0]))).actor == "someone"
        body = form(csrf=made.csrf(request()), entry="1")
        assert await made.read_form(request("", body), ServeSettings()) == {"entry": "1"}
        with pytest.raises(RefusedError):
            await made.read_form(request("", form(entry="1")), ServeSettings())

    asyncio.run(use())
