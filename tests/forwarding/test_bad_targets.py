"""Targets that go wrong on the way: certificates, tokens, answers that break off; and secrets that must not show."""

from __future__ import annotations

import json
import shutil
import ssl
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.clock import later, timestamp
from ordercli.forwarding import pauses
from ordercli.forwarding.pauses import TargetPauseRow
from ordercli.operations import target_pauses
from support.builders import product_order, product_orders
from support.peer import peering, status

if TYPE_CHECKING:
    from collections.abc import Callable

    from forwarding.conftest import Forwarding
    from ordercli.database.store import Store
    from support.peer import Handler, Peer

pytestmark = pytest.mark.usefixtures("audited")

EXPIRED = Path(__file__).parents[1] / "data" / "tls" / "expired.pem"
SECRET = "s3cr3t-of-crm"  # noqa: S105 - of a test


def test_nothing_is_sent_to_a_target_whose_certificate_has_expired(forwarding: Forwarding) -> None:
    shutil.copy(EXPIRED, forwarding.ordercli.folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(EXPIRED)
    with peering(context) as peer:
        forwarding.use(peer.url.replace("127.0.0.1", "localhost"), more='ca_file = "expired.pem"\n')
        forwarding.submit(product_order("PO-1"))
        result = forwarding.run()

    shown = forwarding.shown("PO-1")
    assert (result.exit_code, result.json[0]["reason"]) == (
        75,
        "its certificate is refused: certificate has expired",
    )
    assert (shown["state"], shown["sentAt"], shown["attempts"], peer.requests) == ("new", None, 0, [])


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_token_that_ends_in_the_middle_of_a_run_is_replaced(forwarding: Forwarding, peer: Peer, number: int) -> None:
    with peering() as issuer:
        issuer.answers["POST"] = [status(200, {"access_token": name, "expires_in": 3600}) for name in ("old", "new")]
        oauth = f'auth = "oauth2"\ntoken_url = "{issuer.url}/token"\nclient_id = "me"\nclient_secret_env = "CRM"\n'
        forwarding.settings(more=f"{oauth}max_in_flight = 1\n")
        forwarding.submit(*product_orders(3))
        peer.answers["POST"] = [*[None] * number, status(401)]
        result = forwarding("forward", "run", "-o", "json", CRM=SECRET)

    assert (result.exit_code, result.json[0]["completed"], result.json[0]["paused"]) == (0, 3, False)
    tokens = [headers["Authorization"] for _, _, headers in peer.requests]
    assert tokens == ["Bearer old"] * (number + 1) + ["Bearer new"] * (3 - number)
    assert peer.external_ids() == ["PO-1", "PO-2", "PO-3"]


def test_an_order_is_not_taken_for_refused_where_no_token_can_be_had_any_more(
    forwarding: Forwarding, peer: Peer
) -> None:
    with peering() as issuer:
        issuer.answers["POST"] = [status(200, {"access_token": "old"}), status(400, {"error": "invalid_client"})]
        oauth = f'auth = "oauth2"\ntoken_url = "{issuer.url}/token"\nclient_id = "me"\nclient_secret_env = "CRM"\n'
        forwarding.settings(more=f"{oauth}max_in_flight = 1\n")
        forwarding.submit(*product_orders(2))
        peer.answers["POST"] = [None, status(401)]
        result = forwarding("forward", "run", "-o", "json", CRM=SECRET)

    assert (result.exit_code, result.json[0]["completed"], result.json[0]["paused"]) == (2, 1, True)
    assert result.json[0]["reason"] == f"{issuer.url}/token refuses our credentials (400)"
    assert [forwarding.shown(each)["state"] for each in ("PO-1", "PO-2")] == ["completed", "new"]


def _chunked(body: bytes) -> Callable[[Handler], None]:
    def answer(handler: Handler) -> None:
        handler.server.keep(json.loads(handler.body))
        handler.send_response(201)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


@pytest.mark.parametrize(
    "body",
    [
        b"no number\r\n{}\r\n0\r\n\r\n",
        b'f\r\n{"id":"remote-1"',
        b'12\r\n{"id": "remote-1"}',
        b"ffffffffffffffff\r\n{}",
        b"-1\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_break_off_say_nothing_of_the_order(forwarding: Forwarding, peer: Peer, body: bytes) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [_chunked(body)]

    for _ in range(2):
        forwarding.wait_until_due()
        forwarding.run()

    assert [method for method, *_ in peer.requests] == ["POST", "GET"]
    assert (forwarding.shown("PO-1")["remoteId"], peer.external_ids()) == ("remote-1", ["PO-1"])


@pytest.mark.parametrize("number", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(forwarding: Forwarding, peer: Peer, number: int) -> None:
    with peering() as other:
        forwarding.submit(product_order("PO-1"))
        peer.answers["POST"] = [status(number, b"", Location=f"{other.url}/productOrder")]
        result = forwarding.run()

    assert (result.exit_code, other.requests) == (2, [])
    assert f"to {other.url}/productOrder" in result.json[0]["reason"]


@pytest.mark.parametrize("auth", ["basic", "bearer", "oauth2"])
def test_secrets_are_nowhere(forwarding: Forwarding, peer: Peer, auth: str) -> None:
    folder = forwarding.ordercli.folder
    given = {
        "basic": 'user = "me"\npassword_env = "CRM"\n',
        "bearer": 'token_env = "CRM"\n',
        "oauth2": f'token_url = "{peer.url}/token"\nclient_id = "me"\nclient_secret_env = "CRM"\n',
    }
    forwarding.settings(more=f'auth = "{auth}"\n{given[auth]}max_in_flight = 1\n')
    forwarding.submit(*product_orders(3))
    token = [status(200, {"access_token": f"token-{SECRET}"})] if auth == "oauth2" else []
    peer.answers["POST"] = [*token, None, _echo, status(403, b"no")]
    peer.answers["GET"] = [status(403)]

    calls: list[tuple[str, ...]] = [
        ("forward", "run", "--verbose", "--debug"),
        *(("forward", "show", each) for each in ("PO-1", "PO-2", "PO-3")),
        ("forward", "status"),
        ("forward", "list"),
        ("history", "PO-1"),
        ("events", "-o", "ndjson"),
        ("config", "show"),
        ("target", "list"),
        ("queue", "status", "--metrics-file", str(folder / "crm.prom")),
        ("doctor",),
        ("db", "check"),
    ]
    told = [forwarding(*words, CRM=SECRET) for words in calls]

    assert {headers.get("Authorization") is not None for _, _, headers in peer.requests} == {True}
    written = [each.stdout + each.stderr for each in told]
    written += [path.read_bytes().decode("latin-1") for path in sorted(folder.iterdir()) if path.is_file()]
    encoded = b64encode(f"me:{SECRET}".encode()).decode()
    assert [words for text, words in zip(written, [*calls, *["file"] * 99], strict=False) if SECRET in text] == []
    assert not any(encoded in text for text in written)
    assert [each.exit_code for each in told[:4]] == [2, 0, 0, 0]
    assert "cannot read" in told[2].stdout
    assert _usage_errors(told) == []


def _echo(handler: Handler) -> None:
    handler.answer(400, {"reason": f"cannot read {handler.headers['Authorization']}"})


def test_a_target_that_was_down_for_a_week_is_tried_again(connection: Store) -> None:
    at = connection.now()
    pauses.pause(connection, TargetPauseRow("crm", timestamp(at), timestamp(at), 2000, "no answer"))

    target_pauses.back_off(connection, "crm", at, "no answer")

    pause = pauses.find(connection, "crm")
    assert pause
    assert pause.failures == 2001
    assert later(at, 150) <= str(pause.until) <= later(at, 300)


@pytest.mark.parametrize("text", ["soon", "Wed, 21 Oct 2015 07:28:00 +99999999999999999"])
def test_a_retry_after_that_is_no_time_is_none(text: str) -> None:
    assert target_pauses.retry_after({"retry-after": text}) is None


def _usage_errors(told: list[Any]) -> list[str]:
    """Return what commands said that could not be called so; such a call would prove nothing."""
    return [each.stderr for each in told if "No such command" in each.stderr or "No such option" in each.stderr]
