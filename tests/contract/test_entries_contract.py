from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ordercli.queue import batches, entries, entry_counts
from ordercli.queue.entries import BatchStatus, EntryView, PayloadRow, digest, keep_payloads, read_payload
from support.builders import product_order
from support.stored import ACCEPTED_AT, BATCH, enqueue, order_id, present, rows, start_batch

if TYPE_CHECKING:
    from ordercli.database.store import Store

NOW = "2026-03-01T09:00:00.000Z"
FAILED = {"state": "error", "error_code": "ORD190", "error": "{}"}


def view(seq: int, external_id: str | None, source: str = "cli", **changed: Any) -> EntryView:
    known = EntryView(
        seq,
        order_id(seq),
        external_id,
        source,
        "productOrder",
        "servicenow",
        "new",
        202,
        None,
        None,
        0,
        ACCEPTED_AT,
        ACCEPTED_AT,
        None,
        BATCH,
        seq,
        "orders.ndjson",
        seq,
        None,
        None,
        None,
        None,
        None,
        None,
    )
    return replace(known, **changed)


def test_an_accepted_order_enters_the_queue_new(connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), source="crm", profile="tmf622", filled_currency="USD")

    assert present(connection, "inbound_entry") == [
        {
            "seq": 1,
            "order_id": order_id(1),
            "resource": "productOrder",
            "external_id": "PO-1",
            "source": "crm",
            "profile": "tmf622",
            "filled_currency": "USD",
            "state": "new",
            "status_code": 202,
            "attempts": 0,
            "losses": 0,
            "isolated": 0,
            "created_at": ACCEPTED_AT,
            "updated_at": ACCEPTED_AT,
            "batch_id": BATCH,
            "file": "orders.ndjson",
            "line": 1,
            "record": 1,
        }
    ]


def test_an_entry_is_found_by_its_order_id(connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), product_order(None))

    assert entries.by_order_id(connection, order_id(2)) == view(2, None)
    assert entries.by_order_id(connection, order_id(3)) is None


def test_an_external_id_gives_in_each_source_the_entry_that_stands_for_it(connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), source="crm", **FAILED)
    enqueue(connection, product_order("PO-1"), source="crm")
    enqueue(connection, product_order("PO-1"), source="web", **FAILED)
    enqueue(connection, product_order("PO-1"), source="web", state="completed")
    enqueue(connection, product_order("PO-1"), source="erp", **FAILED)
    enqueue(connection, product_order("PO-1"), source="erp", state="cancelled", reason="wrong")
    enqueue(connection, product_order("PO-2"), source="crm")

    found = entries.by_external_id(connection, "PO-1", None)

    assert sorted((each.source, each.seq) for each in found) == [("crm", 2), ("erp", 6), ("web", 4)]
    assert entries.by_external_id(connection, "PO-1", "crm") == [view(2, "PO-1", "crm")]
    assert entries.by_external_id(connection, "PO-1", "shop") == []


@pytest.mark.parametrize(
    ("changed", "held"),
    [
        ({"state": "new"}, True),
        ({"state": "pending"}, True),
        ({"state": "in_progress", "claim_token": "t"}, True),
        ({"state": "completed"}, True),
        (FAILED, False),
        ({"state": "cancelled", "reason": "wrong"}, False),
    ],
)
def test_an_entry_holds_its_external_id_unless_it_failed_or_was_withdrawn(
    connection: Store, changed: dict[str, str], *, held: bool
) -> None:
    enqueue(connection, product_order("PO-1"), source="crm", **changed)

    found = entries.holders(connection, json.dumps(["PO-1", "PO-2"]), "productOrder")

    assert found == ({("PO-1", "crm"): (order_id(1), 1)} if held else {})


def test_an_external_id_is_held_once_in_a_source(connection: Store, integrity_error: type[Exception]) -> None:
    enqueue(connection, product_order("PO-1"), product_order(None), product_order(None))
    enqueue(connection, product_order("PO-1"), source="web")

    with suppress(integrity_error):  # where others write at the same time it is no error, but an answer
        enqueue(connection, product_order("PO-1"))

    assert [row["seq"] for row in rows(connection, "inbound_entry")] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "change",
    [
        "state = 'lost'",
        "state = 'in_progress'",
        "claim_token = 'token'",
        "state = 'error'",
        "error_code = 'ORD190'",
        "seq = 99",
        "batch_id = 'none'",
        "order_id = NULL",
    ],
)
def test_the_table_refuses_what_no_entry_can_be(
    connection: Store, integrity_error: type[Exception], change: str
) -> None:
    enqueue(connection, product_order())

    with pytest.raises(integrity_error):
        connection.execute(f"UPDATE inbound_entry SET {change}")


