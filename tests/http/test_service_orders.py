"""Service orders over HTTP: what only they have, and files that mix both kinds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import ndjson, product_order, service_order
from support.serving import SERVICES, SERVICES_V4, serving
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.serving import Served

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]

REPORTS = f"{SERVICES}/outboundresponse"


@pytest.fixture
def served(ordercli: Ordercli) -> Iterator[Served]:
    with serving(ordercli) as found:
        yield found


def report(state: str, **members: Any) -> Any:
    return {"externalId": "SO-1", "serviceOrderItem": [{"id": "1", "state": state}], **members}


@pytest.mark.usefixtures("audited")
def test_of_mixed_lines_a_path_takes_its_own_kind(served: Served, connection: Store) -> None:
    body = ndjson(
        service_order("SO-1"), product_order("PO-1"), {"serviceOrder": service_order("SO-2")}, {"description": "x"}
    )

    answer = served.client.post(SERVICES, content=body, headers={"Content-Type": "application/x-ndjson"})

    receipts = [json.loads(line) for line in answer.text.splitlines()]
    assert [(each["externalId"], each["outcome"], [e["code"] for e in each["errors"]]) for each in receipts] == [
        ("SO-1", "accepted", []),
        ("PO-1", "rejected", ["ORD011"]),
        ("SO-2", "accepted", []),
        (None, "rejected", ["ORD102", "ORD112"]),
    ]
    assert "a product order (TMF622)" in receipts[1]["errors"][0]["message"]
    assert [each["resource"] for each in rows(connection, "customer_order")] == ["serviceOrder"] * 2


@pytest.mark.usefixtures("audited")
def test_both_kinds_may_have_the_same_external_id(served: Served) -> None:
    product = served.post("/api/sn_ind_tmt_orm/order/productOrder", product_order("X-1"))
    service = served.post(SERVICES, service_order("X-1"))

    assert [each.status_code for each in (product, service)] == [201, 201]
    assert served.client.get(f"{SERVICES}/X-1").json() == service.json()
    assert served.client.get("/api/sn_ind_tmt_orm/order/productOrder/X-1").json() == product.json()


@pytest.mark.usefixtures("audited")
def test_a_failed_order_is_told_as_each_path_has_it(served: Served, ordercli: Ordercli, connection: Store) -> None:
    for path in (SERVICES, SERVICES_V4):
        queued = served.client.post(path, params={"mode": "async"}, json=service_order(f"SO-{len(path)}"))
        assert queued.status_code == 202
    entries = rows(connection, "inbound_entry")
    ordercli("queue", "discard", *[each["order_id"] for each in entries], "--reason", "not wanted")

    vendor = served.client.get(f"{SERVICES}/SO-{len(SERVICES)}")
    standard = served.client.get(f"{SERVICES_V4}/SO-{len(SERVICES_V4)}")

    assert (vendor.status_code, vendor.json()["code"], vendor.json()["queueEntry"]["state"]) == (200, 1, "cancelled")
    assert (standard.status_code, standard.json()["state"]) == (200, "rejected")
    assert standard.json()["queueEntry"]["state"] == "cancelled"


@pytest.mark.usefixtures("audited")
def test_fulfilment_reports_of_line_items(served: Served) -> None:
    document = served.post(SERVICES, service_order("SO-1")).json()

    pending = served.post(REPORTS, report("pending"))
    fulfilled = served.post(REPORTS, report("fulfilled"))
    again = served.post(REPORTS, report("fulfilled"))
    late = served.post(REPORTS, report("error"))

    assert [each.status_code for each in (pending, fulfilled, again)] == [201] * 3
    assert fulfilled.json() == {**report("fulfilled"), "href": document["href"]}
    assert (late.status_code, late.json()["details"][0]["rule"]) == (409, "ORD405")
    assert served.client.get(document["href"]).json()["state"] == "completed"


def test_a_wrong_report_is_told_as_the_vendor_does(served: Served) -> None:
    served.post(SERVICES, service_order("SO-1"))
    served.post(SERVICES_V4, service_order("SO-2"))
    served.client.post(SERVICES, params={"mode": "async"}, json=service_order("SO-3"))

    answers = [
        served.post(REPORTS, body)
        for body in (
            {"serviceOrderItem": [{"id": "1", "state": "error"}]},
            report("error", externalId="no-such"),
            report("error", serviceOrderItem=[{"id": "9", "state": "error"}]),
            report("done"),
            report("error", serviceOrderItem=[{"id": "1"}]),
            report("error", externalId="SO-3"),
            report("error", externalId="SO-2"),
        )
    ]

    assert [(each.status_code, each.json()["message"]) for each in answers[:5]] == [
        (400, "Invalid payload: externalId is missing"),
        (400, "Invalid external id. Please pass the correct external id"),
        (400, "Domain order id passed is not associated with external id"),
        (400, "Invalid fulfilment state: Please provide correct fulfilment state"),
        (400, "Invalid payload: serviceOrderItem state is missing"),
    ]
    assert (answers[5].status_code, answers[5].json()["details"][0]["rule"]) == (400, "ORD401")
    assert answers[6].status_code == 404
    assert f"not served here, but at {SERVICES_V4}/" in answers[6].json()["message"]
    assert served.client.get(REPORTS).status_code == 405
