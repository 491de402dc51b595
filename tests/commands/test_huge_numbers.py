"""Numbers beyond what a date, a C integer or the database holds are refused with their bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, product_order

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.slow

MANY = "9" * 5000
DURATION = "a duration such as 50s, 15m or 10d, at most 36500d"
REFUSED = [
    ("queue run --batch-size 99999999999", "`queue.batch_size` must be at most 2147483647, not 99999999999"),
    (f"queue run --batch-size {MANY}", "Invalid value for '--batch-size'"),
    ("queue run --max-runtime 36501d", f"`queue.max_runtime` must be {DURATION}, not '36501d'"),
    (f"queue run --max-runtime {MANY}", f"`queue.max_runtime` must be {DURATION}, not '9999"),
    ("queue run --jobs 257", "--jobs takes a number from 1 to 256, or auto, not '257'"),
    (f"queue run --jobs {MANY}", "--jobs takes a number from 1 to 256, or auto, not '9999"),
    (f"queue status --check --max-age {MANY}", f"--max-age takes {DURATION}, not '9999"),
    (f"queue status --check --max-error {MANY}", "Invalid value for '--max-error'"),
    ("queue retry --state error --older-than 99999999999999d", f"--older-than takes {DURATION}, not '9999"),
    (f"queue discard --state error --reason x --older-than {MANY}", f"--older-than takes {DURATION}, not '9999"),
    ("queue export --older-than 36501d", f"--older-than takes {DURATION}, not '36501d'"),
    (f"submit --async --wait {MANY}", f"--wait takes {DURATION}, not '9999"),
    (f"submit --jobs {MANY}", "--jobs takes a number from 1 to 256, or auto, not '9999"),
    (f"submit --max-rejects {MANY}", "--max-rejects takes a number"),
    (f"validate --jobs {MANY}", "--jobs takes a number from 1 to 256, or auto, not '9999"),
    ("list --limit 9223372036854775808", "is not in the range 0<=x<=9223372036854775807."),
    ("list --offset 9223372036854775808", "is not in the range 0<=x<=9223372036854775807."),
    ("list --since 99999999999999d", "--since takes a time, not '99999999999999d'"),
    (f"list --until {MANY}d", "--until takes a time, not '9999"),
    ("list --since 9999-12-31T23:59:59-14:00", "--since takes a time, not '9999-12"),
    (f"events --after {MANY}", "--after takes the cursor of an event"),
    (f"events --since {MANY}", "--since takes a time, not '9999"),
    (f"patch PO-1 --if-version {MANY} --set a=b", "Invalid value for '--if-version'"),
    (f"patch PO-1 --set channel.{MANY}.id=x", "there is no element 9999"),
    (f"patch PO-1 --set /channel/{MANY}/id=x", "there is no element 9999"),
]


@pytest.mark.parametrize(("command", "reported"), REFUSED, ids=[command[:60] for command, _ in REFUSED])
def test_a_number_that_is_too_large_is_refused(ordercli: Ordercli, command: str, reported: str) -> None:
    ordercli("submit", stdin=encoded(product_order(channel=[{"id": "web", "name": "Web"}])))

    result = ordercli(*command.split(), stdin=encoded(product_order("PO-2")))

    assert (result.exit_code, result.stdout, reported in result.stderr) == (2, "", True), result.stderr[:500]


@pytest.mark.parametrize(
    "command",
    [
        "queue run --batch-size 2147483647 --max-runtime 36500d",
        "queue purge",
        "queue retry --state error --older-than 36500d",
        "queue status --check --max-age 36500d --max-error 99999999999999999999",
        "list --limit 9223372036854775807 --offset 9223372036854775807",
        "list --since 36500d",
        "batch list --offset 9223372036854775807",
        "events --since 999999999999999999.999999999",
    ],
)
@pytest.mark.every_engine
def test_the_largest_numbers_that_are_accepted_work(ordercli: Ordercli, command: str) -> None:
    ordercli("submit", "--async", stdin=encoded(product_order()))

    result = ordercli(
        *command.split(),
        ORDERCLI_QUEUE_RETENTION_COMPLETED="36500d",
        ORDERCLI_QUEUE_RETENTION_ERROR="36500d",
        ORDERCLI_LIMITS_MAX_ORDER_BYTES="2147483647",
        ORDERCLI_LIMITS_MAX_FINDINGS="2147483647",
    )

    assert (result.exit_code, result.stderr) == (0, "")
