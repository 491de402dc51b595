"""Each line of a rejects file is accepted once."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import write_orders
from support.rejected import BAD, NAMELESS, codes, reasons, receipts, refused, repair
from support.running import PATIENCE_SECONDS
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Started

pytestmark = pytest.mark.every_engine


@pytest.mark.parametrize("order", [BAD, NAMELESS], ids=["with an external id", "without"])
@pytest.mark.parametrize("options", [(), ("--async",)])
def test_a_line_is_accepted_once(ordercli: Ordercli, connection: Store, order: Json, options: tuple[str, ...]) -> None:
    path = repair(refused(ordercli, *options, order=order))

    first = ordercli("submit", path, "-o", "ndjson")
    second = ordercli("submit", path, "-o", "ndjson")

    ((outcome, _, order_id),) = receipts(first)
    assert (outcome, receipts(second), second.exit_code) == ("accepted", [("duplicate", 200, order_id)], 0)
    assert len(rows(connection, "payload")) == 1
    assert ordercli("db", "check").exit_code == 0


def test_a_line_that_stands_in_the_file_twice_is_accepted_once(ordercli: Ordercli, connection: Store) -> None:
    path = Path(repair(refused(ordercli, order=NAMELESS)))
    path.write_text(path.read_text() * 3)

    dry = ordercli("submit", str(path), "--dry-run", "-o", "ndjson")
    result = ordercli("submit", str(path), "-o", "ndjson")

    assert [outcome for outcome, *_ in receipts(dry)] == ["accepted", "duplicate", "duplicate"]
    ((_, _, order_id), *others) = receipts(result)
    assert others == [("duplicate", 200, order_id)] * 2
    assert len(rows(connection, "payload")) == 1


def test_lines_of_the_same_record_of_two_inputs_are_two(ordercli: Ordercli, connection: Store) -> None:
    for name in ("one.ndjson", "two.ndjson"):
        write_orders(Path(name), {**NAMELESS, "orderCurrency": None})
    ordercli("submit", "one.ndjson", "two.ndjson", "--rejects", "r.ndjson")

    result = ordercli("submit", repair(Path("r.ndjson")), "-o", "json")

    assert (result.json["accepted"], len(rows(connection, "customer_order"))) == (2, 2)


def test_a_line_with_other_content_is_a_conflict(ordercli: Ordercli, connection: Store) -> None:
    path = Path(repair(refused(ordercli, order=NAMELESS)))
    first = ordercli("submit", str(path), "-o", "ndjson")
    path.write_text(path.read_text().replace("EUR", "USD"))

    second = ordercli("submit", str(path), "-o", "ndjson")

    ((_, _, order_id),) = receipts(first)
    assert (receipts(second), codes(second)) == ([("conflict", 409, order_id)], [["ORD420"]])
    assert reasons(second) == [
        f"this line of a rejects file was sent before with other content, and became order {order_id}"
    ]
    assert len(rows(connection, "payload")) == 1


def test_a_line_that_is_refused_twice_is_still_the_first_one(ordercli: Ordercli, connection: Store) -> None:
    path = refused(ordercli, "--source", "crm", order=NAMELESS)
    (batch,) = column(connection, "batch", "id")
    ordercli("submit", str(path))
    again = Path(f"{path}.rejects.ndjson")
    printed = json.loads(again.read_text())["$reject"]

    first = ordercli("submit", repair(again), "-o", "ndjson")
    second = ordercli("submit", repair(path), "-o", "ndjson")

    assert printed["first"] == {"batchId": batch, "file": "orders.ndjson", "record": 1}
    assert (printed["source"], printed["batchId"] != batch) == ("crm", True)
    ((outcome, _, order_id),) = receipts(first)
    assert (outcome, receipts(second)) == ("accepted", [("duplicate", 200, order_id)])


def test_a_foreign_line_is_accepted_once_too(ordercli: Ordercli, connection: Store) -> None:
    path = Path(repair(refused(ordercli, order=NAMELESS)))
    path.write_text(path.read_text().replace(column(connection, "batch", "id")[0], "f" * 32))

    first = ordercli("submit", str(path), "--override-context", "-o", "ndjson")
    second = ordercli("submit", str(path), "--override-context", "-o", "ndjson")

    ((outcome, _, order_id),) = receipts(first)
    assert (outcome, receipts(second)) == ("accepted", [("duplicate", 200, order_id)])


def test_of_two_processes_that_send_the_same_lines_one_creates_them(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), *[{**NAMELESS, "orderCurrency": None} for _ in range(300)])
    ordercli("submit", "orders.ndjson")
    path = repair(Path("orders.ndjson.rejects.ndjson"))

    runs = [ordercli.start("submit", path, "-o", "json") for _ in range(3)]
    reported = [json.loads(run.communicate(timeout=60)[0]) for run in runs]

    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum(each["accepted"] for each in reported) == len(rows(connection, "customer_order")) == 300
    assert sum(each["duplicates"] for each in reported) == 600
    assert ordercli("db", "check").exit_code == 0


@pytest.mark.parametrize("mode", [(), ("--async",)])
def test_a_line_that_another_process_is_about_to_accept_is_waited_for(
    ordercli: Ordercli, connection: Store, mode: tuple[str, ...]
) -> None:
    path = repair(refused(ordercli, *mode, order=NAMELESS))
    stop = "submit-batch-before-commit:stop"
    with ordercli.start("submit", path, "-o", "json", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=stop) as first:
        os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WNOWAIT)
        with ordercli.start("submit", path, "-o", "json") as second:
            wait_until_it_waits(connection, second)
            first.send_signal(signal.SIGCONT)
            reported = [json.loads(run.communicate(timeout=60)[0]) for run in (first, second)]

    assert [(each["accepted"], each["duplicates"]) for each in reported] == [(1, 0), (0, 1)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(rows(connection, "payload")) == 1


def wait_until_it_waits(connection: Store, process: Started) -> None:
    """Wait until the process waits for a lock, of the server or of the file."""
    until = time.monotonic() + PATIENCE_SECONDS
    server = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not (
        connection.execute(server).fetchone()[0]
        if connection.engine == "postgresql"
        else sleeps_on(process, "orders.db")
    ):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def sleeps_on(process: Started, name: str) -> bool:
    """Tell whether the process has the database open and sleeps, as SQLite does while it waits for the write lock."""
    opened = [os.path.realpath(each) for each in Path(f"/proc/{process.pid}/fd").iterdir() if each.exists()]
    state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "S" and any(each.endswith(name) for each in opened)
