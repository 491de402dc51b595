from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from uuid_utils import uuid7

from ordercli.clock import later, now, timestamp
from ordercli.database.opening import open_database
from ordercli.database.sqlite import sqlite
from ordercli.database.store import transaction
from ordercli.operations.drain import Drain, QueueRun, drain
from ordercli.queue import claims
from ordercli.queue.tallies import Event, tallies
from ordercli.queue.workers import HUNG_SECONDS, Worker
from ordercli.settings import QueueSettings, Seconds, Settings
from support.builders import encoded, line, product_order
from support.stored import audit, change_entry, column, enqueue, enqueue_many, entry, error_body, order_id, rows, states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store

# A statement that fails for one order as no constraint does: a fault that nobody expected.
BUG = """
CREATE TRIGGER bug BEFORE INSERT ON customer_order WHEN new.external_id = 'PO-2'
BEGIN SELECT json('no json'); END
"""


@pytest.fixture
def worker(database: str) -> Iterator[Worker]:
    with Worker(database, "this-run") as working:
        yield working


def run(connection: Store, worker: Worker, settings: Settings | None = None) -> QueueRun:
    result = drain(connection, worker, settings or Settings(), stop=never)
    result.elapsed_seconds = 0.0
    return result


def never() -> bool:
    return False


def created(connection: Store) -> list[str]:
    return column(connection, "customer_order", "external_id")


def take(connection: Store, worker: Worker, limit: int = 500) -> tuple[Drain, str]:
    """A run that has claimed and not yet begun to work."""
    running = Drain(connection, worker, Settings())
    token = running.claim(limit)
    assert token
    return running, token


def lose(database: str, connection: Store, limit: int = 500) -> None:
    """A worker claims entries and dies."""
    with Worker(database, uuid7().hex) as lost:
        take(connection, lost, limit)


def test_a_run_creates_what_waits(connection: Store, worker: Worker) -> None:
    ids = enqueue_many(connection, 3)

    result = run(connection, worker)

    assert result == QueueRun(claimed=3, completed=3)
    assert column(connection, "customer_order", "order_id") == ids
    assert states(connection) == {1: "completed", 2: "completed", 3: "completed"}
    assert [entry(connection, seq)["attempts"] for seq in (1, 2, 3)] == [1, 1, 1]


def test_a_run_takes_one_batch_after_the_other(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 5)
    seen: list[int] = []
    settings = Settings(queue=QueueSettings(batch_size=2))

    drain(connection, worker, settings, stop=never, on_progress=lambda progress: seen.append(progress.counted))

    assert seen == [2, 4, 5]
    assert created(connection) == ["PO-1", "PO-2", "PO-3", "PO-4", "PO-5"]


def test_a_run_leaves_what_is_not_due(connection: Store, worker: Worker) -> None:
    enqueue(connection, product_order("PO-1"), state="pending", execute_after=later(now(), -1))
    enqueue(connection, product_order("PO-2"), state="pending", execute_after=later(now(), 60))

    result = run(connection, worker)

    assert result == QueueRun(claimed=1, completed=1)
    assert states(connection) == {1: "completed", 2: "pending"}


def test_a_run_without_time_claims_nothing_and_tells_what_remains(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 2)

    result = run(connection, worker, Settings(queue=QueueSettings(max_runtime=Seconds(0))))

    assert result == QueueRun(remaining=2)
    assert states(connection) == {1: "new", 2: "new"}


def test_a_run_that_is_asked_to_stop_finishes_its_batch_and_claims_no_other(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 4)
    seen: list[int] = []
    settings = Settings(queue=QueueSettings(batch_size=2))

    result = drain(
        connection,
        worker,
        settings,
        stop=lambda: bool(seen),
        on_progress=lambda progress: seen.append(progress.counted),
    )

    assert (seen, result.completed, result.remaining) == ([2], 2, 2)
    assert states(connection) == {1: "completed", 2: "completed", 3: "new", 4: "new"}


