"""The pages for people: read what they show, check what their forms send, and answer with HTML."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from ordercli.clients.tokens import Role
from ordercli.errors import AmbiguousIdError, NotFoundError
from ordercli.http.answers import Answer, RefusedError, expected
from ordercli.http.queries import only, parameters, refuse_others
from ordercli.http.sessions import Sessions
from ordercli.http.threads import Change
from ordercli.intake.json_text import shown_nul
from ordercli.operations import batch_reports, change_entries, queue_status
from ordercli.operations.cancel import Decision, cancel_order, reasons_of_options
from ordercli.operations.change_requests import OrderReference
from ordercli.operations.finding_totals import findings_of
from ordercli.operations.order_details import order_details, order_ids_of
from ordercli.operations.overview import overview
from ordercli.operations.revise import Author
from ordercli.orders.order_list import OrderFilter, count_orders, list_orders
from ordercli.orders.states import NOT_CANCELLABLE, OrderState
from ordercli.output.pages.rendering import css, render, segment
from ordercli.queue.entries import EntryState, QueueEntry
from ordercli.queue.entry_list import EntryFilter, count_entries, list_entries
from ordercli.queue.workers import is_at_work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from ordercli.database.store import Store
    from ordercli.http.access import Caller
    from ordercli.http.orders import Service
    from ordercli.http.queries import Pairs
    from ordercli.orders.order_rows import OrderView

    Page = Callable[["Visit"], Awaitable[Answer]]

HTML = "text/html; charset=utf-8"
ROWS, NEWEST_RUNS = 50, 8
_CODES, _VALUES = 100, 5
_LONGEST_NUMBER = 9
_KEPT_A_YEAR = "public, max-age=31536000, immutable"
# Nothing but our own style sheet is loaded, forms lead here alone, and no other page frames this one.
SAFETY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# What is said after a form was sent, by what the address then has.
_NOTICES = {
    "retried": "The entry waits for the queue again.",
    "discarded": "The entry was discarded.",
    "paused": "The queue is paused: no run takes entries until it is resumed.",
    "resumed": "The queue goes on.",
    "cancelled": "The order was canceled.",
    "asked": "The cancellation waits for approval.",
}


class Notice(NamedTuple):
    """What a page tells first."""

    text: str
    tone: str = "good"


class Viewer(NamedTuple):
    """Who looks at a page; `csrf` is what the forms of this viewer must send."""

    name: str
    may_operate: bool
    sees_all: bool
    csrf: str
    can_sign_out: bool


class Visit(NamedTuple):
    """One request for a page."""

    service: Service
    caller: Caller
    viewer: Viewer
    request: Request
    pairs: Pairs

    @property
    def identifier(self) -> str:
        """The id in the path."""
        return shown_nul(self.request.path_params["id"])

    def asked(self, name: str) -> str | None:
        """Return a parameter of the query; None if it is missing or empty, as a form sends it."""
        return only(self.pairs, name) or None

    async def read(self, read: Callable[[Store], Any]) -> Any:  # noqa: ANN401 - what the function returns
        """Return what a function reads in one snapshot."""
        return await self.service.readers.do(read)

    def page(self, template: str, here: str = "", status: int = 200, **values: Any) -> Answer:
        """Return a page; `here` is its place in the navigation."""
        notice = _NOTICES.get(self.asked("done") or "")
        shared = {
            "viewer": self.viewer,
            "here": here,
            "asked": "",
            "at": None,
            "notice": Notice(notice) if notice else None,
        }
        return html(status, template, **(shared | values))


def html(status: int, template: str, **values: Any) -> Answer:
    """Return an answer with a page."""
    return Answer(status, render(template, **values).encode(), SAFETY, content_type=HTML)


def see(path: str, **headers: str) -> Answer:
    """Return an answer that leads to another page."""
    return Answer(303, b"", SAFETY | headers, path)


class Pages:
    """Answers the requests for pages, as handlers of an endpoint."""

    def __init__(self, service: Service, database: str) -> None:
        self._service = service
        self._database = database
        self._sessions = Sessions(service.guard)

    def handler(self, page: Page, *known: str) -> Callable[[Request, Caller], Awaitable[Answer]]:
        """Return a handler that answers with a page, errors too; `known` are the parameters that its query may have.

        Whoever has not signed in is led to where that is done.
        """

        async def answer(request: Request, _everybody: Caller) -> Answer:
            try:
                caller = await self._sessions.caller(request)
            except RefusedError as error:
                if error.status != 401 or request.headers.get("authorization"):  # noqa: PLR2004 - the status
                    raise
                return see("/sign-in")
            visit = Visit(self._service, caller, self._viewer(request, caller), request, [])
            try:
                pairs = parameters(request.scope["query_string"])
                refuse_others(pairs, *known, "done")
                return await page(visit._replace(pairs=pairs))
            except Exception as error:
                refused = expected(error, self._database)
                if refused is None:
                    raise
                return _message(visit, refused)

        return answer

    def _viewer(self, request: Request, caller: Caller) -> Viewer:
        csrf, is_known = self._sessions.csrf(request), caller.token is not None
        return Viewer(caller.actor, caller.role.covers(Role.OPERATE), caller.sees is None, csrf, is_known)

    async def form(self, visit: Visit) -> dict[str, str]:
        """Return what a form has sent.

        Raises:
            RefusedError: it is not a form of a page that this viewer was shown, or its client may not operate.
        """
        fields = await self._sessions.read_form(visit.request, self._service.settings.serve)
        visit.caller.require(Role.OPERATE)
        return fields

    async def show_sign_in(self, request: Request, _everybody: Caller) -> Answer:
        """Show the form to sign in with a token."""
        return self._sign_in(request, 200, None)

    async def sign_in(self, request: Request, _everybody: Caller) -> Answer:
        """Begin a session."""
        try:
            fields = await self._sessions.read_form(request, self._service.settings.serve)
            cookie = await self._sessions.sign_in(request, fields.get("token", ""))
        except RefusedError as error:
            return self._sign_in(request, error.status, Notice(error.message, "bad"))
        return see("/", **{"Set-Cookie": cookie})

    def _sign_in(self, request: Request, status: int, notice: Notice | None) -> Answer:
        csrf = self._sessions.csrf(request)
        return html(status, "sign-in.html", viewer=None, here="", at=None, notice=notice, csrf=csrf)

    async def sign_out(self, request: Request, _everybody: Caller) -> Answer:
        """End a session."""
        await self._sessions.read_form(request, self._service.settings.serve)
        return see("/sign-in", **{"Set-Cookie": self._sessions.sign_out(request)})

    async def overview(self, visit: Visit) -> Answer:
        """Show the state of everything; a client that sees one source alone gets its orders."""
        if not visit.viewer.sees_all:
            return see("/orders")
        found = await visit.read(overview)
        runs = await asyncio.to_thread(self._runs, NEWEST_RUNS, 0)
        return visit.page("overview.html", "/", found=found, runs=runs, at=found.at)

    def _runs(self, limit: int, offset: int) -> list[batch_reports.Batch]:
        at_work = partial(is_at_work, self._database)
        with batch_reports.batch_list(self._database, at_work, limit=limit, offset=offset, served_too=True) as page:
            return list(page.rows)

    async def runs(self, visit: Visit) -> Answer:
        """Show what was submitted, and what servers received."""
        _require_all(visit)
        after = _after(visit)
        found = await asyncio.to_thread(self._runs, ROWS + 1, after)
        return visit.page("runs.html", "/runs", found=found[:ROWS], **_links("/runs", {}, after, len(found)))

    async def run(self, visit: Visit) -> Answer:
        """Show one run."""
        _require_all(visit)
        at_work = partial(is_at_work, self._database)
        found = await asyncio.to_thread(batch_reports.batch_report, self._database, at_work, visit.identifier)
        findings = await visit.read(partial(findings_of, codes=_CODES, values=_VALUES, batch_id=visit.identifier))
        return visit.page("run.html", "/runs", found=found, findings=findings)

    async def queue(self, visit: Visit) -> Answer:
        """Show entries of the queue."""
        state, after = _one_of(visit, "state", EntryState), _after(visit)
        given = {"state": state, **{name: visit.asked(name) for name in ("code", "source", "run")}}
        source = visit.caller.sees or given["source"]
        states = (state,) if state else ()
        entry_filter = EntryFilter(states, source, batch_id=given["run"], error_code=given["code"])

        def read(store: Store) -> tuple[list[QueueEntry], int]:
            found = list_entries(store, entry_filter, limit=ROWS, offset=after)
            return [QueueEntry.of(each) for each in found], count_entries(store, entry_filter)

        found, total = await visit.read(read)
        asked_for = {name: value or "" for name, value in given.items()}
        links = _links("/queue", given, after, total - after)
        shown = {"found": found, "total": total, "states": list(EntryState), "asked_for": asked_for}
        return visit.page("queue.html", "/queue", **shown, **links)

    async def orders(self, visit: Visit) -> Answer:
        """Show orders, the newest first."""
        state, after = _one_of(visit, "state", OrderState), _after(visit)
        order_filter = OrderFilter(source=visit.caller.sees, states=(state,) if state else ())

        def read(store: Store) -> tuple[list[OrderView], int]:
            return list(list_orders(store, order_filter, limit=ROWS, offset=after)), count_orders(store, order_filter)

        found, total = await visit.read(read)
        links = _links("/orders", {"state": state}, after, total - after)
        shown = {"found": found, "total": total, "states": list(OrderState), "asked_for": {"state": state or ""}}
        return visit.page("orders.html", "/orders", **shown, **links)

    async def search(self, visit: Visit) -> Answer:
        """Lead to the order with an id or external id."""
        asked = shown_nul((visit.asked("q") or "").strip())
        if not asked:
            return see("/orders")
        try:
            found = await visit.read(lambda store: order_details(store, asked, visit.caller.sees))
        except AmbiguousIdError as error:
            known = await visit.read(lambda store: order_ids_of(store, asked, visit.caller.sees))
            ids = [(f"/orders/{each}", each) for each in known]
            return visit.page("message.html", title="Several orders", text=error.message, choices=ids, asked=asked)
        except NotFoundError:
            text = f"No order has the id or external id {asked}."
            return visit.page("message.html", status=404, title="Not found", text=text, choices=(), asked=asked)
        return see(f"/orders/{found.order_id}")

    async def order(self, visit: Visit) -> Answer:
        """Show everything about one order."""
        found = await visit.read(lambda store: order_details(store, visit.identifier, visit.caller.sees))
        entry, order = found.entry, found.order
        return visit.page(
            "order.html",
            found=found,
            can_retry=entry is not None and entry.state in change_entries.RETRYABLE,
            can_discard=entry is not None and entry.state in change_entries.DISCARDABLE,
            can_cancel=order is not None and order.state not in NOT_CANCELLABLE,
        )

    async def retry(self, visit: Visit) -> Answer:
        """Let a failed entry be claimed again."""
        await self.form(visit)
        return await self._operate(visit, change_entries.retry(visit.caller.actor), "retried")

    async def discard(self, visit: Visit) -> Answer:
        """Discard an entry."""
        reason = _reason(await self.form(visit))
        return await self._operate(visit, change_entries.discard(reason, visit.caller.actor), "discarded")

    async def _operate(self, visit: Visit, operation: change_entries.Operation, done: str) -> Answer:
        def make(store: Store) -> Answer:
            change_entries.operate_on_entry(store, operation, visit.identifier, visit.caller.sees)
            return see(f"/orders/{segment(visit.identifier)}?done={done}")

        return await self._service.writer.do(Change(make))

    async def cancel(self, visit: Visit) -> Answer:
        """Cancel an order."""
        reasons = reasons_of_options(_reason(await self.form(visit)), None)

        def make(store: Store) -> Answer:
            reference = OrderReference(visit.identifier, visit.caller.sees)
            author = Author(visit.caller.actor)
            result = cancel_order(store, reference, Decision.CANCELLED, reasons, self._service.settings, author)
            if result.refused:
                raise RefusedError(409, "; ".join(each.message for each in result.findings))
            done = "asked" if (result.document or {}).get("state") == "inProgress" else "cancelled"
            return see(f"/orders/{segment(visit.identifier)}?done={done}")

        return await self._service.writer.do(Change(make))

    async def pause(self, visit: Visit) -> Answer:
        """Pause the queue."""
        reason = (await self.form(visit)).get("reason", "").strip() or None
        await self._service.writer.do(
            Change(_then(partial(queue_status.pause, actor=visit.caller.actor, reason=reason)))
        )
        return see("/?done=paused")

    async def resume(self, visit: Visit) -> Answer:
        """Resume the queue."""
        await self.form(visit)
        await self._service.writer.do(Change(_then(queue_status.resume)))
        return see("/?done=resumed")


async def style(_request: Request, _caller: Caller) -> Answer:
    """Return the style sheet; its address changes with it."""
    return Answer(200, css(), {**SAFETY, "Cache-Control": _KEPT_A_YEAR}, content_type="text/css; charset=utf-8")


def _then(do: Callable[[Store], object]) -> Callable[[Store], Answer]:
    def make(store: Store) -> Answer:
        do(store)
        return Answer(204)

    return make


def _message(visit: Visit, refused: RefusedError) -> Answer:
    title = "Not found" if refused.status == 404 else "That did not work"  # noqa: PLR2004 - the status
    found = visit.page("message.html", status=refused.status, title=title, text=refused.message, choices=())
    return found._replace(headers={**found.headers, **refused.headers})


def _require_all(visit: Visit) -> None:
    if not visit.viewer.sees_all:
        raise RefusedError(403, "Runs are shown to tokens with the role operate")


def _reason(sent: dict[str, str]) -> str:
    reason = sent.get("reason", "").strip()
    if not reason:
        raise RefusedError(400, "Give a reason")
    return reason


def _after(visit: Visit) -> int:
    """Return how many rows stand before the page."""
    text = visit.asked("after") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise RefusedError(400, "after takes a whole number")
    return int(text)


def _one_of(visit: Visit, name: str, known: type[StrEnum]) -> str | None:
    text = visit.asked(name)
    if text is not None and text not in set(known):
        raise RefusedError(400, f"{name} takes one of {', '.join(known)}, not {text[:40]!r}")
    return text


def _links(path: str, given: dict[str, str | None], after: int, rest: int) -> dict[str, Any]:
    """Return the addresses of the newest page, unless this is it, and of the next older one, if there is one."""
    parameters_given = {name: value for name, value in given.items() if value}
    older = f"{path}?{urlencode({**parameters_given, 'after': after + ROWS})}" if rest > ROWS else None
    first = f"{path}?{urlencode(parameters_given)}".rstrip("?") if after else None
    return {"older": older, "first": first}
