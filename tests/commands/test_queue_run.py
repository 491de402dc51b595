from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, line, product_order
from support.stored import column, enqueue, enqueue_many, states

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


COUNTS = {
    "claimed": 0,
    "completed": 0,
    "failed": 0,
    "retried": 0,
    "released": 0,
    "remaining": 0,
    "paused": False,
    "elapsedSeconds": 0.0,
    "exitCode": 0,
}


def test_nothing_to_do_is_no_output_and_success(ordercli: Ordercli) -> None:
    result = ordercli("queue", "run")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_a_successful_run_from_cron_says_nothing(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 3)

    result = ordercli("queue", "run", "--max-runtime", "50s")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert column(connection, "customer_order", "external_id") == ["PO-1", "PO-2", "PO-3"]


def test_a_failed_run_from_cron_says_what_failed_on_standard_error(ordercli: Ordercli, connection: Store) -> None:
    (failed,) = enqueue(connection, product_order("PO-1", items=[]))
    enqueue(connection, product_order("PO-2"))

    result = ordercli("queue", "run")

    summary, reason, *hints = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (1, "")
    assert summary.startswith("1 order created in ")
    assert summary.endswith(" s, 1 failed, 0 to be tried again, 0 remaining")
    assert reason == f"  {failed}: ORD190 Invalid payload: Order creation failed: the order has no line item"
    assert hints == ["  look at them: ordercli queue list --state error"]


def test_the_message_of_a_fault_in_several_places_is_reported_once(ordercli: Ordercli, connection: Store) -> None:
    items = [{**product_order()["productOrderItem"][0], "id": each, "action": "ad"} for each in ("1", "2")]
    (failed,) = enqueue(connection, product_order("PO-1", items=items))

    result = ordercli("queue", "run", ORDERCLI_QUEUE_REVALIDATE="true")

    words = "action `ad` is none of add, change, delete, no-change, resume, suspend"
    assert result.stderr.splitlines()[1] == f"  {failed}: ORD121 {words}"


def test_the_id_that_is_not_known_is_reported_where_the_message_does_not_name_it(ordercli: Ordercli) -> None:
    order = encoded(product_order("PO-1", items=[line(offering="copper")]))
    (queued,) = ordercli("submit", "--async", "-o", "id", stdin=order).stdout.split()
    ordercli("reference", "import", stdin=encoded({"@type": "ProductOffering", "id": "fiber"}))

    run = ordercli("queue", "run", ORDERCLI_QUEUE_REVALIDATE="true")
    shown = ordercli("queue", "show", queued, "-o", "json").json["error"]
    refused = ordercli("submit", "-o", "ndjson", "--rejects", "none", stdin=order).ndjson[0]

    words = "Invalid payload: Product offering does not exist"
    assert run.stderr.splitlines()[1] == f"  {queued}: ORD301 {words} (copper)"
    place = "/productOrderItem/0/productOffering/id"
    assert shown["details"] == [{"message": words, "datapath": place, "rule": "ORD301", "value": "copper"}]
    assert [(each["code"], each["pointer"], each["value"]) for each in refused["errors"]] == [
        ("ORD301", place, "copper")
    ]


def test_the_words_of_an_order_never_steer_the_terminal(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1", items=[{"id": "1", "action": "\x1b[31mbuild\u202e\n"}]))

    result = ordercli("queue", "run")

    assert result.stderr.splitlines()[1].endswith(r"unknown action '\x1b[31mbuild\u202e\n'")


@pytest.mark.parametrize(("waiting", "completed"), [(0, 0), (2, 2)])
@pytest.mark.parametrize("output", ["json", "ndjson"])
def test_the_counts_of_a_run_as_json(
    ordercli: Ordercli, connection: Store, output: str, waiting: int, completed: int
) -> None:
    enqueue_many(connection, waiting)

    result = ordercli("queue", "run", "-o", output)

    elapsed = result.json["elapsedSeconds"]
    assert result.json == {**COUNTS, "claimed": waiting, "completed": completed, "elapsedSeconds": elapsed}
    assert (result.stdout.count("\n") == 1) is (output == "ndjson")
    assert result.stderr == ""


def test_the_counts_of_a_run_as_csv(ordercli: Ordercli) -> None:
    result = ordercli("queue", "run", "-o", "csv")

    assert result.stdout == (
        "claimed,completed,failed,retried,released,remaining,paused,elapsedSeconds,exitCode\r\n"
        "0,0,0,0,0,0,false,0.0,0\r\n"
    )


def test_the_counts_of_a_run_as_table(ordercli: Ordercli) -> None:
    result = ordercli("queue", "run", "-o", "table")

    assert [line.split() for line in result.stdout.splitlines()] == [
        [name, json.dumps(value)] for name, value in COUNTS.items()
    ]


def test_a_run_has_no_ids_to_print(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    result = ordercli("queue", "run", "-o", "id")
    reported = ordercli("queue", "run", "--help")

    assert "nothing with -o id" in " ".join(reported.stdout.split())
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert states(connection) == {1: "completed"}


def test_a_run_stopped_by_its_runtime_leaves_the_rest_and_succeeds(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 2)

    result = ordercli("queue", "run", "--max-runtime", "0s", "-o", "json")

    assert (result.exit_code, result.json["claimed"], result.json["remaining"]) == (0, 0, 2)


def test_a_run_never_reads_standard_input(ordercli: Ordercli, connection: Store) -> None:
    result = ordercli("queue", "run", stdin=b'{"productOrderItem": []}')

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert column(connection, "batch", "id") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--max-runtime", "soon"), "command line: `queue.max_runtime` must be a duration such as 50s, 15m or 10d"),
        (("--batch-size", "0"), "Invalid value for '--batch-size': 0 is not in the range x>=1."),
        (("PO-1",), "Got unexpected extra argument(s) (PO-1)"),
    ],
)
def test_a_mistake_is_reported_before_anything_is_done(
    ordercli: Ordercli, connection: Store, arguments: tuple[str, ...], message: str
) -> None:
    enqueue_many(connection, 1)

    result = ordercli("queue", "run", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")
    assert states(connection) == {1: "new"}


def test_batch_size_runtime_and_revalidation_are_settings_too(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1", orderCurrency="euro"), product_order("PO-2"))

    result = ordercli("queue", "run", "-o", "json", ORDERCLI_QUEUE_REVALIDATE="true", ORDERCLI_QUEUE_BATCH_SIZE="1")

    assert (result.json["completed"], result.json["failed"], result.exit_code) == (1, 1, 1)
    assert column(connection, "inbound_entry", "error_code") == ["ORD124", None]