def test_a_damaged_payload_ends_in_error_and_the_others_are_created(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 3)
    damaged = encoded(product_order("PO-2")).replace(b"EUR", b"SEK")
    connection.execute("UPDATE payload SET body = ? WHERE seq = 2", (damaged,))

    result = run(connection, worker)

    body = {
        "code": 1,
        "reason": "Invalid payload: Order creation failed",
        "message": "Invalid payload: Order creation failed",
        "details": [
            {"message": "Invalid payload: Order creation failed", "datapath": "", "rule": "ORD191"},
            {
                "message": "The stored payload does not match the SHA-256 taken when it was accepted",
                "datapath": "",
                "rule": "ORD191",
            },
        ],
    }
    failures = [(order_id(2), json.dumps(body))]
    assert result == QueueRun(claimed=3, completed=2, failed=1)
    assert result.failures == failures
    assert created(connection) == ["PO-1", "PO-3"]
    assert (entry(connection, 2)["error_code"], error_body(connection, 2)) == ("ORD191", body)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"[1]", "Expected `object`, got `array`"),
        (product_order("PO-2", items=[]), "the order has no line item"),
        (product_order("PO-2", items=[line(action="build")]), "unknown action 'build'"),
    ],
)
def test_an_order_that_nobody_validated_and_nobody_can_create_ends_in_error(
    connection: Store, worker: Worker, order: bytes, reason: str
) -> None:
    enqueue(connection, product_order("PO-1"), order, product_order("PO-3"))

    run(connection, worker)

    assert created(connection) == ["PO-1", "PO-3"]
    assert [detail["message"] for detail in error_body(connection, 2)["details"]] == [
        "Invalid payload: Order creation failed",
        reason,
    ]
    assert entry(connection, 2)["error_code"] == "ORD190"


def test_an_entry_of_a_resource_that_nobody_can_create_ends_in_error(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 2)
    change_entry(connection, 1, resource="troubleTicket")

    run(connection, worker)

    assert created(connection) == ["PO-2"]
    assert [detail["message"] for detail in error_body(connection, 1)["details"]] == [
        "Invalid payload: Order creation failed",
        "this version of ordercli cannot create an order of resource 'troubleTicket'",
    ]


def test_of_a_batch_that_cannot_be_written_together_only_the_culprit_fails(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 2)
    run(connection, worker)
    enqueue(connection, product_order("PO-3"), product_order(None), product_order("PO-4"))
    change_entry(connection, 4, external_id="PO-1", source="elsewhere")
    connection.execute("UPDATE customer_order SET source = 'elsewhere' WHERE external_id = 'PO-1'")

    result = run(connection, worker)

    assert (result.claimed, result.completed, result.failed) == (3, 2, 1)
    assert created(connection) == ["PO-1", "PO-2", "PO-3", "PO-4"]
    assert [detail["message"] for detail in error_body(connection, 4)["details"]] == [
        "Invalid payload: Order creation failed",
        "UNIQUE constraint failed: customer_order.external_id, customer_order.source, customer_order.resource",
    ]


def test_an_order_that_meets_a_bug_waits_twice_and_ends_at_the_third_attempt(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 3)
    connection.execute(BUG)
    seen = []

    for _ in range(3):
        result = run(connection, worker)
        found = entry(connection, 2)
        seen.append((found["state"], found["attempts"], result.completed, result.retried, result.failed))
        if found["state"] == "pending":
            assert found["execute_after"] > timestamp(now())
            change_entry(connection, 2, execute_after="2026-01-01")

    assert seen == [("pending", 1, 2, 1, 0), ("pending", 2, 0, 1, 0), ("error", 3, 0, 0, 1)]
    assert created(connection) == ["PO-1", "PO-3"]
    assert tallies(connection) == {
        Event("productOrder", "", "failed", "ORD193"): 1,
        Event("productOrder", "", "retried", "fault"): 2,
    }
    assert entry(connection, 2)["error_code"] == "ORD193"
    assert error_body(connection, 2)["details"][1]["message"].endswith("OperationalError: malformed JSON\n")
    assert audit_without_batch(connection) == {}


def audit_without_batch(connection: Store) -> dict[str, object]:
    accepted = len(rows(connection, "inbound_entry"))
    connection.execute("UPDATE batch SET accepted = ?", (accepted,))
    return audit(connection)


def test_a_full_disk_gives_the_claim_back_and_costs_no_attempt(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 400)
    running, token = take(connection, worker)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    with pytest.raises(sqlite.OperationalError, match="full"):
        running.process(token)

    assert (running.result.claimed, running.result.released, running.result.completed) == (400, 400, 0)
    assert set(states(connection).values()) == {"new"}
    assert set(column(connection, "inbound_entry", "attempts")) == {0}
    connection.execute("PRAGMA max_page_count = 1000000")
    assert run(connection, worker) == QueueRun(claimed=400, completed=400)
    assert audit_without_batch(connection) == {}


