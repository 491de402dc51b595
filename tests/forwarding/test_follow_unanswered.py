"""A target that tells no state of an order: it is told, and who asks for a pause is asked for nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.followed import ONE, SOON, counts, follow, states
from support.peer import close, peering, status

if TYPE_CHECKING:
    from collections.abc import Callable

    from forwarding.conftest import Forwarding
    from support.peer import Handler, Peer

pytestmark = [pytest.mark.every_engine, pytest.mark.slow, pytest.mark.usefixtures("audited")]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (
            status(200, {"id": "remote-1", "state": "shipped"}),
            "the state of the order there is 'shipped', which is none that it can have here",
        ),
        (status(200, b"<html></html>", Content_Type="text/html"), "the target answered something that is no order"),
        (status(200, [1]), "the target answered something that is no order"),
        (status(200, {"id": "remote-2", "state": "completed"}), "the target answered another order than was asked for"),
        (status(200, {"code": 1, "message": "it failed"}), "the target answered no state: it failed"),
        (status(403), "the target answered 403 when it was asked for this order"),
        (status(404, {"code": "60", "reason": "not found"}), "the target does not have it any more (answered 404)"),
        (
            status(404, b"<html></html>", Content_Type="text/html"),
            "the target answered 404 when it was asked for this order",
        ),
        (status(302, Location="https://other.example/"), "the target answered 302 when it was asked for this order"),
    ],
)
def test_an_answer_without_a_known_state_is_told_and_changes_nothing(
    sent: Forwarding, peer: Peer, answer: Callable[[Handler], None], trouble: str
) -> None:
    peer.answers["GET"] = [answer]

    followed = follow(sent)
    told = sent.shown("PO-1")["trouble"]
    again = follow(sent)

    assert (followed.exit_code, counts(followed)) == (1, [{**ONE, "asked": 1, "troubled": 1}])
    assert told == trouble
    assert states(sent) == ["acknowledged"] * 3
    assert (again.exit_code, sent.shown("PO-1")["trouble"]) == (0, None)


def test_an_order_that_is_gone_twice_is_asked_for_no_more_until_it_is_named(sent: Forwarding, peer: Peer) -> None:
    kept = peer.orders.pop()

    runs = [follow(sent) for _ in range(3)]
    peer.orders.append(kept)
    named = follow(sent, "PO-1")

    assert [counts(each) for each in runs] == [[{**ONE, "asked": 1, "troubled": 1}]] * 2 + [[]]
    assert (named.exit_code, counts(named)) == (0, [{**ONE, "asked": 1}])


@pytest.mark.parametrize("answer", [close, status(503), status(500, b""), status(408)])
def test_no_answer_changes_nothing_and_the_order_is_asked_for_again(
    sent: Forwarding, peer: Peer, answer: Callable[[Handler], None]
) -> None:
    peer.answers["GET"] = [answer]

    first, second = follow(sent), follow(sent)

    assert (first.exit_code, counts(first)) == (0, [{**ONE, "asked": 1, "unread": 1}])
    assert (second.exit_code, counts(second)) == (0, [{**ONE, "asked": 1}])


@pytest.mark.parametrize(
    ("answer", "code", "reason"),
    [
        (status(401), 2, "answered 401: it refuses our credentials"),
        (status(403), 2, "answered 403: it refuses our credentials"),
        (status(429, Retry_After="3600"), 0, "answered 429"),
        (status(503, Retry_After="3600"), 0, "answered 503"),
    ],
)
def test_a_target_that_asks_for_a_pause_or_refuses_us_is_asked_for_nothing_more(
    sent: Forwarding, peer: Peer, answer: Callable[[Handler], None], code: int, reason: str
) -> None:
    peer.answers["GET"] = [answer, answer]

    first = follow(sent)
    asked = len(peer.requests)
    second = follow(sent, "PO-1")
    paused = sent("forward", "status", "-o", "json").json[0]

    assert (first.exit_code, counts(first)) == (code, [{**ONE, "asked": 1, "unread": 1}])
    assert counts(second) == [{**ONE, "paused": True}]
    assert (paused["paused"], paused["reason"]) == (True, reason)
    assert (paused["pausedUntil"] is None) is (code == 2)
    assert len(peer.requests) == asked


def test_a_target_that_cannot_be_reached_is_paused_for_a_moment(sent: Forwarding) -> None:
    sent.file.write_text(sent.file.read_text().replace(sent.peer.url, "http://127.0.0.1:1"))

    result = follow(sent)

    assert (result.exit_code, counts(result)) == (75, [{**ONE, "asked": 1, "unread": 1}])
    assert sent("forward", "status", "-o", "json").json[0]["paused"] is True


def test_a_target_is_paused_until_resumed_where_no_token_is_given_to_us(sent: Forwarding) -> None:
    with peering() as issuer:
        issuer.answers["POST"] = [status(401)]
        oauth = f'auth = "oauth2"\ntoken_url = "{issuer.url}/token"\nclient_id = "me"\nclient_secret_env = "CRM"\n'
        sent.settings(more=SOON + oauth)
        result = sent("forward", "follow", "-o", "json", CRM="s")

    assert (result.exit_code, counts(result)) == (2, [{**ONE, "asked": 1, "unread": 1}])
    (paused,) = sent("forward", "status", "-o", "json").json
    assert (paused["reason"], paused["pausedUntil"]) == (f"{issuer.url}/token refuses our credentials (401)", None)
