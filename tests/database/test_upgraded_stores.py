"""Stores of every former schema, which hold product orders alone, take service orders after their upgrade."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from ordercli.database.address import is_server
from ordercli.database.opening import make_database, open_database
from ordercli.database.sqlite import sqlite
from ordercli.operations.audit import audit
from support.builders import line, ndjson, product_order, service_order
from support.running import Ordercli
from support.schemas import DUMPS, content, database_of, fill_server, upgrade_server_to
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.servers import Server

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]

# External ids of product orders that are there: created ones, and some that wait in the queue.
CREATED, WAITING = ("SYNC-1", "DONE-1"), ("NEW-1", "NEW-2")


@pytest.fixture(params=sorted(DUMPS))
def old(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[str]:
    """A database of a former schema, with product orders in every state."""
    path = database_of(request.param, tmp_path)
    if engine == "sqlite":
        yield path
        return
    server: Server = request.getfixturevalue("server")
    address = server.empty_database()
    upgrade_server_to(request.param, address)
    fill_server(address, content(path))
    yield address
    server.drop(address)


def test_service_orders_go_in_beside_the_product_orders_of_old(old: str, ordercli: Ordercli) -> None:
    before = {row["external_id"] for row in content(old)["customer_order"]}
    make_database(old).close()
    command = Ordercli(ordercli.folder, old)
    report = {"externalId": "SYNC-1", "serviceOrderItem": [{"id": "1", "state": "fulfilled"}]}

    at_once = command("submit", "-o", "json", stdin=ndjson(*map(service_order, CREATED)))
    queued = command("submit", "--async", "-o", "json", stdin=ndjson(*map(service_order, WAITING)))
    command("queue", "resume")
    run = command("queue", "run", "-o", "json")
    fulfilled = command("fulfil", "-", "-o", "ndjson", stdin=ndjson(report))
    shown = command("show", "DONE-1")

    assert at_once.exit_code == 0, at_once.stderr
    assert (at_once.json["accepted"], queued.json["accepted"]) == (2, 2)
    assert run.exit_code == 0, run.stderr
    with closing(open_database(old)) as connection:
        orders = rows(connection, "customer_order")
    kinds = Counter((row["external_id"], row["resource"]) for row in orders)
    service = {(name, "serviceOrder"): 1 for name in (*CREATED, *WAITING)}
    product = {(name, "productOrder"): 1 for name in before | {*WAITING, "CLAIMED-1", "PENDING-1"}}
    assert kinds == {**service, **product}
    assert [each["outcome"] for each in fulfilled.ndjson] == ["updated"]
    states = {(row["external_id"], row["resource"]): row["state"] for row in orders}
    assert states["SYNC-1", "serviceOrder"] == "completed"
    assert states["SYNC-1", "productOrder"] != "completed"
    assert shown.exit_code == 4, shown.stdout
    assert [str(fault) for fault in audit(old)] == []
    assert command("db", "check").exit_code == 0


@pytest.mark.parametrize("old", [24], indirect=True)
def test_an_entry_that_somebody_put_back_into_the_queue_holds_its_external_id(old: str, ordercli: Ordercli) -> None:
    connect: Any = psycopg.connect if is_server(old) else sqlite.connect
    with closing(connect(old)) as store:
        store.execute("UPDATE inbound_entry SET state = 'new', finished_at = NULL WHERE state = 'cancelled'")
        store.commit()
    command = Ordercli(ordercli.folder, old)

    upgraded = command("db", "upgrade")
    again = command("submit", "--async", "-o", "ndjson", stdin=ndjson(product_order("DISCARDED-1", items=[line("9")])))

    assert upgraded.exit_code == 0, upgraded.stderr
    assert [error["code"] for each in again.ndjson for error in each["errors"]] == ["ORD420"]
    entries = [(row["external_id"], row["state"], row["reason"]) for row in content(old)["inbound_entry"]]
    assert [each for each in entries if each[0] == "DISCARDED-1"] == [("DISCARDED-1", "new", None)]
    assert command("db", "check").exit_code == 0
