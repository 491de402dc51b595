"""`ordercli batch cancel`, and `cancel --release-id`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.bulk.batch_cancellation import CancellationOptions, CancellationRun
from ordercli.clock import later, now, timestamp
from ordercli.database.store import transaction
from ordercli.queue import claims
from ordercli.run_control import Stop
from ordercli.settings import Settings
from support.builders import ndjson, product_order, product_orders, service_order, write_orders
from support.rejected import NAMELESS, refused, repair
from support.rejected import receipts as outcomes
from support.running import COMMAND
from support.stored import rows
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli, Result

pytestmark = pytest.mark.every_engine


def submitted(ordercli: Ordercli, *orders: Json, options: tuple[str, ...] = ()) -> str:
    """Submit orders, and return the id of their batch."""
    write_orders(Path("orders.ndjson"), *orders)
    result = ordercli("submit", "orders.ndjson", *options, "-o", "json")
    assert result.exit_code == 0, result.stderr
    return str(result.json["batchId"])


def cancel(ordercli: Ordercli, batch: str, *options: str) -> Result:
    return ordercli("batch", "cancel", batch, "--reason", "wrong file", "--yes", *options)


def counts(result: Result) -> dict[str, Any]:
    return {name: n for name, n in result.json.items() if isinstance(n, int) and n}


def receipts(result: Result) -> list[tuple[str, str, str]]:
    return [(each["externalId"], each["outcome"], each["state"]) for each in result.ndjson]


def test_what_waits_is_discarded_and_what_was_created_is_cancelled(ordercli: Ordercli, connection: Store) -> None:
    batch = submitted(ordercli, *product_orders(3), service_order("S-1"), options=("--async",))
    ordercli("queue", "create", "PO-2", "S-1")

    result = cancel(ordercli, batch, "-o", "ndjson")
    repeated = cancel(ordercli, batch, "-o", "json")

    assert result.exit_code == 0
    assert receipts(result) == [
        ("PO-1", "discarded", "cancelled"),
        ("PO-3", "discarded", "cancelled"),
        ("PO-2", "cancelled", "canceled"),
        ("S-1", "cancelled", "canceled"),
    ]
    assert (repeated.exit_code, counts(repeated)) == (0, {"before": 4})
    states = {each["externalId"]: each["state"] for each in ordercli("batch", "show", batch, "--orders").ndjson}
    assert set(states.values()) == {"cancelled", "canceled"}
    reasons = [row["reason"] for row in rows(connection, "inbound_entry") if row["state"] == "cancelled"]
    assert reasons == ["wrong file", "wrong file"]
    shown = ordercli("batch", "show", batch).json
    assert (shown["status"], shown["waiting"], shown["cancelled"], shown["created"]) == ("cancelled", 0, 2, 2)
    order_id = ordercli("show", "S-1", "-o", "json").json["id"]
    (history,) = [
        each for each in ordercli("history", order_id, "-o", "ndjson").ndjson if each["kind"] == "cancellation"
    ]
    assert history["cancellationReason"] == "wrong file"


def test_failed_entries_are_discarded_so_that_nobody_retries_them(ordercli: Ordercli) -> None:
    Path("orders.ndjson").write_bytes(ndjson(product_order("A-1", productOrderItem=5)))
    off: dict[str, Any] = {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}
    batch = ordercli("submit", "orders.ndjson", "--async", "-o", "json", **off).json["batchId"]
    ordercli("queue", "run", **off)

    result = cancel(ordercli, batch, "-o", "ndjson")

    assert [(each["outcome"], each["state"]) for each in result.ndjson] == [("discarded", "cancelled")]


@pytest.mark.parametrize(
    ("state", "options", "code", "outcome"),
    [
        ("acknowledged", (), 0, "cancelled"),
        ("in_progress", (), 1, "conflict"),
        ("in_progress", ("--include-in-progress",), 0, "cancelled"),
        ("completed", ("--include-in-progress",), 1, "conflict"),
    ],
)
def test_orders_on_which_work_has_begun_are_left(
    ordercli: Ordercli, state: str, options: tuple[str, ...], code: int, outcome: str
) -> None:
    batch = submitted(ordercli, product_order("A-1"))
    for each in ("in_progress",) if state == "completed" else ():
        assert ordercli("patch", "A-1", "--set", f"state={each}").exit_code == 0
    assert ordercli("patch", "A-1", "--set", f"state={state}").exit_code == 0

    result = cancel(ordercli, batch, *options, "-o", "ndjson")

    assert (result.exit_code, [each["outcome"] for each in result.ndjson]) == (code, [outcome])
    assert ordercli("show", "A-1", "-o", "json").json["state"] == ("canceled" if code == 0 else state)


def test_what_is_left_is_told(ordercli: Ordercli) -> None:
    batch = submitted(ordercli, *product_orders(2))
    ordercli("patch", "PO-2", "--set", "state=in_progress")

    result = cancel(ordercli, batch, "-o", "ndjson")

    assert result.ndjson[1]["errors"] == [
        {
            "code": None,
            "message": ("the order is in_progress; --include-in-progress cancels it too, where its state allows it"),
        }
    ]
    assert result.notes == (
        f"batch {batch}: 0 waiting or failed entries will be discarded, 1 order will be cancelled, orders in other"
        " states stay as they are (1 in_progress)\n"
    )


def test_orders_in_progress_wait_for_approval_where_that_is_set(ordercli: Ordercli) -> None:
    batch = submitted(ordercli, product_order("A-1"), product_order("A-2"))
    ordercli("patch", "A-1", "--set", "state=in_progress")
    approval: dict[str, Any] = {"ORDERCLI_ORDERS_CANCELLATION_APPROVAL": "true"}

    words = ("batch", "cancel", batch, "--reason", "wrong file", "--yes", "--include-in-progress", "-o", "json")
    first, again = ordercli(*words, **approval), ordercli(*words, **approval)

    assert (first.exit_code, counts(first)) == (0, {"cancelled": 1, "requested": 1})
    assert (again.exit_code, counts(again)) == (0, {"requested": 1, "before": 1})
    assert ordercli("list", "--state", "assessing_cancellation", "-o", "ndjson").ndjson[0]["externalId"] == "A-1"


def test_a_claimed_entry_is_waited_for_and_left_if_its_worker_keeps_it(ordercli: Ordercli, connection: Store) -> None:
    batch = submitted(ordercli, *product_orders(2), options=("--async",))
    with transaction(connection, "claim"):
        assert claims.claim(connection, "token", "worker", timestamp(now()), later(now(), 60), 1) == 1

    result = cancel(ordercli, batch, "--wait", "0s", "-o", "ndjson")

    assert result.exit_code == 1
    assert receipts(result) == [("PO-2", "discarded", "cancelled"), ("PO-1", "conflict", "in_progress")]
    assert result.ndjson[1]["errors"][0]["message"] == (
        "a worker holds this entry; cancel the batch again when it has ended"
    )


def test_it_is_cancelled_while_it_is_drained(ordercli: Ordercli) -> None:
    """The worker creates what it has claimed, and that is cancelled too."""
    batch = submitted(ordercli, *product_orders(40), options=("--async",))
    slow: dict[str, Any] = {"ORDERCLI_TESTING": "1", "ORDERCLI_FAILPOINT": "claim-after-commit:sleep:1"}
    with ordercli.start("queue", "run", "--jobs", "1", "--batch-size", "10", **slow) as worker:
        while not ordercli("queue", "status", "-o", "json").json["in_progress"]:
            pass
        result = cancel(ordercli, batch, "-o", "json")
        worker.communicate()

    assert (result.exit_code, result.json["discarded"] + result.json["cancelled"]) == (0, 40)
    assert result.json["cancelled"] >= 10
    assert worker.returncode == 0
    assert ordercli("list", "--state", "new", "-o", "ndjson").stdout == ""
    assert ordercli("db", "check").exit_code == 0


@pytest.mark.of_a_file
def test_orders_that_another_run_cancels_meanwhile_are_no_conflicts(ordercli: Ordercli, connection: Any) -> None:
    batch = submitted(ordercli, *product_orders(2))
    begun = 0
    other: list[dict[str, Any]] = []

    def go_first(statement: str) -> None:
        """Let another run cancel the orders that this one has read, just before it asks for the write lock."""
        nonlocal begun
        begun += statement == "BEGIN IMMEDIATE"
        if begun == 2 and not other:
            other.append(counts(cancel(ordercli, batch, "-o", "json")))

    run = CancellationRun(connection, batch, Settings(), CancellationOptions("wrong file", False, 0))
    connection.set_trace_callback(go_first)
    receipts_of_run = list(run.run(Stop()))

    assert (other, receipts_of_run) == ([{"cancelled": 2}], [])


def test_a_run_that_still_reads_stops(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(600))
    slow: dict[str, Any] = {"ORDERCLI_TESTING": "1", "ORDERCLI_FAILPOINT": "submit-batch-after-commit:sleep:1"}
    with ordercli.start("submit", "orders.ndjson", "--jobs", "1", "-o", "json", **slow) as submitter:
        while not (listed := ordercli("batch", "list", "-o", "ndjson").ndjson) or not listed[0]["accepted"]:
            pass
        batch = listed[0]["batchId"]
        cancelled = cancel(ordercli, batch, "-o", "json")
        _, errors = submitter.communicate()

    assert submitter.returncode == 4, errors.decode()
    assert f"Batch {batch} was cancelled at " in errors.decode()
    assert "submit the corrected file as a new batch" in errors.decode()
    (stored,) = rows(connection, "batch")
    assert (cancelled.exit_code, cancelled.json["cancelled"]) == (0, stored["accepted"])
    assert ordercli("batch", "show", batch).json["status"] == "cancelled"
    assert 0 < stored["accepted"] < 600


def test_a_cancelled_batch_is_not_resumed_nor_done_again_by_its_key(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), product_order("A-1"), product_order("BAD", orderCurrency=...))
    words = ("submit", "orders.ndjson", "--fail-fast", "--idempotency-key", "night")
    stopped = ordercli(*words, "-o", "json")
    batch = stopped.json["batchId"]
    cancel(ordercli, batch)

    resumed, again = ordercli("batch", "resume", batch), ordercli(*words)

    for result in (resumed, again):
        assert result.exit_code == 4
        assert result.stderr.startswith(f"error: Batch {batch} was cancelled at ")
        assert result.stderr.endswith(": wrong file\n  hint: submit the corrected file as a new batch\n")


def test_the_corrected_file_is_sent_with_the_same_external_ids(ordercli: Ordercli) -> None:
    batch = submitted(ordercli, *product_orders(2))
    queued = submitted(ordercli, product_order("Q-1"), product_order("Q-2"), options=("--async",))
    ordercli("queue", "create", "Q-1")
    cancel(ordercli, batch)
    cancel(ordercli, queued)
    old = ordercli("show", "PO-1", "-o", "json").json

    right = [product_order(name, description="right") for name in ("PO-1", "PO-2", "Q-1", "Q-2")]
    corrected = submitted(ordercli, *right)

    new = ordercli("show", "PO-1", "-o", "json").json
    assert (old["state"], old["releasedExternalId"], old["externalId"]) == ("canceled", "PO-1", "PO-1")
    assert (new["state"], new["description"], "releasedExternalId" in new) == ("new", "right", False)
    listed = ordercli("list", "--external-id", "PO-1", "-o", "ndjson").ndjson
    assert [(each["id"], each.get("releasedExternalId")) for each in listed] == [(new["id"], None), (old["id"], "PO-1")]
    short = ordercli("list", "--external-id", "PO-1", "--fields", "externalId,state", "-o", "ndjson").ndjson
    assert [(each["externalId"], each["state"]) for each in short] == [("PO-1", new["state"]), ("PO-1", "canceled")]
    assert ordercli("db", "check").exit_code == 0
    assert ordercli("batch", "show", corrected).json["created"] == 4


def test_several_orders_that_released_an_id_are_told_apart(ordercli: Ordercli) -> None:
    for _ in range(2):
        cancel(ordercli, submitted(ordercli, product_order("A-1")))

    shown, patched = ordercli("show", "A-1"), ordercli("patch", "A-1", "--set", "description=x")

    assert (shown.exit_code, "is an external identifier of several orders" in shown.stderr) == (4, True)
    assert (patched.exit_code, "'A-1' was released by the orders " in patched.stderr) == (3, True)


def test_further_identifiers_of_v5_are_released_too(ordercli: Ordercli) -> None:
    line = {"@type": "ProductOrderItem", "id": "1", "action": "add"}
    order = {"@type": "ProductOrder", "productOrderItem": [line]}
    ids = [{"@type": "ExternalIdentifier", "id": each} for each in ("K-1", "F-1")]
    options = ("--profile", "tmf622")
    batch = submitted(ordercli, {**order, "externalId": ids}, options=options)
    assert cancel(ordercli, batch).exit_code == 0

    again = submitted(ordercli, {**order, "externalId": ids[1:]}, options=options)

    assert ordercli("batch", "show", again).json["accepted"] == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("batch", "cancel", "f" * 32, "--reason", "x", "--yes"), 3, f"No batch has the id {'f' * 32!r}"),
        (("batch", "cancel", "BATCH", "--reason", " ", "--yes"), 2, "--reason must not be empty"),
        (("batch", "cancel", "BATCH", "--reason", "x"), 2, "batch BATCH: 0 waiting or failed entries will be"),
        (("batch", "cancel", "BATCH", "--yes"), 2, "Missing option '--reason'."),
        (("batch", "cancel", "PATCHES", "--reason", "x", "--yes"), 4, "Batch PATCHES is a run of `ordercli patch`"),
    ],
)
def test_what_cannot_be_cancelled_is_refused(
    ordercli: Ordercli, connection: Store, words: tuple[str, ...], code: int, message: str
) -> None:
    batch = submitted(ordercli, product_order("A-1"))
    Path("patches.ndjson").write_bytes(ndjson({"id": "A-1", "description": "x"}))
    ordercli("patch", "--from", "patches.ndjson")
    (patches,) = [row["id"] for row in rows(connection, "batch") if row["kind"] == "patch"]
    names = {"BATCH": batch, "PATCHES": patches}

    result = ordercli(*(names.get(word, word) for word in words))

    for name, value in names.items():
        message = message.replace(name, value)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(f"error: {message}")
    assert ordercli("show", "A-1", "-o", "json").json["state"] == "new"


def test_a_dry_run_tells_what_would_be_done(ordercli: Ordercli) -> None:
    batch = submitted(ordercli, *product_orders(3), options=("--async",))
    ordercli("queue", "create", "PO-2")

    result = ordercli("batch", "cancel", batch, "--reason", "wrong file", "--dry-run", "-o", "json")

    assert result.json == {
        "batchId": batch,
        "reason": "wrong file",
        "discarded": 2,
        "cancelled": 1,
        "requested": 0,
        "conflicts": 0,
        "before": 0,
        "claimed": 0,
        "dryRun": True,
        "exitCode": 0,
    }
    assert ordercli("batch", "show", batch).json["waiting"] == 2


@pytest.mark.of_a_file
@pytest.mark.parametrize(("answer", "code", "status"), [("y", 0, "cancelled"), ("n", 1, "completed")])
def test_a_person_is_told_what_will_be_done_and_asked(ordercli: Ordercli, answer: str, code: int, status: str) -> None:
    batch = submitted(ordercli, *product_orders(2))
    ordercli("patch", "PO-2", "--set", "state=in_progress")
    words = [*COMMAND, "batch", "cancel", batch, "--reason", "wrong file", "--include-in-progress"]

    process = on_terminal(words, ordercli.folder, ordercli.environment())
    process.expect_exact("Go on? [y/N]: ")
    process.sendline(answer)
    result = ended(process)

    assert (result.exit_code, ordercli("batch", "show", batch).json["status"]) == (code, status)
    told = f"batch {batch}: 0 waiting or failed entries will be discarded, 2 orders will be cancelled. Go on?"
    assert result.screen.startswith(told)
    end = "0 entries discarded, 2 orders cancelled, 0 left as they are\n" if code == 0 else "nothing was done\n"
    assert result.screen.endswith(end)


@pytest.mark.of_a_file
def test_people_see_the_orders_that_are_left(ordercli: Ordercli) -> None:
    batch = submitted(ordercli, *product_orders(2))
    ordercli("patch", "PO-2", "--set", "state=in_progress")
    words = [*COMMAND, "batch", "cancel", batch, "--reason", "wrong file", "--yes"]

    result = ended(on_terminal(words, ordercli.folder, ordercli.environment(), columns=200))

    table = [each.split()[1:4] for each in result.screen.splitlines() if "conflict" in each]
    assert (result.exit_code, table) == (1, [["PO-2", "conflict", "in_progress"]])


def test_an_external_id_is_released_with_the_cancellation_or_later(ordercli: Ordercli) -> None:
    submitted(ordercli, *product_orders(3))

    at_once = ordercli("cancel", "PO-1", "--reason", "left", "--release-id", "-o", "json")
    ordercli("cancel", "PO-2", "--reason", "left")
    later_on = ordercli("cancel", "PO-2", "--release-id", "-o", "json")
    open_order = ordercli("cancel", "PO-3", "--release-id")
    order_ids = [ordercli("show", name, "-o", "json").json["id"] for name in ("PO-1", "PO-2")]
    twice = ordercli("cancel", *order_ids, "--release-id", "-o", "ndjson")

    assert (at_once.exit_code, at_once.json["state"], at_once.json["cancellationReason"]) == (0, "done", "left")
    assert (later_on.exit_code, later_on.json["state"], later_on.json["cancellationReason"]) == (0, "done", "left")
    assert (open_order.exit_code, "cancellationReason" in open_order.stderr) == (1, True)
    released = [{"pointer": "/releasedExternalId", "before": None, "after": name} for name in ("PO-1", "PO-2")]
    told = [ordercli("history", each, "-o", "ndjson").ndjson for each in order_ids]
    assert [(each["kind"], each["changeTypes"]) for each in told[0][1:]] == [("cancellation", ["State", "Other"])]
    assert [(each["kind"], each["changeTypes"]) for each in told[1][1:]] == [
        ("cancellation", ["State"]),
        ("revision", ["Other"]),
    ]
    assert [each[-1]["changes"][-1] for each in told] == released
    assert [each[-1]["version"] for each in told] == [2, 3]
    assert [ordercli("show", each, "-o", "json").json["version"] for each in order_ids] == ["2", "3"]
    assert ordercli("db", "check").exit_code == 0
    assert [each["outcome"] for each in twice.ndjson] == ["cancelled", "cancelled"]
    submitted(ordercli, product_order("PO-1", description="new"), product_order("PO-2", description="new"))
    assert ordercli("show", "PO-3", "-o", "json").json["state"] == "new"


@pytest.mark.parametrize("options", [("--deny", "--release-id"), ("--reason", " ", "--release-id"), ("--from", "x")])
def test_an_id_is_released_only_with_a_cancellation(ordercli: Ordercli, options: tuple[str, ...]) -> None:
    submitted(ordercli, product_order("A-1"))

    result = ordercli("cancel", *(() if "--from" in options else ("A-1",)), *options, "--release-id")

    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("options", [(), ("--async",)])
def test_the_lines_of_a_rejects_file_that_a_batch_accepted_can_be_sent_again(
    ordercli: Ordercli, options: tuple[str, ...]
) -> None:
    path = repair(refused(ordercli, *options, order=NAMELESS))
    batch = ordercli("submit", path, "-o", "json").json["batchId"]

    known = ordercli("submit", path, "-o", "ndjson")
    cancelled = cancel(ordercli, batch)
    freed, again = (ordercli("submit", path, "-o", "ndjson") for _ in range(2))

    assert cancelled.exit_code == 0
    assert [outcomes(each)[0][0] for each in (known, freed, again)] == ["duplicate", "accepted", "duplicate"]


@pytest.mark.usefixtures("audited")
def test_the_line_of_an_exported_entry_can_take_its_place_again(ordercli: Ordercli) -> None:
    ordercli("submit", "--async", "-o", "id", stdin=ndjson({**product_order(None), "productOrderItem": 7}), **UNCHECKED)
    ordercli("queue", "run")
    ordercli("queue", "export", "--to", "failed.ndjson")
    path = Path("failed.ndjson")
    items = json.dumps(product_order()["productOrderItem"])
    path.write_text(path.read_text().replace('"productOrderItem":7', f'"productOrderItem":{items}'))
    batch = ordercli("submit", str(path), "-o", "json").json["batchId"]

    cancel(ordercli, batch)
    freed, again = (ordercli("submit", str(path), "-o", "ndjson") for _ in range(2))

    assert [outcomes(each)[0][0] for each in (freed, again)] == ["accepted", "duplicate"]


UNCHECKED = {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}


@pytest.mark.usefixtures("audited")
def test_the_lines_of_orders_that_stay_are_not_freed(ordercli: Ordercli) -> None:
    path = repair(refused(ordercli, order=NAMELESS))
    batch = ordercli("submit", path, "-o", "json").json["batchId"]
    (order,) = ordercli("batch", "show", batch, "--orders", "-o", "ndjson").ndjson
    ordercli("patch", order["orderId"], "--set", "state=in_progress")

    left = cancel(ordercli, batch)
    again = ordercli("submit", path, "-o", "ndjson")

    assert (left.exit_code, outcomes(again)[0][0]) == (1, "duplicate")
