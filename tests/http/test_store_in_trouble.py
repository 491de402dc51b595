"""A database that is locked, full, gone, replaced, read-only or stopped: 503; health says so, and when it is over."""

from __future__ import annotations

import json
import resource
import shutil
import socket
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest

from faults.crashing_server import crashing_server
from ordercli.database.opening import open_database
from ordercli.database.store import transaction
from support.builders import ndjson, product_order
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import VENDOR, serving
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.serving import Served

pytestmark = pytest.mark.slow

IMPATIENT = {"ORDERCLI_SERVE_LOCK_TIMEOUT": "50ms"}
UNREACHABLE = "The orders cannot be reached for now; nothing was lost, send the request again"


def assert_unreachable(served: Served, external_id: str, *words: str) -> None:
    """Orders are refused with 503, nothing is ready, and health says why."""
    refused = served.post(VENDOR, product_order(external_id))
    ready = served.client.get("/ready")
    health: Any = served.client.get("/health").json()

    body = {"code": 1, "reason": UNREACHABLE, "message": UNREACHABLE, "details": [{"message": UNREACHABLE}]}
    assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (503, "1", body)
    assert (ready.status_code, ready.headers["retry-after"], ready.json()) == (503, "1", body)
    assert health["status"] == "warn"
    assert any(word in health["database"] for word in words), health


def assert_recovers(served: Served, external_id: str) -> None:
    """The server finds out by itself that the trouble is over, and takes orders."""
    until = monotonic() + PATIENCE_SECONDS
    while (health := served.client.get("/health").json()) != {"status": "pass"} and monotonic() < until:
        sleep(0.05)
    assert health == {"status": "pass"}
    assert served.client.get("/ready").json() == {"status": "pass"}
    assert served.post(VENDOR, product_order(external_id)).status_code == 201


@contextmanager
def no_room(served: Served) -> Iterator[None]:
    """The server may not write beyond the first bytes of any file."""
    _, most = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (4096, most))
    try:
        yield
    finally:
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.usefixtures("audited")
def test_a_disk_without_room_is_told_and_nothing_is_lost(ordercli: Ordercli, connection: Store) -> None:
    with serving(ordercli, **IMPATIENT) as served:
        assert served.post(VENDOR, product_order("BEFORE-1")).status_code == 201
        with no_room(served):
            assert_unreachable(served, "FULL-1", "full", "input/output")
            assert served.client.get(f"{VENDOR}/BEFORE-1").status_code == 200
        assert_recovers(served, "FULL-1")
        assert served.stop() == 143

    assert column(connection, "customer_order", "external_id") == ["BEFORE-1", "FULL-1"]
    assert column(connection, "batch", "status") == ["completed"]


def test_a_database_that_is_gone_is_told_and_used_again_when_it_is_back(ordercli: Ordercli, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    names = [ordercli.database + suffix for suffix in ("", "-wal", "-shm")]
    with serving(ordercli, **IMPATIENT) as served:
        served.post(VENDOR, product_order("BEFORE-1"))
        assert served.client.get(f"{VENDOR}/BEFORE-1").status_code == 200
        for name in names:
            shutil.move(name, away)
        assert_unreachable(served, "GONE-1", "no database")
        assert served.client.get(f"{VENDOR}/BEFORE-1").status_code == 503
        for file in away.iterdir():
            shutil.move(file, tmp_path)
        assert_recovers(served, "GONE-1")

    with closing(open_database(ordercli.database)) as store:
        assert column(store, "customer_order", "external_id") == ["BEFORE-1", "GONE-1"]


def test_orders_go_into_the_database_that_has_taken_the_place_of_another(
    ordercli: Ordercli, tmp_path: Path, fresh_database: Path
) -> None:
    new = tmp_path / "new.db"
    shutil.copy(fresh_database, new)
    with serving(ordercli) as served:
        served.post(VENDOR, product_order("BEFORE-1"))
        served.client.get(f"{VENDOR}/BEFORE-1")
        for suffix in ("-wal", "-shm"):
            Path(ordercli.database + suffix).rename(tmp_path / f"old{suffix}")
        new.replace(ordercli.database)
        after = served.post(VENDOR, product_order("AFTER-1"))
        shown = [served.client.get(f"{VENDOR}/{name}").status_code for name in ("BEFORE-1", "AFTER-1")]
        assert served.stop() == 143

    assert (after.status_code, shown) == (201, [404, 200])
    with closing(open_database(ordercli.database)) as store:
        assert column(store, "customer_order", "external_id") == ["AFTER-1"]
        assert column(store, "batch", "status") == ["completed"]


@pytest.fixture(scope="module")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Ordercli]]:
    """A server of PostgreSQL that can be stopped, and the command on it."""
    with crashing_server() as server:
        yield server, Ordercli(tmp_path_factory.mktemp("crashing"), server.address())


