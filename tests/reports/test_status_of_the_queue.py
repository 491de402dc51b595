from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.operations.queue_status import QueueStatus, queue_status
from ordercli.queue import claims
from support.builders import ndjson, product_order, service_order
from support.stored import ACCEPTED_AT, change_entry, enqueue_many

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

PAUSED = f"the queue is paused since {ACCEPTED_AT} by ops: why"
NONE = {"new": 0, "in_progress": 0, "pending": 0, "completed": 0, "error": 0, "cancelled": 0}


def test_an_empty_queue_has_nothing_due(database: str) -> None:
    assert queue_status(database).members() == {
        **NONE,
        "oldestDueAgeSeconds": None,
        "paused": False,
        "byResource": {"productOrder": NONE, "serviceOrder": NONE},
    }


def test_entries_are_counted_by_state_and_a_pause_is_reported(connection: Store, database: str) -> None:
    enqueue_many(connection, 3)
    change_entry(connection, 2, state="error", error_code="ORD190")
    claims.pause(connection, ACCEPTED_AT, "ops", "prices are corrected")

    found = queue_status(database)

    age = found.oldest_due_age_seconds
    assert age is not None
    assert age > 0
    reported = {"oldestDueAgeSeconds": age, "paused": True, "pausedSince": ACCEPTED_AT}
    reported |= {"pausedBy": "ops", "pauseReason": "prices are corrected"}
    counts = {**NONE, "new": 2, "error": 1}
    by_resource = {"productOrder": counts, "serviceOrder": NONE}
    assert found.members() == {**counts, **reported, "byResource": by_resource}


@pytest.mark.every_engine
def test_entries_are_counted_by_kind_of_order(ordercli: Ordercli) -> None:
    orders = [product_order("P-1"), product_order("P-2"), service_order("S-1"), service_order("S-2")]
    ordercli("submit", "--async", stdin=ndjson(*orders))
    ordercli("queue", "create", "P-1", "S-1")
    ordercli("queue", "discard", "S-2", "--reason", "twice")

    status = ordercli("queue", "status", "-o", "json").json
    checked = ordercli("queue", "status", "--check", "--max-age", "0s")

    product = {**NONE, "new": 1, "completed": 1}
    service = {**NONE, "completed": 1, "cancelled": 1}
    assert status["byResource"] == {"productOrder": product, "serviceOrder": service}
    assert {state: status[state] for state in NONE} == {**NONE, "new": 1, "completed": 2, "cancelled": 1}
    assert (checked.exit_code, "the oldest due entry has waited for" in checked.stderr) == (1, True)


def test_a_terminal_shows_the_kinds_in_parentheses(ordercli: Ordercli) -> None:
    ordercli("submit", "--async", stdin=ndjson(product_order("P-1"), service_order("S-1"), service_order("S-2")))

    lines = ordercli("queue", "status", "-o", "table").stdout.splitlines()

    assert [line.rstrip().split(maxsplit=1) for line in lines[:3]] == [
        ["new", "3 (productOrder 1, serviceOrder 2)"],
        ["in_progress", "0"],
        ["pending", "0"],
    ]
    assert not any("byResource" in line for line in lines)


@pytest.mark.parametrize(
    ("age", "errors", "paused_since", "alarms"),
    [
        (None, 0, None, []),
        (900.0, 0, None, []),
        (900.4, 0, None, ["the oldest due entry has waited for 900 s, longer than 900 s"]),
        (
            1000.0,
            0,
            ACCEPTED_AT,
            [f"the oldest due entry has waited for 1000 s, longer than 900 s; {PAUSED}"],
        ),
        (None, 1, None, []),
        (None, 2, None, ["2 entries are in error, more than 1"]),
        (
            901.0,
            2,
            None,
            [
                "the oldest due entry has waited for 901 s, longer than 900 s",
                "2 entries are in error, more than 1",
            ],
        ),
    ],
)
def test_an_alarm_says_what_is_wrong(
    age: float | None, errors: int, paused_since: str | None, alarms: list[str]
) -> None:
    counts: dict[str, Any] = {**NONE, "error": errors}
    paused = paused_since is not None
    status = QueueStatus(**counts, oldest_due_age_seconds=age, paused=paused)
    if paused_since:
        status.paused_since, status.paused_by, status.pause_reason = paused_since, "ops", "why"

    assert status.alarms(900, 1) == alarms
