from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import asdict, replace

from ordercli.queue import (
    batch_entries,
    batch_findings,
    batches,
    claims,
    entries,
    entry_changes,
    entry_counts,
)
from ordercli.queue.entries import EntryState, delete_payloads
from support.builders import product_order
from support.stored import (
    BATCH,
    change_entry,
    column,
    enqueue,
    enqueue_many,
    entry,
    order_id,
    rows,
    start_batch,
    states,
)

if TYPE_CHECKING:
    from ordercli.database.store import Store

NOW = "2026-03-01T09:00:00.000Z"
EARLIER = "2026-03-01T08:30:00.000Z"
FAILED = {"state": "error", "error_code": "ORD190", "error": '{"code": 1}', "status_code": 400, "finished_at": EARLIER}
CLAIMED = {"state": "in_progress", "claim_token": "token", "worker": "me"}
COMPLETED = {"state": "completed", "finished_at": EARLIER}


def test_a_failed_entry_that_is_tried_again_is_as_new_but_still_runs_alone(connection: Store) -> None:
    enqueue_many(connection, 1, attempts=3, losses=2, isolated=True, **FAILED)
    before = entry(connection, 1)

    changed = entry_changes.retry(connection, [1], "ana", NOW)

    assert changed == {1}
    assert entry(connection, 1) == {
        **before,
        "state": "new",
        "status_code": 202,
        "error_code": None,
        "error": None,
        "attempts": 0,
        "losses": 0,
        "finished_at": None,
        "changed_by": "ana",
        "updated_at": NOW,
    }


def test_a_pending_entry_that_is_tried_again_waits_no_longer(connection: Store) -> None:
    enqueue_many(connection, 1, state="pending", execute_after=NOW, attempts=4)

    entry_changes.retry(connection, [1], "ana", NOW)

    tried = entry(connection, 1)
    assert (tried["state"], tried["execute_after"], tried["attempts"]) == ("new", None, 0)


@pytest.mark.parametrize("untouched", [{}, CLAIMED, COMPLETED, {"state": "cancelled", "reason": "wrong"}])
def test_no_other_entry_is_tried_again(connection: Store, untouched: dict[str, str]) -> None:
    enqueue_many(connection, 1, **untouched)
    before = entry(connection, 1)

    changed = entry_changes.retry(connection, [1], "ana", NOW)

    assert (changed, entry(connection, 1)) == (set(), before)


def test_a_discarded_entry_keeps_the_reason_and_what_it_failed_of(connection: Store) -> None:
    enqueue_many(connection, 1, **FAILED)
    before = entry(connection, 1)

    changed = entry_changes.discard(connection, [1], "ordered twice", "ana", NOW)

    assert changed == {1}
    assert entry(connection, 1) == {
        **before,
        "state": "cancelled",
        "reason": "ordered twice",
        "error_code": None,
        "changed_by": "ana",
        "finished_at": NOW,
        "updated_at": NOW,
    }


@pytest.mark.parametrize("untouched", [CLAIMED, COMPLETED, {"state": "cancelled", "reason": "wrong"}])
def test_no_claimed_or_ended_entry_is_discarded(connection: Store, untouched: dict[str, str]) -> None:
    enqueue_many(connection, 1, **untouched)
    before = entry(connection, 1)

    changed = entry_changes.discard(connection, [1], "why", "ana", NOW)

    assert (changed, entry(connection, 1)) == (set(), before)


def test_finished_before_gives_the_oldest_of_one_state(connection: Store) -> None:
    enqueue_many(connection, 4, state="completed")
    for seq, hour in ((1, 7), (2, 5), (3, 9), (4, 6)):
        change_entry(connection, seq, finished_at=f"2026-03-01T0{hour}:00:00.000Z")

    found = entry_changes.finished_before(connection, EntryState.COMPLETED, EARLIER, 2)

    assert found == [(2, BATCH), (4, BATCH)]
    assert entry_changes.count_finished_before(connection, EntryState.COMPLETED, EARLIER) == 3
    assert entry_changes.count_finished_before(connection, EntryState.ERROR, EARLIER) == 0


def test_an_entry_is_deleted_with_its_payload(connection: Store) -> None:
    enqueue_many(connection, 2)

    entry_changes.delete(connection, [1])
    delete_payloads(connection, "[1]")

    assert column(connection, "inbound_entry", "seq") == [2]
    assert column(connection, "payload", "seq") == [2]


