"""Changes of many orders that were forwarded go to their targets first, one by one."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.exit_codes import BY_SIGNAL
from support.builders import product_order, service_order, write_orders
from support.peer import close, status
from support.running import PATIENCE_SECONDS, wait_until_handled

if TYPE_CHECKING:
    from forwarding.conftest import Forwarding
    from support.peer import Handler, Peer
    from support.running import Result, Started

pytestmark = [pytest.mark.every_engine, pytest.mark.slow, pytest.mark.usefixtures("audited")]

DATE = "2027-01-01T00:00:00Z"
NAMES = ("PO-1", "PO-2", "PO-3", "PO-4", "PO-5")


@pytest.fixture
def sent(forwarding: Forwarding) -> Forwarding:
    """Five orders are at the target, and created here; another one is here alone."""
    forwarding.settings(more="max_in_flight = 1\n")
    forwarding.submit(*map(product_order, NAMES))
    assert forwarding.run().exit_code == 0
    assert forwarding("submit", forwarding.local(product_order("LOCAL")), "--rejects", "none").exit_code == 0
    return forwarding


def patches(forwarding: Forwarding, *names: str) -> str:
    """Return the path of a file of patches for these orders."""
    changes = [{"id": name, "requestedCompletionDate": DATE} for name in names]
    return write_orders(forwarding.ordercli.folder / "changes.ndjson", *changes)


def outcomes(result: Result) -> list[tuple[str, str | None]]:
    """The outcome of each request, and the code that refuses it."""
    return [(each["outcome"], each["errors"][0]["code"] if each["errors"] else None) for each in result.ndjson]


def versions(forwarding: Forwarding, *names: str) -> list[int]:
    return [int(forwarding("show", name, "-o", "json").json["version"]) for name in names]


def changed(peer: Peer) -> list[str]:
    """The ids of the orders about which the target took a request."""
    return [path.rpartition("/")[2] if method == "PATCH" else _canceled(body) for method, path, body in peer.changes]


def _canceled(body: Any) -> str:
    found: str = body["productOrder"]["id"]
    return found


def test_patches_of_a_file_are_sent_on_one_by_one_and_applied_here(sent: Forwarding, peer: Peer) -> None:
    file = patches(sent, "PO-2", "LOCAL", "PO-1", "PO-2")

    dry = sent("patch", "--from", file, "--dry-run", "-o", "ndjson")
    before = list(peer.changes)
    result = sent("patch", "--from", file, "-o", "ndjson")

    assert (dry.exit_code, outcomes(dry), before) == (0, [("patched", None)] * 4, [])
    assert (result.exit_code, outcomes(result)) == (0, [("patched", None)] * 4)
    # The second patch of PO-2 changes nothing.
    assert changed(peer) == ["remote-2", "remote-1"]
    assert peer.changes[0] == ("PATCH", "/productOrder/remote-2", {"requestedCompletionDate": DATE})
    assert versions(sent, "PO-1", "PO-2", "LOCAL", "PO-3") == [2, 2, 2, 1]


def test_what_a_target_does_not_take_is_not_done_here_and_can_be_sent_again(sent: Forwarding, peer: Peer) -> None:
    peer.answers["PATCH"] = [status(409, {"code": "1", "reason": "too late"}), close, None, status(503)]

    first = sent("patch", "--from", patches(sent, *NAMES[:4], "LOCAL"), "-o", "ndjson")
    after_first = versions(sent, *NAMES[:4], "LOCAL")
    rejects = str(sent.ordercli.folder / "changes.ndjson.rejects.ndjson")
    kept = [json.loads(line) for line in Path(rejects).read_text().splitlines()]
    again = sent("patch", "--from", rejects, "-o", "ndjson")
    thrice = sent("patch", "--from", rejects, "-o", "ndjson")

    refusals = [("conflict", "ORD434"), ("conflict", "ORD436"), ("patched", None), ("conflict", "ORD436")]
    assert (first.exit_code, outcomes(first)) == (75, [*refusals, ("patched", None)])
    assert after_first == [1, 1, 2, 1, 2]
    told = [each["errors"][0]["message"] for each in first.ndjson if each["errors"]]
    assert told[0] == "The target crm refuses the request (status 409): too late; nothing was changed here"
    assert told[1].startswith("Nobody knows whether target crm took the request")
    assert told[2] == "The target crm answered 503; nothing was changed here"
    assert "ordercli forward follow " in first.ndjson[1]["hint"]
    assert [each["order"]["id"] for each in kept] == ["PO-1", "PO-2", "PO-4"]
    assert (again.exit_code, outcomes(again)) == (0, [("patched", None)] * 3)
    assert (thrice.exit_code, outcomes(thrice)) == (0, [("duplicate", None)] * 3)
    assert changed(peer) == ["remote-3", "remote-1", "remote-2", "remote-4"]
    assert versions(sent, *NAMES[:4]) == [2] * 4


@pytest.mark.parametrize(
    ("answers", "codes", "tried"),
    [
        ([status(401)], ["ORD435"] * 5, 1),
        ([status(429)], ["ORD435"] * 5, 1),
        ([status(500)] * 3, ["ORD436", "ORD436", "ORD436", "ORD435", "ORD435"], 3),
        ([close, status(500), status(400), close, close], ["ORD436", "ORD436", "ORD434", "ORD436", "ORD436"], 5),
    ],
)
def test_nothing_more_is_sent_where_the_rest_would_end_in_the_same_way(
    sent: Forwarding, peer: Peer, answers: list[Any], codes: list[str], tried: int
) -> None:
    peer.answers["PATCH"] = [*answers]
    before = len(peer.requests)

    result = sent("patch", "--from", patches(sent, *NAMES), "--rejects", "none", "-o", "ndjson")

    assert (result.exit_code, [code for _, code in outcomes(result)]) == (75, codes)
    assert (len(peer.requests) - before, peer.changes) == (tried, [])
    assert versions(sent, *NAMES) == [1] * 5


def test_a_refusal_alone_ends_with_1_and_a_paused_target_gets_nothing(sent: Forwarding, peer: Peer) -> None:
    peer.answers["PATCH"] = [status(422)]
    refused = sent("patch", "--from", patches(sent, "PO-1"), "--rejects", "none", "-o", "ndjson")
    sent("forward", "pause", "crm")
    paused = sent("cancel", "PO-1", "PO-2", "--reason", "not wanted", "-o", "ndjson")

    assert (refused.exit_code, outcomes(refused)) == (1, [("conflict", "ORD434")])
    assert (paused.exit_code, outcomes(paused)) == (75, [("conflict", "ORD435")] * 2)
    assert peer.changes == []


def test_cancellations_of_several_ids_are_sent_on_and_an_undecided_one_waits(sent: Forwarding, peer: Peer) -> None:
    peer.answers["CANCEL"] = [None, status(201, {"state": "inProgress"}), status(201, {"state": "terminatedWithError"})]

    result = sent("cancel", *NAMES[:3], "LOCAL", "--reason", "not wanted", "-o", "ndjson")
    again = sent("cancel", "PO-1", "LOCAL", "--reason", "not wanted", "-o", "ndjson")
    approved = sent("cancel", "PO-2", "PO-3", "--approve", "-o", "ndjson")
    peer.orders[1]["state"] = "cancelled"
    sent("forward", "follow")

    ends = [("cancelled", None), ("requested", None), ("conflict", "ORD434"), ("cancelled", None)]
    assert (result.exit_code, outcomes(result)) == (1, ends)
    assert (again.exit_code, outcomes(again)) == (1, [("conflict", "ORD405")] * 2)
    assert (approved.exit_code, outcomes(approved)) == (1, [("conflict", "ORD433")] * 2)
    assert changed(peer) == ["remote-1"]
    states = [sent("show", name, "-o", "json").json["state"] for name in (*NAMES[:3], "LOCAL")]
    assert states == ["cancelled", "cancelled", "acknowledged", "canceled"]


def test_cancellations_of_a_file_are_sent_on(sent: Forwarding, peer: Peer) -> None:
    requests = [{"cancellationReason": "not wanted", "productOrder": {"id": name}} for name in ("PO-1", "LOCAL")]

    result = sent("cancel", "--from", sent.local(*requests), "-o", "ndjson")

    assert (result.exit_code, outcomes(result)) == (0, [("cancelled", None)] * 2)
    assert peer.changes == [
        ("POST", "/cancelProductOrder", {"cancellationReason": "not wanted", "productOrder": {"id": "remote-1"}})
    ]


def test_local_only_changes_many_orders_here_alone(sent: Forwarding, peer: Peer) -> None:
    requests = [{"cancellationReason": "not wanted", "productOrder": {"id": "PO-2"}}]

    results = [
        sent("patch", "--from", patches(sent, "PO-1"), "--local-only", "-o", "ndjson"),
        sent("cancel", "--from", sent.local(*requests), "--local-only", "-o", "ndjson"),
        sent("cancel", "PO-3", "PO-4", "--reason", "not wanted", "--local-only", "-o", "ndjson"),
    ]

    done = [[("patched", None)], [("cancelled", None)], [("cancelled", None)] * 2]
    assert [(each.exit_code, outcomes(each)) for each in results] == [(0, each) for each in done]
    assert peer.changes == []


def test_what_cannot_be_sent_on_is_refused(sent: Forwarding, peer: Peer) -> None:
    lines = [
        {"id": "PO-1", "patch": [{"op": "add", "path": "/requestedCompletionDate", "value": DATE}]},
        {"id": "PO-2", "externalId": "another"},
    ]

    refused = sent("patch", "--from", sent.local(*lines), "--rejects", "none", "-o", "ndjson")
    sent.file.write_text("")
    lost = sent("patch", "--from", patches(sent, "PO-3"), "--rejects", "none", "-o", "ndjson")

    assert (refused.exit_code, outcomes(refused)) == (1, [("conflict", "ORD433"), ("rejected", "ORD406")])
    assert refused.ndjson[0]["errors"][0]["message"].startswith("a JSON Patch is not sent on to a target")
    assert (lost.exit_code, outcomes(lost)) == (1, [("conflict", "ORD433")])
    assert lost.ndjson[0]["errors"][0]["message"].startswith("there is no target 'crm'")
    assert peer.changes == []


@pytest.mark.parametrize("many", [True, False])
def test_a_patch_whose_members_tell_the_kind_goes_to_the_target_of_that_order(
    sent: Forwarding, peer: Peer, *, many: bool
) -> None:
    sent("submit", sent.local(service_order("PO-1")), "--rejects", "none")
    change = {"productOrderItem": [{"id": "1", "quantity": 2}]}
    file = sent.local({"id": "PO-1", **change} if many else change)

    result = sent("patch", *(("--from", file) if many else ("PO-1", file)), "-o", "ndjson")

    assert (result.exit_code, peer.changes) == (0, [("PATCH", "/productOrder/remote-1", change)])
    order = sent("show", "PO-1", "--resource", "productOrder", "-o", "json").json
    assert (order["version"], order["productOrderItem"][0]["quantity"]) == ("2", 2)


def test_after_a_signal_nothing_is_done_that_comes_behind_a_request_that_was_not_sent(
    sent: Forwarding, peer: Peer
) -> None:
    running: list[Started] = []

    def end(handler: Handler) -> None:
        (run,) = running
        run.send_signal(signal.SIGTERM)
        wait_until_handled(run.pid)
        handler.answer(200, {})

    peer.answers["PATCH"] = [end]
    lines = [{"id": name, "description": str(n)} for n, name in enumerate(("PO-1", "LOCAL", "PO-2", "LOCAL"))]
    words = ("patch", "--from", sent.local(*lines), "--config", str(sent.file), "-o", "ndjson")
    running.append(sent.ordercli.start(*words))
    told, _ = running[0].communicate(timeout=PATIENCE_SECONDS)

    assert running[0].returncode == BY_SIGNAL[signal.SIGTERM]
    receipts = [json.loads(each) for each in told.splitlines()]
    assert [(each["line"], each["outcome"]) for each in receipts] == [(1, "patched"), (2, "patched")]
    assert versions(sent, "PO-1", "LOCAL", "PO-2") == [2, 2, 1]


def test_rejects_keep_their_sequence_and_a_line_that_is_there_twice_is_sent_on_once(
    sent: Forwarding, peer: Peer
) -> None:
    peer.answers["PATCH"] = [status(503), status(503)]
    lines = [{"id": "PO-1", "description": "1"}, {"id": "NONE", "description": "2"}, {"id": "PO-1", "description": "3"}]
    file = sent.local(*lines)
    sent("patch", "--from", file, "-o", "ndjson")
    rejects = Path(f"{file}.rejects.ndjson")
    kept = rejects.read_text().splitlines()
    rejects.write_text("\n".join((*kept, kept[0])))

    again = sent("patch", "--from", str(rejects), "--rejects", "none", "-o", "ndjson")

    assert [json.loads(each)["order"]["id"] for each in kept] == ["PO-1", "NONE", "PO-1"]
    assert outcomes(again) == [("patched", None), ("not-found", "ORD404"), ("patched", None), ("duplicate", None)]
    assert [body for _, _, body in peer.changes] == [{"description": "1"}, {"description": "3"}]
