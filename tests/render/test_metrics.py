from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ordercli.exit_codes import ExitCode
from ordercli.operations.drain import QueueRun
from ordercli.operations.metrics import Figures, metrics
from ordercli.operations.queue_status import QueueStatus
from ordercli.output.metrics import write_metrics
from ordercli.output.stream import FileFailures, Output
from ordercli.output_files.guard import OutputFiles
from ordercli.queue.batches import Received
from ordercli.queue.tallies import Event

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FAILURES = FileFailures(Output())
STATUS = QueueStatus(
    new=3,
    in_progress=0,
    pending=1,
    completed=9,
    error=2,
    cancelled=0,
    oldest_due_age_seconds=12.5,
    paused=True,
    paused_since="2026-03-01",
    by_resource={
        "productOrder": {"new": 1, "in_progress": 0, "pending": 1, "completed": 9, "error": 0, "cancelled": 0},
        "serviceOrder": {"new": 2, "in_progress": 0, "pending": 0, "completed": 0, "error": 2, "cancelled": 0},
    },
)
FOUND = Figures(
    STATUS,
    received=[Received("async", 20, 1, 2, 3, 5), Received("sync", 7, 0, 0, 4, 0)],
    refused={"ORD113": 4, "ORD301": 3},
    forwarded={"crm": 6},
    tallied={
        Event("productOrder", "", "failed", "ORD190"): 2,
        Event("productOrder", "crm", "failed", "ORD431"): 1,
        Event("productOrder", "", "retried", "fault"): 5,
        Event("serviceOrder", "", "retried", "lost"): 3,
    },
)
RUN = QueueRun(claimed=6, completed=4, failed=2, elapsed_seconds=0.25, exit_code=ExitCode.REJECTED)
# The text format of Prometheus, version 0.0.4.
LINE = re.compile(
    r"# HELP [a-z_]+ .+|# TYPE [a-z_]+ (gauge|counter)|[a-z_]+(\{[a-zA-Z0-9_=\",]+\})? [0-9.e+-]+", re.ASCII
)


