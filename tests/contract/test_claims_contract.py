from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ordercli.queue import claims
from ordercli.queue.claims import Claimed, Failure
from ordercli.queue.entries import digest
from support.builders import encoded, product_order
from support.stored import ACCEPTED_AT, BATCH, column, enqueue, enqueue_many, entry, order_id, states

if TYPE_CHECKING:
    from ordercli.database.store import Store

NOW = "2026-03-01T09:00:00.000Z"
SOON = "2026-03-01T09:01:00.000Z"


def claim(connection: Store, token: str = "token", *, limit: int = 10, worker: str = "me") -> int:  # noqa: S107
    return claims.claim(connection, token, worker, NOW, SOON, limit)


def rescue(connection: Store, worker: str = "me") -> list[str]:
    claims.fail_lost(connection, worker, SOON, SOON, '{"code": 1}')
    return claims.rescue(connection, worker, SOON, SOON)


def test_a_claim_takes_the_first_entries_up_to_its_limit(connection: Store) -> None:
    enqueue_many(connection, 3)

    taken = claim(connection, limit=2)

    assert taken == 2
    assert states(connection) == {1: "in_progress", 2: "in_progress", 3: "new"}


def test_a_claim_of_large_orders_ends_with_the_one_that_fills_it(connection: Store) -> None:
    enqueue(connection, *(product_order(f"PO-{n}", description="x" * 6 * 1024 * 1024) for n in range(1, 6)))

    taken = [claim(connection, token) for token in ("one", "two", "three")]

    assert taken == [3, 2, 0]
    assert column(connection, "inbound_entry", "claim_token") == ["one"] * 3 + ["two"] * 2


def test_an_order_that_is_larger_than_a_claim_is_claimed(connection: Store) -> None:
    enqueue(connection, *(product_order(f"PO-{n}", description="x" * claims.CLAIM_BYTES) for n in (1, 2)))

    taken = [claim(connection, token) for token in ("one", "two", "three")]

    assert taken == [1, 1, 0]


def test_a_claimed_entry_says_who_has_it_until_when(connection: Store) -> None:
    enqueue_many(connection, 1)
    before = entry(connection, 1)

    claim(connection)

    assert entry(connection, 1) == {
        **before,
        "state": "in_progress",
        "attempts": 1,
        "claim_token": "token",
        "worker": "me",
        "claim_expires_at": SOON,
        "updated_at": NOW,
    }


def test_what_is_claimed_is_not_claimed_again(connection: Store) -> None:
    enqueue_many(connection, 3)

    taken = [claim(connection, token, limit=2) for token in ("one", "two", "three")]

    assert taken == [2, 1, 0]
    assert column(connection, "inbound_entry", "claim_token") == ["one", "one", "two"]


def test_claimed_entries_come_with_their_payloads_in_claim_order(connection: Store) -> None:
    orders = [product_order("PO-1"), product_order("PO-2")]
    enqueue(connection, *orders, profile="tmf622", filled_currency="USD")
    claim(connection)

    found = claims.claimed(connection, "token")

    assert found == [
        Claimed(
            seq,
            order_id(seq),
            f"PO-{seq}",
            "cli",
            "tmf622",
            "USD",
            1,
            BATCH,
            digest(encoded(order)),
            encoded(order),
        )
        for seq, order in enumerate(orders, 1)
    ]
    assert claims.claimed(connection, "another") == []


