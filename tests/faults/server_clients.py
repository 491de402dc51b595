"""Ask a server about the processes that use a database: whether they wait, and whether they have ended."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg

from ordercli.database.opening import exists, make_database

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.commands import Running

PATIENCE_SECONDS = 60
LONG_AGO = "2000-01-01T00:00:00.000Z"
CLIENTS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ordercli'"
AT_A_LOCK = f"SELECT count(*) > 0 {CLIENTS} AND wait_event_type = 'Lock'"


def wait_for_clients_to_end(address: str) -> None:
    """Wait until the server has rolled back the transactions of dead processes."""
    _wait_until(address, f"SELECT count(*) = 0 {CLIENTS}")


def wait_for_one_at_a_lock(address: str, statement: str) -> None:
    """Wait until a statement that begins with this text waits for a lock."""
    _wait_until(address, f"{AT_A_LOCK} AND query LIKE '{statement}%'")


def wait_until_it_waits(address: str, running: Running) -> None:
    """Wait until a command waits for a lock, or has ended."""
    with psycopg.connect(address, autocommit=True) as connection:
        _look_until(
            lambda: running.has_ended or connection.execute(AT_A_LOCK.encode()).fetchone() == (True,), AT_A_LOCK
        )


def wait_for_one_that_listens(address: str) -> None:
    """Wait until a process listens for notifications."""
    _wait_until(address, f"SELECT count(*) > 0 {CLIENTS} AND state = 'idle' AND query LIKE 'LISTEN%'")


def _wait_until(address: str, question: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        _look_until(lambda: connection.execute(question.encode()).fetchone() == (True,), question)


def _look_until(holds: Callable[[], bool], question: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"not in {PATIENCE_SECONDS} s: {question}")
        time.sleep(0.002)


def let_time_pass(address: str) -> None:
    """Move the times of claims as hours would; every process that had claimed something has ended."""
    if not exists(address):
        return
    with closing(make_database(address)) as connection:
        connection.execute("UPDATE inbound_entry SET claim_expires_at = ? WHERE state = 'in_progress'", (LONG_AGO,))
        connection.execute("UPDATE inbound_entry SET execute_after = ? WHERE state = 'pending'", (LONG_AGO,))
