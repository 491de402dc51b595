"""What a server does that a file does not: refuse, go away, and serve several at once."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from builders import encoded, product_orders
from ordercli.clock import later, now
from ordercli.database.connection import exists, open_database
from ordercli.database.faults import Fault, classify, driver_errors
from ordercli.database.postgres.listening import ServerBell
from ordercli.database.transaction import savepoint, transaction
from ordercli.errors import OrdercliError, TryAgainError, UsageError
from ordercli.inbound import claims, entries, payloads
from ordercli.pipeline.runs.worker import Worker
from stored import ACCEPTED_AT, BATCH, column, enqueue, order_id, start_batch, states

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from builders import Json
    from ordercli.database.driver import Connection
    from running import Ordercli
    from servers import Server

pytestmark = pytest.mark.usefixtures("connection")
NOW = "2026-03-01T09:00:00.000Z"


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def other(database: str) -> Connection:
    """A second connection."""
    return open_database(database)


@pytest.mark.parametrize(
    ("address", "kind", "said"),
    [
        ("postgresql://ana:secret@127.0.0.1:1/orders", TryAgainError, "postgresql://ana:***@127.0.0.1:1/orders"),
        ("postgresql://ana:not@secret@host/orders", TryAgainError, "postgresql://ana:***@host/orders"),
        ("postgresql://ana:secret@host/orders?nothing=1", UsageError, "no address"),
    ],
)
def test_what_cannot_be_reached_is_told_without_the_password(
    address: str, kind: type[OrdercliError], said: str
) -> None:
    with pytest.raises(kind, match=said.replace("*", "[*]")) as told:
        open_database(address)

    assert "secret" not in f"{told.value.message} {told.value.hint}"


def test_a_database_that_is_not_there_is_told(database: str) -> None:
    with pytest.raises(UsageError, match="The server has no such database"):
        open_database(database.replace("/ordercli_test", "/no_such"))


def test_settings_are_shown_without_the_password(ordercli: Ordercli) -> None:
    shown = ordercli("config", "show", "--database", "postgresql://ana:secret@host/orders", "-o", "json")

    assert shown.json["database"] == "postgresql://ana:***@host/orders"
    assert "secret" not in shown.stdout + shown.stderr


def test_tables_are_there_or_not(server: Server, database: str) -> None:
    empty: str = server.empty_database()

    assert (exists(database), exists(empty)) == (True, False)

    server.drop(empty)


def test_a_dry_run_makes_no_tables(server: Server, ordercli: Ordercli) -> None:
    empty: str = server.empty_database()

    result = ordercli("submit", "--dry-run", "--database", empty, stdin=b"{}")

    assert (result.exit_code, exists(empty)) == (1, False)
    server.drop(empty)


def test_two_claims_at_once_take_different_entries(connection: Connection, other: Connection) -> None:
    enqueue(connection, *product_orders(4))

    with closing(other), transaction(connection), transaction(other):
        taken = [
            claims.claim(each, token, "worker", NOW, NOW, 2) for each, token in ((connection, "one"), (other, "two"))
        ]

    assert taken == [2, 2]
    assert column(connection, "inbound_entry", "claim_token") == ["one", "one", "two", "two"]


def test_a_claim_in_the_middle_of_its_end_is_not_rescued(connection: Connection, other: Connection) -> None:
    enqueue(connection, *product_orders(2))
    claims.claim(connection, "one", "worker", NOW, NOW, 2)

    with closing(other), transaction(connection):
        claims.complete(connection, "one", "[1, 2]", NOW)
        with transaction(other):
            rescued = claims.rescue(other, "worker", NOW)

    assert rescued == 0
    assert states(connection) == {1: "completed", 2: "completed"}


def test_an_order_that_another_run_has_just_queued_is_known(ordercli: Ordercli, connection: Connection) -> None:
    order = product_orders(1)[0]
    results: list[int] = []
    with transaction(connection):
        enqueue_in(connection, order)
        submitting = threading.Thread(target=lambda: results.append(_submitted(ordercli, order)))
        submitting.start()
        _until(lambda: _waiting_for_locks(ordercli.database))

    submitting.join()

    assert results == [0]
    assert column(connection, "inbound_entry", "external_id") == ["PO-1"]
    assert [row[0] for row in connection.execute("SELECT duplicates FROM batch WHERE mode = 'async' AND read > 0")] == [
        1
    ]


def enqueue_in(connection: Connection, order: Json) -> None:
    """Queue an order in a transaction that is open."""
    start_batch(connection)
    (seq,) = payloads.next_seqs(connection, 1)
    body = encoded(order)
    payloads.keep(connection, [(seq, payloads.digest(body), body)])
    new = entries.NewEntry(
        seq, order_id(seq), "PO-1", "cli", "servicenow", None, ACCEPTED_AT, ACCEPTED_AT, BATCH, "f", 1, 1
    )
    entries.enqueue(connection, [new])


def _submitted(ordercli: Ordercli, order: Json) -> int:
    return ordercli.process("submit", "--async", stdin=encoded(order)).exit_code


def _waiting_for_locks(database: str) -> bool:
    with psycopg.connect(database) as raw:
        (waiting,) = raw.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone() or (0,)
    return bool(waiting)


def _until(holds: Callable[[], bool]) -> None:
    moment = threading.Event()
    for _ in range(600):
        if holds():
            return
        moment.wait(0.05)
    raise AssertionError("it did not come to that")


def test_a_connection_that_was_ended_is_trouble_that_passes(connection: Connection, other: Connection) -> None:
    (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    with closing(other):
        other.execute("SELECT pg_terminate_backend(?)", (process,))

    with pytest.raises(driver_errors()) as told, transaction(connection):
        connection.execute("SELECT 1")

    assert classify(told.value) is Fault.PASSING
    assert not connection.in_transaction


def test_a_part_that_fails_leaves_the_rest_of_the_transaction(connection: Connection) -> None:
    with transaction(connection):
        enqueue_in(connection, product_orders(1)[0])
        with pytest.raises(driver_errors()), savepoint(connection):
            connection.execute("UPDATE inbound_entry SET state = 'lost'")

    assert states(connection) == {1: "new"}


def test_a_text_with_a_nul_finds_nothing_and_is_no_fault(connection: Connection) -> None:
    assert entries.by_external_id(connection, "PO\0", None) == []


def test_whoever_waits_hears_of_new_entries(database: str, connection: Connection) -> None:
    with closing(ServerBell(database, entries.CHANNEL)) as bell:
        waiting = threading.Thread(target=bell.wait, args=(600,), daemon=True)
        waiting.start()
        entries.notify(connection)
        waiting.join(60)

    assert not waiting.is_alive()


def test_an_expired_claim_is_lost_and_a_fresh_one_is_not(database: str) -> None:
    with Worker(database, "token") as worker:
        at = now()
        lost = [worker.has_lost("elsewhere-1-token", later(at, seconds), at) for seconds in (-1, 1)]

    assert lost == [True, False]


def test_no_file_is_made(ordercli: Ordercli, tmp_path: Path) -> None:
    ordercli("queue", "run")

    assert list(tmp_path.iterdir()) == []
