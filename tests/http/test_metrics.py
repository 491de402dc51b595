"""`/metrics` tells what the file of metrics tells, and what the server did."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ordercli.http.counters import BOUNDS, Counters
from ordercli.queue.batches import Counts
from support.builders import product_order
from support.serving import VENDOR, serving

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli


@pytest.mark.slow
def test_the_server_tells_the_queue_and_what_it_answered(ordercli: Ordercli, tmp_path: Path) -> None:
    file = tmp_path / "queue.prom"
    with serving(ordercli) as served:
        served.client.post(VENDOR, params={"mode": "async"}, json=product_order("PO-1"))
        for document in (product_order("PO-2"), product_order("PO-2"), product_order("PO-2", category="x"), {}):
            served.post(VENDOR, document)
        served.client.get(f"{VENDOR}/PO-2")
        served.client.put("/teapot")
        response = served.client.get("/metrics")
        ordercli("queue", "status", "--metrics-file", str(file))

    text = response.text
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert _without_times(text).startswith(_without_times(file.read_text()))
    assert _samples(text, "http_requests_total") == {
        f'{{route="{VENDOR}",method="POST",status="200"}}': 1,
        f'{{route="{VENDOR}",method="POST",status="201"}}': 1,
        f'{{route="{VENDOR}",method="POST",status="202"}}': 1,
        f'{{route="{VENDOR}",method="POST",status="400"}}': 1,
        f'{{route="{VENDOR}",method="POST",status="409"}}': 1,
        f'{{route="{VENDOR}/{{id}}",method="GET",status="200"}}': 1,
        '{route="other",method="PUT",status="404"}': 1,
    }
    assert _samples(text, "http_orders_total") == {
        '{mode="async",outcome="accepted"}': 1,
        '{mode="async",outcome="conflict"}': 0,
        '{mode="async",outcome="duplicate"}': 0,
        '{mode="async",outcome="rejected"}': 0,
        '{mode="sync",outcome="accepted"}': 1,
        '{mode="sync",outcome="conflict"}': 1,
        '{mode="sync",outcome="duplicate"}': 1,
        '{mode="sync",outcome="rejected"}': 1,
    }
    assert _samples(text, "http_requests_running") == {"": 1}
    assert _samples(text, "http_writer_waiting") == {"": 0}
    counted = _samples(text, "http_request_duration_seconds_count")
    assert counted[f'{{route="{VENDOR}",method="POST"}}'] == 5


def test_durations_are_counted_up_to_each_bound() -> None:
    counters = Counters()
    for seconds in (0.004, 0.005, 0.3, 60.0):
        counters.count("/x", "GET", 200, seconds)
    found = _samples(counters.text([("sync", Counts())], 3), "http_request_duration_seconds_bucket")
    expected = dict.fromkeys(map(str, BOUNDS), 2) | dict.fromkeys(["0.5", "1.0", "2.5", "5.0", "10.0"], 3) | {"+Inf": 4}

    assert found == {f'{{route="/x",method="GET",le="{bound}"}}': n for bound, n in expected.items()}


def _samples(text: str, name: str) -> dict[str, float]:
    found = re.findall(rf"^ordercli_{name}(\{{.*\}})? (\S+)$", text, re.MULTILINE)
    return {after: float(n) for after, n in found}


def _without_times(text: str) -> str:
    return re.sub(r"^(ordercli_queue_(?:looked_at|oldest_due_age)_seconds) .*$", r"\1", text, flags=re.MULTILINE)
