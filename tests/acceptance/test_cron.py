"""The installed command as cron calls it: no terminal, an empty environment, standard input closed or at its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order, product_orders
from support.running import PATIENCE_SECONDS, Result, Started
from support.stored import audit, column, enqueue, enqueue_many, states

if TYPE_CHECKING:
    from ordercli.database.store import Store

INSTALLED = Path(sys.executable).with_name("ordercli")
COMMAND = str(INSTALLED) if INSTALLED.exists() else f"{sys.executable} -m ordercli"


class Cron:
    """Runs command lines with /bin/sh, as cron does."""

    def __init__(self, home: Path, database: str) -> None:
        self.home = home
        self._database = database

    def __call__(self, line: str, *, stdin: bytes = b"") -> Result:
        """Run one line of a crontab; `ordercli` stands for the installed command."""
        with self.start(line) as process:
            out, err = process.communicate(stdin, timeout=PATIENCE_SECONDS)
        return Result(process.returncode, out.decode(), err.decode())

    def start(self, line: str) -> Started:
        """Start one line of a crontab."""
        pipe = subprocess.PIPE
        script = f"exec {line.replace('ordercli ', f'{COMMAND} ', 1)}"
        return Started(
            ["/bin/sh", "-c", script], stdin=pipe, stdout=pipe, stderr=pipe, cwd=self.home, env=self._environment()
        )

    def _environment(self) -> dict[str, str]:
        """What `env -i` leaves, and what cron sets."""
        kept = {
            name: value for name, value in os.environ.items() if name == "PYTHONPATH" or name.startswith("COVERAGE")
        }
        return {
            **kept,
            "HOME": str(self.home),
            "PATH": "/usr/bin:/bin",
            "SHELL": "/bin/sh",
            "ORDERCLI_DATABASE": self._database,
        }


@pytest.fixture
def cron(tmp_path: Path, database: str) -> Cron:
    """Cron, with a home of its own."""
    return Cron(tmp_path, database)


@pytest.mark.parametrize("streams", ["", "<&-", "<&- >&-", "<&- >&- 2>&-"])
def test_an_idle_run_says_nothing(cron: Cron, streams: str) -> None:
    assert cron(f"ordercli queue run --max-runtime 50s {streams}") == Result(0, "", "")


def test_a_good_run_says_nothing(cron: Cron, connection: Store) -> None:
    enqueue_many(connection, 3)

    done = cron("ordercli queue run --max-runtime 50s <&-")

    assert done == Result(0, "", "")
    assert states(connection) == {1: "completed", 2: "completed", 3: "completed"}


def test_a_run_with_failures_says_what_failed_and_ends_with_1(cron: Cron, connection: Store) -> None:
    enqueue(connection, product_order("PO-1"), product_order("PO-2", orderCurrency=...))

    done = cron("ordercli queue run --revalidate <&-")

    first, *reasons = done.stderr.splitlines()
    assert (done.exit_code, done.stdout) == (1, "")
    assert first.startswith("1 order created in ")
    assert first.endswith(" s, 1 failed, 0 to be tried again, 0 remaining")
    assert reasons == [
        "  00000000000000000000000000000002: ORD113 Invalid payload: orderCurrency is required",
        "  look at them: ordercli queue list --state error",
    ]


def test_work_that_is_left_when_the_time_is_up_is_no_failure(cron: Cron, connection: Store) -> None:
    enqueue_many(connection, 3)

    done = cron("ordercli queue run --max-runtime 0s -o json <&-")

    assert (done.exit_code, done.stderr) == (0, "")
    assert (done.json["completed"], done.json["remaining"]) == (0, 3)


def test_standard_input_is_never_read_by_a_run(cron: Cron, connection: Store) -> None:
    done = cron("ordercli queue run", stdin=ndjson(product_order("PO-1")))

    assert done == Result(0, "", "")
    assert column(connection, "payload", "seq") == []


def test_submit_reads_a_pipe_and_a_closed_one_is_bad_input(cron: Cron, connection: Store) -> None:
    piped = cron("ordercli submit --async -o id", stdin=ndjson(*product_orders(2)))
    closed = cron("ordercli submit - --async -o id <&-")

    assert (piped.exit_code, piped.stdout.split()) == (0, column(connection, "inbound_entry", "order_id"))
    assert closed == Result(6, "", "error: standard input: closed\n")


def test_purge_and_check_are_quiet_when_all_is_well(cron: Cron) -> None:
    assert cron("ordercli queue purge <&-") == Result(0, "", "")
    assert cron("ordercli queue status --check --max-age 15m --max-error 0 >/dev/null <&-") == Result(0, "", "")


def test_check_alarms_on_standard_error(cron: Cron, connection: Store) -> None:
    enqueue_many(connection, 1, state="error", error_code="ORD190", error="{}")

    done = cron("ordercli queue status --check --max-age 15m --max-error 0 >/dev/null <&-")

    assert done == Result(1, "", "error: 1 entry is in error, more than 0\n")


def test_a_run_is_logged_for_those_who_come_later(cron: Cron, connection: Store) -> None:
    enqueue_many(connection, 1)

    done = cron("ordercli queue run --log-file run.log --log-format json <&-")

    assert done == Result(0, "", "")
    assert '"event":"queue run","claimed":1,"completed":1' in (cron.home / "run.log").read_text()


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_watch_between_two_rounds(
    cron: Cron, connection: Store, number: signal.Signals, exit_code: int
) -> None:
    enqueue_many(connection, 2)
    with cron.start("ordercli queue run --watch <&-") as process:
        wait_for(lambda: set(states(connection).values()) == {"completed"})
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, out, err) == (exit_code, b"", b"")


def test_a_watch_opens_its_log_anew_when_it_was_rotated(cron: Cron, connection: Store) -> None:
    log, rotated = cron.home / "queue.log", cron.home / "queue.log.1"
    enqueue_many(connection, 1)
    with cron.start("ordercli queue run --watch --log-file queue.log --log-format json <&-") as process:
        wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
        log.rename(rotated)
        before = rotated.read_bytes()
        process.send_signal(signal.SIGHUP)
        enqueue(connection, product_order("AFTER"))
        wait_for(lambda: log.exists() and log.read_text().endswith("\n"))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, out, err) == (143, b"", b"")
    assert rotated.read_bytes() == before
    assert '"event":"queue run","claimed":1,"completed":1' in log.read_text()


def test_a_hangup_ends_a_watch_that_has_no_log_file(cron: Cron, connection: Store) -> None:
    enqueue_many(connection, 1)
    with cron.start("ordercli queue run --watch --log-format json <&-") as process:
        wait_for(lambda: states(connection) == {1: "completed"})
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 129


def slowed(seconds: float) -> str:
    """What makes each batch take so long that it is seen at work, however busy the machine is."""
    return f"env ORDERCLI_TESTING=1 ORDERCLI_FAILPOINT=create:sleep:{seconds}"


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_after_the_batch_at_hand(
    cron: Cron, connection: Store, number: signal.Signals, exit_code: int
) -> None:
    enqueue_many(connection, 3000)
    connection.execute("UPDATE batch SET accepted = 3000")
    with cron.start(f"{slowed(0.1)} ordercli queue run --batch-size 20 <&-") as process:
        wait_for(lambda: "completed" in states(connection).values())
        process.send_signal(number)
        process.communicate(timeout=PATIENCE_SECONDS)

    found = list(states(connection).values())
    assert process.returncode == exit_code
    assert (found.count("in_progress"), found.count("completed") % 20) == (0, 0)
    assert 0 < found.count("completed") < 3000
    assert audit(connection) == {}


def test_the_second_signal_ends_the_process_at_once(cron: Cron, connection: Store) -> None:
    enqueue_many(connection, 400)
    with cron.start(f"{slowed(5)} ordercli queue run --batch-size 400 <&-") as process:
        wait_for(lambda: "in_progress" in states(connection).values())
        process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)

    again = cron("ordercli queue run <&-")

    assert process.returncode in {-signal.SIGTERM, 143}
    assert again.exit_code == 0
    assert set(states(connection).values()) == {"completed"}


def wait_for(condition: object, seconds: float = PATIENCE_SECONDS) -> None:
    """Look until the condition holds."""
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.005)
