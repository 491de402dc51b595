"""`queue create|retry|discard|export|purge|pause|resume`, as an operator calls them."""

from __future__ import annotations

import json
import stat
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import encoded, product_order
from support.stored import BATCH, audit, change_entry, column, enqueue, enqueue_many, order_id, states

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


FAILED: dict[str, Any] = {"state": "error", "error_code": "ORD190", "error": '{"details": []}', "status_code": 400}


def failed_entries(connection: Store) -> None:
    """PO-1 to PO-4: failed with ORD190, failed with ORD301, completed, new."""
    enqueue_many(connection, 4)
    change_entry(connection, 1, **FAILED)
    change_entry(connection, 2, **{**FAILED, "error_code": "ORD301"})
    change_entry(connection, 3, state="completed")


def test_create_gives_a_receipt(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 2)

    done = ordercli("queue", "create", "PO-1")

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.json == {"id": "PO-1", "orderId": order_id(1), "outcome": "created", "errors": []}
    assert states(connection) == {1: "completed", 2: "new"}


@pytest.mark.parametrize(("identifier", "exit_code"), [("PO-9", 3), ("PO-3", 4)])
def test_one_id_that_cannot_be_served_is_an_error(
    ordercli: Ordercli, connection: Store, identifier: str, exit_code: int
) -> None:
    failed_entries(connection)

    for command in (["create"], ["retry"], ["discard", "--reason", "why"]):
        done = ordercli("queue", *command, identifier)

        assert (done.exit_code, done.stdout) == (exit_code, "")


def test_an_error_is_json_where_json_is_wanted(ordercli: Ordercli, connection: Store) -> None:
    failed_entries(connection)

    done = ordercli("queue", "retry", "PO-3", "-o", "json")

    error = json.loads(done.stderr)
    message = f"Queue entry {order_id(3)} is in state completed: only error and pending entries can be retried"
    assert (error["message"], error["exitCode"]) == (message, 4)
    assert error["details"][0]["rule"] == "ORD405"


def test_of_several_ids_some_may_fail(ordercli: Ordercli, connection: Store) -> None:
    failed_entries(connection)

    done = ordercli("queue", "retry", "PO-1", "PO-9", "-o", "id")

    assert (done.exit_code, done.stdout) == (1, f"{order_id(1)}\n")
    assert done.stderr == "  PO-9: ORD404 Invalid order ID.\n"


def test_retry_by_code_touches_those_alone(ordercli: Ordercli, connection: Store) -> None:
    failed_entries(connection)

    done = ordercli("queue", "retry", "--code", "ORD301")

    assert done.json == {"matched": 1, "retried": 1, "skipped": 0, "exitCode": 0}
    assert states(connection) == {1: "error", 2: "new", 3: "completed", 4: "new"}


def test_a_retry_that_leaves_an_entry_as_it_was_exits_with_1(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2"), **FAILED)
    ordercli("submit", stdin=encoded(product_order("PO-1")))

    done = ordercli("queue", "retry", "--code", "ORD190", "-o", "json")

    assert (done.exit_code, done.json) == (1, {"matched": 2, "retried": 1, "skipped": 1, "exitCode": 1})
    assert states(connection) == {1: "error", 2: "new"}


def test_discard_by_filter_never_touches_completed_ones(ordercli: Ordercli, connection: Store) -> None:
    failed_entries(connection)

    done = ordercli("queue", "discard", "--batch", BATCH, "--reason", "wrong file", "--yes")

    assert done.json == {"matched": 3, "discarded": 3, "skipped": 0, "exitCode": 0}
    assert states(connection) == {1: "cancelled", 2: "cancelled", 3: "completed", 4: "cancelled"}
    shown = ordercli("queue", "show", order_id(4)).json
    assert (shown["state"], shown["reason"], shown["error"]) == ("cancelled", "wrong file", None)


def test_older_than_counts_from_the_last_change(ordercli: Ordercli, connection: Store) -> None:
    failed_entries(connection)
    change_entry(connection, 2, updated_at="2999-01-01T00:00:00.000Z")

    done = ordercli("queue", "discard", "--older-than", "7d", "--state", "error", "--reason", "old", "--yes")

    assert done.json["discarded"] == 1
    assert states(connection) == {1: "cancelled", 2: "error", 3: "completed", 4: "new"}


def test_a_dry_run_lists_the_entries_and_changes_nothing(ordercli: Ordercli, connection: Store) -> None:
    failed_entries(connection)
    before = states(connection)

    done = ordercli("queue", "discard", "--state", "error", "--reason", "why", "--dry-run", "-o", "ndjson")

    assert [row["orderId"] for row in done.ndjson] == [order_id(2), order_id(1)]
    assert states(connection) == before


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["retry"], "no entries: give ids, or filters if the command has them"),
        (["create"], "no entries: give ids, or filters if the command has them"),
        (["retry", "PO-1", "--code", "ORD190"], "give ids or filters, not both"),
        (["retry", "--state", "completed"], "entries in state 'completed' are not touched"),
        (["discard", "--reason", "why", "--state", "in_progress"], "entries in state 'in_progress' are not touched"),
        (["discard", "PO-1", "--reason", " "], "--reason must not be empty"),
        (["discard", "PO-1"], "Missing option '--reason'."),
        (
            ["retry", "--older-than", "soon"],
            "--older-than takes a duration such as 50s, 15m or 10d, at most 36500d, not 'soon'",
        ),
    ],
)
def test_a_mistake_is_said_and_nothing_done(
    ordercli: Ordercli, connection: Store, command: list[str], message: str
) -> None:
    failed_entries(connection)
    before = states(connection)

    done = ordercli("queue", *command)

    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, f"error: {message}")
    assert states(connection) == before


