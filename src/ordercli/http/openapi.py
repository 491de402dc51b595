"""Describe the API as an OpenAPI document, made from the table of paths and from the schemas of `ordercli schema`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ordercli.http.answers import METRICS_TYPE
from ordercli.http.bodies import JSON_PATCH, MERGE_TYPES, ORDER_TYPES
from ordercli.http.lines import LINES_TYPE
from ordercli.http.openapi_shapes import (
    ABOUT,
    ERROR,
    HEADERS,
    SECURITY,
    error_of,
    orders_taken,
    prefix,
    reference,
    schemas_of,
)
from ordercli.http.orders import LONGEST_KEY
from ordercli.http.paths import APIS, SERVICENOW
from ordercli.http.queries import COMPARISONS, DEFAULT_LIMIT, MOST
from ordercli.intake import json_text
from ordercli.orders.states import known_states
from ordercli.output.schemas import DIALECT
from ordercli.resources.product_order import profiles
from ordercli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.http.paths import Api

Json = dict[str, Any]

_JSON = "application/json"
_ABOUT = """Create, show, list, patch and cancel orders over HTTP; `ordercli serve` answers.

An answer is sent when the order is on disk. The schemas only describe the shape of orders: an order of the right shape
can still be refused with 400 by a rule. `ordercli rules` lists the rules."""

# The answers that every request may get.
_COMMON = {
    400: "The request is refused; every fault is reported with its rule and place",
    401: "The token is missing, unknown, revoked or expired",
    403: "The role of the token does not allow the request, or the request comes from a page of another origin",
    421: "The header Host names another server",
    503: "The server is too busy, or its database cannot be reached; nothing was accepted, send the request again",
}
_MORE = {
    404: "There is no such order here",
    408: "The body did not arrive in time",
    409: "The request conflicts with an earlier request, with another order, or with the state of the order",
    412: "The order has another version than If-Match names",
    413: "The body is too large",
    415: "The media type or the encoding of the body is not supported",
}
_OF_BODY = (408, 413, 415)
_HEALTH = {
    "type": "object",
    "properties": {"status": {"enum": ["pass", "warn"]}, "database": {"type": "string"}},
    "required": ["status"],
}
_QUEUED = {"type": "object", "properties": {"orderId": {"type": "string"}}, "required": ["orderId"]}
# An order with selected members only, or an entry of the queue.
_PICKED = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "href": {"type": "string"}},
    "required": ["id", "href"],
}
_SUBSCRIPTION = {
    "callback": {"type": "string", "format": "uri", "description": "Where events are delivered, with POST"},
    "query": {"type": "string", "description": "Conditions on events, such as eventType=…&state=completed"},
}
_TEXTS = {"type": "string", "description": "Several are separated by commas"}


@cache
def openapi_document() -> bytes:
    """Return the whole document as JSON."""
    return json_text.encode(openapi())


def openapi() -> Json:
    """Return the whole document."""
    described = _of_server()
    for api in APIS:
        described |= _of_api(api)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {"title": "ordercli", "version": __version__, "description": _ABOUT, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in SECURITY],
        "tags": [*({"name": each.title} for each in ABOUT.values()), {"name": "server"}],
        "paths": described,
        "components": {"headers": HEADERS, "securitySchemes": SECURITY, "schemas": schemas_of(described)},
    }


def _of_server() -> Json:
    """Return the paths about the server itself."""
    health = _content(200, "It works, or `database` says what is wrong with the database", _HEALTH)
    ready = _content(200, "An order could be accepted now", _HEALTH)
    document = _content(200, "This document", {"type": "object"})
    metrics = {"200": {"description": "Metrics", "content": {METRICS_TYPE: {"schema": {"type": "string"}}}}}
    paths = {
        "/health": ("health", "Report whether the process works", health),
        "/ready": ("ready", "Report whether an order could be accepted now", ready),
        "/metrics": ("metrics", "Report the state of the queue and of the server, for Prometheus", metrics),
        "/openapi.json": ("openapi", "Describe the API", document),
    }
    return {
        path: {
            "get": {
                "operationId": name,
                "tags": ["server"],
                "summary": summary,
                "responses": {**answers, **_refusals(ERROR, 403, 421, 503, *([401] if path == "/metrics" else []))},
                **({} if path == "/metrics" else {"security": []}),
            }
        }
        for path, (name, summary, answers) in paths.items()
    }


def _of_api(api: Api) -> Json:
    """Return the paths of a standard."""
    found: Json = {}
    for n, path in enumerate(api.collections):
        suffix = f"-{n + 1}" if n else ""
        found[path] = {"get": _list(api, suffix), "post": _create(api, suffix)}
        identified = {
            "name": "id",
            "in": "path",
            "required": True,
            "description": "An order id or an external id",
            "schema": {"type": "string", "minLength": 1},
        }
        found[f"{path}/{{id}}"] = {
            "parameters": [identified],
            "get": _show(api, suffix),
            "patch": _patch(api, suffix),
        }
    found[api.cancel] = {"post": _cancel(api)}
    if api.reports:
        found[api.reports] = {"post": _report(api)}
    if api.hub:
        found[api.hub] = {"post": _subscribe(api)}
        found[f"{api.hub}/{{id}}"] = {"delete": _unsubscribe(api)}
    return found


def _operation(api: Api, name: str, summary: str, answers: Json, **members: Any) -> Json:
    return {
        "operationId": f"{name}-{ABOUT[api.base].name}",
        "tags": [ABOUT[api.base].title],
        "summary": summary,
        **members,
        "responses": answers,
    }


def _create(api: Api, suffix: str) -> Json:
    order = {"anyOf": [reference(name) for name in orders_taken(api)]}
    receipts = {LINES_TYPE: {"schema": {"type": "string", "description": "On each line a `receipt`"}}}
    known = _content(
        200,
        "The order was known already; or the receipts of many orders",
        _any_of(reference(f"{prefix(api)}order"), _PICKED, _QUEUED),
        "Location",
    )
    known["200"]["content"] |= receipts
    answers = {
        **known,
        **_content(
            201,
            "The order was created",
            _any_of(reference(f"{prefix(api)}order"), _PICKED),
            "Location",
            "ETag",
            links=_links(api, suffix, "id"),
        ),
        **_content(
            202,
            "The order was put in the inbound queue",
            _QUEUED,
            "Location",
            links=_links(api, suffix, "orderId", "show"),
        ),
        **_refusals(error_of(api), *_COMMON, 409, *_OF_BODY),
    }
    taken = {ORDER_TYPES[0]: {"schema": order, "example": ABOUT[api.base].example}}
    lines = {LINES_TYPE: {"schema": {"type": "string", "description": "On each line an order"}}}
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A request that is sent again with the same key gets the first answer, unless it was refused",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
    }
    mode = _parameter("mode", "`async` puts the order in the inbound queue", {"enum": ["async"]})
    return _operation(
        api,
        f"create{suffix}",
        "Create an order, or many as NDJSON",
        answers,
        parameters=[mode, _fields(), key],
        requestBody={"required": True, "content": {**taken, **lines}},
    )


def _list(api: Api, suffix: str) -> Json:
    counts = ("X-Total-Count", "X-Result-Count")
    page = {"type": "array", "maxItems": MOST, "items": _PICKED}
    answers = {
        **_content(200, "All orders that match", page, *counts, "Content-Range", "Link"),
        **_content(206, "A page of the orders that match", page, *counts, "Content-Range", "Link"),
        **_refusals(error_of(api), *_COMMON, *([404] if api.empty == 404 else [])),  # noqa: PLR2004 - the status
    }
    return _operation(
        api,
        f"list{suffix}",
        "List orders, the newest first",
        answers,
        parameters=[
            _fields(),
            _number("offset", "Number of orders to skip", 0),
            _number("limit", f"Number of orders of a page, at most {MOST}", DEFAULT_LIMIT),
            *_filters(api),
        ],
    )


def _filters(api: Api) -> Iterator[Json]:
    form = api.form
    states = dict.fromkeys(map(form.shown_state, known_states(form.states, api.resource.name)))
    time = {"type": "string", "format": "date-time"}
    yield _parameter("state", f"Only orders in one of these states: {', '.join(states)}", _TEXTS)
    for comparison in COMPARISONS:
        yield _parameter(f"{form.created_at}.{comparison}", "Compare when the order was created", time)
    yield _parameter(form.created_at, "Only orders of this moment", time)
    known = [load_form().known_fields for _, load_form in form.forms]
    names = {*form.server_owned, *(name for each in known for name in each.kinds[each.root])}
    for name in sorted(names - {"state", form.created_at}):
        yield _parameter(name, "Only orders with one of these values", _TEXTS)


def _show(api: Api, suffix: str) -> Json:
    waiting = reference("queued-answer") if api.waiting is SERVICENOW.waiting else _PICKED
    document = _any_of(reference(f"{prefix(api)}order"), _PICKED, waiting)
    match = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
    answers = {
        **_content(200, "The order, or its entry in the inbound queue", document),
        "304": {"description": "The order still has the version that If-None-Match names", "headers": _named("ETag")},
        **_refusals(error_of(api), *_COMMON, 404, 409),
    }
    return _operation(api, f"show{suffix}", "Show an order", answers, parameters=[_fields(), match])


def _patch(api: Api, suffix: str) -> Json:
    merge = {"description": "A merge patch (RFC 7396)", "type": "object"}
    content = {name: {"schema": merge} for name in MERGE_TYPES}
    content[JSON_PATCH] = {"schema": reference("json-patch")}
    match = {"name": "If-Match", "in": "header", "schema": {"type": "string"}}
    answers = {
        **_content(api.patched, "The changed order", reference(f"{prefix(api)}order"), "ETag"),
        **_refusals(error_of(api), *_COMMON, 404, 409, 412, *_OF_BODY),
    }
    body = {"required": True, "content": content}
    return _operation(api, f"patch{suffix}", "Change an order", answers, parameters=[match], requestBody=body)


def _cancel(api: Api) -> Json:
    names = [f"{prefix(api)}cancel-request", *(["cancel-request-v5"] if api.form is profiles.TMF622_V5 else [])]
    order = {"anyOf": [reference(name) for name in names]}
    answers = {
        **_content(api.cancelled, "The cancellation and its state", reference(f"{prefix(api)}cancellation")),
        **_refusals(error_of(api), *_COMMON, 404, 409, 412, *_OF_BODY),
    }
    body = {"required": True, "content": {ORDER_TYPES[0]: {"schema": order}}}
    return _operation(api, "cancel", "Cancel an order", answers, requestBody=body)


def _report(api: Api) -> Json:
    answers = {
        **_content(201, "The report was accepted", {"type": "object"}, "ETag"),
        **_refusals(error_of(api), *_COMMON, 404, 409, *_OF_BODY),
    }
    body = {"required": True, "content": {ORDER_TYPES[0]: {"schema": reference("fulfilment-report")}}}
    return _operation(api, "report", "Report the fulfilment of line items", answers, requestBody=body)


def _subscribe(api: Api) -> Json:
    named = {"id": {"type": "string"}, **{name: {"const": word} for name, word in api.hub_members.items()}}
    made = {"type": "object", "properties": {**named, **_SUBSCRIPTION}, "required": [*named, "callback"]}
    body = {"type": "object", "properties": _SUBSCRIPTION, "required": ["callback"]}
    answers = {
        **_content(201, "The subscription; an equal one that exists already is returned", made, "Location"),
        **_refusals(error_of(api), *_COMMON, 409, *_OF_BODY),
    }
    subscription = {"required": True, "content": {ORDER_TYPES[0]: {"schema": body}}}
    return _operation(api, "subscribe", "Subscribe to the events of orders", answers, requestBody=subscription)


def _unsubscribe(api: Api) -> Json:
    identified = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    answers = {"204": {"description": "It is removed"}, **_refusals(error_of(api), *_COMMON, 404)}
    return _operation(api, "unsubscribe", "Remove a subscription", answers, parameters=[identified])


def _links(api: Api, suffix: str, member: str, *operations: str) -> Json:
    """Return the operations that a client can call on the order of an answer; `member` of the body has its id."""
    return {
        name: {
            "operationId": f"{name}{suffix}-{ABOUT[api.base].name}",
            "parameters": {"id": f"$response.body#/{member}"},
        }
        for name in operations or ("show", "patch")
    }


def _content(status: int, words: str, shape: Json, *headers: str, **members: Any) -> Json:
    found = {"description": words, "content": {_JSON: {"schema": shape}}, **members}
    return {str(status): {**found, **({"headers": _named(*headers)} if headers else {})}}


def _refusals(shape: Json, *statuses: int) -> Json:
    words = _COMMON | _MORE
    found: Json = {}
    for status in sorted(set(statuses)):
        found |= _content(status, words[status], shape, *(["Retry-After"] if status == 503 else []))  # noqa: PLR2004
    return found


def _named(*headers: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def _any_of(*shapes: Json) -> Json:
    found = [each for n, each in enumerate(shapes) if each not in shapes[:n]]
    return {"anyOf": found}


def _parameter(name: str, words: str, shape: Json, **members: Any) -> Json:
    return {"name": name, "in": "query", "description": words, **members, "schema": shape}


def _number(name: str, words: str, default: int) -> Json:
    return _parameter(name, words, {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": default})


def _fields() -> Json:
    words = "Members of the order to show; `id`, `href` and `@type` are always there"
    return _parameter("fields", words, _TEXTS)