def test_a_disk_that_fills_while_orders_are_created_one_by_one_stops_the_run(connection: Store, worker: Worker) -> None:
    enqueue(connection, product_order("PO-1"))
    run(connection, worker)
    # The first is refused by a constraint, so that all are created one by one; the second needs more than the disk has.
    copy_of_first, large = product_order("PO-1"), product_order("PO-2", items=[line(str(n)) for n in range(2000)])
    change_entry(connection, 1, external_id=None)
    enqueue(connection, copy_of_first, large)
    running, token = take(connection, worker)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(sqlite.OperationalError, match="full"):
        running.process(token)

    assert (running.result.released, running.result.retried, running.result.failed) == (2, 0, 0)
    assert states(connection) == {1: "completed", 2: "new", 3: "new"}
    assert column(connection, "inbound_entry", "attempts") == [1, 0, 0]


def test_a_claim_that_cannot_even_be_given_back_is_rescued_later(
    connection: Store, database: str, worker: Worker
) -> None:
    enqueue_many(connection, 2)
    connection.execute("PRAGMA busy_timeout = 0")
    with Worker(database, "first-run") as first:
        running, token = take(connection, first)
        with (
            closing(open_database(database)) as other,
            transaction(other, "test"),
            pytest.raises(sqlite.OperationalError, match="locked"),
        ):
            running.process(token)
    left = states(connection)

    result = run(connection, worker)

    assert left == {1: "in_progress", 2: "in_progress"}
    assert result == QueueRun(claimed=2, completed=2)


def test_the_claims_of_a_dead_worker_are_rescued_at_once_and_run_alone(
    connection: Store, database: str, worker: Worker
) -> None:
    enqueue_many(connection, 3)
    lose(database, connection, limit=2)
    batches: list[int] = []

    drain(connection, worker, Settings(), stop=never, on_progress=lambda progress: batches.append(progress.counted))

    assert batches == [1, 2, 3]
    assert created(connection) == ["PO-1", "PO-2", "PO-3"]
    assert [(row["attempts"], row["losses"]) for row in rows(connection, "inbound_entry")] == [(2, 1), (2, 1), (1, 0)]


def test_the_claims_of_a_living_worker_are_left_alone(connection: Store, database: str, worker: Worker) -> None:
    enqueue_many(connection, 2)
    with Worker(database, "another-run") as living:
        running, token = take(connection, living, limit=1)
        change_entry(connection, 1, claim_expires_at=later(now(), -1))

        result = run(connection, worker)

        assert result == QueueRun(claimed=1, completed=1)
        assert states(connection) == {1: "in_progress", 2: "completed"}
        running.process(token)

    assert states(connection) == {1: "completed", 2: "completed"}


def test_the_claims_of_a_worker_that_hangs_since_long_are_rescued(
    connection: Store, database: str, worker: Worker
) -> None:
    enqueue_many(connection, 1)
    with Worker(database, "another-run") as hanging:
        take(connection, hanging)
        change_entry(connection, 1, claim_expires_at=later(now(), -HUNG_SECONDS - 1))

        result = run(connection, worker)

    assert result == QueueRun(claimed=1, completed=1)


def test_a_zombie_that_finishes_after_its_claim_was_rescued_writes_nothing(
    connection: Store, database: str, worker: Worker
) -> None:
    enqueue_many(connection, 3)
    change_entry(connection, 3, external_id=None)
    with Worker(database, "zombie") as living:
        zombie, token = take(connection, living)
        prepared = [zombie._creation.prepare(each) for each in claims.claimed(connection, token)]
    run(connection, worker)
    before = {table: rows(connection, table) for table in ("customer_order", "order_line_item", "inbound_entry")}

    zombie._finish_together(token, prepared)

    assert (zombie.result.completed, zombie.result.failed, zombie.result.retried) == (0, 0, 0)
    assert {table: rows(connection, table) for table in before} == before


