"""Orders go on to another system: each is there once, whatever happens on the way."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.opening import open_database
from ordercli.queue.tallies import Event, tallies
from support.builders import line, product_order, product_orders
from support.peer import close, keep_and, keep_and_close, status
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import V4, serving
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from forwarding.conftest import Forwarding
    from ordercli.database.store import Store
    from support.peer import Handler, Peer

pytestmark = [pytest.mark.every_engine, pytest.mark.slow, pytest.mark.usefixtures("audited")]

ONE = {"target": "crm", "completed": 0, "failed": 0, "retried": 0, "uncertain": 0, "remaining": 0}


def counts(result: Any) -> Any:
    return [{name: each[name] for name in ONE} for each in result.json]


def test_orders_arrive_and_are_created_here_too(forwarding: Forwarding, peer: Peer, connection: Store) -> None:
    submitted = forwarding.submit(*product_orders(7), options=("-o", "json"))
    result = forwarding.run()

    assert (submitted.json["mode"], submitted.json["accepted"], submitted.json["statusCode"]) == ("async", 7, 202)
    assert (result.exit_code, counts(result)) == (0, [{**ONE, "completed": 7}])
    assert peer.external_ids() == [f"PO-{n}" for n in range(1, 8)]
    assert peer.most_running <= 4
    assert [each["state"] for each in rows(connection, "customer_order")] == ["new"] * 7
    ids = {each["order_id"]: each["remote_id"] for each in rows(connection, "forward")}
    assert sorted(filter(None, ids.values())) == [f"remote-{n}" for n in range(1, 8)]
    keys = {headers["Idempotency-Key"] for _, _, headers in peer.requests}
    assert keys == set(ids)


def test_the_local_queue_and_the_targets_do_not_see_each_other(
    forwarding: Forwarding, peer: Peer, connection: Store
) -> None:
    forwarding.submit(product_order("FAR-1"))
    forwarding("submit", forwarding.local(product_order("NEAR-1")), "--async")
    (far,) = [each["order_id"] for each in rows(connection, "inbound_entry") if each["external_id"] == "FAR-1"]

    local = forwarding("queue", "run", "-o", "json")
    by_hand = [forwarding("queue", *words) for words in (("create", far), ("discard", far, "--reason", "x"))]
    far_away = forwarding.run()
    near = forwarding("forward", "discard", "NEAR-1", "--reason", "x")

    assert local.json["completed"] == 1
    assert [each.exit_code for each in by_hand] == [4, 4]
    assert f"Queue entry {far} goes to the target crm" in by_hand[0].stderr
    assert counts(far_away) == [{**ONE, "completed": 1}]
    assert near.exit_code == 4
    assert peer.external_ids() == ["FAR-1"]


@pytest.mark.parametrize("lookup", ["path", "filter"])
@pytest.mark.parametrize(
    "answer",
    [
        keep_and_close,
        keep_and(500),
        keep_and(503, b"", Retry_After="1"),
        keep_and(201, b""),
        keep_and(201, b'{"id":'),
        keep_and(200, b"<html></html>", Content_Type="text/html"),
    ],
)
def test_what_arrived_without_a_good_answer_is_found_and_not_sent_again(
    forwarding: Forwarding, peer: Peer, lookup: str, answer: Callable[[Handler], None]
) -> None:
    forwarding.settings(lookup=lookup)
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [answer]

    forwarding.finish()

    assert forwarding.shown("PO-1")["state"] == "completed"
    assert [method for method, *_ in peer.requests] == ["POST", "GET"]
    assert peer.external_ids() == ["PO-1"]


def test_what_did_not_arrive_is_looked_for_twice_and_sent_again(
    forwarding: Forwarding, peer: Peer, connection: Store
) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [close]

    forwarding.finish()

    assert [method for method, *_ in peer.requests] == ["POST", "GET", "GET", "POST"]
    assert peer.external_ids() == ["PO-1"]
    assert tallies(connection) == {Event("productOrder", "crm", "retried", "fault"): 3}


def test_without_a_look_up_nobody_knows(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.settings(lookup="none")
    forwarding.submit(product_order("PO-1"), product_order("PO-2"))
    peer.answers["POST"] = [keep_and_close, close]

    run = forwarding.run()
    again = forwarding.run()
    listed = forwarding("forward", "list", "--uncertain", "-o", "ndjson").ndjson
    discarded = forwarding("forward", "discard", "PO-1", "--reason", "x")
    retried = forwarding("forward", "retry", "PO-1")
    (there,) = (each["externalId"] for each in peer.orders)
    missing = {"PO-1": "PO-2", "PO-2": "PO-1"}[there]
    resolved = [
        forwarding("forward", "resolve", there, "--sent", "remote-1"),
        forwarding("forward", "resolve", missing, "--not-sent"),
    ]
    last = forwarding.run()

    assert (run.exit_code, counts(run)[0]["uncertain"], again.stdout) == (1, 2, "")
    assert sorted(each["externalId"] for each in listed) == ["PO-1", "PO-2"]
    assert [discarded.exit_code, retried.exit_code] == [4, 4]
    assert "Nobody knows whether order" in discarded.stderr
    assert f" --not-sent --config {forwarding.file}`" in discarded.stderr
    assert [each.exit_code for each in resolved] == [0, 0]
    assert counts(last) == [{**ONE, "completed": 2}]
    assert peer.external_ids() == ["PO-1", "PO-2"]
    assert forwarding("forward", "resolve", there, "--not-sent").exit_code == 4


@pytest.mark.parametrize("number", [400, 409, 422])
def test_an_order_that_is_refused_fails_with_the_answer_kept(
    forwarding: Forwarding, peer: Peer, connection: Store, number: int
) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [status(number, {"reason": "no such offering"})]

    result = forwarding.run()
    shown = forwarding.shown("PO-1")
    retried = forwarding("forward", "retry", "PO-1", "-o", "ndjson")
    again = forwarding.run()

    assert (result.exit_code, counts(result)) == (1, [{**ONE, "failed": 1}])
    assert (shown["state"], shown["errorCode"], shown["lastStatus"]) == ("error", "ORD431", number)
    assert json.loads(shown["lastBody"]) == {"reason": "no such offering"}
    assert [each["outcome"] for each in retried.ndjson] == ["retried"]
    assert counts(again) == [{**ONE, "completed": 1}]
    assert tallies(connection) == {Event("productOrder", "crm", "failed", "ORD431"): 1}


@pytest.mark.parametrize(
    "answer",
    [
        status(401),
        status(403),
        status(404),
        status(404, {"code": "60", "reason": "nothing at this path"}),
        status(302, b"", Location="/x"),
    ],
)
def test_a_target_that_refuses_us_is_paused(
    forwarding: Forwarding, peer: Peer, answer: Callable[[Handler], None]
) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [answer]
    peer.answers["GET"] = [answer]  # a check is refused too

    result = forwarding.run()
    paused = forwarding.run()
    resumed = forwarding("forward", "resume", "crm")
    last = forwarding.run()

    assert (result.exit_code, result.json[0]["paused"]) == (2, True)
    assert f"`ordercli forward resume crm --config {forwarding.file}` lets it go on" in result.stderr
    assert (paused.json[0]["paused"], [each[0] for each in peer.requests].count("POST")) == (True, 2)
    assert (resumed.exit_code, counts(last)) == (0, [{**ONE, "completed": 1}])


def test_a_green_check_lets_a_target_go_on(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [status(401)]
    forwarding.run()

    checked = forwarding("target", "check", "crm")
    result = forwarding.run()

    assert (checked.exit_code, counts(result)) == (0, [{**ONE, "completed": 1}])


def test_retry_after_pauses_the_whole_target(forwarding: Forwarding, peer: Peer, connection: Store) -> None:
    forwarding.settings(more="max_in_flight = 1\n")
    forwarding.submit(*product_orders(3))
    peer.answers["POST"] = [status(429, b"", Retry_After="600")]

    result = forwarding.run()
    told = forwarding("forward", "status", "-o", "json").json

    assert (result.exit_code, counts(result)) == (0, [{**ONE, "remaining": 3}])
    assert len(peer.requests) == 1
    assert (told[0]["paused"], told[0]["reason"], told[0]["new"]) == (True, "answered 429", 3)
    assert [each["sent_at"] for each in rows(connection, "forward")] == [None] * 3
    assert {each["attempts"] for each in rows(connection, "inbound_entry")} == {0}


def test_a_target_that_cannot_be_reached_is_tried_later(forwarding: Forwarding, peer: Peer, connection: Store) -> None:
    forwarding.submit(*product_orders(2))
    peer.server_close()

    result = forwarding.run()

    assert (result.exit_code, counts(result)) == (75, [{**ONE, "remaining": 2}])
    assert "Connection refused" in result.json[0]["reason"]
    assert [each["sent_at"] for each in rows(connection, "forward")] == [None, None]


def test_another_order_with_the_same_id_there_is_not_taken_for_ours(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.keep(product_order("PO-1", items=[line("7")]))
    peer.answers["POST"] = [close]

    forwarding.finish()

    shown = forwarding.shown("PO-1")
    assert (shown["state"], shown["errorCode"], len(peer.orders)) == ("error", "ORD430", 1)
    assert "its line items are 7, not 1" in shown["error"]["message"]
    assert forwarding("forward", "discard", "PO-1", "--reason", "theirs").exit_code == 0
    assert forwarding.submit(product_order("PO-1", description="again")).exit_code == 0


def test_a_target_that_creates_an_order_and_redirects_gets_it_once(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [keep_and(303, b"", Location="/productOrder/remote-1")]

    forwarding.finish()

    assert [method for method, *_ in peer.requests] == ["POST", "GET"]
    assert (forwarding.shown("PO-1")["state"], peer.external_ids()) == ("completed", ["PO-1"])


def test_two_sources_cannot_use_one_id_at_a_target(forwarding: Forwarding, peer: Peer) -> None:
    first = forwarding.submit(product_order("PO-1"), options=("--source", "a", "-o", "json"))
    second = forwarding.submit(product_order("PO-1"), options=("--source", "b", "-o", "ndjson"))
    forwarding.settings(more='external_id = "{source}:{externalId}"\n')
    third = forwarding.submit(product_order("PO-1"), options=("--source", "b", "-o", "json"))
    forwarding.run()

    assert (first.json["accepted"], third.json["accepted"]) == (1, 1)
    assert (second.exit_code, second.ndjson[0]["outcome"]) == (1, "conflict")
    assert [each["code"] for each in second.ndjson[0]["errors"]] == ["ORD432"]
    assert peer.external_ids() == ["PO-1", "b:PO-1"]


def test_an_order_without_an_id_gets_its_order_id_as_external_id(
    forwarding: Forwarding, peer: Peer, connection: Store
) -> None:
    forwarding.submit(product_order(None, externalId=...))
    forwarding.run()

    assert peer.external_ids() == [each["order_id"] for each in rows(connection, "customer_order")]


def test_a_limit_per_hour_holds_for_all_runs(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.settings(more="max_per_hour = 3\n")
    orders = product_orders(5)
    forwarding.submit(*orders[:3])
    first = forwarding.run()
    forwarding.submit(*orders[3:])
    second = forwarding.run("--max-runtime", "300ms")  # it would wait for the next hour

    assert [counts(each)[0]["remaining"] for each in (first, second)] == [0, 2]
    assert peer.external_ids() == ["PO-1", "PO-2", "PO-3"]


def test_a_limit_per_second_is_waited_for(forwarding: Forwarding, peer: Peer, connection: Store) -> None:
    forwarding.settings(more="max_per_second = 3\n")
    forwarding.submit(*product_orders(5))

    result = forwarding.run()

    assert counts(result) == [{**ONE, "completed": 5}]
    times = sorted(datetime.fromisoformat(each["sent_at"]) for each in rows(connection, "forward"))
    assert (times[3] - times[0]).total_seconds() >= 1
    assert len(peer.orders) == 5


def test_another_ordercli_takes_the_orders(forwarding: Forwarding, tmp_path: Any) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = Ordercli(folder, str(folder / "orders.db"))
    with serving(other) as served:
        forwarding.settings(lookup="filter")
        forwarding.file.write_text(
            forwarding.file.read_text().replace(forwarding.peer.url, served.address + V4.removesuffix("/productOrder"))
        )
        forwarding.submit(*product_orders(5))
        result = forwarding.run()

    assert counts(result) == [{**ONE, "completed": 5}]
    assert len(other("list", "-o", "ndjson").ndjson) == 5


@pytest.mark.of_a_file  # on a server, claims of a killed run last for a minute
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("place", ["forward-claim", "forward-answers", "finish"])
def test_what_a_killed_run_left_behind_arrives_once(
    forwarding: Forwarding, peer: Peer, connection: Store, place: str, side: str
) -> None:
    forwarding.settings(settle="300ms")
    forwarding.submit(*product_orders(4))
    killed = forwarding.ordercli.process(
        "forward",
        "run",
        "--config",
        str(forwarding.file),
        ORDERCLI_TESTING="1",
        ORDERCLI_FAILPOINT=f"{place}-{side}-commit:kill",
    )
    forwarding.finish()

    assert killed.exit_code == -9
    assert peer.external_ids() == ["PO-1", "PO-2", "PO-3", "PO-4"]
    assert len(rows(connection, "customer_order")) == 4
    if place == "forward-claim":
        lost = Event("productOrder", "crm", "retried", "lost")
        assert tallies(connection).get(lost) == (None if side == "before" else 4)


def test_a_retry_does_not_shorten_the_time_to_settle(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.settings(settle="1h")
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [close]
    forwarding.run()

    retried = forwarding("forward", "retry", "PO-1")
    forwarding.run()

    assert retried.exit_code == 4
    assert "Nobody knows yet whether order" in retried.stderr
    assert "looks for it there after" in retried.stderr
    assert [method for method, *_ in peer.requests] == ["POST"]


@pytest.mark.parametrize("number", [400, 409, 422])
def test_a_late_order_that_makes_the_second_request_fail_is_found(
    forwarding: Forwarding, peer: Peer, number: int
) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [close, keep_and(number, {"reason": "known"})]

    forwarding.finish()

    assert forwarding.shown("PO-1")["state"] == "completed"
    assert [method for method, *_ in peer.requests] == ["POST", "GET", "GET", "POST", "GET"]


def test_a_request_that_a_proxy_doubled_is_found_after_the_conflict(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [keep_and(409, {"reason": "known"})]

    result = forwarding.run()

    assert (result.exit_code, counts(result)) == (0, [{**ONE, "completed": 1}])


def test_a_filter_that_is_ignored_does_not_tell_that_an_order_is_missing(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.settings(lookup="filter")
    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [keep_and_close]
    peer.answers["GET"] = [status(200, [{"id": "7", "externalId": "OTHER"}])] * 2

    forwarding.finish()

    assert [method for method, *_ in peer.requests] == ["POST", "GET", "GET", "GET"]
    assert peer.external_ids() == ["PO-1"]


def test_what_a_run_hears_after_it_lost_the_claim_changes_nothing_of_the_next(
    forwarding: Forwarding, peer: Peer, connection: Store
) -> None:
    def lose(handler: Handler) -> None:
        with closing(open_database(forwarding.ordercli.database)) as store:
            store.execute("UPDATE inbound_entry SET claim_token = 'another'")
        handler.answer(429, b"")

    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [lose]
    forwarding.run()
    (known,) = rows(connection, "forward")

    assert (len(peer.requests), known["sent_at"] is not None) == (1, True)


def test_several_runs_at_once_send_each_order_once_and_share_the_limit(
    forwarding: Forwarding, peer: Peer, connection: Store
) -> None:
    def answer_slowly(handler: Handler) -> None:
        time.sleep(0.05)  # so that the requests of the runs overlap
        handler.answer(201, peer.keep(json.loads(handler.body)))

    forwarding.settings(timeout="30s", settle="1h")
    forwarding.submit(*product_orders(200))
    peer.answers["POST"] = [answer_slowly] * 200

    words = ("forward", "run", "--config", str(forwarding.file), "-o", "json")
    running = [forwarding.ordercli.start(*words) for _ in range(3)]
    told = [each.communicate(timeout=PATIENCE_SECONDS) for each in running]

    assert [(each.returncode, err) for each, (_, err) in zip(running, told, strict=True)] == [(0, b"")] * 3
    assert peer.external_ids() == sorted(f"PO-{n}" for n in range(1, 201))
    assert peer.most_running <= 4
    assert len(rows(connection, "customer_order")) == 200
