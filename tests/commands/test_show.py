from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ordercli.intake import json_text
from support.builders import encoded, line, product_order
from support.stored import enqueue, enqueue_many, order_id, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


QUEUED = "This Order is still in the inbound queue table waiting to be processed."


def test_a_created_order_is_shown_as_its_document(ordercli: Ordercli, connection: Store) -> None:
    order = product_order("PO-1", requestedCompletionDate="2026-03-20T17:00:00Z", items=[line("1"), line("2")])
    ordercli("submit", stdin=encoded(order))

    result = ordercli("show", "PO-1")

    (row,) = rows(connection, "customer_order")
    new = {"state": "new", "version": "1", "ponr": "false"}
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.json == {
        **order,
        **new,
        "id": row["order_id"],
        "href": f"/api/sn_ind_tmt_orm/order/productOrder/{row['order_id']}",
        "orderDate": row["created_at"],
        "expectedCompletionDate": "2026-03-20T17:00:00Z",
        "productOrderItem": [{**line("1"), **new}, {**line("2"), **new}],
    }


def test_an_order_is_found_by_either_id(ordercli: Ordercli) -> None:
    known = ordercli("submit", "-o", "id", stdin=encoded(product_order("PO-1"))).stdout

    ids = [ordercli("show", each, "-o", "id").stdout for each in (known.strip(), "PO-1")]

    assert ids == [known, known]


@pytest.mark.parametrize("state", ["new", "pending", "in_progress"])
def test_an_order_that_waits_is_an_answer_and_no_error(ordercli: Ordercli, connection: Store, state: str) -> None:
    enqueue_many(connection, 1, state=state, claim_token="t" if state == "in_progress" else None)

    result = ordercli("show", "PO-1", "-o", "json")

    entry = ordercli("queue", "list", "-o", "ndjson").json
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.json == {
        "code": 102,
        "reason": "Request in queue",
        "message": QUEUED,
        "details": [{"message": QUEUED}],
        "queueEntry": entry,
    }


def test_an_order_that_failed_answers_with_its_error(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1", items=[]))
    ordercli("queue", "run")

    result = ordercli("show", "PO-1")

    entry = ordercli("queue", "list", "-o", "ndjson").json
    message = "Invalid payload: Order creation failed"
    assert result.exit_code == 0
    assert result.json == {
        "code": 1,
        "reason": message,
        "message": message,
        "details": [
            {"message": message, "datapath": "", "rule": "ORD190"},
            {"message": "the order has no line item", "datapath": "", "rule": "ORD190"},
        ],
        "queueEntry": entry,
    }
    assert (entry["state"], entry["errorCode"]) == ("error", "ORD190")


def test_the_id_of_an_order_that_waits_is_that_of_its_entry(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    result = ordercli("show", "PO-1", "-o", "id")

    assert (result.exit_code, result.stdout) == (0, f"{order_id(1)}\n")


def test_the_created_order_outranks_an_entry_that_failed_before_it(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), state="error", error_code="ORD190", error="{}")
    known = ordercli("submit", "-o", "id", stdin=encoded(product_order("PO-1"))).stdout

    assert ordercli("show", "PO-1", "-o", "id").stdout == known
    assert ordercli("show", order_id(1), "-o", "json").json["queueEntry"]["state"] == "error"


def test_an_external_id_of_several_sources_needs_the_source(ordercli: Ordercli, connection: Store) -> None:
    known = ordercli("submit", "--source", "crm", "-o", "id", stdin=encoded(product_order("PO-1"))).stdout
    enqueue(connection, product_order("PO-1"), source="web")

    several = ordercli("show", "PO-1", "-o", "json")

    hint = f"choose with --source: {order_id(2)} (web), {known.strip()} (crm)"
    assert (several.exit_code, several.stdout) == (4, "")
    assert json.loads(several.stderr) == {
        "code": 1,
        "reason": "'PO-1' stands in several sources",
        "message": "'PO-1' stands in several sources",
        "details": [{"message": "'PO-1' stands in several sources"}],
        "exitCode": 4,
        "hint": hint,
    }
    assert ordercli("show", "PO-1", "--source", "crm", "-o", "id").stdout == known
    assert ordercli("show", "PO-1", "--source", "web", "-o", "id").stdout == f"{order_id(2)}\n"
    assert ordercli("show", known.strip(), "--source", "web").exit_code == 3


def test_an_unknown_order_is_not_found(ordercli: Ordercli) -> None:
    words = ordercli("show", "PO-\x1b[1m")
    document = ordercli("show", "PO-1", "-o", "ndjson")

    assert (words.exit_code, words.stdout) == (3, "")
    assert words.stderr == "error: Invalid order ID.\n  hint: nothing is known as 'PO-\\x1b[1m'\n"
    assert (document.exit_code, document.stdout) == (3, "")
    assert json.loads(document.stderr) == {
        "code": 60,
        "reason": "Not found",
        "message": "Invalid order ID.",
        "details": [{"message": "Invalid order ID.", "datapath": "", "rule": "ORD404"}],
        "exitCode": 3,
        "hint": "nothing is known as 'PO-1'",
    }


@pytest.mark.parametrize("number", ["19.90", "1e400", "12345678901234567890.10", "1" * 5000])
def test_numbers_are_shown_as_they_came(ordercli: Ordercli, number: str) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1", x="N")).replace(b'"N"', number.encode()))

    results = [ordercli("show", "PO-1", "-o", output) for output in ("json", "ndjson", "csv")]

    assert [result.exit_code for result in results] == [0, 0, 0]
    assert all(number in result.stdout.replace("\n", "").replace(" ", "") for result in results)


@pytest.mark.of_a_file
def test_a_damaged_payload_is_reported(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))
    connection.execute("UPDATE payload SET body = CAST(replace(body, 'EUR', 'SEK') AS BLOB)")

    for command in ("show PO-1", "list"):
        result = ordercli(*command.split())

        assert (result.exit_code, result.stdout) == (6, "")
        assert result.stderr == "error: A stored payload is damaged\n  hint: restore the last backup\n"


def test_a_single_object_is_indented_in_a_pipe_and_one_line_as_ndjson(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))

    indented, one_line = ordercli("show", "PO-1").stdout, ordercli("show", "PO-1", "-o", "ndjson").stdout

    assert indented.startswith('{\n  "id": "')
    assert one_line == json_text.encode(json.loads(indented)).decode() + "\n"


def test_a_discarded_order_tells_why(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"))
    ordercli("queue", "discard", "PO-1", "--reason", "ordered twice")

    result = ordercli("show", "PO-1", "-o", "json")

    reported = "This order was discarded from the inbound queue: ordered twice"
    shown = result.json
    entry = shown.pop("queueEntry")
    assert (result.exit_code, shown) == (
        0,
        {"code": 1, "reason": reported, "message": reported, "details": [{"message": reported}]},
    )
    assert (entry["state"], entry["reason"]) == ("cancelled", "ordered twice")


def test_an_order_that_failed_and_was_discarded_tells_both(ordercli: Ordercli, connection: Store) -> None:
    error = {
        "code": 1,
        "reason": "no",
        "message": "no",
        "details": [{"message": "no", "datapath": "", "rule": "ORD190"}],
    }
    enqueue(connection, product_order("PO-1"), state="error", error_code="ORD190", error=json.dumps(error))
    ordercli("queue", "discard", "PO-1", "--reason", "given up")

    shown = ordercli("show", "PO-1", "-o", "json").json

    entry = shown.pop("queueEntry")
    assert shown == error
    assert (entry["state"], entry["reason"]) == ("cancelled", "given up")
