"""What a server does that a file does not: refuse, go away, and serve several at once."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from ordercli import failpoints
from ordercli.bulk.rejects_file import RejectsFile
from ordercli.bulk.requests import RequestRun, handle_requests
from ordercli.clock import later, now
from ordercli.database.address import masked
from ordercli.database.faults import classify, driver_errors, explain
from ordercli.database.migrate import pending
from ordercli.database.opening import exists, make_database, open_database
from ordercli.database.postgres import ServerListener
from ordercli.database.store import SCHEMA_VERSION, transaction
from ordercli.errors import ErrorKind, FailpointError, OrdercliError, TryAgainError, UsageError
from ordercli.intake.record import Record
from ordercli.operations.change_requests import RequestOutcome, RevisionResult
from ordercli.operations.drain import Drain
from ordercli.operations.queue_status import pause_queue, resume_queue
from ordercli.queue import claims, entries
from ordercli.queue.entries import PayloadRow, digest, keep_payloads, next_seqs
from ordercli.queue.workers import Worker
from ordercli.settings import Settings
from support.builders import encoded, product_orders
from support.stored import ACCEPTED_AT, BATCH, column, enqueue, order_id, start_batch, states

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli
    from support.servers import Server

pytestmark = [pytest.mark.usefixtures("connection"), pytest.mark.slow]
NOW = "2026-03-01T09:00:00.000Z"


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def other(database: str) -> Store:
    """A second connection."""
    return open_database(database)


@pytest.mark.parametrize(
    ("address", "kind", "printed"),
    [
        ("postgresql://ana:secret@127.0.0.1:1/orders", TryAgainError, "postgresql://ana:***@127.0.0.1:1/orders"),
        ("postgresql://ana:not@secret@host/orders", TryAgainError, "postgresql://ana:***@host/orders"),
        ("postgresql://ana:secret@host/orders?nothing=1", UsageError, "not an address"),
    ],
)
def test_what_cannot_be_reached_is_reported_without_the_password(
    address: str, kind: type[OrdercliError], printed: str
) -> None:
    with pytest.raises(kind, match=printed.replace("*", "[*]")) as reported:
        open_database(address)

    assert "secret" not in f"{reported.value.message} {reported.value.hint}"


def test_a_database_that_is_not_there_is_reported(database: str) -> None:
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


def test_an_upgrade_of_a_server_is_planned_and_makes_no_tables(server: Server, ordercli: Ordercli) -> None:
    empty: str = server.empty_database()

    planned = [
        ordercli("db", "upgrade", "--dry-run", "--database", each, "-o", "json") for each in (empty, ordercli.database)
    ]

    assert [each.json for each in planned] == [
        {"database": masked(empty), "schemaVersion": 0, "pending": pending(0)},
        {"database": masked(ordercli.database), "schemaVersion": SCHEMA_VERSION, "pending": []},
    ]
    assert not exists(empty)
    server.drop(empty)


def test_two_claims_at_once_take_different_entries(connection: Store, other: Store) -> None:
    enqueue(connection, *product_orders(4))

    with closing(other), transaction(connection, "test"), transaction(other, "test"):
        taken = [
            claims.claim(each, token, "worker", NOW, NOW, 2) for each, token in ((connection, "one"), (other, "two"))
        ]

    assert taken == [2, 2]
    assert column(connection, "inbound_entry", "claim_token") == ["one", "one", "two", "two"]


def test_a_claim_in_the_middle_of_its_end_is_not_rescued(connection: Store, other: Store) -> None:
    enqueue(connection, *product_orders(2))
    claims.claim(connection, "one", "worker", NOW, NOW, 2)

    with closing(other), transaction(connection, "test"):
        claims.complete(connection, "one", "[1, 2]", NOW)
        with transaction(other, "test"):
            rescued = claims.rescue(other, "worker", NOW, NOW)

    assert rescued == []
    assert states(connection) == {1: "completed", 2: "completed"}


def test_an_order_that_another_run_has_just_queued_is_known(ordercli: Ordercli, connection: Store) -> None:
    order = product_orders(1)[0]
    results: list[int] = []
    with transaction(connection, "test"):
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


def enqueue_in(connection: Store, order: Json) -> None:
    """Queue an order in a transaction that is open."""
    start_batch(connection)
    (seq,) = next_seqs(connection, 1)
    body = encoded(order)
    keep_payloads(connection, [PayloadRow(seq, digest(body), body)])
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


def test_a_connection_that_was_ended_is_trouble_of_the_surroundings(connection: Store, other: Store) -> None:
    (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    with closing(other):
        other.execute("SELECT pg_terminate_backend(?)", (process,))

    with pytest.raises(driver_errors()) as reported, transaction(connection, "test"):
        connection.execute("SELECT 1")

    assert classify(reported.value) == "surroundings"
    assert not connection.in_transaction


def test_whoever_waits_hears_of_new_entries(database: str, connection: Store) -> None:
    assert _wakes(database, lambda: entries.notify(connection))


def test_whoever_waits_hears_that_the_queue_was_resumed(database: str) -> None:
    pause_queue(database, "ops")

    assert _wakes(database, lambda: resume_queue(database))


def _wakes(database: str, act: Callable[[], object]) -> bool:
    with closing(ServerListener(database, entries.CHANNEL)) as listener:
        waiting = threading.Thread(target=listener.wait, args=(600,), daemon=True)
        waiting.start()
        act()
        waiting.join(10)
    return not waiting.is_alive()


def test_runs_without_a_key_do_not_wait_for_each_other(ordercli: Ordercli, connection: Store) -> None:
    with transaction(connection, "test"):
        connection.lock("key None")

        opened = ordercli.process("submit", "--async", stdin=encoded(product_orders(1)[0]))

    assert opened.exit_code == 0


def test_requests_that_met_others_at_the_same_orders_are_handled_again(connection: Store) -> None:
    lines = [Record(b"[", "patches.ndjson", n, 1, n) for n in (1, 2, 3)]
    deadlocks = iter([True])
    seen: list[int] = []

    def handle(record: Record) -> RevisionResult:
        seen.append(record.line)
        if record.line == 2 and next(deadlocks, False):
            connection.execute("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")
        return RevisionResult(record, "cli", str(record.line), RequestOutcome.PATCHED, 2, [])

    run = RequestRun("patch")
    answers = list(handle_requests(connection, iter(lines), handle, run, RejectsFile((), "none")))

    assert [answer.identifier for answer in answers] == ["1", "2", "3"]
    assert (seen, run.outcomes) == ([1, 2, 1, 2, 3], {RequestOutcome.PATCHED: 3})


def test_requests_that_meet_others_again_and_again_are_not_handled_for_ever(connection: Store) -> None:
    def handle(_record: Record) -> RevisionResult:
        connection.execute("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")
        raise AssertionError

    line = Record(b"[", "patches.ndjson", 1, 1, 1)
    answers = handle_requests(connection, iter([line]), handle, RequestRun("patch"), RejectsFile((), "none"))

    with pytest.raises(psycopg.errors.DeadlockDetected):
        next(answers)
    assert not connection.in_transaction


def test_what_is_committed_is_on_the_disk_of_a_server_that_is_set_to_acknowledge_too_early(
    connection: Store,
) -> None:
    connection.execute("SET synchronous_commit = off")

    with transaction(connection, "test"):
        during = connection.execute("SHOW synchronous_commit").fetchone()
    connection.execute("SET synchronous_commit = remote_apply")
    with transaction(connection, "test"):
        stricter = connection.execute("SHOW synchronous_commit").fetchone()

    assert (during, stricter) == (("on",), ("remote_apply",))


@pytest.mark.parametrize(("side", "made"), [("before", False), ("after", True)])
def test_a_migration_passes_its_failpoints(server: Server, *, side: str, made: bool) -> None:
    empty: str = server.empty_database()
    failpoints.arm({"ORDERCLI_TESTING": "1", "ORDERCLI_FAILPOINT": f"migration-{side}-commit:raise"})

    with pytest.raises(FailpointError):
        make_database(empty)

    assert exists(empty) == made
    failpoints.arm({})
    server.drop(empty)


def test_an_expired_claim_is_lost_and_a_fresh_one_is_not(database: str) -> None:
    with Worker(database, "token") as worker:
        at = now()
        lost = [worker.has_lost("elsewhere-1-token", later(at, seconds), at) for seconds in (-1, 1)]

    assert lost == [True, False]


def test_a_worker_never_takes_from_itself(database: str) -> None:
    with Worker(database, "token") as worker:
        assert not worker.has_lost(worker.name, later(now(), -1), now())


def test_a_worker_that_had_the_number_of_this_process_has_gone(database: str) -> None:
    worker, before = Worker(database, "new"), Worker(database, "old")

    assert (worker.is_gone(before.name), worker.is_gone(worker.name)) == (True, False)


def test_a_process_of_this_host_has_not_gone(database: str) -> None:
    parent = f"{socket.gethostname()}-{os.getppid()}-token"

    assert not Worker(database, "token").is_gone(parent)


def test_a_run_whose_connection_is_ended_stops_with_the_words_of_the_server(
    connection: Store, other: Store, database: str
) -> None:
    enqueue(connection, *product_orders(2))
    with Worker(database, "token") as worker:
        run = Drain(connection, worker, Settings())
        token = run.claim(2)
        assert token
        prepared = [run._creation.prepare(each) for each in claims.claimed(connection, token)]
        (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        other.execute("SELECT pg_terminate_backend(?, 10000)", (process,))

        with pytest.raises(driver_errors()) as ended:
            run._finish_together(token, prepared)

    reported = explain(ended.value, "postgresql://ana:secret@host/orders")
    assert reported
    words = "terminating connection due to administrator command"
    assert reported.kind is ErrorKind.TRY_AGAIN
    assert reported.message == f"The server cannot be reached: postgresql://ana:***@host/orders ({words})"
    with closing(other):
        assert states(other) == {1: "in_progress", 2: "in_progress"}


def test_no_file_is_made(ordercli: Ordercli, tmp_path: Path) -> None:
    ordercli("queue", "run")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("older", [False, True])
def test_a_user_who_may_not_upgrade_is_told_who_has_to(server: Server, database: str, *, older: bool) -> None:
    address = database if older else server.empty_database()
    role = f"runs_{psycopg.conninfo.conninfo_to_dict(address)['dbname']}"
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN".encode())
        owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode())
        if older:
            owner.execute("UPDATE alembic_version SET version_num = '0004'")
    as_role = address.replace("postgres@", f"{role}@", 1)

    with pytest.raises(UsageError) as refused:
        (open_database if older else make_database)(as_role)

    found = f"has the older schema 4; the current one is {SCHEMA_VERSION}" if older else "has no tables yet"
    assert refused.value.message == f"{as_role} {found}, and this user may not change that"
    assert refused.value.hint is not None
    assert refused.value.hint.startswith("the owner of the tables has to run `db upgrade` first")
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("UPDATE alembic_version SET version_num = %s", (f"{SCHEMA_VERSION:04}",)) if older else None
        owner.execute(f"DROP OWNED BY {role}".encode())
        owner.execute(f"DROP ROLE {role}".encode())
    if not older:
        server.drop(address)