def test_exported_orders_can_be_submitted_again(ordercli: Ordercli, connection: Store, tmp_path: Path) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2"), **FAILED)
    path = tmp_path / "failed.ndjson"

    done = ordercli("queue", "export", "--to", str(path))
    sent = ordercli("submit", str(path), "--async", "-o", "ndjson")

    assert done.stderr == f"2 orders exported; repair and send again: ordercli submit {path}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [(each["externalId"], each["outcome"]) for each in sent.ndjson] == [
        ("PO-1", "accepted"),
        ("PO-2", "accepted"),
    ]
    assert states(connection) == {1: "cancelled", 2: "cancelled", 3: "new", 4: "new"}


def test_lines_of_entries_that_have_not_failed_are_not_advised_to_be_sent(
    ordercli: Ordercli, connection: Store
) -> None:
    enqueue(connection, product_order("PO-1"))

    done = ordercli("queue", "export", "--state", "new", "--to", "new.ndjson")
    sent = ordercli("submit", "new.ndjson", "-o", "ndjson")

    assert done.stderr == (
        "1 order exported; lines of entries that have not failed cannot be sent: these entries still become orders,"
        " or have\n"
    )
    [error] = sent.ndjson[0]["errors"]
    assert (sent.ndjson[0]["outcome"], error["code"]) == ("conflict", "ORD420")
    assert error["message"].endswith(" is new; its exported line can be sent only while it has failed")
    assert states(connection) == {1: "new"}


