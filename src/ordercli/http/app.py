"""The application: its paths and methods, and the checks of every request."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from time import perf_counter, time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from ordercli.clients.tokens import Role
from ordercli.http import hub, orders
from ordercli.http.access import Caller, OpenGuard, TokenGuard
from ordercli.http.answers import METRICS_TYPE, Answer, BusyError, RefusedError, answer, expected, refusal
from ordercli.http.callbacks import Callbacks
from ordercli.http.counters import LEFT, OTHER, Counters
from ordercli.http.listening import is_loopback
from ordercli.http.orders import Service
from ordercli.http.pages import Pages, style
from ordercli.http.paths import APIS, api_at
from ordercli.http.rate_limit import LimitedGuard, RateLimit
from ordercli.http.sender import Sender
from ordercli.http.threads import Readers, Writer
from ordercli.operations.metrics import figures_of
from ordercli.operations.metrics import metrics as queue_metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ordercli.http.access import Guard
    from ordercli.settings import Settings

    Handler = Callable[[Request, Caller], Awaitable[Answer]]

# A request may have each of these headers only once.
_CHECKED = frozenset(
    {b"authorization", b"content-encoding", b"content-length", b"content-type", b"host", b"idempotency-key", b"origin"}
)
CANCEL_INSTEAD = "Orders are not deleted; cancel the order instead"


class Endpoint:
    """The handlers of one path, by method. HEAD is handled like GET; the server leaves the body out.

    `guard` identifies the client. It needs `role`; if that is None, `read` for GET and `order` for any other method.
    `path` is the path in metrics, with `{id}` in place of an id.
    """

    def __init__(self, guard: Guard, path: str, methods: Mapping[str, Handler], role: Role | None = None) -> None:
        self._guard = guard
        self.path = path
        self._methods = methods
        self._role = role
        names = [*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else [])]
        self._allow = {"Allow": ", ".join(sorted(names))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        given = await self._answer(request)
        headers = {"Content-Type": given.content_type} if given.body or given.stream else {}
        if given.location:
            headers["Location"] = given.location
        response = Response(given.body, given.status, {**headers, **given.headers})
        if given.stream is None:
            await response(scope, receive, send)
            return
        # Not StreamingResponse: it reads from `receive` to notice a disconnect, and would take pieces of the body.
        others = [(name, value) for name, value in response.raw_headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": given.status, "headers": others})
        async for piece in given.stream:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, request: Request) -> Answer:
        caller = await self._guard.caller(request)
        if request.method == "OPTIONS":
            return Answer(204, headers=self._allow)
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._methods.get(method)
        if handler is None:
            reason = CANCEL_INSTEAD if request.method == "DELETE" else f"This path has no method {request.method[:20]}"
            raise RefusedError(405, reason, self._allow)
        caller.require(self._role or (Role.READ if method == "GET" else Role.ORDER))
        return await handler(request, caller)


class Paths(Router):
    """Finds a path without an id by its text; only the others are compared with the patterns of all routes in turn."""

    def __init__(self, routes: Sequence[Route], **options: Any) -> None:
        super().__init__(routes, **options)
        self._fixed = {route.path: route.endpoint for route in routes if not route.param_convertors}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        endpoint = self._fixed.get(scope.get("path", ""))
        if endpoint is None:
            await super().app(scope, receive, send)
            return
        scope["endpoint"] = endpoint
        await endpoint(scope, receive, send)


class Gate:
    """Checks the origin and the number of requests, counts them, and answers their errors."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        database: str,
        report: Callable[[Exception], None],
        counters: Counters,
    ) -> None:
        self._app = app
        self._settings = settings
        self._database = database
        self._report = report
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; pass other ASGI scopes on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None

        async def sending(message: Any) -> None:  # noqa: ANN401 - of ASGI
            nonlocal status
            status = message.get("status", status)
            await send(message)

        begun = perf_counter()
        inner = {**scope, "path": scope["path"].rstrip("/") or "/"}
        self._counters.running += 1
        try:
            self._admit(scope)
            await self._app(inner, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:
            if status:
                raise
            await self._refused(error, scope, receive, sending)
        finally:
            self._counters.running -= 1
            route = getattr(inner.get("endpoint"), "path", OTHER)
            self._counters.count(route, scope["method"], status or LEFT, perf_counter() - begun)

    def _admit(self, scope: Scope) -> None:
        """Refuse a request that a page of another origin may have sent, that repeats a header, or is one too many.

        Raises:
            RefusedError: it is such a request.
        """
        given = [(name, value.decode("latin-1")) for name, value in scope["headers"] if name in _CHECKED]
        hosts = [value for name, value in given if name == b"host"]
        if len(hosts) != 1 or not _is_ours(hosts[0], self._settings.serve.hosts):
            raise RefusedError(421, "The header Host names another server; serve.hosts lists further names of this one")
        names = [name for name, _ in given]
        if len(names) > len(set(names)):
            raise RefusedError(400, f"The header {_repeated(names)} is there more than once")
        origin = next((value for name, value in given if name == b"origin"), None)
        if origin is not None and origin.partition("://")[2] != hosts[0]:
            raise RefusedError(403, "Requests of pages of other origins are refused")
        if self._counters.running > self._settings.serve.max_requests:
            raise BusyError("The server has too many requests; send this one again")

    async def _refused(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        known = expected(error, self._database)
        if known is None:
            self._report(error)
            known = RefusedError(500, "Internal error")
        given = refusal(known, api_at(scope["path"]))
        headers = {"Content-Type": given.content_type, **given.headers}
        await Response(given.body, given.status, headers)(scope, receive, send)


@lru_cache(maxsize=256)
def _is_ours(host: str, names: tuple[str, ...]) -> bool:
    """Return whether the header Host names this server; clients send the same one with each request."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name in names


def _repeated(names: list[bytes]) -> str:
    """Return the first name that occurs twice, in its usual spelling."""
    return next(name for n, name in enumerate(names) if name in names[:n]).decode().title()


def application(
    settings: Settings, database: str, report: Callable[[Exception], None], everybody: Caller | None = None
) -> ASGIApp:
    """Return the application; `report` is called with exceptions that are bugs.

    `everybody` is the client of each request if clients are not authenticated; without it, each request needs a token.
    """
    writer, callbacks = Writer(database, settings, report), Callbacks(settings.serve)
    guard: Guard = OpenGuard(everybody) if everybody else TokenGuard(database, writer)
    if settings.serve.rate_limit:
        guard = LimitedGuard(guard, RateLimit(settings.serve.rate_limit, settings.serve.rate_burst))
    service = Service(settings, writer, Readers(database, settings.serve.readers, writer.look), guard, callbacks)

    @asynccontextmanager
    async def lifespan(_router: Any) -> AsyncIterator[None]:  # noqa: ANN401 - it is not used
        service.writer.start()
        service.readers.start()
        sender = Sender(database, settings, callbacks, report) if settings.serve.hub_hosts else None
        if sender:
            sender.start()
        async with guard.running():
            yield
        await service.writer.stop()
        if sender:
            await asyncio.to_thread(sender.stop)
        await service.readers.stop()

    async def not_found(scope: Scope, receive: Receive, _send: Send) -> None:
        await guard.caller(Request(scope, receive))
        raise RefusedError(404, f"There is nothing at {scope['path'][:200]}")

    # Not an application of Starlette: its middleware would answer errors itself.
    counters = Counters()
    router = Paths(_routes(service, counters, database), redirect_slashes=False, default=not_found, lifespan=lifespan)
    return Gate(router, settings, database, report, counters)


def _routes(service: Service, counters: Counters, database: str) -> list[Route]:
    """Return the routes of all paths; except for a few that everybody may read, the guard identifies the client."""
    everybody = OpenGuard(Caller("", ""))

    def of(api: Any, operation: Any) -> Handler:  # noqa: ANN401 - a function of orders.py
        return lambda request, caller: operation(service, api, caller, request)

    def at(path: str, methods: Mapping[str, Handler], guard: Guard = service.guard, role: Role | None = None) -> Route:
        return Route(path.replace("{id}", "{id:path}"), Endpoint(guard, path, methods, role))

    found = [
        at("/health", {"GET": partial(_health, service)}, everybody),
        at("/ready", {"GET": partial(_ready, service)}, everybody),
        # Its figures are those of all sources.
        at("/metrics", {"GET": partial(_metrics, service, counters)}, role=Role.OPERATE),
        at("/openapi.json", {"GET": _openapi}, everybody),
    ]
    found += _pages(service, database, at)
    for api in APIS:
        many = {"GET": of(api, orders.show_many), "POST": of(api, orders.create)}
        one = {"GET": of(api, orders.show), "PATCH": of(api, orders.patch)}
        # Before the orders: some of these paths stand below the collection.
        found.append(at(api.cancel, {"POST": of(api, orders.cancel)}))
        if api.hub:
            found.append(at(api.hub, {"POST": of(api, hub.register)}))
            found.append(at(f"{api.hub}/{{id}}", {"DELETE": of(api, hub.unregister)}))
        if api.reports:
            found.append(at(api.reports, {"POST": of(api, orders.report)}))
        for path in api.collections:
            found += [at(path, many), at(f"{path}/{{id}}", one)]
    return found


def _pages(service: Service, database: str, at: Callable[..., Route]) -> list[Route]:
    """Return the routes of the pages for people; each page identifies its user itself."""
    everybody, pages = OpenGuard(Caller("", "")), Pages(service, database)
    of = pages.handler
    shown: dict[str, Handler] = {
        "/": of(pages.overview),
        "/page.css": style,
        "/search": of(pages.search, "q"),
        "/queue": of(pages.queue, "state", "code", "source", "run", "after"),
        "/runs": of(pages.runs, "after"),
        "/runs/{id}": of(pages.run),
        "/orders": of(pages.orders, "state", "after"),
    }
    sent: dict[str, Handler] = {
        "/sign-out": pages.sign_out,
        "/queue/pause": of(pages.pause),
        "/queue/resume": of(pages.resume),
        "/orders/{id}/retry": of(pages.retry),
        "/orders/{id}/discard": of(pages.discard),
        "/orders/{id}/cancel": of(pages.cancel),
    }
    return [
        *(at(path, {"GET": page}, everybody) for path, page in shown.items()),
        *(at(path, {"POST": page}, everybody) for path, page in sent.items()),
        at("/sign-in", {"GET": pages.show_sign_in, "POST": pages.sign_in}, everybody),
        # After the forms: their paths stand below that of the order.
        at("/orders/{id}", {"GET": of(pages.order)}, everybody),
    ]


async def _health(service: Service, _request: Request, _caller: Caller) -> Answer:
    """Report that the process works, and what is wrong with its database."""
    trouble = service.writer.trouble
    return answer(200, {"status": "warn", "database": trouble} if trouble else {"status": "pass"})


async def _ready(service: Service, _request: Request, _caller: Caller) -> Answer:
    """Report whether an order could be accepted now, because the database can be written."""
    return await service.writer.ready()


async def _metrics(service: Service, counters: Counters, _request: Request, _caller: Caller) -> Answer:
    """Report the state of the queue and of the server, for Prometheus."""
    found = await service.readers.do(figures_of)
    text = queue_metrics(found, None, time()) + counters.text(service.writer.received, service.writer.waiting)
    return Answer(200, text.encode(), {"Cache-Control": "no-store"}, content_type=METRICS_TYPE)


async def _openapi(_request: Request, _caller: Caller) -> Answer:
    """Describe the API."""
    return Answer(200, await asyncio.to_thread(_openapi_document))


def _openapi_document() -> bytes:
    from ordercli.http.openapi import openapi_document  # it describes the results of every operation

    return openapi_document()