def test_a_rescued_entry_is_claimed_after_all_others_and_alone(connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2"), isolated=True)
    enqueue(connection, product_order("PO-3"))

    taken = [claim(connection, token) for token in ("one", "two", "three", "four")]

    assert taken == [1, 1, 1, 0]
    assert column(connection, "inbound_entry", "claim_token") == ["two", "three", "one"]


def test_rescued_entries_have_their_turn_before_the_others_and_still_alone(connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2"))
    enqueue(connection, product_order("PO-3"), product_order("PO-4"), isolated=True)

    taken = [claims.claim(connection, token, "me", NOW, SOON, 10, rescued_first=True) for token in ("one", "two")]

    assert taken == [1, 1]
    assert states(connection) == {1: "new", 2: "new", 3: "in_progress", 4: "in_progress"}


@pytest.mark.parametrize(
    ("changed", "taken", "state"),
    [
        ({"state": "new"}, 1, "in_progress"),
        ({"state": "pending", "execute_after": SOON}, 1, "in_progress"),
        ({"state": "completed"}, 0, "completed"),
        ({"state": "cancelled", "reason": "wrong"}, 0, "cancelled"),
    ],
)
def test_one_entry_is_claimed_by_hand_if_it_waits_due_or_not(
    connection: Store, changed: dict[str, str], taken: int, state: str
) -> None:
    (known,) = enqueue(connection, product_order(), **changed)

    assert claims.claim_one(connection, known, "token", "me", NOW, SOON) == taken
    assert (entry(connection, 1)["state"], entry(connection, 1)["attempts"]) == (state, taken)
    assert entry(connection, 1)["execute_after"] is None


def test_entries_wake_when_their_time_has_come(connection: Store) -> None:
    for after in ("2026-03-01T08:59:59.999Z", NOW, "2026-03-01T09:00:00.001Z"):
        enqueue(connection, product_order(after), state="pending", execute_after=after)

    woken = claims.wake_due(connection, NOW)

    assert woken == 2
    assert states(connection) == {1: "new", 2: "new", 3: "pending"}
    assert column(connection, "inbound_entry", "execute_after") == [None, None, "2026-03-01T09:00:00.001Z"]
    assert column(connection, "inbound_entry", "updated_at") == [NOW, NOW, ACCEPTED_AT]


def test_only_those_are_completed_that_are_still_ours(connection: Store) -> None:
    enqueue_many(connection, 3)
    claim(connection, "ours", limit=2)
    claim(connection, "theirs")
    before = [entry(connection, seq) for seq in (1, 2, 3)]

    completed = claims.complete(connection, "ours", json.dumps([1, 3, 99]), SOON)

    done = {
        "state": "completed",
        "status_code": 201,
        "claim_token": None,
        "claim_expires_at": None,
        "worker": None,
        "updated_at": SOON,
        "finished_at": SOON,
    }
    assert completed == {1}
    assert [entry(connection, seq) for seq in (1, 2, 3)] == [{**before[0], **done}, before[1], before[2]]


def test_an_entry_ends_in_error_with_its_reason(connection: Store) -> None:
    enqueue_many(connection, 1)
    claim(connection)
    before = entry(connection, 1)

    ended = claims.fail(connection, "token", Failure(1, "ORD190", '{"code": 1}'), SOON)

    assert ended
    assert entry(connection, 1) == {
        **before,
        "state": "error",
        "status_code": 400,
        "error_code": "ORD190",
        "error": '{"code": 1}',
        "claim_token": None,
        "claim_expires_at": None,
        "worker": None,
        "updated_at": SOON,
        "finished_at": SOON,
    }


def test_an_entry_waits_for_its_next_attempt(connection: Store) -> None:
    enqueue_many(connection, 1)
    claim(connection)
    before = entry(connection, 1)

    waits = claims.postpone(connection, "token", 1, "2026-03-01T10:00:00.000Z", SOON)

    assert waits
    assert entry(connection, 1) == {
        **before,
        "state": "pending",
        "execute_after": "2026-03-01T10:00:00.000Z",
        "claim_token": None,
        "claim_expires_at": None,
        "worker": None,
        "updated_at": SOON,
    }


def test_nothing_is_done_to_an_entry_that_is_no_longer_ours(connection: Store) -> None:
    enqueue_many(connection, 1)
    claim(connection, "lost")
    rescue(connection)
    claim(connection, "theirs")
    before = entry(connection, 1)

    done = (
        claims.complete(connection, "lost", "[1]", SOON),
        claims.fail(connection, "lost", Failure(1, "ORD190", "{}"), SOON),
        claims.postpone(connection, "lost", 1, SOON, SOON),
        claims.release(connection, "lost", SOON),
        claims.claimed(connection, "lost"),
    )

    assert done == (set(), False, False, 0, [])
    assert entry(connection, 1) == before


def test_a_claim_that_is_given_back_has_cost_no_attempt(connection: Store) -> None:
    enqueue_many(connection, 3)
    claim(connection, "ours", limit=2)
    claim(connection, "theirs")
    before = entry(connection, 1)

    released = claims.release(connection, "ours", SOON)

    assert released == 2
    assert states(connection) == {1: "new", 2: "new", 3: "in_progress"}
    assert entry(connection, 1) == {
        **before,
        "state": "new",
        "attempts": 0,
        "claim_token": None,
        "claim_expires_at": None,
        "worker": None,
        "updated_at": SOON,
    }


def test_a_lost_worker_s_entries_wait_again_to_be_run_alone(connection: Store) -> None:
    enqueue_many(connection, 2)
    claim(connection, "lost", limit=1, worker="lost one")
    claim(connection, "living", worker="living one")
    before = [entry(connection, seq) for seq in (1, 2)]

    rescued = rescue(connection, "lost one")

    assert rescued == ["productOrder"]
    assert entry(connection, 2) == before[1]
    assert entry(connection, 1) == {
        **before[0],
        "state": "new",
        "isolated": 1,
        "losses": 1,
        "claim_token": None,
        "claim_expires_at": None,
        "worker": None,
        "updated_at": SOON,
    }


def test_the_third_loss_ends_in_error(connection: Store) -> None:
    enqueue_many(connection, 1)
    seen = []

    for token in ("first", "second", "third"):
        claim(connection, token)
        rescue(connection)
        found = entry(connection, 1)
        seen.append((found["state"], found["losses"], found["attempts"], found["error_code"], found["error"]))

    assert seen == [("new", 1, 1, None, None), ("new", 2, 2, None, None), ("error", 3, 3, "ORD192", '{"code": 1}')]
    assert entry(connection, 1)["status_code"] == 400
    assert entry(connection, 1)["finished_at"] == SOON


def test_what_was_renewed_meanwhile_is_neither_rescued_nor_given_up(connection: Store) -> None:
    enqueue_many(connection, 2)
    claim(connection, "fresh", limit=1)
    claim(connection, "old", limit=1)
    connection.execute("UPDATE inbound_entry SET losses = 2")
    ((worker, reported),) = claims.owners(connection)
    claims.renew(connection, "fresh", "2026-03-01T09:02:00.000Z")

    failed = claims.fail_lost(connection, worker, reported, SOON, "{}")
    rescued = claims.rescue(connection, worker, reported, SOON)

    assert (failed, rescued) == ([(order_id(2), "productOrder")], [])
    assert states(connection) == {1: "in_progress", 2: "error"}


def test_owners_are_reported_with_the_latest_end_of_their_claims(connection: Store) -> None:
    enqueue_many(connection, 3)
    claims.claim(connection, "a", "one", NOW, "2026-03-01T09:02:00.000Z", 1)
    claims.claim(connection, "b", "one", NOW, "2026-03-01T09:01:00.000Z", 1)
    claims.claim(connection, "c", "two", NOW, "2026-03-01T09:03:00.000Z", 1)

    found = claims.owners(connection)

    assert sorted(found) == [("one", "2026-03-01T09:02:00.000Z"), ("two", "2026-03-01T09:03:00.000Z")]


@pytest.mark.parametrize(
    ("changed", "waiting", "claimable"),
    [
        ({"state": "new"}, True, 1),
        ({"state": "new", "isolated": True}, True, 1),
        ({"state": "pending", "execute_after": NOW}, True, 1),
        ({"state": "pending", "execute_after": SOON}, False, 0),
        ({"state": "completed"}, False, 0),
        ({"state": "cancelled", "reason": "wrong"}, False, 0),
    ],
)
def test_work_is_what_can_be_claimed_now(
    connection: Store,
    changed: dict[str, str],
    claimable: int,
    *,
    waiting: bool,
) -> None:
    enqueue(connection, product_order(), **changed)

    assert claims.work_is_waiting(connection, NOW) is waiting
    assert claims.count_claimable(connection, NOW) == claimable


def test_a_claim_of_somebody_is_work_for_it_may_have_to_be_rescued(connection: Store) -> None:
    enqueue_many(connection, 1)
    claim(connection)

    assert claims.work_is_waiting(connection, NOW)
    assert claims.count_claimable(connection, NOW) == 0
