"""The history of an order names the client that posted it, also when another process creates it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order
from support.serving import VENDOR, guarded, new_token

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


def test_queued_orders_are_created_in_the_name_of_the_client_that_posted_them(ordercli: Ordercli) -> None:
    tokens = {name: new_token(ordercli, name, "--source", "crm") for name in ("crm-1", "crm-2")}
    headers = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}
    bulk = {**headers["crm-2"], "Content-Type": "application/x-ndjson"}
    asynchronous = {"mode": "async"}
    with guarded(ordercli) as served:
        for name, order in (("crm-1", "PO-1"), ("crm-2", "PO-2")):
            served.client.post(VENDOR, params=asynchronous, json=product_order(order), headers=headers[name])
        served.client.post(VENDOR, params=asynchronous, content=ndjson(product_order("PO-3")), headers=bulk)
    queued = {each["externalId"]: each["submittedBy"] for each in ordercli("queue", "list", "-o", "ndjson").ndjson}
    ordercli("queue", "run", ORDERCLI_ACTOR="cron")
    created = {name: ordercli("history", name, "-o", "json").json[0]["actor"] for name in queued}

    assert queued == created == {"PO-1": "crm-1", "PO-2": "crm-2", "PO-3": "crm-2"}
