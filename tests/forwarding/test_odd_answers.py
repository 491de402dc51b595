"""Answers that say nothing about an order, or something about one order alone, and not about the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import line, product_order, product_order_v5, product_orders
from support.peer import close, keep_and_close, status
from support.running import Ordercli
from support.serving import V4, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forwarding.conftest import Forwarding
    from support.peer import Handler, Peer

pytestmark = pytest.mark.usefixtures("audited")

OWN_404 = {"code": "60", "reason": "no such party"}
OF_PROXIES: list[tuple[bytes, str]] = [
    (b"<html>404</html>", "text/html"),
    (b"", "application/json"),
    (b'{"message": "no Route matched with those values"}', "application/json"),
    (b'{"timestamp": 1, "status": 404, "error": "Not Found", "path": "/productOrder"}', "application/json"),
]


@pytest.mark.parametrize(("body", "content_type"), OF_PROXIES)
def test_what_a_proxy_does_not_find_is_looked_for_until_the_target_tells(
    forwarding: Forwarding, peer: Peer, body: bytes, content_type: str
) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [keep_and_close]
    peer.answers["GET"] = [status(404, body, Content_Type=content_type)] * 3

    forwarding.finish()

    assert [method for method, *_ in peer.requests] == ["POST", "GET", "GET", "GET", "GET"]
    assert (forwarding.shown("PO-1")["state"], peer.external_ids()) == ("completed", ["PO-1"])


@pytest.mark.parametrize("body", [OWN_404, {"error": {"message": "No Record found"}, "status": "failure"}])
def test_what_the_target_itself_does_not_find_is_sent_again(forwarding: Forwarding, peer: Peer, body: Any) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [close]
    peer.answers["GET"] = [status(404, body)] * 2

    forwarding.finish()

    assert [method for method, *_ in peer.requests] == ["POST", "GET", "GET", "POST"]
    assert peer.external_ids() == ["PO-1"]


@pytest.mark.parametrize("lookup", ["path", "filter", "none"])
@pytest.mark.parametrize("answer", [status(403, b"no", Content_Type="text/html"), status(404, OWN_404)])
def test_an_order_that_alone_is_refused_fails_and_the_others_go_on(
    forwarding: Forwarding, peer: Peer, answer: Callable[[Handler], None], lookup: str
) -> None:
    forwarding.settings(lookup=lookup, more="max_in_flight = 1\n")
    forwarding.submit(*product_orders(3))
    peer.answers["POST"] = [answer]

    result = forwarding.run()
    shown = forwarding.shown("PO-1")

    assert (result.exit_code, result.json[0]["paused"], result.json[0]["failed"]) == (1, False, 1)
    assert (shown["state"], shown["errorCode"], shown["lastStatus"]) == (
        "error",
        "ORD431",
        403 if shown["lastBody"] == "no" else 404,
    )
    assert peer.external_ids() == ["PO-2", "PO-3"]


def test_an_external_id_that_alone_is_refused_is_looked_for_again(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [keep_and_close]
    peer.answers["GET"] = [status(403), None, None]

    for _ in range(3):
        forwarding.wait_until_due()
        forwarding.run()

    assert [each["paused"] for each in forwarding("forward", "status", "-o", "json").json] == [False]
    checked = [path for method, path, _ in peer.requests if "ordercli-check" in path]
    assert (len(checked), forwarding.shown("PO-1")["state"], peer.external_ids()) == (1, "completed", ["PO-1"])


def test_a_failed_entry_whose_order_may_have_arrived_can_be_resolved(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.submit(product_order("PO-1"), product_order("PO-2"), product_order("PO-3"))
    for external_id in ("PO-1", "PO-2"):
        peer.keep(product_order(external_id, items=[line("7")]))
    peer.answers["POST"] = [close, close, status(400)]
    forwarding.settings(more="max_in_flight = 1\n")
    forwarding.finish()
    failed = [forwarding.shown(each)["errorCode"] for each in ("PO-1", "PO-2", "PO-3")]

    ours = forwarding("forward", "resolve", "PO-1", "--sent", "corrected-1")
    missing = forwarding("forward", "resolve", "PO-2", "--not-sent")
    certain = forwarding("forward", "resolve", "PO-3", "--not-sent")
    peer.orders.clear()
    forwarding.run()
    known = forwarding("forward", "resolve", "PO-1", "--not-sent")

    assert failed == ["ORD430", "ORD430", "ORD431"]
    assert [each.exit_code for each in (ours, missing, certain, known)] == [0, 0, 4, 4], ours.stderr
    assert "only an order that may have arrived" in certain.stderr
    assert [forwarding.shown(each)["state"] for each in ("PO-1", "PO-2")] == ["completed", "completed"]
    assert (forwarding.shown("PO-1")["remoteId"], peer.external_ids()) == ("corrected-1", ["PO-2"])


def test_a_failed_entry_is_not_resolved_while_another_order_has_its_id(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.keep(product_order("PO-1", items=[line("7")]))
    peer.answers["POST"] = [close]
    forwarding.finish()
    entry = forwarding.shown("PO-1")["orderId"]
    forwarding("submit", forwarding.local(product_order("PO-1", description="another")), "--rejects", "none")

    resolved = forwarding("forward", "resolve", entry, "--not-sent")

    assert (resolved.exit_code, "'PO-1'" in resolved.stderr, "is held by another order" in resolved.stderr) == (
        4,
        True,
        True,
    )
    assert forwarding.shown(entry)["state"] == "error"


def test_orders_of_both_versions_go_to_the_paths_of_their_versions(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.use(f"{peer.url}/v4", profile="tmf622")
    assert forwarding.submit(product_order("PO-4"), product_order_v5("PO-5")).exit_code == 0
    peer.answers["POST"] = [close, close]

    forwarding.run()
    forwarding.wait_until_due()
    forwarding.run()

    assert {(method, path) for method, path, _ in peer.requests} == {
        ("POST", "/v4/productOrder"),
        ("POST", "/v5/productOrder"),
        ("GET", "/v4/productOrder/PO-4"),
        ("GET", "/v5/productOrder/PO-5"),
    }


@pytest.mark.slow
@pytest.mark.parametrize("lookup", ["path", "filter"])
def test_an_order_of_v5_is_found_at_another_ordercli(forwarding: Forwarding, tmp_path: Path, lookup: str) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = Ordercli(folder, str(folder / "orders.db"))
    with serving(other) as served:
        forwarding.use(f"{served.address}{V4.removesuffix('/productOrder')}", profile="tmf622", lookup=lookup)
        forwarding.submit(product_order_v5("PO-5"))
        words = ("forward", "run", "--config", str(forwarding.file))
        killed = forwarding.ordercli.process(
            *words, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="forward-answers-before-commit:kill"
        )
        forwarding.finish()
        there = other("list", "-o", "ndjson").ndjson

    assert (killed.exit_code, forwarding.shown("PO-5")["state"]) == (-9, "completed")
    shown = forwarding.shown("PO-5")
    assert [shown["remoteId"]] == [each["id"] for each in there]
    assert shown["attempts"] == 2  # the first look-up finds it
