"""The OpenAPI document describes every path that the server has, and its answers keep to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from ordercli.http.access import Caller, OpenGuard
from ordercli.http.app import Endpoint, _routes
from ordercli.http.counters import Counters
from ordercli.http.openapi import openapi
from ordercli.http.orders import Service
from ordercli.http.paths import APIS
from support.builders import product_order
from support.serving import V4, V5, VENDOR, VENDOR_CANCEL, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from support.running import Ordercli

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
# Nothing asks it for more than who a client is.
SERVICE = Service(None, None, None, OpenGuard(Caller("x", "x")), None)  # type: ignore[arg-type]
PAGES_FOR_PEOPLE = {
    *(
        (path, "get")
        for path in ("/", "/page.css", "/search", "/queue", "/runs", "/runs/{id}", "/orders", "/orders/{id}")
    ),
    *((f"/orders/{{id}}/{name}", "post") for name in ("retry", "discard", "cancel")),
    *((path, "post") for path in ("/queue/pause", "/queue/resume", "/sign-in", "/sign-out")),
    ("/sign-in", "get"),
}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_path_and_method_of_the_server_is_described() -> None:
    served: set[tuple[str, str]] = set()
    for route in _routes(SERVICE, Counters(), "orders.db"):
        assert isinstance(route.endpoint, Endpoint)
        path = route.path.replace(":path}", "}")
        served |= {(path, method.lower()) for method in route.endpoint._methods}
    described = {
        (path, method)
        for path, methods in openapi()["paths"].items()
        for method in methods
        if method in {"get", "post", "patch", "delete"}
    }
    assert served - PAGES_FOR_PEOPLE == described


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = openapi()
    for reference in set(references(document)):
        found = document
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    names = [each["operationId"] for each in _operations(document)]
    assert len(names) == len(set(names))


def test_the_schemas_are_json_schemas() -> None:
    for shape in openapi()["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)


def test_the_examples_have_the_shape_that_is_asked_for() -> None:
    contents = [
        content
        for operation in _operations(openapi())
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "example" in content
    ]

    assert len(contents) >= len(APIS)
    faults = [[error.message for error in _validator(each["schema"]).iter_errors(each["example"])] for each in contents]
    assert faults == [[]] * len(contents)


@pytest.mark.slow
def test_the_answers_of_a_server_keep_to_the_document(ordercli: Ordercli) -> None:
    with serving(ordercli) as served:
        _check(served.post(VENDOR, product_order("PO-1")), VENDOR, 201)
        _check(served.post(VENDOR, product_order("PO-1")), VENDOR, 200)
        _check(served.post(VENDOR, product_order("PO-1", category="x")), VENDOR, 409)
        _check(served.post(V4, {"productOrderItem": []}), V4, 400)
        _check(served.client.post(VENDOR, params={"mode": "async"}, json=product_order("PO-2")), VENDOR, 202)
        _check(served.client.get(f"{VENDOR}/PO-1"), VENDOR + "/{id}", 200)
        _check(served.client.get(f"{VENDOR}/PO-2"), VENDOR + "/{id}", 200)
        _check(served.client.get(f"{V5}/PO-1"), V5 + "/{id}", 404)
        _check(served.client.get(VENDOR, params={"limit": "0"}), VENDOR, 206)
        _check(served.client.patch(f"{VENDOR}/PO-1", json={"description": "x"}), VENDOR + "/{id}", 201)
        cancellation = {"cancellationReason": "x", "productOrder": {"id": "PO-1"}}
        _check(served.post(VENDOR_CANCEL, cancellation), VENDOR_CANCEL, 200)
        _check(served.client.get("/health"), "/health", 200)
        _check(served.client.get("/ready"), "/ready", 200)
        document = served.client.get("/openapi.json")
        _check(document, "/openapi.json", 200)
        assert document.json() == json.loads(COMMITTED.read_text())


def _operations(document: Any) -> Iterator[Any]:
    for methods in document["paths"].values():
        yield from (each for each in methods.values() if isinstance(each, dict))


def _validator(shape: Any) -> Draft202012Validator:
    return Draft202012Validator({**shape, "components": openapi()["components"]})


def _check(response: httpx.Response, path: str, status: int) -> None:
    assert response.status_code == status, response.text
    described = openapi()["paths"][path][response.request.method.lower()]["responses"][str(status)]
    assert response.headers["content-type"] in described["content"]
    _validator(described["content"]["application/json"]["schema"]).validate(response.json())
    for name in described.get("headers", {}):
        optional = {"Content-Range", "Link"}
        assert name in response.headers or name in optional, name
