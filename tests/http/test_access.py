"""Who may do what: no path answers without a valid token, and a token opens what its role and source allow."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest

from support.builders import product_order
from support.running import PATIENCE_SECONDS
from support.serving import V4, VENDOR, VENDOR_CANCEL, Served, guarded, new_token
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.slow


@pytest.fixture
def token(ordercli: Ordercli) -> str:
    return new_token(ordercli, "crm")


@pytest.fixture
def served(ordercli: Ordercli, token: str) -> Iterator[Served]:
    assert token
    with guarded(ordercli) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(name: str, token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{token}".encode()).decode()}


def test_a_token_is_taken_as_bearer_and_as_password(served: Served, token: str, connection: Store) -> None:
    created = served.client.post(VENDOR, json=product_order("PO-1"), headers=bearer(token))
    shown = served.client.get(f"{VENDOR}/PO-1", headers=basic("crm", token))

    assert (created.status_code, shown.status_code) == (201, 200)
    assert column(connection, "customer_order", "source") == ["crm"]
    assert column(connection, "order_history", "actor") == ["crm"]
    assert column(connection, "api_token", "last_used") == [None]
    assert served.stop() == 143
    assert column(connection, "api_token", "last_used") != [None]


@pytest.mark.parametrize(
    ("path", "status_member"),
    [(f"{VENDOR}/PO-1", {"code": 1}), (f"{V4}/PO-1", {"code": "1", "status": "401", "@type": "Error"})],
)
def test_a_request_without_a_token_is_refused_in_the_form_of_its_path(
    served: Served, path: str, status_member: dict[str, object]
) -> None:
    refused = served.client.get(path)

    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="ordercli", Basic realm="ordercli", charset="UTF-8"'
    message = "The request has no token; send it in the header Authorization, as Bearer or Basic"
    assert refused.json() == {"reason": message, "message": message, "details": [{"message": message}], **status_member}


def test_two_tokens_of_one_source_have_their_own_names_in_the_history(
    ordercli: Ordercli, token: str, connection: Store
) -> None:
    other = new_token(ordercli, "crm-2", "--source", "crm")
    with guarded(ordercli) as served:
        for name, used in (("PO-1", token), ("PO-2", other), ("PO-3", token)):
            assert served.client.post(VENDOR, json=product_order(name), headers=bearer(used)).status_code == 201
        patched = served.client.patch(f"{VENDOR}/PO-1", json={"category": "B2B"}, headers=bearer(other))
        request = {"cancellationReason": "why", "productOrder": {"id": "PO-2"}}
        cancelled = served.client.post(VENDOR_CANCEL, json=request, headers=bearer(token))

    assert (patched.status_code, cancelled.status_code) == (201, 200)
    assert column(connection, "order_history", "actor") == ["crm", "crm-2", "crm", "crm-2", "crm"]


def test_a_revoked_token_is_refused_within_a_second(ordercli: Ordercli, served: Served, token: str) -> None:
    assert served.client.get(VENDOR, headers=bearer(token)).status_code == 404
    ordercli("serve", "token", "revoke", "crm")
    statuses = {404}
    with httpx.Client(base_url=served.address, timeout=PATIENCE_SECONDS) as client:
        while 401 not in statuses:
            statuses.add(client.get(VENDOR, headers=bearer(token)).status_code)

    assert statuses == {404, 401}
