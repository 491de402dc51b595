"""A server answers a client over a real socket: what it creates, shows, lists, patches and cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.builders import line, product_order
from support.serving import V4, V5, VENDOR, VENDOR_CANCEL, serving, status_and_body
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.serving import Served

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]

MINIMAL = {"productOrderItem": [{"id": "1", "action": "add"}], "relatedParty": [{"id": "4", "@referredType": "Person"}]}

NEWER = {
    "@type": "ProductOrder",
    "externalId": [{"id": "T-2", "externalIdentifierType": "PO", "@type": "ExternalIdentifier"}],
    "productOrderItem": [{"id": "1", "action": "add", "@type": "ProductOrderItem"}],
}


@pytest.fixture
def served(ordercli: Ordercli) -> Iterator[Served]:
    with serving(ordercli) as found:
        yield found


@pytest.mark.usefixtures("audited")
def test_an_order_is_created_and_shown(served: Served) -> None:
    created = served.post(VENDOR, product_order("PO-1"))
    document = created.json()
    path = f"{VENDOR}/{document['id']}"

    assert (created.status_code, created.headers["location"], created.headers["etag"]) == (201, path, '"1"')
    assert (document["state"], document["externalId"], document["href"]) == ("new", "PO-1", path)
    for identifier in (document["id"], "PO-1", "PO-1/"):
        shown = served.client.get(f"{VENDOR}/{identifier}")
        assert (*status_and_body(shown), shown.headers["etag"]) == (200, document, '"1"')
    assert served.client.get(path, headers={"If-None-Match": '"1"'}).status_code == 304
    assert status_and_body(served.client.get(path, params={"fields": "state"})) == (
        200,
        {"id": document["id"], "href": path, "state": "new"},
    )


def test_an_order_is_queued_and_told_while_it_waits(served: Served, ordercli: Ordercli) -> None:
    queued = served.client.post(VENDOR, params={"mode": "async"}, json=product_order("PO-1"))
    order_id = queued.json()["orderId"]
    waiting = served.client.get(f"{VENDOR}/PO-1")
    standard = served.client.post(V4, params={"mode": "async"}, json={**MINIMAL, "externalId": "T-1"})
    acknowledged = served.client.get(standard.headers["location"])

    assert status_and_body(queued) == (202, {"orderId": order_id})
    assert queued.headers["location"] == f"{VENDOR}/{order_id}"
    assert (waiting.status_code, waiting.json()["code"], waiting.json()["queueEntry"]["orderId"]) == (
        200,
        102,
        order_id,
    )
    assert acknowledged.status_code == 200
    members = ("id", "href", "state", "externalId", "productOrderItem")
    assert [acknowledged.json()[name] for name in members] == [
        standard.json()["orderId"],
        standard.headers["location"],
        "acknowledged",
        "T-1",
        MINIMAL["productOrderItem"],
    ]
    assert acknowledged.json()["queueEntry"]["state"] == "new"
    ordercli("queue", "run")
    assert served.client.get(f"{VENDOR}/PO-1").json()["state"] == "new"


def test_a_known_order_is_told_again_and_another_one_with_its_id_refused(served: Served) -> None:
    first = served.post(VENDOR, product_order("PO-1"))
    again = served.post(VENDOR, product_order("PO-1"))
    other = served.post(VENDOR, product_order("PO-1", category="other"))

    assert status_and_body(again) == (200, first.json())
    assert other.status_code == 409
    assert other.json()["details"][0]["rule"] == "ORD420"


def test_the_errors_of_each_path_have_its_form(served: Served) -> None:
    vendor = served.post(VENDOR, {"productOrderItem": []})
    standard = served.post(V4, {"productOrderItem": []})
    message = "Invalid payload: productOrderItem is missing"

    assert (vendor.status_code, vendor.json()["code"], vendor.json()["message"]) == (400, 23, message)
    assert standard.status_code == 400
    assert {**standard.json(), "details": ...} == {
        "code": "23",
        "reason": "Missing body field",
        "message": message,
        "details": ...,
        "status": "400",
        "@type": "Error",
    }


def test_an_order_is_served_at_the_path_of_its_own_profile(served: Served) -> None:
    mine = served.post(V4, {**MINIMAL, "externalId": "T-1"})
    newer = served.post(V4, NEWER)
    elsewhere = served.client.get(f"{VENDOR}/T-1")

    assert mine.headers["location"] == f"{V4}/{mine.json()['id']}" == mine.json()["href"]
    assert newer.headers["location"] == f"{V5}/{newer.json()['id']}" == newer.json()["href"]
    assert elsewhere.status_code == 404
    assert elsewhere.json()["message"] == f"This order is not served here, but at {mine.json()['href']}"


def test_a_collection_is_told_page_by_page(served: Served) -> None:
    ids = [served.post(VENDOR, product_order(f"PO-{n}")).json()["id"] for n in range(1, 6)]

    page = served.client.get(VENDOR, params={"limit": 2, "offset": 1, "fields": "externalId"})

    assert page.status_code == 206
    assert page.json() == [
        {"id": ids[3], "href": f"{VENDOR}/{ids[3]}", "externalId": "PO-4"},
        {"id": ids[2], "href": f"{VENDOR}/{ids[2]}", "externalId": "PO-3"},
    ]
    named = ("x-total-count", "x-result-count", "content-range")
    assert [page.headers[name] for name in named] == ["5", "2", "items 2-3/5"]
    links = {link["rel"]: link["url"] for link in page.links.values()}
    assert links["next"] == f"{VENDOR}?fields=externalId&offset=3&limit=2"
    assert [each["externalId"] for each in served.client.get(links["next"]).json()] == ["PO-2", "PO-1"]
    assert served.client.get(VENDOR).status_code == 200


def test_a_collection_is_filtered(served: Served) -> None:
    parties = [{"id": "C-9", "@type": "RelatedParty", "@referredType": "Customer"}]
    served.post(VENDOR, product_order("PO-1", category="B2B", priority="1"))
    served.post(VENDOR, product_order("PO-2", category="B2C", relatedParty=parties))
    served.post(VENDOR, product_order("PO-3", category="B2B", priority="2"))
    found = {
        "externalId=PO-2": ["PO-2"],
        "externalId=PO-2,PO-3": ["PO-3", "PO-2"],
        "state=new": ["PO-3", "PO-2", "PO-1"],
        "category=B2B": ["PO-3", "PO-1"],
        "category=B2B&priority=2": ["PO-3"],
        "relatedParty.id=C-9": ["PO-2"],
        "orderDate.gte=2000-01-01T00:00:00Z": ["PO-3", "PO-2", "PO-1"],
    }

    answers = {query: served.client.get(f"{VENDOR}?{query}").json() for query in found}

    assert {query: [order["externalId"] for order in orders] for query, orders in answers.items()} == found


def test_nothing_found_is_what_each_path_calls_it(served: Served) -> None:
    assert status_and_body(served.client.get(V4)) == (200, [])
    assert served.client.get(VENDOR).status_code == 404
    assert served.client.get(VENDOR, params={"orderDate.lt": "2000-01-01"}).status_code == 404


def test_the_states_of_a_standard_filter_what_it_shows_so(served: Served) -> None:
    served.post(V4, {**MINIMAL, "externalId": "T-1"})

    found = served.client.get(V4, params={"state": "acknowledged"})

    assert [each["state"] for each in found.json()] == ["acknowledged"]


def test_an_order_is_patched(served: Served, ordercli: Ordercli) -> None:
    path = served.post(VENDOR, product_order("PO-1")).headers["location"]

    merged = served.client.patch(path, json={"category": "B2B"}, headers={"If-Match": '"1"'})
    operations = [{"op": "replace", "path": "/category", "value": "B2C"}]
    patched = served.client.patch(path, json=operations, headers={"Content-Type": "application/json-patch+json"})
    late = served.client.patch(path, json={"category": "late"}, headers={"If-Match": '"1"'})
    unknown = served.client.patch(f"{VENDOR}/PO-9", json={"category": "B2B"})
    final = served.client.patch(path, json={"state": "completed"})

    assert (merged.status_code, merged.json()["category"], merged.headers["etag"]) == (201, "B2B", '"2"')
    assert (patched.status_code, patched.json()["category"], patched.headers["etag"]) == (201, "B2C", '"3"')
    assert (late.status_code, late.json()["message"]) == (412, "The order is at version 3, not 1")
    assert (unknown.status_code, unknown.json()["code"]) == (404, 60)
    assert (final.status_code, final.json()["details"][0]["rule"]) == (409, "ORD405")
    assert ordercli("history", "PO-1", "-o", "ndjson").ndjson[-1]["version"] == 3


def test_an_order_that_waits_is_neither_patched_nor_cancelled(served: Served) -> None:
    served.client.post(VENDOR, params={"mode": "async"}, json=product_order("PO-1"))
    request = {"cancellationReason": "why", "productOrder": {"id": "PO-1"}}

    patched = served.client.patch(f"{VENDOR}/PO-1", json={"category": "B2B"})
    cancelled = served.post(VENDOR_CANCEL, request)

    assert [each.json()["details"][0]["rule"] for each in (patched, cancelled)] == ["ORD401", "ORD401"]
    assert [each.status_code for each in (patched, cancelled)] == [400, 400]


def test_an_order_is_cancelled(served: Served) -> None:
    order_id = served.post(VENDOR, product_order("PO-1")).json()["id"]
    standard = served.post(V4, {**MINIMAL, "externalId": "T-1"}).json()
    cancelling = f"{V4.rpartition('/')[0]}/cancelProductOrder"

    cancelled = served.post(VENDOR_CANCEL, {"cancellationReason": "why", "productOrder": {"id": "PO-1"}})
    request = {"cancellationReason": "why", "productOrder": {"id": standard["id"]}}
    answers = [served.post(VENDOR_CANCEL, request), served.post(cancelling, request), served.post(cancelling, request)]
    unknown = {"cancellationReason": "why", "productOrder": {"id": "PO-9"}}

    assert status_and_body(cancelled) == (
        200,
        {
            "id": order_id,
            "href": f"{VENDOR}/{order_id}",
            "cancellationReason": "why",
            "@type": "CancelProductorder",
            "productOrder": {"id": order_id, "href": f"{VENDOR}/{order_id}", "@referredType": "ProductOrder"},
            "state": "done",
        },
    )
    assert [each.status_code for each in answers] == [404, 201, 409]
    assert answers[1].json()["productOrder"]["href"] == standard["href"]
    assert served.client.get(f"{VENDOR}/PO-1").json()["state"] == "canceled"
    assert [served.post(path, unknown).status_code for path in (VENDOR_CANCEL, cancelling)] == [400, 404]
    assert served.post(VENDOR_CANCEL, {}).json()["message"] == "Empty payload."


def test_a_repeated_request_with_its_key_gets_the_same_answer(served: Served, connection: Store) -> None:
    order = product_order(None)

    first = served.post(VENDOR, order, Idempotency_Key="k-1")
    again = served.post(VENDOR, order, Idempotency_Key="k-1")
    other = served.post(VENDOR, product_order(None, category="other"), Idempotency_Key="k-1")

    assert status_and_body(again) == status_and_body(first)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert (other.status_code, other.json()["message"]) == (409, "This Idempotency-Key was used for another request")
    assert len(rows(connection, "customer_order")) == 1


def test_a_refused_request_does_not_use_its_key_up(served: Served, connection: Store) -> None:
    orders = [{"productOrderItem": []}, product_order(None), product_order(None)]

    answers = [served.post(VENDOR, each, Idempotency_Key="k-2") for each in orders]

    assert [each.status_code for each in answers] == [400, 201, 201]
    assert [each.headers.get("idempotency-replayed") for each in answers] == [None, None, "true"]
    assert len(rows(connection, "customer_order")) == 1


def test_what_was_received_is_a_batch_of_the_server(served: Served, connection: Store, ordercli: Ordercli) -> None:
    served.post(VENDOR, product_order("PO-1"))
    served.post(VENDOR, product_order("PO-1"))
    served.post(VENDOR, product_order("PO-1", category="other"))
    served.post(VENDOR, {"productOrderItem": []})
    served.client.post(VENDOR, params={"mode": "async"}, json=product_order("PO-2"))
    code = served.stop()
    batches = rows(connection, "batch")
    counted = ("kind", "source", "mode", "status", "read", "accepted", "duplicates", "conflicts", "rejected")

    assert code == 143
    assert sorted([each[name] for name in counted] for each in batches) == [
        ["http", "http", "async", "completed", 1, 1, 0, 0, 0],
        ["http", "http", "sync", "completed", 4, 1, 1, 1, 1],
    ]
    assert ordercli("batch", "list", "-o", "json").json == []
    listed = ordercli("batch", "list", "--all", "-o", "json").json
    assert {each["batchId"]: each["kind"] for each in listed} == {each["id"]: "http" for each in batches}
    faults = {"ORD102": 1, "ORD111": 1, "ORD113": 1}
    found = {each["mode"]: ordercli("batch", "show", each["id"], "-o", "json").json for each in batches}
    assert {mode: each["findings"] for mode, each in found.items()} == {"async": {}, "sync": {**faults, "ORD420": 1}}
    assert sorted(
        (each["code"], each["value"], each["refused"], each["file"]) for each in rows(connection, "batch_value")
    ) == [
        *((code, "", 1, "http") for code in faults),
        ("ORD420", "/category", 1, "http"),
    ]
    resumed = ordercli("batch", "resume", batches[0]["id"])
    assert resumed.exit_code == 4
    assert "was received over HTTP" in resumed.stderr


def test_reference_data_that_another_process_imports_is_used(served: Served, ordercli: Ordercli) -> None:
    unknown = product_order(items=[line(offering="fiber")])
    before = served.post(VENDOR, unknown)
    ordercli("reference", "import", "-", stdin=b'{"@type":"ProductOffering","id":"other"}')
    refused = served.post(VENDOR, {**unknown, "externalId": "PO-2"})
    ordercli("reference", "import", "-", stdin=b'{"@type":"ProductOffering","id":"fiber"}')
    after = served.post(VENDOR, {**unknown, "externalId": "PO-2"})

    assert [each.status_code for each in (before, refused, after)] == [201, 400, 201]
    assert refused.json()["details"][0]["rule"] == "ORD301"
