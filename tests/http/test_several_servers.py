"""Two servers on one database: an order that comes to both is created once, and a key stands for one answer."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import product_order
from support.serving import VENDOR, serving
from support.stored import column, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.serving import Served

pytestmark = [pytest.mark.every_engine, pytest.mark.slow, pytest.mark.usefixtures("audited")]

ORDERS = 12


@pytest.fixture
def servers(ordercli: Ordercli) -> Iterator[tuple[Served, Served]]:
    with serving(ordercli) as one, serving(ordercli) as other:
        yield one, other


def to_both(servers: tuple[Served, Served], orders: list[Any], mode: str | None, **headers: Any) -> list[list[Any]]:
    """Post each order to both servers at once; return both answers to each."""

    def post(work: tuple[Served, int]) -> Any:
        served, n = work
        named = {name: value(n) for name, value in headers.items()}
        params = {"mode": mode} if mode else {}
        return served.client.post(VENDOR, params=params, json=orders[n], headers=named)

    works = [(served, n) for n in range(len(orders)) for served in servers]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(post, works))
    return [answers[n : n + 2] for n in range(0, len(answers), 2)]


@pytest.mark.parametrize(("mode", "created"), [(None, 201), ("async", 202)])
def test_an_order_that_comes_to_both_is_accepted_once(
    servers: tuple[Served, Served], connection: Store, mode: str | None, created: int
) -> None:
    pairs = to_both(servers, [product_order(f"PO-{n}") for n in range(ORDERS)], mode)

    assert [sorted(each.status_code for each in pair) for pair in pairs] == [[200, created]] * ORDERS
    for pair in pairs:
        assert len({each.headers["location"] for each in pair}) == 1
    ids = column(connection, "inbound_entry" if mode else "customer_order", "external_id")
    assert sorted(ids) == sorted(f"PO-{n}" for n in range(ORDERS))


def test_other_content_under_the_same_id_is_refused_by_one_of_them(
    servers: tuple[Served, Served], connection: Store
) -> None:
    one, other = servers
    with ThreadPoolExecutor(2) as pool:
        for n in range(ORDERS):
            orders = [product_order(f"PO-{n}", category=category) for category in ("B2B", "B2C")]
            answers = list(pool.map(lambda served, order: served.post(VENDOR, order), (one, other), orders))
            assert sorted(each.status_code for each in answers) == [201, 409]

    assert len(rows(connection, "customer_order")) == ORDERS


def test_a_key_stands_for_one_answer_at_both(servers: tuple[Served, Served], connection: Store) -> None:
    orders = [product_order(None, description=f"order {n}") for n in range(ORDERS)]
    pairs = to_both(servers, orders, None, **{"Idempotency-Key": lambda n: f"key-{n}"})
    again = to_both(servers, orders, None, **{"Idempotency-Key": lambda n: f"key-{n}"})

    for pair, repeated in zip(pairs, again, strict=True):
        assert [each.status_code for each in (*pair, *repeated)] == [201] * 4
        assert len({each.content for each in (*pair, *repeated)}) == 1
        assert [each.headers.get("idempotency-replayed") for each in repeated] == ["true", "true"]
    assert len(rows(connection, "customer_order")) == ORDERS
    other = servers[1].post(VENDOR, product_order(None, description="another"), Idempotency_Key="key-1")
    assert other.status_code == 409


def test_one_goes_on_when_the_other_is_killed(
    servers: tuple[Served, Served], connection: Store, ordercli: Ordercli
) -> None:
    one, other = servers
    assert [served.post(VENDOR, product_order(f"PO-{n}")).status_code for n, served in enumerate(servers)] == [201, 201]
    os.kill(one.process.pid, signal.SIGKILL)
    one.process.communicate()

    assert other.post(VENDOR, product_order("PO-2")).status_code == 201
    assert other.stop() == 143
    with serving(ordercli) as third:
        assert third.stop() == 143
    assert column(connection, "batch", "status") == ["completed", "completed"]
