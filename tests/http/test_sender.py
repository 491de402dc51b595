"""The lease of the sender: who delivers events, and that a sender without the lease notes nothing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.clients import subscriptions
from ordercli.clients.subscriptions import LeaseLostError, SubscriptionRow
from ordercli.database.opening import open_database
from ordercli.database.store import transaction
from ordercli.http import sender as module
from ordercli.http.callbacks import CallbackError, Callbacks
from ordercli.http.sender import Sender
from ordercli.queue.workers import Worker
from ordercli.settings import ServeSettings, Settings
from support.builders import encoded, service_order
from support.running import PATIENCE_SECONDS
from support.stored import rows
from support.subscriber import subscriber, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.subscriber import Subscriber

TLS = Path(__file__).parents[1] / "data" / "tls"
SERVE = ServeSettings(hub_hosts=("127.0.0.1",))
HOUR = "2999-01-01T00:00:00.000Z"


def _expired(_owner: str, expires_at: str, at: datetime) -> bool:
    return expires_at < at.isoformat()


@pytest.mark.every_engine
def test_a_lease_has_one_holder_until_it_ends(connection: Store) -> None:
    def take(name: str) -> int | None:
        with transaction(connection, "hub"):
            return subscriptions.take_lease(connection, name, _expired)

    assert [take("a"), take("b"), take("a")] == [1, None, 2]
    with pytest.raises(LeaseLostError), transaction(connection, "hub"):
        subscriptions.keep_lease(connection, 1)
    with transaction(connection, "hub"):
        subscriptions.keep_lease(connection, 2, -1)
    assert [take("b"), take("a")] == [3, None]
    assert [(each["owner"], each["fence"]) for each in rows(connection, "hub_lease")] == [("b", 3)]


@pytest.fixture
def listener() -> Iterator[Subscriber]:
    with subscriber() as found:
        yield found


@pytest.fixture
def bugs() -> list[Exception]:
    return []


@pytest.fixture
def store(ordercli: Ordercli, listener: Subscriber) -> Iterator[Store]:
    """A database with a subscription, and an order after it."""
    order = {"externalId": "A-1", "productOrderItem": [{"id": "1", "action": "add"}]}
    assert ordercli("submit", "--profile", "tmf622", stdin=encoded(order)).exit_code == 0
    with closing(open_database(ordercli.database)) as opened:
        made = SubscriptionRow("s-1", "productOrder", "tmf622-v4", None, "test", listener.callback, "", "0", HOUR)
        with transaction(opened, "hub"):
            subscriptions.add(opened, made)
        yield opened


@pytest.fixture
def sender(ordercli: Ordercli, store: Store, bugs: list[Exception]) -> Iterator[Sender]:
    """A sender that is not started; a test starts it."""
    made = Sender(ordercli.database, Settings(serve=SERVE), Callbacks(SERVE), bugs.append)
    yield made
    made.stop()
    assert bugs == []
    assert store.in_transaction is False


def subscription(store: Store) -> Any:
    (found,) = rows(store, "hub_subscription")
    return found


@pytest.mark.slow
def test_a_sender_that_has_lost_its_lease_notes_nothing(sender: Sender, store: Store, listener: Subscriber) -> None:
    listener.answer("wait")
    sender.start()
    listener.next()
    with Worker(sender._database, "another") as other:
        with transaction(store, "hub"):
            store.execute("UPDATE hub_lease SET fence = 9, owner = ?, expires_at = ?", (other.name, HOUR))
        sender._renewed -= 100
        until(lambda: sender._fence is None)
        # The other one delivers this event and more.
        store.execute("UPDATE hub_subscription SET cursor = '7.1'")
    until(lambda: sender._fence == 10)
    listener.answer("200")
    until(lambda: not (sender._deliveries or sender._arrived))

    assert subscription(store)["cursor"] == "7.1"


@pytest.mark.slow
def test_an_answer_that_never_ends_is_a_failure(
    sender: Sender, store: Store, listener: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STUCK_SECONDS", 0)
    listener.answer("hang")
    sender.start()
    listener.next()
    failed = until(lambda: subscription(store)["last_error"] and subscription(store))
    monkeypatch.setattr(module, "_STUCK_SECONDS", 60)
    listener.answer("200")

    assert (failed["failures"], failed["last_error"], failed["cursor"]) == (1, "the answer does not end", "0")
    assert listener.next()["mode"] == "200"
    until(lambda: subscription(store)["cursor"] == "1.1")


@pytest.mark.slow
def test_a_sender_that_stops_notes_what_is_under_way(sender: Sender, store: Store, listener: Subscriber) -> None:
    listener.answer("wait")
    sender.start()
    listener.next()
    sender._stopping.set()
    listener.answer("200")
    sender.stop()

    assert subscription(store)["cursor"] == "1.1"


@pytest.mark.slow
def test_a_bug_while_an_event_is_delivered_is_reported_and_tried_again(
    sender: Sender, store: Store, listener: Subscriber, bugs: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_text: str, _body: bytes) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(sender._callbacks, "post", broken)
        sender.start()
        failed = until(lambda: subscription(store)["last_error"] and subscription(store))

    assert failed["last_error"] == "internal error"
    assert listener.next()["event"]["eventId"] == "1.1"
    assert {str(each) for each in bugs} == {"a bug"}
    bugs.clear()


@pytest.mark.slow
def test_events_that_nobody_wants_are_passed_over(
    sender: Sender, store: Store, ordercli: Ordercli, listener: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ordercli.operations.history.CHUNK", 1)
    store.execute("UPDATE hub_subscription SET query = 'category=B2B'")
    order = {"externalId": "A-2", "category": "B2B", "productOrderItem": [{"id": "1", "action": "add"}]}
    others = [{**order, "externalId": f"B-{n}", "category": "B2C"} for n in range(3)]
    ordercli("submit", "--profile", "tmf622", stdin=b"\n".join(map(encoded, [order, *others])))
    sender.start()

    assert listener.next()["event"]["eventId"] == "2.1"
    until(lambda: subscription(store)["cursor"] == "4")


@pytest.mark.slow
def test_after_a_failure_the_sender_waits_before_it_delivers_again(
    ordercli: Ordercli, store: Store, listener: Subscriber, bugs: list[Exception]
) -> None:
    made = Sender(ordercli.database, Settings(serve=SERVE), Callbacks(SERVE), bugs.append)
    listener.answer("500")
    with Worker(ordercli.database, "a sender") as worker:
        made._turn(store, worker)
        listener.next()
        made._collect(PATIENCE_SECONDS)
        made._turn(store, worker)

    assert (made._deliveries, subscription(store)["failures"], listener.has_more()) == ({}, 1, False)


@pytest.mark.slow
def test_a_damaged_history_keeps_only_its_own_subscribers_waiting(
    sender: Sender, store: Store, ordercli: Ordercli, listener: Subscriber
) -> None:
    def failing() -> Any:
        return next((each for each in rows(store, "hub_subscription") if each["last_error"]), None)

    ordercli("submit", "--profile", "tmf641", stdin=encoded(service_order("S-1")))
    of_services = SubscriptionRow("s-2", "serviceOrder", "tmf641", None, "test", listener.callback, "", "0", HOUR)
    with transaction(store, "hub"):
        subscriptions.add(store, of_services)
        store.execute("DROP TRIGGER history_no_update")
        store.execute("UPDATE order_history SET changes = '{' WHERE seq = 1")
    sender.start()
    event = listener.next()["event"]
    failed = until(failing)
    store.execute("UPDATE order_history SET changes = NULL WHERE seq = 1")
    later = listener.next()["event"]

    assert (event["eventId"], later["eventId"]) == ("2.1", "1.1")
    assert (failed["id"], failed["cursor"]) == ("s-1", "0")
    assert failed["last_error"] == "The database is damaged: the history of an order cannot be read"
    assert failed["next_at"] > failed["failing_since"]
    until(lambda: failing() is None)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", True),  # of a network that is named
        ("10.2.2.3", False),
        ("169.254.169.254", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - refused
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.1.2.3", True),
        ("fe80::1%lo", False),
        ("fd00::1", False),
    ],
)
def test_a_name_leads_only_to_public_addresses_and_to_networks_that_are_named(
    address: str, monkeypatch: pytest.MonkeyPatch, *, allowed: bool
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: [(2, 1, 6, "", (address, 80))])
    callbacks = Callbacks(ServeSettings(hub_hosts=("crm.example.com",), hub_networks=("10.1.0.0/16",)))
    reached: list[str] = []

    def reach(_callback: object, found: str, _body: bytes) -> int:
        reached.append(found)
        return 204

    monkeypatch.setattr(callbacks, "_posted", reach)
    if allowed:
        callbacks.post("http://crm.example.com/events", b"{}")
    else:
        with pytest.raises(CallbackError, match=r"which is not public; serve\.hub_networks"):
            callbacks.post("http://crm.example.com/events", b"{}")

    assert reached == ([address] if allowed else [])


def test_a_name_without_an_address_is_told() -> None:
    with pytest.raises(CallbackError, match=r"^no\.invalid has no address: "):
        Callbacks(ServeSettings(hub_hosts=("no.invalid",))).post("http://no.invalid/", b"{}")


@pytest.fixture
def over_tls() -> Iterator[Subscriber]:
    with subscriber(tls=(TLS / "cert.pem", TLS / "key.pem")) as found:
        yield found


def test_a_certificate_that_nobody_trusts_is_refused(over_tls: Subscriber) -> None:
    with pytest.raises(CallbackError, match="certificate verify failed"):
        Callbacks(SERVE).post(over_tls.callback, b"{}")

    assert over_tls.has_more() is False


def test_a_certificate_of_an_authority_that_is_trusted_is_taken(
    over_tls: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "cert.pem"))
    Callbacks(SERVE).post(over_tls.callback, b'{"eventId": "1.1"}')

    assert over_tls.next()["event"] == {"eventId": "1.1"}


def test_a_certificate_of_another_host_is_refused(over_tls: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "cert.pem"))
    found = [(2, 1, 6, "", ("127.0.0.1", over_tls.port))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: found)
    callbacks = Callbacks(ServeSettings(hub_hosts=("crm.example.com",), hub_networks=("127.0.0.0/8",)))
    with pytest.raises(CallbackError, match=r"crm\.example\.com"):
        callbacks.post(over_tls.callback.replace("127.0.0.1", "crm.example.com"), b"{}")

    assert over_tls.has_more() is False


def test_what_does_not_speak_tls_is_refused(listener: Subscriber) -> None:
    with pytest.raises(CallbackError, match="no answer: "):
        Callbacks(SERVE).post(listener.callback.replace("http:", "https:"), b"{}")
