from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import product_order, product_orders, write_orders
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


BAD = product_order("BAD", orderCurrency=...)


def test_findings_are_counted_by_code_and_stay_when_the_run_has_ended(ordercli: Ordercli, tmp_path: Path) -> None:
    other = product_order("PO-1", category="other")
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"), BAD, BAD, BAD, other)
    submitted = ordercli("submit", orders, "-o", "json").json

    shown = ordercli("batch", "show", submitted["batchId"], "-o", "json").json

    assert shown["findings"] == {"ORD113": 3, "ORD420": 1}


def test_findings_of_a_resumed_run_are_added_up(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *[BAD] * 5)
    ordercli("submit", orders, "--max-rejects", "2")
    (batch,) = ordercli("batch", "list", "-o", "json").json

    counted = [ordercli("batch", "show", batch["batchId"], "-o", "json").json["findings"]]
    ordercli("batch", "resume", batch["batchId"], "--max-rejects", "9")
    counted.append(ordercli("batch", "show", batch["batchId"], "-o", "json").json["findings"])

    assert (batch["kind"], counted) == ("submit", [{"ORD113": 2}, {"ORD113": 5}])


def test_a_list_has_the_columns_that_leave_room_for_the_name_of_the_file(ordercli: Ordercli) -> None:
    ordercli("submit", write_orders(Path("orders-of-2026-11-30T21.ndjson"), product_order("PO-1")))

    def shown(width: int) -> tuple[str, list[str]]:
        names, *rows = ordercli("batch", "list", "-o", "table", COLUMNS=str(width)).stdout.splitlines()
        return " ".join(names.split()), [row.split()[-1] for row in rows]

    few, name = "batchId status accepted rejected", "orders-of-2026-11-30T21.ndjson"
    assert shown(80) == (f"{few} file", ["orders-of-2026-", "11-30T21.ndjson"])
    assert shown(100) == (f"{few} file", [name])
    assert shown(130) == (f"{few} startedAt file", [name])
    assert shown(170) == (f"{few} startedAt duplicates conflicts mode source file", [name])


def test_the_id_of_the_newest_batch_leads_to_what_became_of_it(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *product_orders(2))
    submitted = ordercli("submit", orders, "--async", "--track-id", "T 1").json

    newest = ordercli("batch", "list", "--limit", "1", "-o", "id").stdout.strip()
    shown = ordercli("batch", "show", newest).json
    ordercli("queue", "run")
    created = ordercli("batch", "show", newest).json

    assert newest == submitted["batchId"]
    assert (shown["status"], shown["waiting"], shown["trackId"]) == ("processing", 2, "T 1")
    assert (created["status"], created["created"], created["waiting"]) == ("completed", 2, 0)


def test_the_orders_of_a_batch_are_listed(ordercli: Ordercli, tmp_path: Path, connection: Store) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *product_orders(2))
    batch = ordercli("submit", orders, "--async").json["batchId"]

    listed = ordercli("batch", "show", batch, "--orders", "-o", "csv").stdout.splitlines()

    first, second = column(connection, "inbound_entry", "order_id")
    assert listed == [
        "line,externalId,orderId,result,state,errorCode",
        f"1,PO-1,{first},waiting,new,",
        f"2,PO-2,{second},waiting,new,",
    ]


def test_an_unknown_batch_ends_with_3_and_a_completed_one_with_4(ordercli: Ordercli, tmp_path: Path) -> None:
    batch = ordercli("submit", write_orders(tmp_path / "orders.ndjson", product_order())).json["batchId"]

    assert [ordercli("batch", "show", "x").exit_code, ordercli("batch", "resume", "x").exit_code] == [3, 3]
    assert ordercli("batch", "resume", batch).exit_code == 4


def test_a_run_that_its_limit_stopped_is_resumed(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, product_order("PO-1"), BAD)
    stopped = ordercli("submit", orders, "--max-rejects", "1", "--track-id", "T-1")

    resumed = ordercli("batch", "resume", stopped.json["batchId"], "--max-rejects", "100%")

    reported = resumed.json
    assert (stopped.exit_code, resumed.exit_code) == (5, 1)
    assert (reported["batchId"], reported["trackId"]) == (stopped.json["batchId"], "T-1")
    assert (reported["read"], reported["accepted"], reported["rejected"]) == (3, 1, 2)
    nothing = {"duplicates": 0, "conflicts": 0, "warnings": 0}
    assert reported["thisRun"] == {"read": 2, "accepted": 1, "rejected": 1, **nothing}
    assert "thisRun" not in stopped.json
    rejects = (tmp_path / "orders.ndjson.rejects.ndjson").read_text().splitlines()
    assert [json.loads(line)["$reject"]["line"] for line in rejects] == [1, 3]


def test_a_dry_run_names_no_batch(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))

    assert ordercli("submit", orders, "--dry-run").json["batchId"] is None
    assert ordercli("batch", "list", "-o", "ndjson").ndjson == []


def test_the_rejects_file_of_a_keyed_run_is_named_as_it_is_reached_from_here(
    ordercli: Ordercli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders(tmp_path / "orders.ndjson", BAD)
    ordercli("submit", "orders.ndjson", "--idempotency-key", "night")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    again = ordercli("submit", "../orders.ndjson", "--idempotency-key", "night")

    assert (again.json["repeated"], again.json["rejectsFile"]) == (True, str(tmp_path / "orders.ndjson.rejects.ndjson"))


def test_the_track_id_comes_back_in_receipts(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))

    with_it = ordercli("submit", orders, "--track-id", "T-1", "-o", "ndjson").ndjson
    without = ordercli("submit", orders, "-o", "ndjson").ndjson

    assert [each.get("trackId") for each in (*with_it, *without)] == ["T-1", None]
    assert "trackId" not in without[0]


def test_a_key_said_again_gives_the_first_result(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order(None), BAD)
    changed = write_orders(tmp_path / "changed.ndjson", product_order(None))

    first = ordercli("submit", orders, "--idempotency-key", "night")
    again = ordercli("submit", orders, "--idempotency-key", "night")
    other = ordercli("submit", changed, "--idempotency-key", "night", "-o", "json")

    assert (first.exit_code, again.exit_code, other.exit_code) == (1, 1, 4)
    assert (first.json["repeated"], again.json["repeated"]) == (False, True)
    assert again.json["batchId"] == first.json["batchId"]
    error = json.loads(other.stderr)
    assert (error["details"][0]["rule"], error["exitCode"]) == ("ORD420", 4)


def test_wait_ends_with_8_when_nobody_works_the_queue(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order())

    done = ordercli("submit", orders, "--async", "--wait", "100ms")

    assert (done.exit_code, done.json["waiting"], done.json["exitCode"]) == (8, 1, 8)


def test_wait_needs_a_queue(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order())

    for options in ([], ["--async", "--dry-run"]):
        done = ordercli("submit", orders, "--wait", "1s", *options)
        assert (done.exit_code, done.stderr) == (
            2,
            "error: --wait requires --async and cannot be combined with --dry-run\n",
        )


def test_a_run_is_logged_to_a_file(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order())
    log = tmp_path / "ordercli.log"

    summary = ordercli("submit", orders, "--log-file", str(log), "--log-format", "json").json

    line = json.loads(log.read_text())
    line.pop("time")
    assert line == {"level": "info", "event": "submit", **summary}
