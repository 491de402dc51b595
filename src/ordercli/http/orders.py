"""The requests about orders: create, show, list, patch and cancel them, and accept reports of fulfilment."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.store import transaction
from ordercli.errors import AmbiguousIdError, NotFoundError
from ordercli.http.accepting import Post
from ordercli.http.answers import Answer, RefusedError, answer
from ordercli.http.bodies import JSON_PATCH, MERGE_TYPES, ORDER_TYPES, encoding_of, read_body, record_of, require_type
from ordercli.http.lines import LINES_TYPE, accept_lines
from ordercli.http.paths import api_of
from ordercli.http.queries import Fields, Page, links, only, parameters, refuse_others
from ordercli.http.threads import Change
from ordercli.intake.envelopes import open_reject_line
from ordercli.intake.json_text import shown_nul
from ordercli.intake.record import Record
from ordercli.operations.cancel import CancelHandler, read_cancellation
from ordercli.operations.change_requests import OrderReference, RequestOutcome
from ordercli.operations.contexts import Context
from ordercli.operations.find import find_by_any_id
from ordercli.operations.fulfil import FulfilHandler, read_report
from ordercli.operations.patch import PatchRequest, patch_order
from ordercli.operations.revise import Author
from ordercli.orders.order_rows import OrderView
from ordercli.resources.all_rules import error_body
from ordercli.resources.common.rules.creation import REJECT_CONTEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from ordercli.database.store import Store
    from ordercli.http.access import Caller, Guard
    from ordercli.http.callbacks import Callbacks
    from ordercli.http.paths import Api
    from ordercli.http.threads import Readers, Writer
    from ordercli.operations.change_requests import RevisionResult
    from ordercli.queue.entries import EntryView
    from ordercli.resources.resource import Mode
    from ordercli.settings import Settings

LONGEST_KEY = 255
_MOST_TAGS = 100
_BY_OUTCOME = {RequestOutcome.REJECTED: 400, RequestOutcome.CONFLICT: 409, RequestOutcome.NOT_FOUND: 404}


class Service(NamedTuple):
    """What handlers need: settings, the threads of the database, the guard of clients, the delivery of events."""

    settings: Settings
    writer: Writer
    readers: Readers
    guard: Guard
    callbacks: Callbacks


async def create(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Create an order at once, or queue it with `mode=async`; as NDJSON, many of them."""
    pairs = parameters(request.scope["query_string"])
    refuse_others(pairs, "mode", "fields")
    mode, fields, key = _mode(only(pairs, "mode")), Fields.of(pairs), _idempotency_key(request)
    context = Context("submit", caller.source, api.profile, mode)
    if require_type(request, *ORDER_TYPES, LINES_TYPE) == LINES_TYPE:
        if key:
            raise RefusedError(400, "Many orders take no Idempotency-Key; give each an externalId")
        encoding_of(request)
        of_line = Post(api, Record(b"", "http", 1, 1, 1), context, caller.actor, is_line=True)
        admitted = partial(service.guard.recheck, caller)
        receipts = accept_lines(service.writer, service.settings, request, of_line, admitted)
        return Answer(200, content_type=LINES_TYPE, stream=receipts)
    record = record_of(await read_body(request, service.settings.serve), service.settings.limits.max_order_bytes)
    if open_reject_line(record) is not record:
        finding = REJECT_CONTEXT.finding(reason="send the order in it; only `submit` takes such lines")
        return answer(400, api.error({**error_body([finding])}, 400))
    return await service.writer.do(Post(api, record, context, caller.actor, key, fields.pick))


def _mode(text: str | None) -> Mode:
    if text not in {None, "async"}:
        raise RefusedError(400, f"mode takes async, or is left out, not {text[:40]!r}")
    return "async" if text else "sync"


def _idempotency_key(request: Request) -> str | None:
    found = request.headers.getlist("idempotency-key")
    if not found:
        return None
    if len(found) > 1 or not 0 < len(found[0].strip()) <= LONGEST_KEY or not found[0].isprintable():
        raise RefusedError(400, f"Idempotency-Key takes 1 to {LONGEST_KEY} printable characters, once")
    return found[0].strip()