def test_a_payload_that_an_entry_needs_cannot_be_deleted(connection: Store, integrity_error: type[Exception]) -> None:
    enqueue_many(connection, 1)

    with pytest.raises(integrity_error):
        delete_payloads(connection, "[1]")


def test_a_paused_queue_keeps_its_first_pause(connection: Store) -> None:
    before = claims.find_pause(connection)
    claims.pause(connection, EARLIER, "ops", "prices are corrected")
    claims.pause(connection, NOW, "night", "a restart")
    paused, since = claims.find_pause(connection), claims.paused_since(connection)
    claims.resume(connection)

    assert (before, paused, claims.find_pause(connection)) == (None, (EARLIER, "ops", "prices are corrected"), None)
    assert (since, claims.paused_since(connection)) == (EARLIER, None)


def test_purged_entries_are_counted_on_their_batch(connection: Store) -> None:
    start_batch(connection)

    batches.count_purged(connection, [(2, 0, BATCH), (1, 5, BATCH)])

    (batch,) = rows(connection, "batch")
    assert (batch["purged"], batch["purged_completed"]) == (3, 5)


def test_the_fate_of_a_batch_counts_what_failed_was_cancelled_or_waits(connection: Store) -> None:
    enqueue_many(connection, 7)
    change_entry(connection, 1, **FAILED)
    change_entry(connection, 2, **FAILED)
    change_entry(connection, 3, state="cancelled", reason="wrong")
    change_entry(connection, 4, state="pending")
    change_entry(connection, 5, **CLAIMED)
    change_entry(connection, 6, **COMPLETED)

    assert batches.queue_counts(connection, BATCH) == batches.QueueCounts(failed=2, cancelled=1, waiting=3)


def test_a_batch_is_found_by_its_id_and_by_its_key(connection: Store) -> None:
    new = batches.NewBatch(
        BATCH, "crm", "async", "tmf622", "[]", "T-1", "night", "r.ndjson", EARLIER, "ab12", '["/"]', "me"
    )
    batches.start(connection, new)
    kept = batches.KeptRejects(None, 4711, "5f" * 32)
    batches.advance(connection, BATCH, batches.Counts(6, 3, 1, 1, 1, 2), kept, before=0)

    found = batches.by_id(connection, BATCH)

    assert found == batches.BatchView(
        id=BATCH,
        source="crm",
        mode="async",
        profile="tmf622",
        status="processing",
        inputs="[]",
        track_id="T-1",
        idempotency_key="night",
        input_sha256="ab12",
        rejects_file="r.ndjson",
        rejects_bytes=4711,
        rejects_digest="5f" * 32,
        resume_with='["/"]',
        worker="me",
        started_at=EARLIER,
        finished_at=None,
        purged=0,
        cancelled_at=None,
        cancel_reason=None,
        waiting=False,
        kind="submit",
        part_of=None,
        target=None,
        read=6,
        accepted=3,
        duplicates=1,
        conflicts=1,
        rejected=1,
        warnings=2,
    )
    assert found.counts == batches.Counts(6, 3, 1, 1, 1, 2)
    assert batches.by_key(connection, "night") == found
    assert (batches.by_id(connection, "c"), batches.by_key(connection, "day")) == (None, None)


def test_a_cancelled_batch_goes_no_further_and_keeps_its_first_reason(connection: Store) -> None:
    batches.start(connection, batches.NewBatch(BATCH, "cli", "sync", "servicenow", "[]", None, None, None, EARLIER))
    kept = batches.KeptRejects()
    moved = batches.advance(connection, BATCH, batches.Counts(1, 1), kept, before=0)
    batches.cancel(connection, BATCH, "wrong file", NOW)
    batches.cancel(connection, BATCH, "again", EARLIER)

    moved_after = batches.advance(connection, BATCH, batches.Counts(2, 2), kept, before=1)

    found = batches.by_id(connection, BATCH)
    assert found
    assert (moved, moved_after, found.read) == (True, False, 1)
    assert (found.cancelled_at, found.cancel_reason) == (NOW, "wrong file")


def test_an_idempotency_key_stands_for_one_batch(connection: Store, integrity_error: type[Exception]) -> None:
    first = batches.NewBatch("a" * 32, "cli", "sync", "servicenow", "[]", None, "night", None, EARLIER)
    batches.start(connection, first)

    with pytest.raises(integrity_error):
        batches.start(connection, replace(first, id=BATCH))


