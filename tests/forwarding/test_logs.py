"""What runs for targets write into a log and into a file of metrics."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import product_order
from support.peer import keep_and, status
from support.running import PATIENCE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from forwarding.conftest import Forwarding
    from support.peer import Peer

pytestmark = pytest.mark.slow


def logged(path: Path, *members: str) -> list[Any]:
    """The lines of a log: event and level, and these members."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [(each["event"], each["level"], *(each.get(name) for name in members)) for each in lines]


def test_a_run_logs_each_order_that_failed_and_what_it_did(forwarding: Forwarding, peer: Peer, tmp_path: Path) -> None:
    log, metrics = tmp_path / "log", tmp_path / "metrics"
    files = ("--log-file", str(log), "--log-format", "json", "--metrics-file", str(metrics))
    forwarding.settings(lookup="none", more="max_in_flight = 1\n")
    forwarding.submit(product_order("PO-1"), product_order("PO-2"), product_order("PO-3"))
    peer.answers["POST"] = [None, status(400, {"code": "1"}), keep_and(500)]

    run = forwarding.run(*files)
    idle = forwarding.run(*files)

    assert (run.exit_code, idle.exit_code, idle.stdout) == (1, 0, "")
    assert logged(log, "target", "rule", "message", "completed", "failed", "uncertain") == [
        ("order failed", "error", "crm", "ORD431", "The target crm refused the order (status 400)", None, None, None),
        ("order uncertain", "error", "crm", None, "answered 500", None, None, None),
        ("forward run", "info", "crm", None, None, 1, 1, 1),
    ]
    (failed,) = forwarding("forward", "list", "--state", "error", "-o", "ndjson").ndjson
    assert json.loads(log.read_text().splitlines()[0])["orderId"] == failed["orderId"]
    lines = metrics.read_text().splitlines()
    assert 'ordercli_target_entries{target="crm",state="uncertain"} 1' in lines
    assert 'ordercli_target_paused{target="crm"} 0' in lines


def test_following_logs_each_order_that_needs_a_person(forwarding: Forwarding, peer: Peer, tmp_path: Path) -> None:
    log, metrics = tmp_path / "log", tmp_path / "metrics"
    forwarding.submit(product_order("PO-1"))
    forwarding.run()
    peer.orders[0]["state"] = "lost"

    words = ("forward", "follow", "--log-file", str(log), "--log-format", "json", "--metrics-file", str(metrics))
    followed = forwarding(*words)
    forwarding("forward", "pause", "crm")
    forwarding(*words, "PO-1")

    unknown = "the state of the order there is 'lost', which is none that it can have here"
    assert followed.exit_code == 1
    assert logged(log, "message", "asked", "troubled", "paused") == [
        ("order troubled", "error", unknown, None, None, None),
        ("forward follow", "info", None, 1, 1, False),
        ("forward follow", "info", None, 0, 0, True),
    ]
    lines = metrics.read_text().splitlines()
    assert 'ordercli_target_orders_troubled{target="crm"} 1' in lines
    assert 'ordercli_target_paused{target="crm"} 1' in lines


@pytest.mark.parametrize("command", ["run", "follow"])
def test_a_watch_logs_while_it_lasts_and_opens_its_log_anew_at_a_hangup(
    forwarding: Forwarding, command: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    forwarding.submit(product_order("PO-1"))
    if command == "follow":
        forwarding.run()
    words = ("forward", command, "--watch", "--log-file", str(log), "--log-format", "json")

    with forwarding.ordercli.start(*words, "--config", str(forwarding.file)) as running:
        wait_for_lines(log, 1)
        log.rename(tmp_path / "log.1")
        running.send_signal(signal.SIGHUP)
        forwarding.submit(product_order("PO-2"))
        if command == "follow":
            forwarding.run()
        wait_for_lines(log, 1)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=PATIENCE_SECONDS)

    counted = "completed" if command == "run" else "asked"
    assert running.returncode == 143
    assert logged(tmp_path / "log.1", counted) == [(f"forward {command}", "info", 1)]
    assert logged(log, counted) == [(f"forward {command}", "info", 2)]


def wait_for_lines(path: Path, count: int) -> None:
    """Wait until a file has so many lines."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not path.exists() or path.read_text().count("\n") < count:
        assert time.monotonic() < until
        time.sleep(0.02)