def test_entries_are_counted_in_each_state(connection: Store) -> None:
    assert entry_counts.count_by_state(connection) == {
        "new": 0,
        "in_progress": 0,
        "pending": 0,
        "completed": 0,
        "error": 0,
        "cancelled": 0,
    }

    enqueue(connection, product_order("a"), product_order("b"))
    enqueue(connection, product_order("c"), state="pending", execute_after=NOW)
    enqueue(connection, product_order("d"), state="completed")
    enqueue(connection, product_order("e"), state="cancelled", reason="wrong")

    assert entry_counts.count_by_state(connection) == {
        "new": 2,
        "in_progress": 0,
        "pending": 1,
        "completed": 1,
        "error": 0,
        "cancelled": 1,
    }


@pytest.mark.parametrize(
    ("queued", "due"),
    [
        ([], None),
        ([{"state": "completed", "created_at": "2026-01-01"}], None),
        ([{"created_at": "2026-02-02"}, {"created_at": "2026-02-03"}], "2026-02-02"),
        ([{"created_at": "2026-02-02"}, {"created_at": "2026-02-01", "isolated": True}], "2026-02-01"),
        ([{"state": "pending", "created_at": "2026-01-01", "execute_after": NOW}], NOW),
        ([{"state": "pending", "created_at": "2026-01-01", "execute_after": "2027-01-01"}], None),
    ],
)
def test_the_oldest_due_entry_says_since_when_it_waits(
    connection: Store, queued: list[dict[str, Any]], due: str | None
) -> None:
    for n, changed in enumerate(queued):
        enqueue(connection, product_order(f"PO-{n}"), **changed)

    assert entry_counts.oldest_due(connection, NOW) == due


def test_payloads_are_kept_to_the_byte(connection: Store) -> None:
    body = b'{"a": 1.10, "b": "\xc3\xa9\\u0000"}\n'

    keep_payloads(
        connection,
        [PayloadRow(1, digest(body), body), PayloadRow(2, digest(b""), b"")],
    )

    assert read_payload(connection, 1) == (digest(body), body)
    assert read_payload(connection, 2) == (
        bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        b"",
    )
    assert read_payload(connection, 3) is None


KEPT = batches.KeptRejects("a.ndjson.rejects.2.ndjson", 4711, "5f" * 32)


def test_a_batch_starts_advances_and_finishes(connection: Store) -> None:
    new = batches.NewBatch(
        BATCH, "crm", "sync", "tmf622", '["a.ndjson"]', "T-1", "key", "a.ndjson.rejects.ndjson", ACCEPTED_AT
    )
    batches.start(connection, new)
    (started,) = present(connection, "batch")

    batches.advance(connection, BATCH, batches.Counts(6, 3, 1, 1, 1, 2), KEPT, before=0)
    batches.finish(connection, BATCH, BatchStatus.COMPLETED, NOW)

    (finished,) = present(connection, "batch")
    shared = {
        "id": BATCH,
        "source": "crm",
        "mode": "sync",
        "profile": "tmf622",
        "inputs": '["a.ndjson"]',
        "track_id": "T-1",
        "idempotency_key": "key",
        "rejects_file": "a.ndjson.rejects.ndjson",
        "started_at": ACCEPTED_AT,
    }
    counted = ("read", "accepted", "duplicates", "conflicts", "rejected", "warnings", "rejects_bytes")
    shared["kind"] = "submit"
    nothing = dict.fromkeys((*counted, "purged", "purged_completed"), 0)
    assert started == {**shared, **nothing, "status": "processing"}
    assert finished == {
        **shared,
        "status": "completed",
        "finished_at": NOW,
        "read": 6,
        "accepted": 3,
        "duplicates": 1,
        "conflicts": 1,
        "rejected": 1,
        "warnings": 2,
        "rejects_file": "a.ndjson.rejects.2.ndjson",
        "rejects_bytes": 4711,
        "rejects_digest": "5f" * 32,
        "purged": 0,
        "purged_completed": 0,
    }


def test_a_batch_has_one_of_three_states(connection: Store, integrity_error: type[Exception]) -> None:
    start_batch(connection)

    with pytest.raises(integrity_error):
        connection.execute("UPDATE batch SET status = 'lost'")


@pytest.mark.parametrize("external_id", ["PO", 'q"\\\n', "é\u2028😀", "'; DROP TABLE batch; --", "x" * 10_000])
def test_an_external_id_of_any_characters_is_found_again(
    connection: Store,
    external_id: str,
) -> None:
    enqueue(connection, product_order("POy"), product_order(external_id))

    found = entries.holders(connection, json.dumps([external_id, "POz"]), "productOrder")

    assert found == {(external_id, "cli"): (order_id(2), 2)}
    assert [each.seq for each in entries.by_external_id(connection, external_id, None)] == [2]
