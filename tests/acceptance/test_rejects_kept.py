"""Rejects survive what happens to them at night: a second run, a full disk, a repair, a reader that is not there."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import product_order, product_orders, write_orders
from support.running import COMMAND, Result
from support.stored import audit, column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

BAD = product_order("BAD", orderCurrency=...)
MANY = 600  # more than one transaction


def rejected(path: str) -> list[str]:
    return [json.loads(line)["order"]["externalId"] for line in Path(path).read_bytes().splitlines()]


def bad_orders(count: int = MANY) -> list[dict[str, object]]:
    return [{**BAD, "externalId": f"BAD-{n}"} for n in range(count)]


def stopped_at(ordercli: Ordercli, failpoint: str, *args: str) -> subprocess.Popen[bytes]:
    """A run that was stopped (SIGSTOP) at a failpoint."""
    process = ordercli.start(
        "submit", *args, "-o", "json", ORDERCLI_FAILPOINT=f"{failpoint}:stop", ORDERCLI_TESTING="1"
    )
    pid, status = os.waitpid(process.pid, os.WUNTRACED)
    assert (pid, os.WIFSTOPPED(status)) == (process.pid, True)
    return process


def continued(process: subprocess.Popen[bytes]) -> Result:
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    return Result(process.returncode, out.decode(), err.decode())


@pytest.mark.parametrize("failpoint", ["submit-open-after-commit", "submit-batch-after-commit"])
def test_two_runs_over_one_input_have_a_rejects_file_each(
    ordercli: Ordercli, connection: Store, failpoint: str
) -> None:
    write_orders(Path("orders.ndjson"), *bad_orders())

    process = stopped_at(ordercli, failpoint, "orders.ndjson")
    second = ordercli.process("submit", "orders.ndjson", "-o", "json")
    first = continued(process)

    names = {"orders.ndjson.rejects.ndjson", "orders.ndjson.rejects.2.ndjson"}
    assert {first.json["rejectsFile"], second.json["rejectsFile"]} == names
    assert {name: rejected(name) for name in names} == {name: [f"BAD-{n}" for n in range(MANY)] for name in names}
    assert set(column(connection, "batch", "rejects_file")) == names


def test_a_second_run_leaves_the_file_that_both_were_told_to_write(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), *bad_orders())

    process = stopped_at(ordercli, "submit-open-after-commit", "orders.ndjson", "--rejects", "r.ndjson")
    second = ordercli.process("submit", "orders.ndjson", "--rejects", "r.ndjson", "-o", "json")
    kept = Path("r.ndjson").read_bytes()
    first = continued(process)
    resumed = ordercli("batch", "resume", first.json["batchId"], "--rejects", "other.ndjson", "-o", "json")

    assert (second.exit_code, first.exit_code, first.json["read"]) == (1, 75, 0)
    error = json.loads(first.stderr.splitlines()[-1])
    assert error["details"] == [{"message": "--rejects r.ndjson was created by another process in the meantime"}]
    assert f"`ordercli batch resume {first.json['batchId']}" in error["hint"]
    assert (resumed.exit_code, Path("r.ndjson").read_bytes()) == (1, kept)
    assert rejected(resumed.json["rejectsFile"]) == rejected("r.ndjson")
    assert audit(connection) == {}


def test_a_file_that_another_run_is_writing_is_not_replaced_by_force(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), *bad_orders())

    process = stopped_at(ordercli, "submit-batch-after-commit", "orders.ndjson", "--rejects", "r.ndjson")
    kept = Path("r.ndjson").read_bytes()
    second = ordercli.process("submit", "orders.ndjson", "--rejects", "r.ndjson", "--force")
    meanwhile = Path("r.ndjson").read_bytes()
    first = continued(process)

    assert (second.exit_code, meanwhile) == (75, kept)
    assert "error: --rejects r.ndjson is being written by another run\n" in second.stderr
    assert (first.exit_code, len(rejected("r.ndjson"))) == (1, MANY)


def test_a_full_disk_stops_the_run_before_the_rejects_are_lost(ordercli: Ordercli, connection: Store) -> None:
    large = [{**BAD, "externalId": f"BAD-{n}", "note": [{"text": "x" * 2_000_000}]} for n in range(20)]
    write_orders(Path("orders.ndjson"), product_order("PO-1"), *large)

    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 20000; exec {' '.join(COMMAND)} submit orders.ndjson -o json"],
        capture_output=True,
        check=False,
        timeout=60,
        env=ordercli.environment(),
    )
    full = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    resumed = ordercli("batch", "resume", full.json["batchId"], "-o", "json")

    error = json.loads(full.stderr)
    assert (full.exit_code, full.json["exitCode"], error["exitCode"]) == (75, 75, 75)
    reported = "Cannot write the rejects file orders.ndjson.rejects.ndjson: File too large"
    assert (error["details"], "Traceback" in full.stderr) == ([{"message": reported}], False)
    assert error["hint"].startswith(
        f"committed orders are kept; continue with `ordercli batch resume {full.json['batchId']}`"
    )
    assert (resumed.exit_code, resumed.json["rejectsFile"]) == (1, "orders.ndjson.rejects.ndjson")
    assert rejected("orders.ndjson.rejects.ndjson") == [f"BAD-{n}" for n in range(20)]
    assert column(connection, "customer_order", "external_id") == ["PO-1"]


def test_rejects_that_were_repaired_before_the_run_went_on_stay_repaired(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD, product_order("PO-1"), {**BAD, "externalId": "BAD-2"})
    stopped = ordercli("submit", "orders.ndjson", "--fail-fast", "-o", "json").json["batchId"]
    rejects = Path("orders.ndjson.rejects.ndjson")
    repaired = rejects.read_text().replace('"externalId":"BAD"', '"externalId":"BAD","orderCurrency":"EUR"')
    rejects.write_text(repaired)

    resumed = ordercli("batch", "resume", stopped, "--max-rejects", "9", "-o", "json")
    sent = ordercli("submit", str(rejects), "-o", "json")

    assert (resumed.exit_code, resumed.json["rejectsFile"]) == (1, "orders.ndjson.rejects.2.ndjson")
    assert resumed.notes == f"{rejects}, the rejects file of this run, was changed and was left as it is\n"
    assert (rejects.read_text(), sent.json["accepted"]) == (repaired, 1)
    assert rejected("orders.ndjson.rejects.2.ndjson") == ["BAD-2"]


def test_a_run_goes_on_after_its_rejects_were_moved_away(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD, {**BAD, "externalId": "BAD-2"})
    stopped = ordercli("submit", "orders.ndjson", "--fail-fast", "-o", "json").json["batchId"]
    Path("orders.ndjson.rejects.ndjson").rename("repair.ndjson")

    resumed = ordercli("batch", "resume", stopped, "--max-rejects", "9", "-o", "json")

    assert (resumed.exit_code, rejected("repair.ndjson"), rejected(resumed.json["rejectsFile"])) == (
        1,
        ["BAD"],
        ["BAD-2"],
    )
    assert resumed.notes == (
        "orders.ndjson.rejects.ndjson, the rejects file of this run, is gone; the run begins a new file\n"
    )


def test_a_batch_goes_on_without_a_rejects_file(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD, {**BAD, "externalId": "BAD-2"})
    stopped = ordercli("submit", "orders.ndjson", "--fail-fast", "-o", "json").json["batchId"]
    before = Path("orders.ndjson.rejects.ndjson").read_bytes()

    resumed = ordercli("batch", "resume", stopped, "--max-rejects", "9", "--rejects", "none", "-o", "json")

    assert (resumed.exit_code, resumed.json["rejected"], resumed.json["rejectsFile"]) == (1, 2, None)
    assert Path("orders.ndjson.rejects.ndjson").read_bytes() == before
    assert resumed.notes == "the rejects so far are in orders.ndjson.rejects.ndjson\n"


def test_a_batch_that_was_killed_goes_on_with_another_rejects_file(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), *bad_orders())
    killed = "submit-batch-before-commit:kill:2"
    ordercli.process("submit", "orders.ndjson", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=killed)
    [batch] = ordercli("batch", "list", "-o", "ndjson").ndjson
    committed = rejected("orders.ndjson.rejects.ndjson")[: batch["rejected"]]

    resumed = ordercli("batch", "resume", batch["batchId"], "--rejects", "rest.ndjson", "-o", "json")

    assert (resumed.exit_code, resumed.json["rejectsFile"]) == (1, "rest.ndjson")
    assert resumed.notes == "the rejects so far are in orders.ndjson.rejects.ndjson\n"
    assert [*committed, *rejected("rest.ndjson")] == [f"BAD-{n}" for n in range(MANY)]


def test_its_own_rejects_file_is_continued_where_it_is_named(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD, {**BAD, "externalId": "BAD-2"})
    stopped = ordercli("submit", "orders.ndjson", "--fail-fast", "-o", "json").json["batchId"]
    own = "orders.ndjson.rejects.ndjson"

    resumed = ordercli("batch", "resume", stopped, "--max-rejects", "9", "--rejects", own, "--force", "-o", "json")

    assert (resumed.exit_code, rejected(own)) == (1, ["BAD", "BAD-2"])


@pytest.mark.parametrize("to", ["orders.ndjson", "precious.txt", "nothing"])
def test_the_usual_rejects_file_follows_no_link(ordercli: Ordercli, to: str) -> None:
    write_orders(Path("orders.ndjson"), BAD)
    Path("precious.txt").write_text("precious")
    Path("orders.ndjson.rejects.ndjson").symlink_to(to)
    before = {
        path.name: path.read_bytes()
        for path in Path().iterdir()
        if path.suffix in {".txt", ".ndjson"} and path.exists()
    }

    result = ordercli("submit", "orders.ndjson", "-o", "json")

    after = {name: Path(name).read_bytes() for name in before}
    made = Path("orders.ndjson.rejects.2.ndjson")
    assert (result.exit_code, result.json["rejectsFile"], after) == (1, str(made), before)
    assert (stat.S_IMODE(made.stat().st_mode), Path("nothing").exists()) == (0o600, False)


@pytest.mark.parametrize("command", ["patch", "cancel"])
def test_requests_that_are_refused_again_leave_the_repairs_of_the_first_time(ordercli: Ordercli, command: str) -> None:
    write_orders(Path("requests.ndjson"), {"id": "nobody"})
    ordercli(command, "--from", "requests.ndjson", "--yes" if command == "cancel" else "-q")
    Path("requests.ndjson.rejects.ndjson").write_text("repaired\n")

    ordercli(command, "--from", "requests.ndjson", "--yes" if command == "cancel" else "-q")

    assert Path("requests.ndjson.rejects.ndjson").read_text() == "repaired\n"
    assert len(Path("requests.ndjson.rejects.2.ndjson").read_text().splitlines()) == 1


def test_a_pipe_gets_the_rejects(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), *bad_orders())
    os.mkfifo("pipe")
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(Path("pipe").read_bytes()))
    reader.start()
    ready = os.open("pipe", os.O_RDWR)  # the reader opens it, whoever comes first

    result = ordercli.process("submit", "orders.ndjson", "--rejects", "pipe", "-o", "json")

    os.close(ready)
    reader.join(timeout=60)
    assert (result.exit_code, result.json["rejectsFile"]) == (1, "pipe")
    assert [json.loads(line)["order"]["externalId"] for line in received[0].splitlines()] == [
        f"BAD-{n}" for n in range(MANY)
    ]


def test_a_process_substitution_gets_the_rejects(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), *bad_orders(2))

    script = f"{' '.join(COMMAND)} submit orders.ndjson --rejects >(cat > taken) -o json; sleep 0.1; wait"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, check=False, timeout=60, env=ordercli.environment()
    )

    assert (done.stderr, json.loads(done.stdout)["exitCode"]) == (b"", 1)
    assert rejected("taken") == ["BAD-0", "BAD-1"]


def test_rejects_that_went_to_a_pipe_go_on_in_a_file_that_is_named(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD, {**BAD, "externalId": "BAD-2"})
    taken = os.open("taken", os.O_RDWR | os.O_CREAT)
    stopped = ordercli("submit", "orders.ndjson", "--fail-fast", "--rejects", f"/dev/fd/{taken}", "-o", "json")
    os.close(taken)
    batch = stopped.json["batchId"]

    refused = ordercli("batch", "resume", batch, "--max-rejects", "9")
    resumed = ordercli("batch", "resume", batch, "--max-rejects", "9", "--rejects", "rest.ndjson", "-o", "json")

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert f"`ordercli batch resume {batch} --rejects PATH`" in refused.stderr
    assert (rejected("taken"), rejected("rest.ndjson"), resumed.exit_code) == (["BAD"], ["BAD-2"], 1)


def test_the_null_device_keeps_no_rejects(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD)

    result = ordercli("submit", "orders.ndjson", "--rejects", "/dev/null", "-o", "json")

    assert (result.exit_code, result.json["rejectsFile"], result.stderr) == (1, None, "")


def test_a_keyed_run_is_repeated_beside_the_files_that_it_made(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(2), BAD)
    command = ("submit", "orders.ndjson", "--rejects", "r", "--accepted", "a", "--idempotency-key", "k", "-o", "json")
    first = ordercli(*command)
    made = {name: Path(name).read_bytes() for name in ("r", "a")}

    again = ordercli(*command)
    other = ordercli(*command[:-3], "another", "-o", "json")

    assert (first.exit_code, again.exit_code, again.json["repeated"], again.json["rejectsFile"]) == (1, 1, True, "r")
    assert other.exit_code == 2
    assert {name: Path(name).read_bytes() for name in made} == made


def test_a_keyed_run_that_is_new_does_nothing_where_a_file_is_in_its_way(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(2))
    Path("a").write_text("mine")

    result = ordercli("submit", "orders.ndjson", "--accepted", "a", "--idempotency-key", "k")

    reported = "error: --accepted a is there already\n  hint: choose another file, or replace it with --force\n"
    assert (result.exit_code, result.stderr, Path("a").read_text()) == (2, reported, "mine")
    assert column(connection, "batch", "id") == []


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/dev/../dev/stdin"])
def test_the_names_of_standard_input_are_standard_input(ordercli: Ordercli, name: str) -> None:
    write_orders(Path("orders.ndjson"), BAD)

    with Path("orders.ndjson").open("rb") as stdin, ordercli.start("submit", name, "-o", "json", stdin=stdin) as run:
        out, err = run.communicate(timeout=60)

    result = json.loads(out)
    assert (run.returncode, err) == (1, b"")
    assert result["rejectsFile"] == f"ordercli-{result['batchId']}.rejects.ndjson"
    (line,) = Path(result["rejectsFile"]).read_text().splitlines()
    assert json.loads(line)["$reject"]["file"] == "-"


@pytest.mark.parametrize("command", ["submit", "validate"])
def test_what_cannot_be_read_in_a_folder_does_not_stop_the_rest(ordercli: Ordercli, command: str) -> None:
    Path("in").mkdir()
    write_orders(Path("in/a.ndjson"), product_order("PO-1"))
    Path("in/b.ndjson").symlink_to("gone.ndjson")
    os.mkfifo("in/c.ndjson")
    write_orders(Path("in/d.ndjson"), product_order("PO-2"))

    result = ordercli(command, "in", "-o", "json")

    errors = [json.loads(line)["details"][0]["message"] for line in result.stderr.splitlines()]
    assert (result.exit_code, result.json["exitCode"]) == (6, 6)
    assert errors == [
        "in/b.ndjson: No such file or directory",
        "in/c.ndjson: it is not a regular file; to read it, name it",
    ]
    assert result.json["accepted" if command == "submit" else "orders"] == 2


def test_a_run_that_a_signal_stops_names_the_way_on_without_a_terminal(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(MANY))

    process = stopped_at(ordercli, "submit-batch-after-commit", "orders.ndjson")
    process.send_signal(signal.SIGTERM)
    ended = continued(process)
    resumed = ordercli("batch", "resume", ended.json["batchId"], "-o", "json")

    assert (ended.exit_code, ended.json["accepted"]) == (143, 500)
    assert ended.notes == f"go on: ordercli batch resume {ended.json['batchId']}\n"
    assert (resumed.exit_code, resumed.json["accepted"]) == (0, MANY)


def test_a_disk_that_is_full_before_the_batch_is_open_names_no_batch(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"))

    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 1; exec {' '.join(COMMAND)} submit orders.ndjson -o json"],
        capture_output=True,
        check=False,
        timeout=60,
        env={**ordercli.environment(measured=False), "PYTHONDONTWRITEBYTECODE": "1"},
    )

    error = json.loads(done.stderr)
    assert (done.returncode, done.stdout, error["exitCode"]) == (75, b"", 75)
    assert error["hint"] == "nothing was lost; run the command again"
    assert column(connection, "batch", "id") == []
