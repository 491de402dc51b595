"""What holds for the orders of every path: product orders and service orders, of the vendor and of the standard."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from support.builders import product_order, product_order_v4, product_order_v5, service_order
from support.running import Ordercli
from support.serving import SERVICES, SERVICES_V4, V4, V5, VENDOR, VENDOR_CANCEL, serving, status_and_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from support.serving import Served

pytestmark = pytest.mark.slow


class Collection(NamedTuple):
    """A path of a collection, how orders for it are made, and what it answers."""

    collection: str
    cancel: str
    kind: str
    make: Callable[..., Any]
    created_at: str = "orderDate"
    patched: int = 200
    cancelled: int = 201
    first_state: str = "acknowledged"
    nothing: int = 200
    unknown_to_cancel: int = 404


PATHS = {
    "vendor": Collection(VENDOR, VENDOR_CANCEL, "productOrder", product_order, "orderDate", 201, 200, "new", 404, 400),
    "v4": Collection(V4, f"{V4.removesuffix('productOrder')}cancelProductOrder", "productOrder", product_order_v4),
    "v5": Collection(
        V5, f"{V5.removesuffix('productOrder')}cancelProductOrder", "productOrder", product_order_v5, "creationDate"
    ),
    "services": Collection(
        SERVICES,
        f"{SERVICES}/cancelserviceorder",
        "serviceOrder",
        service_order,
        "orderDate",
        201,
        200,
        "new",
        404,
        400,
    ),
    "services-v4": Collection(
        SERVICES_V4, f"{SERVICES_V4.removesuffix('serviceOrder')}cancelServiceOrder", "serviceOrder", service_order
    ),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    database = shutil.copy(fresh_database, folder / "orders.db")
    with serving(Ordercli(folder, str(database))) as found:
        yield found


@pytest.fixture(params=PATHS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(name: str) -> Collection:
    return PATHS[name]


def test_an_order_is_created_shown_and_compared(served: Served, name: str, path: Collection) -> None:
    created = served.post(path.collection, path.make(f"A-{name}"))
    at = created.headers["location"]
    document = created.json()

    assert created.status_code == 201, created.text
    assert (at, document["href"]) == (f"{path.collection}/{document['id']}",) * 2
    assert (document["state"], created.headers["etag"]) == (path.first_state, '"1"')
    for identifier in (document["id"], f"A-{name}", f"A-{name}/"):
        shown = served.client.get(f"{path.collection}/{identifier}")
        assert (*status_and_body(shown), shown.headers["etag"]) == (200, document, '"1"')
    tags = {'"1"': 304, '"7", "1"': 304, 'W/"1"': 304, "*": 304, '"2"': 200}
    for tag, status in tags.items():
        compared = served.client.get(at, headers={"If-None-Match": tag})
        assert (compared.status_code, compared.headers["etag"]) == (status, '"1"'), tag
    head = served.client.head(at)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", '"1"')
    assert served.client.options(at).headers["allow"] == "GET, HEAD, OPTIONS, PATCH"
    assert served.client.options(f"{path.collection}/").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert served.client.delete(at).status_code == 405
    assert served.client.delete(at).headers["allow"] == "GET, HEAD, OPTIONS, PATCH"
    assert served.post(path.collection, path.make(f"A-{name}")).status_code == 200
    assert served.post(path.collection, path.make(f"A-{name}", description="other")).status_code == 409


def test_every_first_level_attribute_can_be_selected_and_filtered_by(
    served: Served, name: str, path: Collection
) -> None:
    note = [{"text": "a note"}] if path.collection != V5 else [{"text": "a note", "@type": "Note"}]
    order = path.make(f"B-{name}", description=f"about {name}", note=note)
    document = served.post(path.collection, order).json()

    for member, value in document.items():
        selected = served.client.get(f"{path.collection}/{document['id']}", params={"fields": member})
        always = {each: document[each] for each in ("id", "href", "@type") if each in document}
        assert selected.json() == {**always, member: value}
        text = value if isinstance(value, str) else None
        query = {member: text or "no such value", "description": f"about {name}"}
        listed = served.client.get(path.collection, params=query)
        expected = [document["id"]] if text else []
        found = [] if listed.status_code == path.nothing == 404 else [each["id"] for each in listed.json()]
        assert found == expected, member


def test_a_collection_has_pages(served: Served, name: str, path: Collection) -> None:
    ids = [
        served.post(path.collection, path.make(f"C-{name}-{n}", description=f"pages {name}")).json()["id"]
        for n in range(3)
    ]
    query: dict[str, Any] = {"description": f"pages {name}", "limit": 2, "fields": "state"}

    first = served.client.get(path.collection, params=query)
    second = served.client.get(first.links["next"]["url"])
    beyond = served.client.get(path.collection, params={**query, "offset": 9})
    whole = served.client.head(f"{path.collection}/", params={"description": f"pages {name}"})
    none = served.client.get(path.collection, params={"description": "nothing has this"})

    assert [(each["id"], each["state"]) for each in (*first.json(), *second.json())] == [
        (each, path.first_state) for each in reversed(ids)
    ]
    assert [each.status_code for each in (first, second, beyond, whole)] == [206, 206, 206, 200]
    assert [each.headers["x-result-count"] for each in (first, second, beyond, whole)] == ["2", "1", "0", "3"]
    assert {each.headers["x-total-count"] for each in (first, second, beyond, whole)} == {"3"}
    assert (first.headers["content-range"], second.headers["content-range"]) == ("items 1-2/3", "items 3-3/3")
    assert beyond.json() == []
    assert none.status_code == path.nothing


def test_times_and_states_filter(served: Served, name: str, path: Collection) -> None:
    document = served.post(path.collection, path.make(f"D-{name}")).json()
    at, one = document[path.created_at], {"externalId": f"D-{name}"}

    def found(**query: str) -> int:
        response = served.client.get(path.collection, params={**one, **query})
        return len(response.json()) if response.status_code == 200 else response.status_code

    none = path.nothing if path.nothing == 404 else 0
    asked = [
        {},
        {f"{path.created_at}.gte": at},
        {f"{path.created_at}.lte": at},
        {path.created_at: at},
        {f"{path.created_at}.gt": at},
        {f"{path.created_at}.lt": at},
        {"state": path.first_state},
        {"state": f"{path.first_state},completed"},
        {"state": "completed"},
    ]

    assert [found(**query) for query in asked] == [1, 1, 1, 1, none, none, 1, 1, none]
    assert found(state="somewhere") == 400
    assert found(shoe="1") == 400


def test_an_order_is_patched_if_its_version_matches(served: Served, name: str, path: Collection) -> None:
    at = served.post(path.collection, path.make(f"E-{name}")).headers["location"]

    merged = served.client.patch(at, json={"description": "one"}, headers={"If-Match": '"1"'})
    operations = [{"op": "replace", "path": "/description", "value": "two"}]
    patched = served.client.patch(at, json=operations, headers={"Content-Type": "application/json-patch+json"})
    late = served.client.patch(at, json={"description": "late"}, headers={"If-Match": '"1"'})
    weak = served.client.patch(at, json={"description": "late"}, headers={"If-Match": 'W/"3"'})
    any_version = served.client.patch(at, json={"description": "three"}, headers={"If-Match": "*"})
    unknown = served.client.patch(f"{path.collection}/no-such", json={"description": "x"})

    assert [each.status_code for each in (merged, patched, any_version)] == [path.patched] * 3
    assert [each.json()["description"] for each in (merged, patched, any_version)] == ["one", "two", "three"]
    assert [each.headers["etag"] for each in (merged, patched, any_version)] == ['"2"', '"3"', '"4"']
    assert [each.status_code for each in (late, weak, unknown)] == [412, 412, 404]


def test_an_order_is_cancelled(served: Served, name: str, path: Collection) -> None:
    document = served.post(path.collection, path.make(f"F-{name}")).json()

    def cancelled(identifier: str) -> httpx.Response:
        return served.post(path.cancel, {"cancellationReason": "why", path.kind: {"id": identifier}})

    answer, unknown, again = cancelled(f"F-{name}"), cancelled("no-such"), cancelled(document["id"])

    assert answer.status_code == path.cancelled, answer.text
    assert answer.json()[path.kind]["href"] == document["href"]
    assert (answer.json()["cancellationReason"], answer.json()["state"]) == ("why", "done")
    assert [unknown.status_code, again.status_code] == [path.unknown_to_cancel, 409]
    assert served.client.get(document["href"]).json()["state"] in {"canceled", "cancelled"}


def test_an_order_waits_in_the_queue(served: Served, name: str, path: Collection) -> None:
    queued = served.client.post(path.collection, params={"mode": "async"}, json=path.make(f"G-{name}"))
    at = queued.headers["location"]
    waiting = served.client.get(f"{path.collection}/G-{name}")

    assert status_and_body(queued) == (202, {"orderId": at.rpartition("/")[2]})
    assert at.startswith(path.collection)
    assert waiting.status_code == 200
    assert waiting.json()["queueEntry"]["resource"] == path.kind
    if path.nothing == 404:
        assert waiting.json()["code"] == 102
    else:
        assert (waiting.json()["state"], waiting.json()["href"]) == ("acknowledged", at)
    patched = served.client.patch(at, json={"description": "x"})
    assert patched.status_code == (400 if path.nothing == 404 else 409)
    assert patched.json()["details"][0]["rule"] == "ORD401"


def test_another_kind_of_order_is_neither_taken_nor_found(served: Served, name: str, path: Collection) -> None:
    other = next(each for each in PATHS.values() if each.kind != path.kind)
    refused = served.post(path.collection, other.make(f"H-{name}"))
    document = served.post(other.collection, other.make(f"H-{name}")).json()

    assert (refused.status_code, [each["rule"] for each in refused.json()["details"]]) == (400, ["ORD011"])
    for identifier in (document["id"], f"H-{name}"):
        answers = [
            served.client.get(f"{path.collection}/{identifier}"),
            served.client.patch(f"{path.collection}/{identifier}", json={"description": "x"}),
            served.post(path.cancel, {"cancellationReason": "x", path.kind: {"id": identifier}}),
        ]
        message = f"This order is not served here, but at {document['href']}"
        assert [(each.status_code, each.json()["message"]) for each in answers] == [(404, message)] * 3
    of_other = served.post(path.cancel, {"cancellationReason": "x", other.kind: {"id": document["id"]}})
    assert of_other.status_code == 400
    assert served.client.get(document["href"]).json() == document


def test_an_empty_order_is_told_what_an_order_of_its_kind_lacks(served: Served, path: Collection) -> None:
    answer = served.post(path.collection, {"description": "x"})

    assert answer.status_code == 400
    assert f"{path.kind}Item" in answer.json()["message"]