def test_a_server_of_postgresql_that_stops_is_told_and_used_again_when_it_is_back(
    crashing: tuple[Any, Ordercli],
) -> None:
    server, ordercli = crashing
    with serving(ordercli, **IMPATIENT) as served:
        assert served.post(VENDOR, product_order("BEFORE-1")).status_code == 201
        assert served.client.get(f"{VENDOR}/BEFORE-1").status_code == 200
        server.stop()
        try:
            assert_unreachable(served, "STOPPED-1", "cannot be reached", "connection", "terminat")
            assert served.client.get(f"{VENDOR}/BEFORE-1").status_code == 503
        finally:
            server.start()
        assert_recovers(served, "STOPPED-1")
        assert served.client.get(f"{VENDOR}/BEFORE-1").status_code == 200
        assert served.stop() == 143

    assert ordercli("db", "check").exit_code == 0
    with closing(open_database(server.address())) as store:
        assert column(store, "customer_order", "external_id") == ["BEFORE-1", "STOPPED-1"]
        assert column(store, "batch", "status") == ["completed"]


def test_a_read_only_server_of_postgresql_is_told(crashing: tuple[Any, Ordercli]) -> None:
    server, ordercli = crashing
    with (
        serving(ordercli, **IMPATIENT) as served,
        psycopg.connect(server.address(), autocommit=True) as other,
    ):
        assert served.post(VENDOR, product_order("WRITABLE-1")).status_code == 201
        other.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        other.execute("SELECT pg_reload_conf()")
        until = monotonic() + PATIENCE_SECONDS
        while served.client.get("/ready").status_code == 200 and monotonic() < until:
            sleep(0.05)  # each backend reads the new value when it comes to it
        assert_unreachable(served, "READ-ONLY-1", "read-only")
        assert served.client.get(f"{VENDOR}/WRITABLE-1").status_code == 200
        other.execute("ALTER SYSTEM RESET default_transaction_read_only")
        other.execute("SELECT pg_reload_conf()")
        assert_recovers(served, "READ-ONLY-1")


@pytest.mark.usefixtures("audited")
def test_each_line_gets_a_true_receipt_when_the_database_fails_in_the_middle(
    ordercli: Ordercli, connection: Store
) -> None:
    head = f"POST {VENDOR} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    with serving(ordercli, **IMPATIENT) as served:
        parts = urlsplit(served.address)
        with (
            socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS) as client,
            client.makefile("rb") as got,
        ):
            client.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            send_chunk(client, ndjson(*(product_order(f"PO-{n}") for n in (1, 2))))
            told = [receipt_from(got), receipt_from(got)]
            with transaction(connection, "test"):
                send_chunk(client, ndjson(*(product_order(f"PO-{n}") for n in (3, 4, 5))))
                while "first one" not in (last := receipt_from(got)).get("message", ""):
                    told.append(last)

    refused = [each["line"] for each in told[2:] if each["statusCode"] == 503]
    assert [each["line"] for each in told] == list(range(1, len(told) + 1))
    assert [each["statusCode"] for each in told[:2]] == [201, 201]
    assert refused == [each["line"] for each in told[2:]]
    assert last == {
        "statusCode": 503,
        "line": 3,
        "message": f"{UNREACHABLE}; line 3 is the first one without a receipt",
    }
    assert column(connection, "customer_order", "external_id") == ["PO-1", "PO-2"]


def send_chunk(client: socket.socket, data: bytes) -> None:
    client.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def receipt_from(got: Any) -> Any:
    """Read on to the next line of the body: the head, and the lengths of chunks, are passed over."""
    while not (line := got.readline()).startswith(b"{"):
        assert line
    return json.loads(line)
