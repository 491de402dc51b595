from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.clock import later, now
from ordercli.queue.entries import EntryState
from support.builders import encoded, line, product_order
from support.stored import ACCEPTED_AT, BATCH, enqueue, enqueue_many, order_id

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


FAILED: dict[str, Any] = {
    "state": "error",
    "status_code": 400,
    "error_code": "ORD190",
    "error": '{"code": 1, "details": []}',
}


def document(seq: int, external_id: str | None, **changed: Any) -> dict[str, Any]:
    return {
        "orderId": order_id(seq),
        "externalId": external_id,
        "source": "cli",
        "resource": "productOrder",
        "state": "new",
        "statusCode": 202,
        "attempts": 0,
        "errorCode": None,
        "createdAt": ACCEPTED_AT,
        "updatedAt": ACCEPTED_AT,
        "executeAfter": None,
        "batchId": BATCH,
        "line": seq,
        "exportedAt": None,
        "sentAgainAs": None,
        "target": None,
        "submittedBy": None,
        "changedBy": None,
        **changed,
    }


# queue status


def test_the_status_counts_the_entries_in_each_state(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 2, created_at=later(now(), -60))
    enqueue(connection, product_order("a"), state="pending", execute_after="2999-01-01")
    enqueue(connection, product_order("b"), **FAILED)

    result = ordercli("queue", "status", "-o", "json")

    age = result.json["oldestDueAgeSeconds"]
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.json == {
        "new": 2,
        "in_progress": 0,
        "pending": 1,
        "completed": 0,
        "error": 1,
        "cancelled": 0,
        "oldestDueAgeSeconds": age,
        "paused": False,
        "byResource": {
            "productOrder": {"new": 2, "in_progress": 0, "pending": 1, "completed": 0, "error": 1, "cancelled": 0},
            "serviceOrder": dict.fromkeys(EntryState, 0),
        },
    }
    assert 60 <= age < 120


def test_in_an_empty_queue_nothing_waits(ordercli: Ordercli) -> None:
    result = ordercli("queue", "status", "-o", "csv")

    assert result.stdout == (
        "new,in_progress,pending,completed,error,cancelled,oldestDueAgeSeconds,paused\r\n0,0,0,0,0,0,,false\r\n"
    )


def test_the_status_has_no_id(ordercli: Ordercli) -> None:
    result = ordercli("queue", "status", "-o", "id")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: this result has no id\n  hint: choose another format with -o\n"


# queue list


def test_the_list_gives_the_newest_entry_first(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), product_order(None))
    enqueue(connection, product_order("PO-3"), source="crm", **FAILED, attempts=3, execute_after="2026-04-01")

    result = ordercli("queue", "list")

    failed = {"state": "error", "statusCode": 400, "errorCode": "ORD190", "attempts": 3, "executeAfter": "2026-04-01"}
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.ndjson == [
        document(3, "PO-3", source="crm", **failed),
        document(2, None),
        document(1, "PO-1"),
    ]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--state", "error"), [3]),
        (("--state", "new", "--state", "pending"), [4, 1]),
        (("--source", "crm"), [3, 2]),
        (("--batch", BATCH), [4, 3, 2, 1]),
        (("--code", "ORD190"), [3]),
        (("--code", "ORD121"), []),
        (("--source", "crm", "--state", "completed"), [2]),
        (("--limit", "2"), [4, 3]),
        (("--limit", "2", "--offset", "1"), [3, 2]),
        (("--limit", "0", "--offset", "3"), [1]),
    ],
)
def test_the_list_is_narrowed(
    ordercli: Ordercli, connection: Store, options: tuple[str, ...], found: list[int]
) -> None:
    enqueue(connection, product_order("PO-1"))
    enqueue(connection, product_order("PO-2"), source="crm", state="completed")
    enqueue(connection, product_order("PO-3"), source="crm", **FAILED)
    enqueue(connection, product_order("PO-4"), state="pending", execute_after="2999-01-01")

    result = ordercli("queue", "list", *options, "-o", "id")

    assert result.stdout.split() == [order_id(seq) for seq in found]


def test_a_list_that_is_cut_says_so_on_standard_error(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 3)

    cut = ordercli("queue", "list", "--limit", "2", "-o", "id")
    whole = ordercli("queue", "list", "--limit", "3", "-o", "id")

    assert cut.stderr == "showing 2 of 3; --limit 0 shows all\n"
    assert whole.stderr == ""


