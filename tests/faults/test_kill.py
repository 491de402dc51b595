"""Kill and stop processes, and fill the disk: nothing is lost and nothing is created twice."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.opening import open_database
from support.builders import ndjson, product_orders
from support.running import COMMAND
from support.stored import audit, column, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from support.running import Ordercli

PATIENCE_SECONDS = 60


def external_ids(count: int) -> set[str]:
    return {f"PO-{n}" for n in range(1, count + 1)}


def queue_up(ordercli: Ordercli, count: int) -> None:
    assert ordercli("submit", "--async", stdin=ndjson(*product_orders(count))).exit_code == 0


def completed(connection: Store) -> int:
    found: int = connection.execute("SELECT count(*) FROM inbound_entry WHERE state = 'completed'").fetchone()[0]
    return found


def wait_until(happened: Callable[[], bool]) -> None:
    """Poll until the condition holds; there is no other way to see what another process has committed."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, stdout, stderr


def test_every_receipt_that_was_printed_outlives_a_killed_submission(ordercli: Ordercli, connection: Store) -> None:
    orders = product_orders(1200)
    with ordercli.start("submit", "-", "--async", "-o", "ndjson", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(ndjson(*orders[:700]))
        process.stdin.flush()
        receipts = [json.loads(process.stdout.readline()) for _ in range(500)]
        process.kill()
    kept = {row["order_id"]: row["external_id"] for row in rows(connection, "inbound_entry")}
    (batch,) = rows(connection, "batch")

    again = ordercli("submit", "--async", "-o", "json", stdin=ndjson(*orders))
    ordercli("queue", "run")

    assert {receipt["orderId"]: receipt["externalId"] for receipt in receipts} == kept
    assert (batch["status"], batch["read"], batch["accepted"]) == ("processing", 500, 500)
    assert (again.json["accepted"], again.json["duplicates"]) == (700, 500)
    assert set(column(connection, "customer_order", "external_id")) == external_ids(1200)
    assert audit(connection) == {}


def test_two_submissions_of_one_file_at_once_accept_every_order_once(ordercli: Ordercli, connection: Store) -> None:
    Path("orders.ndjson").write_bytes(ndjson(*product_orders(1500)))

    runs = [ordercli.start("submit", "orders.ndjson", "--async", "-o", "json") for _ in range(2)]
    counts = [json.loads(stdout) for _, stdout, _ in map(finish, runs)]

    assert sum(each["accepted"] for each in counts) == 1500
    assert sum(each["duplicates"] for each in counts) == 1500
    assert set(column(connection, "inbound_entry", "external_id")) == external_ids(1500)
    assert audit(connection) == {}


SIGNALS = [(signal.SIGTERM, 143), (signal.SIGINT, 130)]


@pytest.mark.parametrize(("number", "exit_code"), SIGNALS)
def test_a_submission_that_is_stopped_keeps_what_it_has_read(
    ordercli: Ordercli, connection: Store, number: signal.Signals, exit_code: int
) -> None:
    with ordercli.start("submit", "-", "-o", "ndjson", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(ndjson(*product_orders(600)))
        process.stdin.flush()
        first = [process.stdout.readline() for _ in range(500)]
        process.wait_until_it_reads()
        process.send_signal(number)
        rest = process.stdout.read().splitlines()
        assert process.stderr
        stderr = process.stderr.read()

    receipts = [json.loads(line) for line in first + rest]
    [batch] = rows(connection, "batch")
    next_step = (
        "its input cannot be read again: submit the same input again; orders with an externalId are not accepted twice"
    )
    reported = {"severity": "note", "message": f"batch {batch['id']} is unfinished, and {next_step}"}
    assert (process.returncode, json.loads(stderr)) == (exit_code, reported)
    assert len(receipts) >= 500
    assert {receipt["externalId"] for receipt in receipts} == external_ids(len(receipts))
    assert column(connection, "customer_order", "order_id") == [receipt["orderId"] for receipt in receipts]
    assert (batch["status"], batch["read"]) == ("processing", len(receipts))


@pytest.mark.parametrize(("number", "exit_code"), SIGNALS)
def test_a_run_of_the_queue_that_is_stopped_finishes_its_batch_and_claims_no_more(
    ordercli: Ordercli, connection: Store, number: signal.Signals, exit_code: int
) -> None:
    queue_up(ordercli, 2000)
    process = ordercli.start("queue", "run", "--batch-size", "20", "-o", "json")
    wait_until(lambda: completed(connection) >= 20)

    process.send_signal(number)
    code, stdout, stderr = finish(process)

    done = completed(connection)
    counts = json.loads(stdout)
    assert (code, stderr) == (exit_code, b"")
    assert (counts["completed"], counts["remaining"], counts["exitCode"]) == (done, 2000 - done, exit_code)
    assert done < 2000
    assert set(column(connection, "inbound_entry", "state")) == {"completed", "new"}
    assert audit(connection) == {}


def start_with_small_disk(ordercli: Ordercli, kibibytes: int, *args: str, stdin: bytes = b"") -> Any:
    """Run the command with a limit on the size of files."""
    limited = f"ulimit -f {kibibytes}; exec {' '.join(COMMAND)} {' '.join(args)}"
    return subprocess.run(
        ["bash", "-c", limited],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        cwd=ordercli.folder,
        env=ordercli.environment(),
    )


def test_a_submission_on_a_full_disk_keeps_the_batches_that_were_told(ordercli: Ordercli) -> None:
    orders = ndjson(*product_orders(6000))
    size = Path(ordercli.database).stat().st_size // 1024

    result = start_with_small_disk(ordercli, size + 600, "submit", "-", "--async", "-o", "ndjson", stdin=orders)

    receipts = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.returncode, b"Traceback" in result.stderr) == (75, False), result.stderr
    assert 0 < len(receipts) < 6000
    with closing(open_database(ordercli.database)) as connection:
        assert column(connection, "inbound_entry", "order_id") == [receipt["orderId"] for receipt in receipts]
        assert audit(connection) == {}
        again = ordercli("submit", "--async", stdin=orders)
        assert (again.json["duplicates"], again.json["accepted"]) == (len(receipts), 6000 - len(receipts))


def test_a_run_of_the_queue_on_a_full_disk_gives_back_what_it_claimed(ordercli: Ordercli) -> None:
    queue_up(ordercli, 1500)
    size = Path(ordercli.database).stat().st_size // 1024

    result = start_with_small_disk(ordercli, size + 16, "queue", "run", "--batch-size", "1500")

    assert (result.returncode, result.stdout, b"Traceback" in result.stderr) == (75, b"", False), result.stderr
    with closing(open_database(ordercli.database)) as connection:
        assert audit(connection) == {}
        again = ordercli("queue", "run", "-o", "json")
        assert (again.exit_code, again.json["remaining"]) == (0, 0)
        assert set(column(connection, "customer_order", "external_id")) == external_ids(1500)
        assert audit(connection) == {}
