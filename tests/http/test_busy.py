"""A server that has too much to do says so at once, with 503 and Retry-After, and serves who came before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from ordercli.database.store import transaction
from support.builders import encoded, product_order
from support.running import PATIENCE_SECONDS
from support.serving import VENDOR, serving
from support.stored import column
from support.subscriber import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.slow


def told(refused: httpx.Response) -> tuple[int, str, str]:
    return refused.status_code, refused.headers["Retry-After"], refused.json()["message"]


def test_one_request_too_many_is_refused_and_the_first_one_served(ordercli: Ordercli, connection: Store) -> None:
    refused: list[httpx.Response] = []
    with serving(ordercli, ORDERCLI_SERVE_MAX_REQUESTS="1") as served:

        def is_refused() -> bool:
            refused.append(httpx.get(f"{served.address}/health"))
            return refused[-1].is_error

        def slow_body() -> Iterator[bytes]:
            body = encoded(product_order("PO-1"))
            yield body[:10]
            until(is_refused)
            yield body[10:]

        created = served.client.post(VENDOR, content=slow_body(), headers={"Content-Type": "application/json"})
        after = served.client.get("/health")

    assert told(refused[-1]) == (503, "1", "The server has too many requests; send this one again")
    assert (created.status_code, after.status_code) == (201, 200)
    assert column(connection, "customer_order", "external_id") == ["PO-1"]


def test_one_order_too_many_for_the_database_is_refused_and_the_first_ones_are_created(
    ordercli: Ordercli, connection: Store
) -> None:
    limits = {"ORDERCLI_SERVE_MAX_WAITING": "2", "ORDERCLI_SERVE_LOCK_TIMEOUT": f"{PATIENCE_SECONDS}s"}
    with serving(ordercli, **limits) as served, ThreadPoolExecutor(2) as pool:
        with transaction(connection, "a writer that takes long"):
            waiting = [pool.submit(served.post, VENDOR, product_order(f"PO-{n}")) for n in (1, 2)]
            until(lambda: "ordercli_http_writer_waiting 2" in served.client.get("/metrics").text)
            refused = served.post(VENDOR, product_order("PO-3"))
        created = [each.result().status_code for each in waiting]

    assert told(refused) == (503, "1", "Too many requests wait for the database; send this one again")
    assert created == [201, 201]
    assert sorted(column(connection, "customer_order", "external_id")) == ["PO-1", "PO-2"]