def test_an_unknown_state_is_a_mistake(ordercli: Ordercli) -> None:
    result = ordercli("queue", "list", "--state", "done")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: no entry state is called 'done'\n"
        "  hint: states: new, in_progress, pending, completed, error, cancelled\n"
    )


# queue show


def test_an_entry_is_shown_with_its_error_and_its_payload_as_it_came(ordercli: Ordercli, connection: Store) -> None:
    payload = encoded(product_order("PO-1", items=[line(quantity="N")], x=None)).replace(b'"N"', b"1.10")
    enqueue(connection, payload, external_id="PO-1", **FAILED)

    result = ordercli("queue", "show", "PO-1", "-o", "ndjson")

    expected = document(1, "PO-1", state="error", statusCode=400, errorCode="ORD190")
    assert {name: result.json[name] for name in expected} == expected
    assert result.json["error"] == {"code": 1, "details": []}
    assert result.json["payload"] == json.loads(payload)
    assert '"quantity":1.10' in result.stdout


def test_an_entry_is_found_by_either_id(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 2)

    ids = [ordercli("queue", "show", known, "-o", "id").stdout for known in (order_id(2), "PO-2")]

    assert ids == [f"{order_id(2)}\n"] * 2


def test_an_external_id_of_several_sources_needs_the_source(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), source="crm")
    enqueue(connection, product_order("PO-1"), source="web")

    several = ordercli("queue", "show", "PO-1")
    one = ordercli("queue", "show", "PO-1", "--source", "crm", "-o", "id")

    assert (several.exit_code, several.stdout) == (4, "")
    assert several.stderr == (
        "error: 'PO-1' stands in several sources\n"
        f"  hint: choose with --source: {order_id(2)} (web), {order_id(1)} (crm)\n"
    )
    assert one.stdout == f"{order_id(1)}\n"


def test_an_unknown_entry_is_not_found(ordercli: Ordercli) -> None:
    result = ordercli("queue", "show", "PO-1")

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "error: Invalid order ID.\n  hint: nothing is known as 'PO-1'\n"


def test_of_a_damaged_payload_the_text_that_is_left_is_shown(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)
    connection.execute("UPDATE payload SET body = ?", (bytes.fromhex("7b22ff"),))

    result = ordercli("queue", "show", "PO-1", "-o", "json")

    assert (result.exit_code, result.json["payload"]) == (0, '{"\ufffd')


@pytest.mark.parametrize("width", ["20", "60", "200"])
def test_a_table_keeps_ids_whole_however_narrow_it_is(ordercli: Ordercli, connection: Store, width: str) -> None:
    enqueue(connection, product_order("PO-" + "1" * 30))

    listed = ordercli("queue", "list", "-o", "table", COLUMNS=width)

    assert order_id(1) in listed.stdout
    assert "PO-" + "1" * 30 in listed.stdout


def test_a_table_never_obeys_the_words_of_an_order(ordercli: Ordercli, connection: Store) -> None:
    hostile = "\x1b[2J[red]\u202e\x9b\u2028:smile:"
    enqueue(connection, product_order(hostile, note=[{"text": hostile}]))

    listed = ordercli("queue", "list", "-o", "table", COLUMNS="200")
    shown = ordercli("queue", "show", order_id(1), "-o", "table", COLUMNS="200")

    written = r"\x1b[2J[red]\u202e\x9b\u2028:smile:"
    assert written in listed.stdout
    assert written in shown.stdout
    assert f'"text": "{written.replace("x1b", "u001b")}"' in shown.stdout
    assert all(character.isprintable() or character == "\n" for character in listed.stdout + shown.stdout)


def test_an_order_without_an_entry_tells_why_it_has_none(ordercli: Ordercli) -> None:
    created = ordercli("submit", "-o", "id", stdin=encoded(product_order("PO-1"))).stdout.strip()
    queued = ordercli("submit", "--async", "-o", "id", stdin=encoded(product_order("PO-2"))).stdout.strip()
    ordercli("queue", "run")
    ordercli("queue", "purge", "--completed", "0s", "--yes")

    answers = [ordercli("queue", "show", each) for each in ("PO-1", created, "PO-2")]

    synchronous = f"error: Order {created} has no entry in the inbound queue: it was created synchronously\n"
    purged = f"error: Order {queued} has no entry in the inbound queue: it was created, and its entry purged\n"
    hints = [f"  hint: see `ordercli show {each}`\n" for each in (created, created, queued)]
    assert [each.exit_code for each in answers] == [3, 3, 3]
    assert [each.stderr for each in answers] == [
        reported + hint for reported, hint in zip([synchronous, synchronous, purged], hints, strict=True)
    ]
