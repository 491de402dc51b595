"""What ordercli answers, shows and tells of orders of TMF622 v5 has what the contract of v5 requires."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.contract_v5 import faults
from support.serving import V5, serving

if TYPE_CHECKING:
    from support.running import Ordercli

Json = dict[str, Any]

SAMPLES = Path(__file__).parents[2] / "samples" / "tmf622" / "orders-v5.ndjson"
BASE = V5.removesuffix("/productOrder")
CANCELLATION = {"@type": "CancelProductOrder", "cancellationReason": "Ordered twice"}


def samples() -> list[Json]:
    return [json.loads(line) for line in SAMPLES.read_text("utf-8").splitlines()]


def of(order_id: str) -> Json:
    return {**CANCELLATION, "productOrder": {"@type": "ProductOrderRef", "id": order_id}}


def without_faults(document: Any, schema: str) -> None:
    assert list(faults(document, schema)) == [], document


@pytest.mark.slow
def test_the_answers_of_the_server(ordercli: Ordercli) -> None:
    order, other = samples()[:2]
    with serving(ordercli, ORDERCLI_SERVE_HUB_HOSTS="crm.example.com") as served:
        made = served.post(V5, order).json()
        waits = served.post(f"{V5}?mode=async", other).json()["orderId"]
        merged = served.client.patch(f"{V5}/{made['id']}", json={"@type": "ProductOrder", "category": "urgent"})
        operations = json.dumps([{"op": "replace", "path": "/category", "value": "later"}])
        patched = served.client.patch(
            f"{V5}/{made['id']}", content=operations, headers={"Content-Type": "application/json-patch+json"}
        )
        shown = [
            served.client.get(f"{V5}/{made['id']}").json(),
            served.client.get(f"{V5}/{waits}").json(),
            served.client.get(f"{V5}/{waits}?fields=state").json(),
            *served.client.get(V5).json(),
            *served.client.get(f"{V5}?fields=state,category").json(),
        ]
        canceled = served.post(f"{BASE}/cancelProductOrder", of(made["id"]))
        subscribed = served.post(f"{BASE}/hub", {"@type": "Hub", "callback": "http://crm.example.com/events"})
        refused = [
            served.post(V5, {"@type": "ProductOrder", "productOrderItem": [{"@type": "ProductOrderItem"}]}),
            served.post(f"{BASE}/cancelProductOrder", of("none")),
            served.client.get(f"{V5}/none"),
            served.client.get(f"{V5}?limit=x"),
        ]

    assert [merged.status_code, patched.status_code, canceled.status_code, subscribed.status_code] == [
        200,
        200,
        201,
        201,
    ]
    assert [each.status_code for each in refused] == [400, 404, 404, 400]
    assert len(shown) == 5
    for each in (made, merged.json(), patched.json(), *shown):
        without_faults(each, "ProductOrder")
    without_faults(canceled.json(), "CancelProductOrder")
    without_faults(subscribed.json(), "Hub")
    for each in refused:
        without_faults(each.json(), "Error")


def test_what_show_and_events_print(ordercli: Ordercli) -> None:
    first = samples()[0]["externalId"][0]["id"]
    (ordercli.folder / "cancel.json").write_text(json.dumps(of(first)), "utf-8")
    ordercli("submit", str(SAMPLES), "--profile", "tmf622", "--rejects", "none")
    for change in ("category=urgent", "state=inProgress", "state=held"):
        assert ordercli("patch", first, "--set", change).exit_code == 0
    assert ordercli("cancel", "--from", "cancel.json").exit_code == 0

    events = ordercli("events", "--limit", "0", "-o", "ndjson").ndjson
    shown = ordercli("list", "--limit", "0", "-o", "ndjson").ndjson

    assert len(shown) == len(samples())
    assert {each["eventType"] for each in events} == {
        "ProductOrderCreateEvent",
        "ProductOrderAttributeValueChangeEvent",
        "ProductOrderStateChangeEvent",
        "CancelProductOrderCreateEvent",
    }
    without_faults(ordercli("show", first, "-o", "json").json, "ProductOrder")
    for each in shown:
        without_faults(each, "ProductOrder")
    for each in events:
        without_faults(each, "Event")