async def show(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Return one order, by its id or external id."""
    pairs = parameters(request.scope["query_string"])
    refuse_others(pairs, "fields")
    read = partial(_shown, api=api, caller=caller, identifier=_identifier(request), fields=Fields.of(pairs))
    found = await service.readers.do(read)
    known = {each.removeprefix("W/") for each in _tags(request, "if-none-match")}
    if (tag := found.headers.get("ETag")) and known & {tag, "*"}:
        return Answer(304, headers=found.headers)
    return found


def _identifier(request: Request) -> str:
    return shown_nul(request.path_params["id"])


def _shown(store: Store, api: Api, caller: Caller, identifier: str, fields: Fields) -> Answer:
    found = _found_here(store, api, caller, identifier)
    if isinstance(found, OrderView):
        return answer(200, fields.pick(api.document(store, found)), ETag=f'"{found.version}"')
    return answer(200, fields.pick(api.waiting(store, found, api)))


def _found_here(store: Store, api: Api, caller: Caller, identifier: str) -> OrderView | EntryView:
    """Return the order or the entry with this id, if this path serves it.

    Raises:
        OrdercliError: there is none, or there are several.
        RefusedError: another path serves it.
    """
    try:
        found = find_by_any_id(store, identifier, caller.sees, api.resource.name)
    except NotFoundError as error:
        try:
            found = find_by_any_id(store, identifier, caller.sees)
        except AmbiguousIdError:
            raise error from None
    at = api_of(found.resource, found.profile)
    if at is not api:
        raise RefusedError(404, f"This order is not served here, but at {at.href(found.order_id)}")
    return found


async def show_many(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Return a page of the orders that pass the filters."""
    pairs = parameters(request.scope["query_string"])
    page = Page.of(pairs, api, caller.sees)
    found, total = await service.readers.do(lambda store: page.read(store, api))
    headers = {"X_Total_Count": str(total), "X_Result_Count": str(len(found))}
    if found:
        headers["Content_Range"] = f"items {page.offset + 1}-{page.offset + len(found)}/{total}"
    if total:
        headers["Link"] = links(request.url.path, pairs, page, total)
    elif api.empty == 404:  # noqa: PLR2004 - the status
        raise RefusedError(404, "No order matches", {"X-Total-Count": "0", "X-Result-Count": "0"})
    return answer(206 if len(found) < total else 200, found, **headers)


async def patch(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Change an order with a merge patch or a JSON Patch."""
    refuse_others(parameters(request.scope["query_string"]))
    media_type = require_type(request, *MERGE_TYPES, JSON_PATCH)
    record = record_of(await read_body(request, service.settings.serve), service.settings.limits.max_order_bytes)
    if (media_type == JSON_PATCH) is not record.data.startswith(b"["):
        kind = "a list of operations" if media_type == JSON_PATCH else "an object, or its Content-Type " + JSON_PATCH
        raise RefusedError(400, f"The body of a {media_type} must be {kind}")
    tags, identifier = _tags(request, "if-match"), _identifier(request)

    def make(store: Store) -> Answer:
        version = _wanted_version(store, api, caller, identifier, tags)
        patch = PatchRequest(record, if_version=version)
        reference = OrderReference(identifier, caller.sees, resource=api.resource.name)
        result, _ = patch_order(store, reference, patch, service.settings, Author(caller.actor))
        return _changed(api, result, api.patched, api.statuses)

    return await service.writer.do(Change(make))


def _tags(request: Request, header: str) -> list[str]:
    """Return the entity tags of a header."""
    text = ", ".join(request.headers.getlist(header))
    return [each.strip() for each in text.split(",")[:_MOST_TAGS] if each.strip()]


def _wanted_version(store: Store, api: Api, caller: Caller, identifier: str, tags: list[str]) -> int | None:
    """Return the version that a patch is for; 0, which no order has, if the tags are not versions."""
    try:
        found = _found_here(store, api, caller, identifier)
    except NotFoundError:
        return None  # the patch reports it
    if not tags or tags == ["*"] or not isinstance(found, OrderView):
        return None
    if f'"{found.version}"' in tags:
        return found.version
    match = re.fullmatch(r'"([0-9]{1,9})"', tags[0])
    return int(match[1]) if match else 0


async def cancel(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Cancel an order, as the body asks for."""
    refuse_others(parameters(request.scope["query_string"]))
    require_type(request, *ORDER_TYPES)
    record = record_of(await read_body(request, service.settings.serve), service.settings.limits.max_order_bytes)

    def make(store: Store) -> Answer:
        _must_be_here(store, api, caller, record)
        with transaction(store, "cancel"):
            result = CancelHandler(store, service.settings, Author(caller.actor))(record, caller.sees)
        return _changed(api, result, api.cancelled, api.cancel_statuses)

    return await service.writer.do(Change(make))


def _must_be_here(store: Store, api: Api, caller: Caller, record: Record) -> None:
    """Refuse to cancel an order that another path serves; the cancellation reports all other faults."""
    request = read_cancellation(record)
    if not isinstance(request, list):
        if request.resource != api.resource.name:
            raise RefusedError(400, f"Only {api.resource.title}s are canceled here, not a {request.resource}")
        _refuse_elsewhere(store, api, caller, request.order_id)


def _refuse_elsewhere(store: Store, api: Api, caller: Caller, identifier: str) -> None:
    """Refuse an order that another path serves; the operation reports an unknown order."""
    with suppress(NotFoundError):
        _found_here(store, api, caller, identifier)


async def report(service: Service, api: Api, caller: Caller, request: Request) -> Answer:
    """Accept a report on the fulfilment of line items, and answer with the report."""
    refuse_others(parameters(request.scope["query_string"]))
    require_type(request, *ORDER_TYPES)
    record = record_of(await read_body(request, service.settings.serve), service.settings.limits.max_order_bytes)

    def make(store: Store) -> Answer:
        given = read_report(record)
        if not isinstance(given, list):
            _refuse_elsewhere(store, api, caller, given.external_id)
        with transaction(store, "fulfil"):
            result = FulfilHandler(store, Author(caller.actor), dry_run=False)(record, caller.sees)
        if isinstance(given, list) or result.refused:
            return _changed(api, result, 201, api.report_statuses)
        items = [{"id": item_id, "state": state} for item_id, state in given.states]
        body = {"externalId": given.external_id, "href": api.href(result.identifier or ""), api.resource.items: items}
        return answer(201, body, ETag=f'"{result.version}"')

    return await service.writer.do(Change(make))


def _changed(api: Api, result: RevisionResult, done: int, statuses: Mapping[str, int]) -> Answer:
    """Return the answer to a request to change an order."""
    if not result.refused:
        document = api.with_hrefs(result.document or {})
        return answer(done, document, **({"ETag": f'"{result.version}"'} if result.version else {}))
    first = next(each for each in result.findings if each.severity == "error")
    status = _BY_OUTCOME[result.outcome]
    if result.outcome is not RequestOutcome.CONFLICT or first.code != "ORD404":  # several orders have the id
        status = statuses.get(first.code, status)
    return answer(status, api.error({**error_body(result.findings)}, status))
