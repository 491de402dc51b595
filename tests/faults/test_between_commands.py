"""Two commands use one order on a PostgreSQL server: the second waits, and then sees the result of the first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from faults.server_clients import wait_until_it_waits
from faults.verification import marked_order, site, write_orders
from ordercli.database.store import transaction
from ordercli.operations.audit import audit
from support.stored import change_entry, column, enqueue, rows, states

if TYPE_CHECKING:
    from pathlib import Path

    from faults.commands import Site
    from ordercli.database.store import Store
    from support.builders import Json

SUBMIT = ("submit", "orders.ndjson", "-o", "ndjson", "--rejects", "none")
CREATE, QUEUE = SUBMIT, (*SUBMIT, "--async")
WITH_KEY = (*QUEUE, "--idempotency-key", "night")
RETRY_ONE = ("queue", "retry", "PO-1", "-o", "json")
RETRY_ALL = ("queue", "retry", "--state", "error", "-o", "json")
DISCARD_ONE = ("queue", "discard", "PO-1", "--reason", "left", "-o", "json")
DISCARD_ALL = ("queue", "discard", "--state", "new", "--reason", "left", "--yes", "-o", "json")
FAILED = {"state": "error", "error_code": "ORD190", "error": "{}", "finished_at": "2026-03-01T08:00:00.000Z"}


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def at(tmp_path: Path, database: str) -> Site:
    made = site(tmp_path, database)
    write_orders(made, "orders.ndjson", ["PO-1"])
    return made


class Met(NamedTuple):
    """How the two commands ended, and what the second one printed."""

    codes: tuple[int, int]
    printed: list[Json]


def meet(at: Site, first: tuple[str, ...], place: str, second: tuple[str, ...]) -> Met:
    """Start the second command when the first is about to commit; the first commits when the second waits."""
    ahead = at.start(*first, failpoint=f"{place}-before-commit:stop")
    ahead.wait_until_stopped()
    behind = at.start(*second)
    wait_until_it_waits(at.address, behind)
    ahead.go_on()
    codes = ahead.end(), behind.end()
    return Met(codes, _documents(behind.printed))


def _documents(printed: bytes) -> list[Json]:
    """Return the printed documents: one, or one per line."""
    try:
        whole = json.loads(printed or b"[]")
    except ValueError:
        return [json.loads(line) for line in printed.splitlines()]
    return whole if isinstance(whole, list) else [whole]


def failed_entry(connection: Store) -> str:
    """Make an entry that ended in error, so that its external id is free, and return its order id."""
    (order_id,) = enqueue(connection, {"externalId": "PO-1"})
    change_entry(connection, 1, **FAILED)
    connection.execute("UPDATE batch SET read = 1, accepted = 1")
    return order_id


@pytest.mark.parametrize(("first", "second"), [(CREATE, QUEUE), (QUEUE, CREATE), (CREATE, CREATE), (QUEUE, QUEUE)])
def test_an_external_id_that_is_about_to_be_taken_is_waited_for(
    at: Site, connection: Store, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    met = meet(at, first, "submit-batch", second)

    holders = column(connection, "customer_order", "order_id") + column(connection, "inbound_entry", "order_id")
    assert met.codes == (0, 0)
    assert [(each["outcome"], each["orderId"]) for each in met.printed] == [("duplicate", holder) for holder in holders]
    assert len(holders) == 1
    assert [str(fault) for fault in audit(at.database)] == []


def test_submissions_to_the_queue_do_not_wait_for_each_other(at: Site) -> None:
    write_orders(at, "others.ndjson", ["PO-2"])
    ahead = at.start(*QUEUE, failpoint="submit-batch-before-commit:stop")
    ahead.wait_until_stopped()

    code = at.run("submit", "others.ndjson", "--async")

    ahead.go_on()
    assert (code, ahead.end()) == (0, 0)


def test_runs_of_the_queue_do_not_wait_for_each_others_claims(at: Site, connection: Store) -> None:
    enqueue(connection, *map(marked_order, ["PO-1", "PO-2", "PO-3"]))
    ahead = at.start("queue", "run", "--batch-size", "2", failpoint="claim-before-commit:stop")
    ahead.wait_until_stopped()

    code = at.run("queue", "run")

    assert (code, states(connection)) == (0, {1: "new", 2: "new", 3: "completed"})
    ahead.go_on()
    assert (ahead.end(), set(states(connection).values())) == (0, {"completed"})


@pytest.mark.parametrize("second", [RETRY_ONE, RETRY_ALL], ids=["one", "all"])
def test_a_failed_entry_is_not_tried_again_while_another_order_takes_its_external_id(
    at: Site, connection: Store, second: tuple[str, ...]
) -> None:
    failed_entry(connection)

    met = meet(at, CREATE, "submit-batch", second)

    assert met.codes == (0, 4 if second is RETRY_ONE else 1)
    assert states(connection) == {1: "error"}
    assert column(connection, "customer_order", "external_id") == ["PO-1"]


@pytest.mark.parametrize("second", [DISCARD_ONE, DISCARD_ALL], ids=["one", "all"])
def test_an_entry_that_is_about_to_be_claimed_is_not_told_to_be_discarded(
    at: Site, connection: Store, second: tuple[str, ...]
) -> None:
    at.run(*QUEUE)

    met = meet(at, ("queue", "run"), "claim", second)

    reported = {} if second is DISCARD_ONE else {"matched": 1, "discarded": 0, "skipped": 1, "exitCode": 1}
    assert met == ((0, 4), []) if second is DISCARD_ONE else ((0, 1), [reported])
    assert states(connection) == {1: "completed"}


def test_a_waiting_entry_that_fails_meanwhile_is_tried_again_as_a_failed_one(at: Site, connection: Store) -> None:
    first, _ = enqueue(connection, {"externalId": "PO-1"}), enqueue(connection, {"externalId": "PO-2"})
    change_entry(connection, 1, state="pending", execute_after="2999-01-01T00:00:00.000Z")
    change_entry(connection, 2, state="cancelled", reason="wrong")
    with transaction(connection, "test"):
        change_entry(connection, 1, **FAILED, execute_after=None)
        change_entry(connection, 2, state="new", reason=None, external_id="PO-1")
        behind = at.start("queue", "retry", *first)
        wait_until_it_waits(at.address, behind)

    assert behind.end() == 4
    assert states(connection) == {1: "error", 2: "new"}


PATCH = '{"id": "PO-1", "note": [{"text": "%s"}]}'
CANCELLATION = '{"cancellationReason": "left", "productOrder": {"id": "PO-1"}}'


@pytest.mark.parametrize(
    ("command", "request_line", "outcome", "left"),
    [
        ("patch", PATCH % "second", "patched", ("new", ["first", "second"])),
        ("cancel", CANCELLATION, "cancelled", ("canceled", ["first"])),
    ],
    ids=["patch", "cancel"],
)
def test_a_request_meets_the_order_as_the_one_before_has_left_it(
    at: Site, connection: Store, command: str, request_line: str, outcome: str, left: tuple[str, list[str]]
) -> None:
    at.run(*CREATE)
    (at.folder / "first").write_text(PATCH % "first")
    (at.folder / "second").write_text(request_line)
    confirmed = ("--yes",) if command == "cancel" else ()

    met = meet(at, ("patch", "--from", "first"), "requests", (command, "--from", "second", *confirmed, "-o", "ndjson"))

    (order,) = rows(connection, "customer_order")
    (document,) = column(connection, "revised_document", "body")
    notes = [note["text"] for note in json.loads(document)["note"]]
    assert met.codes == (0, 0)
    assert [(each["outcome"], each["version"]) for each in met.printed] == [(outcome, 3)]
    assert (order["version"], (order["state"], notes)) == (3, left)


def test_a_run_with_a_key_that_another_run_is_about_to_use_leaves_it_to_that(at: Site, connection: Store) -> None:
    met = meet(at, WITH_KEY, "submit-open", WITH_KEY)

    (batch,) = rows(connection, "batch")
    assert (batch["idempotency_key"], batch["read"], batch["status"]) == ("night", 1, "completed")
    assert met.codes[0] == 0
    assert met.codes[1] in {0, 75}
    assert b"Traceback" not in at.complaints
