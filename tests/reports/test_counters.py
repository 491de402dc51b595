"""The counters of the metrics count everything since the store was made, and never go down."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.http.counters import Counters
from ordercli.operations.drain import QueueRun
from ordercli.operations.metrics import Figures, figures, metrics
from ordercli.operations.queue_status import QueueStatus
from ordercli.operations.target_status import TargetStatus
from support.builders import line, ndjson, product_order, product_orders, service_line, service_order

if TYPE_CHECKING:
    from support.running import Ordercli

UNVALIDATED = {f"ORDERCLI_VALIDATION_CREATE_{kind}_ORDER_VALIDATION_ASYNC": "false" for kind in ("PRODUCT", "SERVICE")}


def counted(database: str) -> dict[str, float]:
    """The samples of all counters, by name and labels."""
    text = metrics(figures(database), None, 0)
    counters = set(re.findall(r"^# TYPE (\S+) counter$", text, re.MULTILINE))
    samples = re.findall(r"^(\w+)(\{.*\})? (\S+)$", text, re.MULTILINE)
    return {f"{name}{labels}".removeprefix("ordercli_"): float(n) for name, labels, n in samples if name in counters}


def created(ordercli: Ordercli) -> int:
    return len(ordercli("list", "--limit", "0", "-o", "id").stdout.split())


@pytest.mark.every_engine
def test_counters_count_what_became_of_orders_and_never_go_down(ordercli: Ordercli) -> None:
    bad, lost = product_order("BAD", orderCurrency=...), product_order("LOST", items=[line(), line()])
    seen: list[dict[str, float]] = []
    (ordercli.folder / ".config/ordercli").mkdir(parents=True)
    (ordercli.folder / ".config/ordercli/ordercli.toml").write_text("[targets.crm]\nurl = 'https://crm.example.com'\n")

    def step(*words: str, stdin: bytes = b"", **env: Any) -> None:
        ordercli(*words, stdin=stdin, **env)
        found = counted(ordercli.database)
        assert found["orders_created_total"] == created(ordercli), words
        assert {name: n for name, n in (seen[-1] if seen else {}).items() if found[name] < n} == {}, words
        seen.append(found)

    step("submit", stdin=ndjson(product_order("PO-1"), service_order("SO-1"), bad, bad))
    step("submit", "--async", stdin=ndjson(product_order("PO-1"), *product_orders(4, first=11), bad))
    step("submit", "--async", stdin=ndjson(lost, product_order("LATE")), **UNVALIDATED)
    step("queue", "discard", "LATE", "--reason", "too late")
    step("queue", "run")
    step("queue", "run", "--revalidate")
    step("queue", "retry", "LOST")
    step("queue", "run", "--revalidate")
    step(
        "submit", "--async", stdin=ndjson(service_order("SO-2", items=[service_line(), service_line()])), **UNVALIDATED
    )
    step("queue", "run")
    step("queue", "discard", "SO-2", "--reason", "never mind")
    step("submit", "--target", "crm", stdin=ndjson(product_order("FAR-1"), product_order("FAR-2")))
    step("forward", "discard", "FAR-2", "--reason", "too late")
    step("queue", "purge", "--completed", "0s", "--error", "0s", "--yes")

    copy = str(ordercli.folder / "copy.db")
    assert ordercli("db", "copy", ordercli.database, copy).exit_code == 0
    assert (
        counted(copy)
        == seen[-1]
        == {
            'orders_received_total{mode="async",outcome="accepted"}': 9,
            'orders_received_total{mode="async",outcome="duplicate"}': 1,
            'orders_received_total{mode="async",outcome="conflict"}': 0,
            'orders_received_total{mode="async",outcome="rejected"}': 1,
            'orders_received_total{mode="sync",outcome="accepted"}': 2,
            'orders_received_total{mode="sync",outcome="duplicate"}': 0,
            'orders_received_total{mode="sync",outcome="conflict"}': 0,
            'orders_received_total{mode="sync",outcome="rejected"}': 2,
            "orders_created_total": created(ordercli),
            'orders_refused_total{code="ORD113"}': 3,
            'orders_failed_total{resource="productOrder",code="ORD190"}': 1,
            'orders_failed_total{resource="productOrder",code="ORD201"}': 1,
            'orders_failed_total{resource="serviceOrder",code="ORD190"}': 1,
        }
    )


def test_every_metric_is_in_the_documentation_with_its_kind() -> None:
    none = dict.fromkeys(("new", "in_progress", "pending", "completed", "error", "cancelled"), 0)
    of_target: Any = {**none, "uncertain": 0, "troubled": 0}
    times: Any = dict.fromkeys(("oldest_due_age_seconds", "paused_since", "paused_until", "reason"))
    target = TargetStatus(target="crm", paused=False, **of_target, **times)
    of_queue: Any = {**none, "oldest_due_age_seconds": None}
    status = QueueStatus(paused=False, targets=[target], **of_queue)
    of_a_run = metrics(Figures(status, [], {}, {"crm": 1}, {}), QueueRun(), 0)
    of_a_server = Counters().text([], 0)
    page = (Path(__file__).parents[2] / "docs/how-to/metrics.md").read_text()

    told = re.findall(r"^\| `(ordercli_\w+)` \| (\w+) \|", page, re.MULTILINE)

    assert sorted(told) == sorted(re.findall(r"^# TYPE (\S+) (\S+)$", of_a_run + of_a_server, re.MULTILINE))


def test_promtool_has_nothing_to_complain_of(ordercli: Ordercli) -> None:
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool is not installed")
    ordercli("submit", stdin=ndjson(product_order("PO-1"), product_order("BAD", orderCurrency=...)))
    text = metrics(figures(ordercli.database), None, 0)

    done = subprocess.run([promtool, "check", "metrics"], input=text.encode(), capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
