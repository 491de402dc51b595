"""After any signal, work stops after its batch, the exit code names the signal, and nothing is lost."""

from __future__ import annotations

import re
import signal
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults.scenarios import CREATE, MARKS, QUEUE, RUN, WITH_KEY, Command, Scenario
from faults.verification import site, verify
from ordercli.database.opening import open_database
from ordercli.operations.audit import audit
from support.builders import ndjson, product_order, product_orders
from support.running import Ordercli
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store

SIGNALS = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
CREATED, QUEUED, DONE = ((CREATE, ""),), ((QUEUE, ""),), ((QUEUE, ""), (RUN, ""))
WRITING: dict[str, Scenario] = {
    "submit-batch-after-commit": Scenario(CREATE),
    "submit-batch-before-commit": Scenario((*QUEUE, "--jobs", "2")),
    "submit-resume-after-commit": Scenario(WITH_KEY, ((WITH_KEY, "submit-open-after-commit:kill"),)),
    "finish-before-commit": Scenario(RUN, QUEUED),
    "claim-after-commit": Scenario(RUN, QUEUED),
    "finish-after-commit": Scenario((*RUN, "--watch"), QUEUED),
    "purge-before-commit": Scenario(("queue", "purge", "--completed", "0s", "--yes"), DONE),
    "reference-before-commit": Scenario(("reference", "import", "reference.ndjson"), QUEUED),
    "requests-before-commit": Scenario(("patch", "--from", "patches.ndjson"), CREATED),
    "requests-after-commit": Scenario(("cancel", "--from", "cancellations.ndjson", "--yes"), CREATED),
}
# What a run that was stopped tells: how to go on with it, or what it came to.
ENDINGS = {
    "submit": b'{"severity":"note","message":"go on: ordercli batch resume ID"}\n',
    "patch": b"24 patched",
    "cancel": b"9 cancelled",
}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("place", WRITING)
def test_work_that_is_stopped_finishes_its_batch_and_leaves_nothing_half_done(
    tmp_path: Path, place: str, number: signal.Signals
) -> None:
    scenario = WRITING[place]
    at = scenario.set_up(tmp_path)
    work = scenario.start(at, f"{place}:stop")
    work.wait_until_stopped()

    work.go_on(number)
    code = work.end()

    assert (code, list(audit(at.database))) == (SIGNALS[number], [])
    reported = re.sub(rb"[0-9a-f]{32}", b"ID", at.complaints.partition(b" in ")[0])
    assert reported == ENDINGS.get(scenario.command[0], b"")
    at.run(*QUEUE)
    assert verify(at, marks=MARKS).is_clean


@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_ends_the_process_at_once(tmp_path: Path, second: signal.Signals) -> None:
    scenario = Scenario(RUN, QUEUED)
    at = scenario.set_up(tmp_path)
    work = scenario.start(at, "claim-after-commit:stop,finish-before-commit:stop")
    work.wait_until_stopped()
    work.go_on(signal.SIGTERM)
    work.wait_until_stopped()

    work.go_on(second)
    code = work.end()

    assert code == -second
    assert verify(at, marks=MARKS).is_clean


AUDIT: Command = ("db", "check")
READING: dict[str, Command] = {
    "a validation": ("validate", "bad.ndjson"),
    "a validation by several": ("validate", "bad.ndjson", "--jobs", "2", "--format", "ndjson"),
    "a list": ("list", "--limit", "0", "-o", "ndjson"),
    "events": ("events",),
    "an audit": AUDIT,
}
# The exit code, and how standard error begins, once the reader of standard output has gone.
EXPECTED_END = {
    READING["a validation"]: (1, b"reference rules are off"),
    READING["a validation by several"]: (1, b""),
    AUDIT: (1, b"  what to do (tables): "),
}


