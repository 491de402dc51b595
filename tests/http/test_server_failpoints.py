"""A server is killed before and after the commit of each of its transactions: what it acknowledged is there once."""

from __future__ import annotations

import signal
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
    from support.serving import Served

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]

MARKS = [f"PO-{n}" for n in range(5)]
# What a server must meet first, so that it comes to a transaction.
BESIDE = {"serve-singly": "serve-before-commit:raise,"}


def sent(served: Served) -> list[str]:
    """Send orders until the server is gone; the order ids that it acknowledged."""
    acknowledged = []
    for mark in MARKS:
        try:
            answer = served.post(VENDOR, product_order(mark))
        except httpx.TransportError:
            break
        assert answer.status_code == 201, answer.text
        acknowledged.append(answer.json()["id"])
    return acknowledged


def ended(served: Served) -> int:
    """Wait for the end of a server that dies by itself, and return its exit code."""
    code = served.process.wait(PATIENCE_SECONDS)
    served.client.close()
    return code


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("name", ["serve", "serve-singly", "serve-finish"])
def test_a_server_that_is_killed_keeps_what_it_acknowledged(
    ordercli: Ordercli, connection: Store, name: str, side: str
) -> None:
    place = f"{BESIDE.get(name, '')}{name}-{side}-commit:kill"

    with serving(ordercli, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=place) as served:
        acknowledged = sent(served)
        if name == "serve-finish":
            served.process.send_signal(signal.SIGTERM)
        assert ended(served) == -signal.SIGKILL

    assert set(acknowledged) <= set(column(connection, "customer_order", "order_id"))
    created_again(ordercli, connection)


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_server_that_is_killed_while_it_completes_the_batches_of_a_lost_one(
    ordercli: Ordercli, connection: Store, side: str
) -> None:
    with serving(ordercli) as lost:
        sent(lost)
        lost.process.kill()
        assert ended(lost) == -signal.SIGKILL
    place = f"serve-lost-{side}-commit:kill"
    words = ("serve", "--no-auth", "--port", "0")

    with ordercli.start(*words, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=place) as process:
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL

    created_again(ordercli, connection)


def created_again(ordercli: Ordercli, connection: Store) -> None:
    """Send all orders to another server: each is there once in the end, and no batch is left open."""
    with serving(ordercli) as another:
        answers = [another.post(VENDOR, product_order(mark)) for mark in MARKS]

    assert {each.status_code for each in answers} <= {200, 201}
    assert sorted(column(connection, "customer_order", "external_id")) == MARKS
    assert {each["status"] for each in rows(connection, "batch")} == {"completed"}