def test_batches_are_listed_the_newest_first(connection: Store) -> None:
    for n in range(1, 4):
        batch = batches.NewBatch(str(n) * 32, "cli", "sync", "servicenow", "[]", None, None, None, f"2026-03-0{n}")
        batches.start(connection, batch)

    assert [each.id[0] for each in batches.newest(connection, 0, 0)] == ["3", "2", "1"]
    assert [each.id[0] for each in batches.newest(connection, 1, 1)] == ["2"]
    assert batches.count(connection) == 3


def test_what_a_server_received_is_listed_only_if_it_is_wanted(connection: Store) -> None:
    submitted = batches.NewBatch("1" * 32, "cli", "sync", "servicenow", "[]", None, None, None, "2026-03-01")
    for batch in (
        submitted,
        replace(submitted, id="2" * 32, kind="http"),
        replace(submitted, id="3" * 32, kind="patch"),
    ):
        batches.start(connection, batch)

    assert [each.kind for each in batches.newest(connection, 0, 0)] == ["submit"]
    assert sorted(each.kind for each in batches.newest(connection, 0, 0, served_too=True)) == ["http", "submit"]
    assert (batches.count(connection), batches.count(connection, served_too=True)) == (1, 2)


def test_findings_of_a_batch_are_added_up_by_code(connection: Store) -> None:
    batches.start(connection, batches.NewBatch("1" * 32, "cli", "sync", "servicenow", "[]", None, None, None, EARLIER))

    for counts in ({"ORD301": 2, "ORD107": 1}, {}, {"ORD301": 5}):
        batch_findings.count_codes(connection, "1" * 32, counts, {"ORD301": 1})

    assert batch_findings.findings(connection, "1" * 32) == {"ORD107": 1, "ORD301": 7}
    assert batch_findings.findings(connection, BATCH) == {}
    assert sorted((row["code"], row["refused"]) for row in rows(connection, "batch_finding")) == [
        ("ORD107", 0),
        ("ORD301", 2),
    ]


def test_values_of_a_batch_are_added_up_and_keep_their_first_example(connection: Store) -> None:
    batches.start(connection, batches.NewBatch("1" * 32, "cli", "sync", "servicenow", "[]", None, None, None, EARLIER))
    first = batch_findings.BatchValueRow("1" * 32, "ORD301", "gone", 2, "PO-1", "a.ndjson", 7, 7, "/x")

    batch_findings.count_values(connection, [first, replace(first, value="lost", external_id=None)])
    batch_findings.count_values(connection, [replace(first, refused=3, external_id="PO-9", line=9)])

    assert sorted(rows(connection, "batch_value"), key=str) == [
        asdict(replace(first, refused=5)),
        asdict(replace(first, value="lost", external_id=None)),
    ]
    assert batch_findings.kept_values(connection, "1" * 32, ["ORD301"]) == {("ORD301", "gone"), ("ORD301", "lost")}
    assert batch_findings.kept_values(connection, "1" * 32, ["ORD302"]) == set()


def test_a_batch_whose_orders_wait_says_so(connection: Store) -> None:
    enqueue_many(connection, 1)
    found = batches.by_id(connection, BATCH)
    change_entry(connection, 1, **COMPLETED)
    ended = batches.by_id(connection, BATCH)

    assert found is not None
    assert ended is not None
    assert (found.waiting, ended.waiting) == (True, False)


def test_the_entries_of_a_batch_come_in_input_order(connection: Store) -> None:
    enqueue_many(connection, 3)
    change_entry(connection, 2, **FAILED)

    assert [each.seq for each in batch_entries.of_batch(connection, BATCH, EntryState.NEW)] == [1, 3]
    assert list(batch_entries.of_batch(connection, BATCH, EntryState.ERROR)) == [
        batch_entries.BatchEntry(2, order_id(2), "PO-2", "error", "ORD190", "orders.ndjson", 2, 2)
    ]


def test_the_end_of_a_lost_claim_counts_as_due(connection: Store) -> None:
    enqueue_many(connection, 1, **CLAIMED, claim_expires_at=EARLIER)

    assert entry_counts.oldest_due(connection, NOW) == EARLIER
    assert entry_counts.oldest_due(connection, "2026-03-01T08:00:00.000Z") is None


def test_a_discarded_entry_frees_its_external_id(connection: Store) -> None:
    enqueue(connection, product_order("PO-1"))
    entry_changes.discard(connection, [1], "why", "ana", NOW)
    enqueue(connection, product_order("PO-1"))

    assert states(connection) == {1: "cancelled", 2: "new"}
    assert entries.holders(connection, json.dumps(["PO-1"]), "productOrder") == {("PO-1", "cli"): (order_id(2), 2)}