@pytest.fixture(scope="session")
def much_to_read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder in which every command of READING prints more than a pipe holds."""
    at = site(tmp_path_factory.mktemp("much"))
    (at.folder / "orders.ndjson").write_bytes(ndjson(*product_orders(1200)))
    (at.folder / "bad.ndjson").write_bytes(ndjson(*(product_order(f"BAD-{n}", orderCurrency="") for n in range(1200))))
    at.run("submit", "orders.ndjson")
    with closing(open_database(at.database)) as connection:
        connection.execute("UPDATE customer_order SET channel_id = 'x'")
    return at.folder


def read_some(folder: Path, *args: str) -> subprocess.Popen[bytes]:
    """Start a command and read its first line; the command then waits for its reader."""
    process = Ordercli(folder, str(folder / "orders.db")).start(*args)
    assert process.stdout
    assert process.stdout.readline()
    return process


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", READING.values(), ids=READING)
def test_a_command_that_only_reads_ends_at_once_and_quietly(
    much_to_read: Path, command: Command, number: signal.Signals
) -> None:
    with read_some(much_to_read, *command) as process:
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)

    assert (process.returncode, stderr) == (SIGNALS[number], b"")


@pytest.mark.parametrize("command", READING.values(), ids=READING)
def test_a_reader_that_has_enough_is_no_fault(much_to_read: Path, command: Command) -> None:
    with read_some(much_to_read, *command) as process:
        assert process.stdout
        assert process.stderr

        process.stdout.close()
        reported, code = process.stderr.read(), process.wait(60)

    # What judges goes on without its reader, and ends by what it found; what only shows ends quietly.
    code_wanted, beginning = EXPECTED_END.get(command, (0, b""))
    assert (code, reported[: len(beginning)], bool(reported)) == (code_wanted, beginning, bool(beginning))


@pytest.mark.parametrize(
    "command",
    [
        ("patch", "--from", "patches.ndjson", "-o", "ndjson"),
        ("cancel", "--from", "cancels.ndjson", "--yes", "-o", "id"),
    ],
    ids=["patch", "cancel"],
)
def test_requests_are_all_handled_though_nobody_reads_the_answers(
    ordercli: Ordercli, connection: Store, command: Command
) -> None:
    orders = product_orders(1200)
    ordercli("submit", stdin=ndjson(*orders))
    ids = [order["externalId"] for order in orders]
    Path("patches.ndjson").write_bytes(ndjson(*({"id": each, "note": [{"text": "seen"}]} for each in ids)))
    cancels = ({"cancellationReason": "left", "productOrder": {"id": each}} for each in ids)
    Path("cancels.ndjson").write_bytes(ndjson(*cancels))
    with read_some(ordercli.folder, *command) as process:
        assert process.stdout
        assert process.stderr

        process.stdout.close()

        assert (process.stderr.read(), process.wait(60)) == (b"", 0)
    assert set(column(connection, "customer_order", "version")) == {2}


def test_an_import_goes_on_though_nobody_reads_what_was_refused(ordercli: Ordercli, connection: Store) -> None:
    good = [{"@type": "Place", "id": f"place-{n}"} for n in range(10)]
    Path("records.ndjson").write_bytes(ndjson(*({"@type": "Place"} for _ in range(2000)), *good))
    with ordercli.start("reference", "import", "records.ndjson") as process:
        assert process.stderr
        assert process.stderr.readline()

        process.stderr.close()

        assert process.wait(60) == 1
    assert len(rows(connection, "reference_record")) == 10


@pytest.mark.parametrize("number", SIGNALS)
def test_a_keyed_run_can_be_stopped_while_it_reads_its_pipe(ordercli: Ordercli, number: signal.Signals) -> None:
    with ordercli.start("submit", "-", "--idempotency-key", "night", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(ndjson(*product_orders(1200)))  # more than a pipe holds: it reads
        process.wait_until_it_reads()

        process.send_signal(number)
        code = process.wait(60)

        assert (code, process.stderr.read()) == (SIGNALS[number], b"")


def test_a_job_in_the_background_does_not_hear_what_it_was_told_to_ignore(tmp_path: Path) -> None:
    at = Scenario(RUN, QUEUED).set_up(tmp_path)
    work = at.start(*RUN, failpoint="claim-after-commit:stop", ignoring=(signal.SIGINT, signal.SIGHUP))
    work.wait_until_stopped()

    work.go_on(signal.SIGINT, signal.SIGHUP)
    code = work.end()

    with closing(open_database(at.database)) as connection:
        assert (code, set(column(connection, "inbound_entry", "state"))) == (0, {"completed"})
