"""Subscriptions to events: what is delivered, to whom, and what happens when the subscriber or the server fails."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import product_order_v4, product_order_v5, service_order
from support.running import PATIENCE_SECONDS
from support.serving import SERVICES_V4, V4, V5, serving
from support.subscriber import Subscriber, subscriber, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from support.running import Ordercli
    from support.serving import Served

pytestmark = pytest.mark.slow

ALLOWED = {"ORDERCLI_SERVE_HUB_HOSTS": "127.0.0.1", "ORDERCLI_SERVE_HUB_TIMEOUT": "500ms"}
HUB = "/tmf-api/productOrderingManagement/v4/hub"


@pytest.fixture
def served(ordercli: Ordercli) -> Iterator[Served]:
    with serving(ordercli, **ALLOWED) as found:
        yield found


@pytest.fixture
def listener() -> Iterator[Subscriber]:
    with subscriber() as found:
        yield found


def subscribe(served: Served, listener: Subscriber, hub: str = HUB, **members: Any) -> httpx.Response:
    response = served.post(hub, {"callback": listener.callback, **members})
    assert response.status_code == 201, response.text
    return response


def subscriptions(ordercli: Ordercli) -> list[Any]:
    found: list[Any] = ordercli("hub", "list", "-o", "json").json
    return found


def one(ordercli: Ordercli, **wanted: Any) -> Any:
    """Wait until the only subscription has these members, and return it."""

    def found() -> Any:
        (each,) = subscriptions(ordercli)
        return each if wanted.items() <= each.items() else None

    return until(found)


@pytest.mark.every_engine
@pytest.mark.parametrize(
    ("path", "other", "make", "order"),
    [
        (V4, V5, product_order_v4, "productOrder"),
        (V5, V4, product_order_v5, "productOrder"),
        (SERVICES_V4, V4, service_order, "serviceOrder"),
    ],
)
def test_events_come_in_order_and_in_the_version_of_their_path(
    served: Served, listener: Subscriber, ordercli: Ordercli, path: str, other: str, make: Any, order: str
) -> None:
    served.post(path, make("BEFORE"))
    hub = f"{path.rpartition('/')[0]}/hub"
    made = subscribe(served, listener, hub)
    served.post(other, product_order_v5("ELSEWHERE") if other == V5 else product_order_v4("ELSEWHERE"))
    document = served.post(path, make("A-1")).json()
    served.client.patch(document["href"], json={"description": "new"})

    events = [listener.next()["event"] for _ in range(2)]
    written = ordercli("events", "--since", "0", "-o", "ndjson").ndjson[-2:]

    assert made.headers["location"] == f"{hub}/{made.json()['id']}"
    named = {"@type": "Hub"} if path == V5 else {}
    assert made.json() == {**named, "id": made.json()["id"], "callback": listener.callback}
    assert [each["eventId"] for each in events] == [each["cursor"] for each in written]
    assert [each["event"][order]["href"] for each in events] == [document["href"]] * 2
    assert events[0]["event"][order] == document
    for event, line in zip(events, written, strict=True):
        same = {name: value for name, value in line.items() if name not in {"cursor", "event", "eventId"}}
        assert {name: value for name, value in event.items() if name not in {"event", "eventId"}} == same
    kind = f"{order[0].upper()}{order[1:]}"
    assert [each["eventType"] for each in events] == [f"{kind}CreateEvent", f"{kind}AttributeValueChangeEvent"]
    assert ("timeOccurred" in events[0]) == (path == V5)
    assert one(ordercli, cursor=events[-1]["eventId"])["status"] == "enabled"


def test_only_the_events_that_a_query_asks_for_come(served: Served, listener: Subscriber, ordercli: Ordercli) -> None:
    query = "eventType=ProductOrderCreateEvent,CancelProductOrderCreateEvent&event.productOrder.category=B2B"
    assert subscribe(served, listener, query=query).json()["query"] == query
    for n, category in enumerate(["B2C", "B2B", "B2C", "B2B"]):
        at = served.post(V4, product_order_v4(f"A-{n}", category=category)).headers["location"]
        served.client.patch(at, json={"description": "other"})

    told = [listener.next()["event"]["event"]["productOrder"]["externalId"] for _ in range(2)]

    assert told == ["A-1", "A-3"]
    assert subscriptions(ordercli)[0]["query"] == query


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("500", "answered 500"),
        ("hang", "no answer in time"),
        ("close", "no answer: "),
        ("redirect", "answered 302; redirects are not followed"),
    ],
)
def test_an_event_that_fails_is_delivered_again_before_the_next_one(
    served: Served, listener: Subscriber, ordercli: Ordercli, mode: str, reason: str
) -> None:
    listener.answer(mode)
    subscribe(served, listener)
    ids = [served.post(V4, product_order_v4(f"A-{n}")).json()["id"] for n in range(2)]
    first = listener.next()
    failing = one(ordercli, status="failing")
    listener.answer("200")
    told = [first]
    while told[-1]["event"]["event"]["productOrder"]["id"] != ids[1]:
        told.append(listener.next())

    assert reason in failing["lastError"]
    assert failing["nextAt"] > failing["failingSince"]
    assert {each["path"] for each in told} == {"/events"}
    assert {each["event"]["eventId"] for each in told[:-1]} == {first["event"]["eventId"]}
    assert len(told) > 2
    ended = one(ordercli, status="enabled", cursor=told[-1]["event"]["eventId"])
    assert (ended["failures"], ended["lastError"]) == (0, None)


def test_a_subscriber_that_comes_back_gets_what_it_missed(served: Served, ordercli: Ordercli) -> None:
    with subscriber() as gone:
        subscribe(served, gone)
        port = gone.port
    served.post(V4, product_order_v4("A-1"))
    failing = one(ordercli, status="failing")
    with subscriber(port) as back:
        assert back.next()["event"]["event"]["productOrder"]["externalId"] == "A-1"

    assert "Connection refused" in failing["lastError"]


def test_a_server_that_is_killed_before_it_noted_a_delivery_delivers_again(
    ordercli: Ordercli, listener: Subscriber
) -> None:
    listener.answer("hang")
    with serving(ordercli, **{**ALLOWED, "ORDERCLI_SERVE_HUB_TIMEOUT": "50s"}) as served:
        subscribe(served, listener)
        served.post(V4, product_order_v4("A-1"))
        served.post(V4, product_order_v4("A-2"))
        first = listener.next()["event"]
        served.process.send_signal(signal.SIGKILL)
        served.process.wait(PATIENCE_SECONDS)
        served.client.close()
    listener.answer("200")
    with serving(ordercli, **ALLOWED):
        told = [listener.next()["event"] for _ in range(2)]

    assert told[0] == first
    assert told[1]["event"]["productOrder"]["externalId"] == "A-2"


@pytest.mark.every_engine
def test_of_two_servers_one_delivers(ordercli: Ordercli, listener: Subscriber) -> None:
    with serving(ordercli, **ALLOWED) as one_server, serving(ordercli, **ALLOWED) as other:
        subscribe(one_server, listener)
        ids = [(one_server, other)[n % 2].post(V4, product_order_v4(f"A-{n}")).json()["id"] for n in range(20)]
        told = [listener.next()["event"]["event"]["productOrder"]["id"] for n in range(20)]
        one_server.stop()
        ids.append(other.post(V4, product_order_v4("A-20")).json()["id"])
        told.append(listener.next()["event"]["event"]["productOrder"]["id"])

    assert told == ids
    assert not listener.has_more()


def test_a_subscription_may_be_removed_while_a_delivery_is_under_way(
    served: Served, listener: Subscriber, ordercli: Ordercli
) -> None:
    listener.answer("hang")
    at = subscribe(served, listener).headers["location"]
    served.post(V4, product_order_v4("A-1"))
    listener.next()

    removed, again = served.client.delete(at), served.client.delete(at)
    listener.answer("200")
    subscribe(served, listener)
    served.post(V4, product_order_v4("A-2"))

    assert [removed.status_code, again.status_code] == [204, 404]
    assert listener.next()["event"]["event"]["productOrder"]["externalId"] == "A-2"
    assert len(subscriptions(ordercli)) == 1


def test_a_subscription_that_fails_for_too_long_is_disabled_until_it_is_enabled(
    ordercli: Ordercli, listener: Subscriber
) -> None:
    with serving(ordercli, **ALLOWED, ORDERCLI_SERVE_HUB_GIVE_UP_AFTER="0s") as served:
        listener.answer("500")
        subscribe(served, listener)
        served.post(V4, product_order_v4("A-1"))
        disabled = one(ordercli, status="disabled")
        checked = ordercli("queue", "status", "--check", "-o", "json")
        listener.answer("200")
        enabled = ordercli("hub", "enable", disabled["id"], "-o", "json").json
        told = [listener.next() for _ in range(3)]

        assert (disabled["failures"], disabled["cursor"]) == (2, "0")
        assert (checked.exit_code, checked.json["disabledSubscriptions"]) == (1, 1)
        assert "1 subscription to events is disabled; see `ordercli hub list`" in checked.stderr
        assert "disabledSubscriptions" not in ordercli("queue", "status", "-o", "json").json
        assert {**disabled, **enabled} == enabled
        assert (enabled["status"], enabled["failures"], enabled["disabledAt"]) == ("enabled", 0, None)
        assert [(each["mode"], each["event"]["eventId"]) for each in told] == [
            ("500", "1.1"),
            ("500", "1.1"),
            ("200", "1.1"),
        ]

        removed = ordercli("hub", "remove", disabled["id"], "-o", "id")
        unknown = ordercli("hub", "remove", disabled["id"])
        assert (removed.exit_code, removed.stdout.strip()) == (0, disabled["id"])
        assert (unknown.exit_code, f"There is no subscription {disabled['id']}" in unknown.stderr) == (3, True)
        assert subscriptions(ordercli) == []


def test_subscribing_again_is_the_same_subscription(served: Served, listener: Subscriber, ordercli: Ordercli) -> None:
    first, again = subscribe(served, listener), subscribe(served, listener)
    other = subscribe(served, listener, query="state=completed")

    assert again.json() == first.json()
    assert [each["id"] for each in subscriptions(ordercli)] == [first.json()["id"], other.json()["id"]]


REFUSED_SUBSCRIPTIONS = [
    (
        {"callback": "http://other.example/events"},
        403,
        "Events are not delivered to other.example: the setting serve.hub_hosts",
    ),
    ({"callback": "ftp://127.0.0.1/events"}, 400, "callback must be an address such as"),
    ({"callback": "http://user@127.0.0.1/events"}, 400, "callback must be an address such as"),
    ({"callback": "http://127.0.0.1:port/events"}, 400, "callback must be an address such as"),
    ({"callback": "http://127.0.0.1/\r\nHost: x"}, 400, "callback must be an address such as"),
    ({"callback": 7}, 400, "A subscription takes callback and query, two texts"),
    ({"query": "state=completed"}, 400, "A subscription takes callback and query, two texts"),
    ({}, 400, "Request body missing"),
    (
        {"callback": "http://127.0.0.1/", "query": "eventType=Shoe"},
        400,
        "No event is of type 'Shoe'; types: ProductOrder",
    ),
    ({"callback": "http://127.0.0.1/", "query": "shoe=1"}, 400, "An order has no member 'shoe'"),
    ({"callback": "http://127.0.0.1/", "query": "completed"}, 400, "query takes conditions such as eventType="),
]


def test_a_subscription_that_makes_no_sense_is_refused(served: Served) -> None:
    for body, status, message in REFUSED_SUBSCRIPTIONS:
        refused = served.post(HUB, body)
        assert (refused.status_code, message in refused.json()["message"]) == (status, True), refused.text


def test_without_the_setting_nobody_may_subscribe(ordercli: Ordercli) -> None:
    with serving(ordercli) as served:
        refused = served.post(HUB, {"callback": "http://127.0.0.1:9/events"})
        elsewhere = served.post("/api/sn_ind_tmt_orm/hub", {})

    assert refused.status_code == 403
    assert "the setting serve.hub_hosts lacks it" in refused.json()["message"]
    assert elsewhere.status_code == 404


def test_a_name_that_leads_to_a_private_address_is_not_called(ordercli: Ordercli, listener: Subscriber) -> None:
    with serving(ordercli, ORDERCLI_SERVE_HUB_HOSTS="localhost") as served:
        served.post(HUB, {"callback": f"http://localhost:{listener.port}/events"})
        served.post(V4, product_order_v4("A-1"))
        failing = one(ordercli, status="failing")
        served.stop()
    with serving(ordercli, ORDERCLI_SERVE_HUB_HOSTS="localhost", ORDERCLI_SERVE_HUB_NETWORKS="127.0.0.0/8,::1/128"):
        told = listener.next()

    assert "localhost leads to 127.0.0.1" in failing["lastError"]
    assert "serve.hub_networks lists other networks" in failing["lastError"]
    assert (told["host"], told["event"]["eventId"]) == (f"localhost:{listener.port}", "1.1")


def test_a_network_that_is_none_is_told_at_the_start(ordercli: Ordercli) -> None:
    result = ordercli("serve", "--no-auth", "--port", "0", ORDERCLI_SERVE_HUB_NETWORKS="everything")

    assert result.exit_code == 2
    assert "`serve.hub_networks` takes networks such as 10.0.0.0/8, not 'everything'" in result.stderr
