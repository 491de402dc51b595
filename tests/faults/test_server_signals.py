"""Send signals while a command waits for a PostgreSQL server: for a lock, in a COPY, for work."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from faults.scenarios import CREATE, MARKS, QUEUE, RUN, Scenario
from faults.server_clients import wait_for_one_at_a_lock, wait_for_one_that_listens
from faults.verification import after_a_crash, site, verify
from ordercli.operations.audit import audit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}
QUEUED = ((QUEUE, ""),)
# What is locked, the statement that has to wait, and whose it is.
WAITING = {
    "a COPY of queued orders": ("payload", "COPY payload", Scenario(QUEUE)),
    "a COPY of created orders": ("customer_order", "COPY customer_order", Scenario(CREATE)),
    "a claim": ("inbound_entry", "UPDATE inbound_entry", Scenario(RUN, QUEUED)),
}


@pytest.fixture
def engine() -> str:
    return "postgresql"


@contextmanager
def locked(database: str, table: str) -> Iterator[None]:
    """Lock the table against writing."""
    with psycopg.connect(database) as other:
        other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
        yield


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(("table", "statement", "scenario"), WAITING.values(), ids=WAITING)
def test_work_that_is_stopped_at_a_lock_finishes_its_batch_once_it_has_it(
    tmp_path: Path, database: str, table: str, statement: str, scenario: Scenario, number: signal.Signals
) -> None:
    at = scenario.set_up(tmp_path, database)
    with locked(database, table):
        work = scenario.start(at, "")
        wait_for_one_at_a_lock(database, statement)
        work.go_on(number)

    code = work.end()

    next_step = (
        b'{"severity":"note","message":"go on: ordercli batch resume ID"}\n' if scenario.command[0] == "submit" else b""
    )
    assert (code, re.sub(rb"[0-9a-f]{32}", b"ID", at.complaints), list(audit(database))) == (
        SIGNALS[number],
        next_step,
        [],
    )
    at.run(*QUEUE)
    assert verify(at, marks=MARKS).is_clean


@pytest.mark.parametrize(("table", "statement", "scenario"), WAITING.values(), ids=WAITING)
def test_a_second_signal_ends_what_waits_for_a_lock_and_its_batch_is_rolled_back(
    tmp_path: Path, database: str, table: str, statement: str, scenario: Scenario
) -> None:
    at = scenario.set_up(tmp_path, database)
    with locked(database, table):
        work = scenario.start(at, "")
        wait_for_one_at_a_lock(database, statement)
        work.go_on(signal.SIGTERM)
        work.wait_until_handled(signal.SIGINT)
        work.go_on(signal.SIGINT)
        code = work.end()

    after_a_crash(at)

    assert (code, list(audit(database))) == (-signal.SIGINT, [])
    at.run(*QUEUE)
    assert verify(at, marks=MARKS).is_clean


@pytest.mark.parametrize("number", SIGNALS)
def test_a_watch_that_listens_ends_at_once(tmp_path: Path, database: str, number: signal.Signals) -> None:
    at = site(tmp_path, database)
    watch = at.start(*RUN, "--watch")
    wait_for_one_that_listens(database)

    watch.go_on(number)

    assert (watch.end(), at.complaints) == (SIGNALS[number], b"")