def test_the_queue_is_reported_in_the_prometheus_text_format() -> None:
    assert metrics(FOUND, None, 1700000000.1234) == (
        "# HELP ordercli_queue_entries Entries of the inbound queue by state.\n"
        "# TYPE ordercli_queue_entries gauge\n"
        'ordercli_queue_entries{state="new"} 3\n'
        'ordercli_queue_entries{state="in_progress"} 0\n'
        'ordercli_queue_entries{state="pending"} 1\n'
        'ordercli_queue_entries{state="completed"} 9\n'
        'ordercli_queue_entries{state="error"} 2\n'
        'ordercli_queue_entries{state="cancelled"} 0\n'
        "# HELP ordercli_queue_entries_by_resource Entries of the inbound queue by kind of order and state.\n"
        "# TYPE ordercli_queue_entries_by_resource gauge\n"
        'ordercli_queue_entries_by_resource{resource="productOrder",state="new"} 1\n'
        'ordercli_queue_entries_by_resource{resource="productOrder",state="in_progress"} 0\n'
        'ordercli_queue_entries_by_resource{resource="productOrder",state="pending"} 1\n'
        'ordercli_queue_entries_by_resource{resource="productOrder",state="completed"} 9\n'
        'ordercli_queue_entries_by_resource{resource="productOrder",state="error"} 0\n'
        'ordercli_queue_entries_by_resource{resource="productOrder",state="cancelled"} 0\n'
        'ordercli_queue_entries_by_resource{resource="serviceOrder",state="new"} 2\n'
        'ordercli_queue_entries_by_resource{resource="serviceOrder",state="in_progress"} 0\n'
        'ordercli_queue_entries_by_resource{resource="serviceOrder",state="pending"} 0\n'
        'ordercli_queue_entries_by_resource{resource="serviceOrder",state="completed"} 0\n'
        'ordercli_queue_entries_by_resource{resource="serviceOrder",state="error"} 2\n'
        'ordercli_queue_entries_by_resource{resource="serviceOrder",state="cancelled"} 0\n'
        "# HELP ordercli_queue_oldest_due_age_seconds How long the oldest due entry has waited.\n"
        "# TYPE ordercli_queue_oldest_due_age_seconds gauge\n"
        "ordercli_queue_oldest_due_age_seconds 12.5\n"
        "# HELP ordercli_queue_paused 1 while an operator has paused the queue.\n"
        "# TYPE ordercli_queue_paused gauge\n"
        "ordercli_queue_paused 1\n"
        "# HELP ordercli_queue_looked_at_seconds When these figures were taken, in seconds since 1970.\n"
        "# TYPE ordercli_queue_looked_at_seconds gauge\n"
        "ordercli_queue_looked_at_seconds 1700000000.123\n"
        "# HELP ordercli_orders_received_total Orders that were submitted or received over HTTP.\n"
        "# TYPE ordercli_orders_received_total counter\n"
        'ordercli_orders_received_total{mode="async",outcome="accepted"} 20\n'
        'ordercli_orders_received_total{mode="async",outcome="duplicate"} 1\n'
        'ordercli_orders_received_total{mode="async",outcome="conflict"} 2\n'
        'ordercli_orders_received_total{mode="async",outcome="rejected"} 3\n'
        'ordercli_orders_received_total{mode="sync",outcome="accepted"} 7\n'
        'ordercli_orders_received_total{mode="sync",outcome="duplicate"} 0\n'
        'ordercli_orders_received_total{mode="sync",outcome="conflict"} 0\n'
        'ordercli_orders_received_total{mode="sync",outcome="rejected"} 4\n'
        "# HELP ordercli_orders_created_total Customer orders that were created.\n"
        "# TYPE ordercli_orders_created_total counter\n"
        "ordercli_orders_created_total 16\n"  # 27 accepted, 5 purged, 6 in the queue
        "# HELP ordercli_orders_refused_total Orders that were refused, by rule.\n"
        "# TYPE ordercli_orders_refused_total counter\n"
        'ordercli_orders_refused_total{code="ORD113"} 4\n'
        'ordercli_orders_refused_total{code="ORD301"} 3\n'
        "# HELP ordercli_orders_forwarded_total Orders that arrived at a target.\n"
        "# TYPE ordercli_orders_forwarded_total counter\n"
        'ordercli_orders_forwarded_total{target="crm"} 6\n'
        "# HELP ordercli_orders_failed_total Orders that could not be created or sent, by rule.\n"
        "# TYPE ordercli_orders_failed_total counter\n"
        'ordercli_orders_failed_total{resource="productOrder",code="ORD190"} 2\n'
        'ordercli_orders_failed_total{resource="productOrder",code="ORD431",target="crm"} 1\n'
        "# HELP ordercli_orders_retried_total Attempts that are made again.\n"
        "# TYPE ordercli_orders_retried_total counter\n"
        'ordercli_orders_retried_total{resource="productOrder",cause="fault"} 5\n'
        'ordercli_orders_retried_total{resource="serviceOrder",cause="lost"} 3\n'
    )


def test_a_kind_that_this_version_does_not_know_is_told_too() -> None:
    counts = dict.fromkeys(("new", "in_progress", "pending", "completed", "error", "cancelled"), 1)
    text = metrics(FOUND._replace(status=replace(STATUS, by_resource={'a "b"\n\\': counts})), None, 1.0)

    assert 'ordercli_queue_entries_by_resource{resource="a \\"b\\"\\n\\\\",state="new"} 1\n' in text


def test_a_run_is_reported_too() -> None:
    text = metrics(FOUND, RUN, 1.0)

    assert text.removeprefix(metrics(FOUND, None, 1.0)) == (
        "# HELP ordercli_run_entries What the last run did with entries.\n"
        "# TYPE ordercli_run_entries gauge\n"
        'ordercli_run_entries{outcome="completed"} 4\n'
        'ordercli_run_entries{outcome="failed"} 2\n'
        'ordercli_run_entries{outcome="retried"} 0\n'
        'ordercli_run_entries{outcome="released"} 0\n'
        "# HELP ordercli_run_duration_seconds How long the last run took.\n"
        "# TYPE ordercli_run_duration_seconds gauge\n"
        "ordercli_run_duration_seconds 0.25\n"
        "# HELP ordercli_run_exit_code How the last run ended.\n"
        "# TYPE ordercli_run_exit_code gauge\n"
        "ordercli_run_exit_code 1\n"
    )
    assert [line for line in text.splitlines() if not LINE.fullmatch(line)] == []


def test_the_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "ordercli.prom"
    path.write_text("old")

    write_metrics(OutputFiles("orders.db").replaced("--metrics-file", str(path)), FOUND, FAILURES)

    assert path.read_text().startswith("# HELP ordercli_queue_entries ")
    assert list(tmp_path.iterdir()) == [path]


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    write_metrics(None, FOUND, FAILURES)

    assert list(tmp_path.iterdir()) == []
