from __future__ import annotations

import json
import sqlite3

import pytest

from ordercli.database.sqlite import sqlite
from ordercli.operations.failures import after_fault
from ordercli.queue.claims import Claimed, Failure
from support.stored import BATCH, order_id


def attempted(times: int) -> Claimed:
    return Claimed(7, order_id(7), "PO-7", "cli", "servicenow", None, times, BATCH, b"", b"")


def busy() -> Exception:
    error: Exception = sqlite.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY  # type: ignore[attr-defined]
    return error


def bug() -> Exception:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    return caught.value


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (8, 1280), (9, 2560)],
)
def test_the_delay_doubles_with_each_attempt_after_a_passing_fault(attempts: int, longest: float) -> None:
    delays = [after_fault(attempted(attempts), busy()) for _ in range(50)]

    assert all(isinstance(delay, float) and longest / 2 <= delay <= longest for delay in delays)
    assert len(set(delays)) > 1


def test_a_bug_gets_three_attempts() -> None:
    outcomes = [type(after_fault(attempted(times), bug())) for times in (1, 2, 3, 4)]

    assert outcomes == [float, float, Failure, Failure]


def test_the_tenth_attempt_is_the_last() -> None:
    outcome = after_fault(attempted(10), busy())

    assert isinstance(outcome, Failure)
    assert (outcome.seq, outcome.error_code, json.loads(outcome.error)) == (
        7,
        "ORD193",
        {
            "code": 1,
            "reason": "Invalid payload: Order creation failed",
            "message": "Invalid payload: Order creation failed",
            "details": [
                {"message": "Invalid payload: Order creation failed", "datapath": "", "rule": "ORD193"},
                {
                    "message": "Attempt 10 failed as those before it: database is locked",
                    "datapath": "",
                    "rule": "ORD193",
                },
            ],
        },
    )


def test_the_trace_of_a_bug_is_kept() -> None:
    outcome = after_fault(attempted(3), bug())

    assert isinstance(outcome, Failure)
    reported = json.loads(outcome.error)["details"][1]["message"]
    assert reported.startswith("Attempt 3 failed as those before it: Traceback (most recent call last):\n")
    assert reported.endswith("ZeroDivisionError: division by zero\n")


def test_a_table_that_defends_itself_ends_the_entry_at_once() -> None:
    outcome = after_fault(attempted(1), sqlite.IntegrityError("UNIQUE constraint failed: customer_order.external_id"))

    assert isinstance(outcome, Failure)
    assert outcome.error_code == "ORD190"
    assert [detail["message"] for detail in json.loads(outcome.error)["details"]] == [
        "Invalid payload: Order creation failed",
        "UNIQUE constraint failed: customer_order.external_id",
    ]
