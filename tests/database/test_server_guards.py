"""What the people who run a server have set is respected: read-only databases, encodings, roles."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from ordercli.database.address import masked
from ordercli.database.faults import explain
from ordercli.database.opening import exists, open_database
from ordercli.database.store import APPLICATION_ID, SCHEMA_VERSION, transaction
from ordercli.errors import ErrorKind, UsageError
from support.builders import encoded, ndjson, product_order
from support.schemas import upgrade_server_to
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.servers import Server

pytestmark = pytest.mark.slow

WAITING = b"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
READ_ONLY = "nothing was written; somebody has set default_transaction_read_only, or this is a standby:"


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.fixture
def empty(server: Server) -> Iterator[str]:
    """The address of a database without tables."""
    address = server.empty_database()
    yield address
    server.drop(address)


def set_read_only(address: str, *, on: bool = True) -> None:
    with psycopg.connect(address, autocommit=True) as raw:
        raw.execute("SET default_transaction_read_only = off")
        (name,) = raw.execute("SELECT quote_ident(current_database())").fetchone() or ("",)
        raw.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if on else 'off'}".encode())


@pytest.fixture
def guarded(ordercli: Ordercli, database: str) -> Iterator[str]:
    """A database with an order and a queue entry, which was set read-only."""
    ordercli("submit", stdin=encoded(product_order()))
    ordercli("submit", "--async", stdin=encoded(product_order("Q-1")))
    set_read_only(database)
    yield database
    set_read_only(database, on=False)


def counts(database: str) -> list[int]:
    with psycopg.connect(database) as raw:
        return [
            (raw.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,))[0]
            for table in ("batch", "customer_order", "inbound_entry", "order_history", "queue_pause")
        ]


@pytest.mark.parametrize(
    "command",
    [
        "submit",
        "submit --async",
        "queue run",
        "queue pause",
        "queue discard Q-1 --reason x",
        "queue create Q-1",
        "queue purge",
        "patch PO-1 --set description=x",
        "cancel PO-1 --reason x",
    ],
)
def test_a_database_that_was_set_read_only_is_not_written_to(ordercli: Ordercli, guarded: str, command: str) -> None:
    before = counts(guarded)

    result = ordercli(*command.split(), stdin=ndjson(product_order("PO-2")))

    first, second = result.stderr.splitlines()
    assert (result.exit_code, result.stdout if command.startswith("queue") else "") == (75, "")
    assert first.startswith("error: The database is read-only: ")
    assert READ_ONLY in second or command.startswith("submit")  # which says how its run goes on
    assert counts(guarded) == before


@pytest.mark.parametrize(
    "command",
    [
        "list",
        "show PO-1",
        "history PO-1",
        "events",
        "batch list",
        "queue status --check",
        "queue list",
        "reference stats",
        "db check",
        "db info",
        "validate",
        "submit --dry-run",
        "patch PO-1 --set description=x --dry-run",
    ],
)
def test_a_database_that_was_set_read_only_is_looked_into(ordercli: Ordercli, guarded: str, command: str) -> None:
    result = ordercli(*command.split(), stdin=encoded(product_order("PO-2")))

    assert (result.exit_code, "error:" in result.stderr, counts(guarded)[0]) == (0, False, 2), result.stderr


def test_no_tables_are_made_in_a_database_that_was_set_read_only(ordercli: Ordercli, empty: str) -> None:
    set_read_only(empty)

    result = ordercli("db", "upgrade", "--database", empty)

    assert (result.exit_code, result.stderr.startswith("error: The database is read-only: ")) == (75, True)
    assert not exists(empty)


def test_an_older_schema_is_not_upgraded_in_a_database_that_was_set_read_only(ordercli: Ordercli, empty: str) -> None:
    older = SCHEMA_VERSION - 1
    upgrade_server_to(older, empty)
    set_read_only(empty)

    results = [ordercli(*command.split(), "--database", empty) for command in ("db upgrade", "list")]

    assert [(each.exit_code, each.stderr.startswith("error: The database is read-only: ")) for each in results] == [
        (75, True)
    ] * 2
    assert ordercli("db", "info", "--database", empty).json["schemaVersion"] == older


def test_a_transaction_keeps_what_the_server_has_set(database: str, connection: Store) -> None:
    connection.execute("SET default_transaction_read_only = on")

    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction) as refused, transaction(connection, "pause"):
        connection.execute("INSERT INTO queue_pause (id, paused_at) VALUES (1, 'now')")

    reported = explain(refused.value, database)
    assert reported is not None
    assert reported.kind is ErrorKind.TRY_AGAIN
    assert reported.message.startswith(f"The database is read-only: {masked(database)}")


# Encodings


@pytest.fixture
def ascii_database(server: Server) -> Iterator[str]:
    """A database that stores bytes without knowing what they mean."""
    address = server.empty_database("SQL_ASCII")
    yield address
    server.drop(address)


@pytest.mark.parametrize(
    "command", ["list", "submit", "db upgrade", "db upgrade --dry-run", "db info", "db check", "queue run", "validate"]
)
def test_a_database_that_is_not_in_utf_8_is_refused(ordercli: Ordercli, ascii_database: str, command: str) -> None:
    result = ordercli(*command.split(), "--database", ascii_database, stdin=encoded(product_order()))

    where = f"{masked(ascii_database)} (from --database)"
    printed = f"error: {where} stores texts as SQL_ASCII, which cannot hold or check every order"
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[0]) == (6, "", printed)


def test_texts_come_as_utf_8_whatever_the_client_was_told(ordercli: Ordercli, database: str, connection: Store) -> None:
    order = product_order("PO-\N{GREEK SMALL LETTER ALPHA}")
    with closing(open_database(database)) as setting:
        setting.execute("ALTER ROLE CURRENT_USER SET client_encoding = 'LATIN1'")
    try:
        result = ordercli.process("submit", stdin=encoded(order), PGCLIENTENCODING="LATIN1")
        listed = ordercli.process("list", "-o", "csv", PGCLIENTENCODING="LATIN1")
    finally:
        connection.execute("ALTER ROLE CURRENT_USER RESET client_encoding")

    assert (result.exit_code, listed.exit_code, order["externalId"] in listed.stdout) == (0, 0, True)
    assert column(connection, "customer_order", "external_id") == [order["externalId"]]


# Roles


def test_a_role_that_is_not_there_is_reported(ordercli: Ordercli, database: str) -> None:
    nobody = database.replace("://postgres", "://no_such_role", 1)

    result = ordercli("list", "--database", nobody)

    assert nobody != database
    assert (result.exit_code, result.stderr.splitlines()[0].startswith("error: The server has no such role: ")) == (
        2,
        True,
    )
    assert 'role "no_such_role" does not exist' in result.stderr


def test_a_database_that_is_not_there_is_distinguished_from_a_role(database: str) -> None:
    with pytest.raises(UsageError, match=r'The server has no such database: .*database "no_such" does not exist'):
        open_database(database.replace("/ordercli_test", "/no_such#", 1).split("#")[0] + _options(database))


def _options(address: str) -> str:
    return f"?{address.partition('?')[2]}" if "?" in address else ""


# The first look


def test_a_look_at_a_new_database_waits_for_who_makes_its_tables(empty: str) -> None:
    found: list[bool] = []
    with psycopg.connect(empty) as maker, psycopg.connect(empty, autocommit=True) as watching:
        maker.execute("SELECT pg_advisory_xact_lock(%s)", (APPLICATION_ID,))
        maker.execute("CREATE TABLE alembic_version (version_num text); CREATE TABLE inbound_entry ()")
        maker.execute("INSERT INTO alembic_version VALUES (%s)", (f"{SCHEMA_VERSION:04}",))
        looking = threading.Thread(target=lambda: found.append(exists(empty)))
        looking.start()
        while looking.is_alive() and watching.execute(WAITING).fetchone() == (0,):
            looking.join(0.01)
        maker.commit()
        looking.join()

    assert found == [True]