def test_an_entry_that_is_rescued_while_its_order_is_prepared_is_left_to_others(
    connection: Store, worker: Worker
) -> None:
    enqueue_many(connection, 2)
    running, token = take(connection, worker)
    prepared = [running._creation.prepare(each) for each in claims.claimed(connection, token)]
    change_entry(connection, 1, state="new", claim_token=None, claim_expires_at=None, worker=None)

    running._finish_together(token, prepared)

    assert (created(connection), running.result.completed) == (["PO-2"], 1)
    assert states(connection) == {1: "new", 2: "completed"}


def test_a_zombie_cannot_spoil_what_failed_or_waits(connection: Store, database: str, worker: Worker) -> None:
    enqueue(connection, b"[1]", product_order("PO-2"))
    connection.execute(BUG)
    with Worker(database, "zombie") as living:
        zombie, token = take(connection, living)
        prepared = [zombie._creation.prepare(each) for each in claims.claimed(connection, token)]
    run(connection, worker)
    before = rows(connection, "inbound_entry")

    zombie._finish_together(token, prepared)

    assert [row["state"] for row in before] == ["error", "pending"]
    assert rows(connection, "inbound_entry") == before


def test_an_order_that_kills_its_worker_three_times_ends_in_error(
    connection: Store, database: str, worker: Worker
) -> None:
    enqueue_many(connection, 2)
    lose(database, connection)
    lose(database, connection)  # both are to be run alone now: it takes the first
    lose(database, connection)

    result = run(connection, worker)

    assert (result.completed, states(connection)) == (1, {1: "error", 2: "completed"})
    assert entry(connection, 1)["error_code"] == "ORD192"
    assert [detail["message"] for detail in error_body(connection, 1)["details"]] == [
        "Invalid payload: Order creation failed",
        "The process that worked on this entry was lost 3 times",
    ]
    assert (result.failed, result.failures) == (1, [(order_id(1), entry(connection, 1)["error"])])


def test_the_first_failures_are_kept_to_be_shown(connection: Store, worker: Worker) -> None:
    enqueue(connection, *[b"[1]"] * 7)

    result = run(connection, worker)

    assert result.failed == 7
    assert [known for known, _ in result.failures] == [order_id(seq) for seq in range(1, 6)]


def test_a_run_that_validates_nothing_again_asks_no_reference_data(connection: Store, worker: Worker) -> None:
    enqueue_many(connection, 1)
    connection.execute("DROP TABLE reference_record")

    assert run(connection, worker) == QueueRun(claimed=1, completed=1)


REVALIDATE = Settings(queue=QueueSettings(revalidate=True))


def test_a_run_validates_again_only_when_asked(connection: Store, worker: Worker) -> None:
    bad = product_order("PO-1", orderCurrency="euro")
    enqueue(connection, bad)
    enqueue(connection, {**bad, "externalId": "PO-2"})
    change_entry(connection, 2, state="cancelled", reason="wrong")
    without = run(connection, worker)
    change_entry(connection, 2, state="new", reason=None)

    again = run(connection, worker, REVALIDATE)

    assert (without.completed, again.failed) == (1, 1)
    assert entry(connection, 2)["error_code"] == "ORD124"
    assert error_body(connection, 2)["details"][0]["datapath"] == "/orderCurrency"


def test_what_is_validated_again_keeps_its_profile_and_its_filled_currency(connection: Store, worker: Worker) -> None:
    enqueue(connection, product_order("PO-1", orderCurrency=...), filled_currency="USD")
    enqueue(connection, product_order("PO-2", items=[line(action="modify")], orderCurrency=...), profile="tmf622-v4")
    enqueue(connection, product_order("PO-3", orderCurrency=...))

    result = run(connection, worker, REVALIDATE)

    assert (result.completed, result.failed) == (2, 1)
    assert column(connection, "customer_order", "currency") == ["USD", None]
    assert entry(connection, 3)["error_code"] == "ORD113"


def test_rescued_entries_and_the_others_have_their_turns(connection: Store, worker: Worker) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2"), product_order("PO-3"))
    enqueue(connection, product_order("RESCUED"), isolated=True)
    running = Drain(connection, worker, Settings())

    tokens = [running.claim(1) for _ in range(4)]

    claimed = dict(connection.execute("SELECT claim_token, external_id FROM inbound_entry").fetchall())
    assert [claimed[token] for token in tokens] == ["PO-1", "RESCUED", "PO-2", "PO-3"]
