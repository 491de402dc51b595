"""Many clients at the same time: what is acknowledged is kept, and one bad order is nobody else's trouble."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from support.builders import product_order
from support.running import PATIENCE_SECONDS
from support.serving import VENDOR, serving
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]

CLIENTS = 16
ENOUGH = 200


@pytest.mark.usefixtures("audited")
def test_what_was_acknowledged_is_kept_when_the_server_is_killed(ordercli: Ordercli, connection: Store) -> None:
    acknowledged: list[str] = []

    def send(client: int, address: str) -> None:
        with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as session:
            for n in range(10_000):
                try:
                    answer = session.post(VENDOR, params={"mode": "async"}, json=product_order(f"PO-{client}-{n}"))
                except httpx.TransportError:  # killed
                    return
                assert answer.status_code == 202, answer.text
                acknowledged.append(answer.json()["orderId"])
                if len(acknowledged) == ENOUGH:
                    served.process.send_signal(signal.SIGKILL)

    with serving(ordercli) as served, ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(send, range(CLIENTS), [served.address] * CLIENTS))
        served.process.wait(PATIENCE_SECONDS)

    assert len(acknowledged) >= ENOUGH
    assert set(acknowledged) - set(column(connection, "inbound_entry", "order_id")) == set()
    (listed,) = ordercli("batch", "list", "--all", "-o", "json").json
    assert (listed["status"], listed["nextCommand"]) == ("processing", None)  # its orders wait in the queue
    with serving(ordercli) as another:
        assert another.client.get("/ready").status_code == 200
        assert another.stop() == 143
    assert {each["status"] for each in rows(connection, "batch")} == {"completed"}


@pytest.mark.usefixtures("audited")
def test_the_same_order_from_many_clients_is_created_once(ordercli: Ordercli, connection: Store) -> None:
    with serving(ordercli) as served, ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda _: served.post(VENDOR, product_order("PO-1")), range(4 * CLIENTS)))

    assert sorted(each.status_code for each in answers) == [200] * (4 * CLIENTS - 1) + [201]
    assert len({each.json()["id"] for each in answers}) == 1
    assert len(rows(connection, "customer_order")) == 1


@pytest.mark.usefixtures("audited")
def test_the_same_key_from_many_clients_is_answered_alike(ordercli: Ordercli, connection: Store) -> None:
    order = product_order(None)
    with serving(ordercli) as served, ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda _: served.post(VENDOR, order, Idempotency_Key="k"), range(4 * CLIENTS)))

    assert {(each.status_code, each.json()["id"]) for each in answers} == {(201, answers[0].json()["id"])}
    assert len(rows(connection, "customer_order")) == 1


@pytest.mark.of_a_file
@pytest.mark.usefixtures("audited")
def test_an_order_that_the_database_refuses_is_refused_alone(ordercli: Ordercli, connection: Store) -> None:
    connection.execute(
        "CREATE TRIGGER poison BEFORE INSERT ON customer_order WHEN new.external_id = 'PO-7'"
        " BEGIN SELECT RAISE(ABORT, 'poison'); END"
    )
    with serving(ordercli) as served, ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda n: served.post(VENDOR, product_order(f"PO-{n}")), range(4 * CLIENTS)))

    assert [n for n, each in enumerate(answers) if each.status_code != 201] == [7]
    assert (answers[7].status_code, answers[7].json()["details"][0]["rule"]) == (400, "ORD190")
    assert len(rows(connection, "customer_order")) == 4 * CLIENTS - 1
    (listed,) = ordercli("batch", "list", "--all", "-o", "json").json
    shown = ordercli("batch", "show", listed["batchId"], "-o", "json").json
    counts = [shown[name] for name in ("read", "accepted", "rejected", "findings")]
    assert counts == [4 * CLIENTS, 4 * CLIENTS - 1, 1, {"ORD190": 2}]  # the fault, and what the database said
    connection.execute("DROP TRIGGER poison")