def test_nothing_that_is_exported_is_not_advised_to_be_sent(ordercli: Ordercli, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"))

    done = ordercli("queue", "export", "--to", "none.ndjson")

    assert (done.exit_code, done.stderr) == (0, "no orders exported\n")


def test_export_writes_to_standard_output(ordercli: Ordercli, connection: Store) -> None:
    failed_entries(connection)

    done = ordercli("queue", "export", "--code", "ORD301")

    assert [line["order"]["externalId"] for line in done.ndjson] == ["PO-2"]


def test_purge_says_nothing_in_a_pipe_unless_asked(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 2, state="completed", finished_at="2020-01-01T00:00:00.000Z")
    connection.execute("UPDATE batch SET accepted = 0")

    looked = ordercli("queue", "purge", "--dry-run")
    kept = ordercli("queue", "purge", "--completed", "36500d", "-o", "json")
    done = ordercli("queue", "purge")

    assert (looked.json["completed"], kept.json["completed"]) == (2, 0)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert column(connection, "inbound_entry", "seq") == []
    assert audit(connection) == {}


def test_purge_warns_once_of_a_variable_that_is_no_setting(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    done = ordercli("queue", "purge", "--completed", "1d", "--yes", ORDERCLI_OUTPUTT="csv")

    warning = "warning: ORDERCLI_OUTPUTT is no setting and is ignored; did you mean ORDERCLI_OUTPUT?\n"
    assert (done.exit_code, done.stderr) == (0, warning)


def test_purge_names_the_option_whose_duration_is_none(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    done = ordercli("queue", "purge", "--error", "soon")

    reported = "error: --error takes a duration such as 50s, 15m or 10d, at most 36500d, not 'soon'\n"
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", reported)


def test_a_paused_queue_says_so_when_asked_and_goes_on(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    ordercli("queue", "pause")
    quiet = ordercli("queue", "run")
    verbose = ordercli("queue", "run", "-v", "-o", "json")
    status = ordercli("queue", "status").json
    ordercli("queue", "resume")
    ordercli("queue", "run")

    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (verbose.json["paused"], verbose.json["remaining"]) == (True, 1)
    since = status["pausedSince"]
    assert verbose.notes == f"the queue is paused since {since}, 1 is waiting; `ordercli queue resume` ends the pause\n"
    assert states(connection) == {1: "completed"}


@pytest.mark.every_engine
def test_who_paused_the_queue_when_and_why_is_told_until_it_is_resumed(ordercli: Ordercli) -> None:
    before = ordercli("queue", "status", "-o", "json").json
    first = ordercli("queue", "pause", "--reason", "prices \x1b[1m", ORDERCLI_ACTOR="ops")
    again = ordercli("queue", "pause", ORDERCLI_ACTOR="night")
    status, shown = ordercli("queue", "status", "-o", "json").json, ordercli("queue", "status", "-o", "table").stdout
    checked = ordercli("doctor").stdout
    ordercli("queue", "resume")
    unknown = ordercli("queue", "pause", "--reason", " ")

    told = f"paused since {status['pausedSince']} by ops: prices \\x1b[1m"
    assert {name: value for name, value in status.items() if name not in before} == {
        "pausedSince": status["pausedSince"],
        "pausedBy": "ops",
        "pauseReason": "prices \x1b[1m",
    }
    assert [each.stderr for each in (first, again)] == [f"{told}; `ordercli queue resume` ends the pause\n"] * 2
    assert ["pausedBy", "ops"] in [line.split() for line in shown.splitlines()]
    assert "\x1b" not in shown + checked
    assert (unknown.exit_code, unknown.stderr) == (2, "error: --reason must not be empty\n")
    assert ordercli("queue", "status", "-o", "json").json == before


@pytest.mark.every_engine
def test_a_pause_and_its_end_are_told_to_programs(ordercli: Ordercli) -> None:
    paused = ordercli("queue", "pause", "--reason", "prices", "-o", "json", ORDERCLI_ACTOR="ops").json
    again = ordercli("queue", "pause", "-o", "json", ORDERCLI_ACTOR="night").json
    status = ordercli("queue", "status", "-o", "json").json
    ended, not_paused = (ordercli("queue", "resume", "-o", "json").json for _ in range(2))

    pause = {"target": None, "pausedSince": status["pausedSince"], "pausedBy": "ops", "reason": "prices"}
    assert (paused, again, ended) == ({**pause, "paused": True}, {**pause, "paused": True}, {**pause, "paused": False})
    assert not_paused == {**dict.fromkeys(pause), "paused": False}
    assert ordercli("queue", "pause").stdout == ""


def test_status_check_says_what_is_wrong(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1, **FAILED)

    bad = ordercli("queue", "status", "--check")
    good = ordercli("queue", "status", "--check", "--max-error", "1")
    unasked = ordercli("queue", "status")

    assert (bad.exit_code, bad.stderr) == (1, "error: 1 entry is in error, more than 0\n")
    assert (good.exit_code, good.stderr, unasked.exit_code) == (0, "", 0)
    assert bad.json["error"] == 1


def test_no_reason_of_a_pause_controls_the_terminal_or_hides_the_advice(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 1)

    paused = ordercli("queue", "pause", "--reason", f"\x1b[31mred\nerror: {'x' * 1_000}", ORDERCLI_ACTOR="ops")
    checked = ordercli("queue", "status", "--check", "--max-age", "0s")

    assert "by ops: \\x1b[31mred\\nerror: xxx" in paused.stderr
    assert paused.stderr.endswith("x…; `ordercli queue resume` ends the pause\n")
    assert (checked.exit_code, checked.stderr.count("\n"), "\x1b" in checked.stderr) == (1, 1, False)
    assert "by ops: \\x1b[31mred\\nerror: xxx" in checked.stderr


def test_metrics_are_written_by_status_and_by_run(ordercli: Ordercli, connection: Store, tmp_path: Path) -> None:
    enqueue_many(connection, 1)
    path = tmp_path / "ordercli.prom"

    ordercli("queue", "status", "--metrics-file", str(path))
    before = path.read_text()
    ordercli("queue", "run", "--metrics-file", str(path))
    after = path.read_text()
    idle = ordercli("queue", "run", "--metrics-file", str(path))

    assert 'ordercli_queue_entries{state="new"} 1\n' in before
    assert 'ordercli_run_entries{outcome="completed"} 1\n' in after
    assert (idle.exit_code, idle.stdout, idle.stderr) == (0, "", "")
    assert "ordercli_run_" not in path.read_text()


def test_a_watch_renews_the_metrics_while_there_is_nothing_to_do(
    ordercli: Ordercli, connection: Store, tmp_path: Path
) -> None:
    enqueue_many(connection, 1)
    path = tmp_path / "ordercli.prom"
    process = ordercli.start("queue", "run", "--watch", "--metrics-file", str(path))
    _wait_for(path)
    path.unlink()

    _wait_for(path)

    renewed = path.read_text()
    process.terminate()
    process.communicate(timeout=60)
    assert 'ordercli_run_entries{outcome="completed"} 1\n' in renewed
    assert 'ordercli_queue_entries{state="completed"} 1\n' in renewed


def _wait_for(path: Path) -> None:
    """Until another process has written the file; it appears whole."""
    end = monotonic() + 60
    while not path.exists():
        assert monotonic() < end, "it was not written"
        sleep(0.01)


def test_a_run_is_logged(ordercli: Ordercli, connection: Store, tmp_path: Path) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2", orderCurrency=...))
    path = tmp_path / "ordercli.log"

    done = ordercli("queue", "run", "--revalidate", "--log-file", str(path), "--log-format", "json")

    failed, run = (json.loads(line) for line in path.read_text().splitlines())
    assert done.exit_code == 1
    assert {key: failed[key] for key in ("level", "event", "orderId", "rule")} == {
        "level": "error",
        "event": "order failed",
        "orderId": order_id(2),
        "rule": "ORD113",
    }
    assert (run["level"], run["event"], run["completed"], run["failed"]) == ("error", "queue run", 1, 1)
