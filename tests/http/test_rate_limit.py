"""Clients that send too many requests are told when to send the next one; others are not delayed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.http import rate_limit
from ordercli.http.answers import RefusedError
from ordercli.http.rate_limit import RateLimit
from support.builders import ndjson, product_orders
from support.serving import VENDOR, guarded, new_token

if TYPE_CHECKING:
    from support.running import Ordercli

SLOW: dict[str, Any] = {"ORDERCLI_SERVE_RATE_LIMIT": "1", "ORDERCLI_SERVE_RATE_BURST": "3"}


@pytest.mark.slow
def test_each_client_has_a_limit_of_its_own(ordercli: Ordercli) -> None:
    first, second = ({"Authorization": f"Bearer {new_token(ordercli, name)}"} for name in ("crm", "shop"))
    with guarded(ordercli, **SLOW) as served:
        answers = [served.client.get(VENDOR, headers=first) for _ in range(20)]
        other = served.client.get(VENDOR, headers=second)

    refused = [each for each in answers if each.status_code == 429]
    assert [each.status_code for each in answers[:3]] == [404, 404, 404]
    assert refused
    assert {name: refused[0].headers[name] for name in ("retry-after", "ratelimit-limit", "ratelimit-remaining")} == {
        "retry-after": "1",
        "ratelimit-limit": "3",
        "ratelimit-remaining": "0",
    }
    assert refused[0].json()["message"] == "Too many requests: 1 a second are taken from each client"
    assert other.status_code == 404


@pytest.mark.slow
def test_who_guesses_tokens_is_slowed_down(ordercli: Ordercli) -> None:
    new_token(ordercli, "crm")
    with guarded(ordercli, **SLOW) as served:
        statuses = [
            served.client.get(VENDOR, headers={"Authorization": f"Bearer oc_{n:064x}"}).status_code for n in range(20)
        ]

    assert statuses[:3] == [401, 401, 401]
    assert 429 in statuses


@pytest.mark.slow
def test_many_orders_in_one_request_wait_their_turn(ordercli: Ordercli) -> None:
    token = new_token(ordercli, "crm")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    with guarded(ordercli, ORDERCLI_SERVE_RATE_LIMIT="50", ORDERCLI_SERVE_RATE_BURST="2") as served:
        answer = served.client.post(VENDOR, content=ndjson(*product_orders(10)), headers=headers)

    assert [each["statusCode"] for each in map(json.loads, answer.text.splitlines())] == [201] * 10


def test_clients_that_are_idle_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MOST_CLIENTS", 1)
    limit = RateLimit(1e9, 1)
    for name in ("a", "b", "c"):
        limit.take(name)

    assert len(limit) <= 1


def test_a_look_counts_nothing() -> None:
    limit = RateLimit(1e-6, 1)
    limit.check("a")
    limit.take("a")

    with pytest.raises(RefusedError):
        limit.check("a")
