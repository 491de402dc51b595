"""Changes of an order that was forwarded go to its target first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import line, product_order, service_order
from support.peer import close, status
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from forwarding.conftest import Forwarding
    from ordercli.database.store import Store
    from support.peer import Handler, Peer

pytestmark = [pytest.mark.every_engine, pytest.mark.slow, pytest.mark.usefixtures("audited")]

PATCH = ("patch", "PO-1", "--set", "requestedCompletionDate=2027-01-01T00:00:00Z")
CANCEL = ("cancel", "PO-1", "--reason", "not wanted")


@pytest.fixture
def sent(forwarding: Forwarding) -> Forwarding:
    """The order PO-1 with the line items 1 and 2 is at the target, and created here."""
    forwarding.submit(product_order("PO-1", items=[line("1"), line("2")]))
    assert forwarding.run().exit_code == 0
    return forwarding


def version(connection: Store) -> int:
    (row,) = rows(connection, "customer_order")
    found: int = row["version"]
    return found


def test_a_patch_is_sent_on_and_then_applied_here(sent: Forwarding, peer: Peer, connection: Store) -> None:
    options = ("--set", "productOrderItem.2.quantity=3", "--set", "productOrderItem.2.action=add")
    result = sent(*PATCH, *options, "-o", "json")

    assert result.exit_code == 0
    assert result.json["productOrderItem"][1]["quantity"] == 3
    assert peer.changes == [
        (
            "PATCH",
            "/productOrder/remote-1",
            {
                "requestedCompletionDate": "2027-01-01T00:00:00Z",
                "productOrderItem": [{"id": "2", "quantity": 3, "action": "add"}],
            },
        )
    ]
    assert version(connection) == 2


def test_a_cancellation_is_sent_on_and_then_done_here(sent: Forwarding, peer: Peer) -> None:
    result = sent(*CANCEL)

    assert result.exit_code == 0
    assert peer.changes == [
        ("POST", "/cancelProductOrder", {"cancellationReason": "not wanted", "productOrder": {"id": "remote-1"}})
    ]
    assert sent("show", "PO-1", "-o", "json").json["state"] == "cancelled"


@pytest.mark.parametrize(
    ("words", "method"),
    [(PATCH, "PATCH"), (CANCEL, "CANCEL")],
)
@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (
            status(409, {"code": "1", "reason": "too late"}),
            4,
            "The target crm refuses the request (status 409): too late; nothing was changed here",
        ),
        (status(401), 2, "The target crm refuses our credentials (status 401); nothing was changed here"),
        (status(503), 75, "The target crm answered 503; nothing was changed here\n  hint: look at the order there"),
        (close, 75, "Nobody knows whether target crm took the request"),
    ],
)
def test_what_the_target_does_not_take_is_not_done_here(
    sent: Forwarding,
    peer: Peer,
    connection: Store,
    words: tuple[str, ...],
    method: str,
    answer: Callable[[Handler], None],
    code: int,
    message: str,
) -> None:
    peer.answers[method] = [answer]

    result = sent(*words)

    assert result.exit_code == code
    assert message in result.stderr
    assert version(connection) == 1


def test_a_cancellation_that_the_target_decides_about_later_leaves_the_order_until_then(
    sent: Forwarding, peer: Peer, connection: Store
) -> None:
    peer.answers["CANCEL"] = [status(201, {"id": "1", "state": "inProgress"})]

    result = sent(*CANCEL)
    before = version(connection)
    peer.orders[0]["state"] = "cancelled"
    sent("forward", "follow")

    assert (result.exit_code, before) == (0, 1)
    assert sent("show", "PO-1", "-o", "json").json["state"] == "cancelled"


def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing(
    sent: Forwarding, peer: Peer, connection: Store, tmp_path: Path
) -> None:
    operations = [{"op": "add", "path": "/description", "value": "x"}]
    (tmp_path / "operations.json").write_text(json.dumps(operations))
    (tmp_path / "lines.ndjson").write_text(json.dumps({"id": "PO-1", "patch": operations}))
    pointed = ("patch", "PO-1", str(tmp_path / "operations.json"), "--dry-run")

    dry = sent(*PATCH, "--dry-run")
    refused = sent(*pointed)
    here = sent(*pointed, "--local-only")
    line = sent("patch", "--from", str(tmp_path / "lines.ndjson"), "--dry-run")
    line_here = sent("patch", "--from", str(tmp_path / "lines.ndjson"), "--dry-run", "--local-only")

    reason = "a JSON Patch is not sent on to a target: its indexes count the elements of the order here"
    assert (dry.exit_code, dry.stderr) == (0, "  hint: it would go to target crm first; nothing was sent\n")
    assert (refused.exit_code, reason in refused.stderr) == (2, True)
    assert here.exit_code == 0
    assert (line.exit_code, line.ndjson[0]["outcome"], line.ndjson[0]["errors"][0]["message"]) == (
        1,
        "conflict",
        reason,
    )
    assert "(dry run, nothing was changed or sent)" in line.stderr
    assert (line_here.exit_code, line_here.ndjson[0]["outcome"]) == (0, "patched")
    assert (peer.changes, version(connection)) == ([], 1)


@pytest.mark.parametrize("words", [PATCH, CANCEL])
def test_local_only_changes_the_order_here_alone(
    sent: Forwarding, peer: Peer, connection: Store, words: tuple[str, ...]
) -> None:
    result = sent(*words, "--local-only")

    assert (result.exit_code, version(connection)) == (0, 2)
    assert peer.changes == []


@pytest.mark.parametrize("steps", [[("--reason", "x", "--release-id")], [("--reason", "x"), ("--release-id",)]])
def test_the_external_id_is_released_with_or_after_the_cancellation(
    sent: Forwarding, peer: Peer, steps: list[tuple[str, ...]]
) -> None:
    without_reason = sent("cancel", "PO-1", "--release-id")
    order_id = sent("show", "PO-1", "-o", "json").json["id"]
    results = [sent("cancel", order_id, *words) for words in steps]

    assert (without_reason.exit_code, [each.exit_code for each in results]) == (1, [0] * len(steps))
    assert len(peer.changes) == 1
    assert sent("show", order_id, "-o", "json").json["state"] == "cancelled"
    again = sent.local(product_order("PO-1", description="another"))
    assert sent("submit", again, "--rejects", "none").exit_code == 0


def test_what_is_refused_here_is_not_sent(sent: Forwarding, peer: Peer) -> None:
    patched = sent("patch", "PO-1", "--set", "externalId=other")
    versioned = sent(*PATCH, "--if-version", "7")
    listed = sent("patch", "PO-1", "--set", "relatedParty.0.name=x")

    assert [patched.exit_code, versioned.exit_code, listed.exit_code] == [1, 4, 2]
    assert "is not sent on to a target: it counts the elements of a list here" in listed.stderr
    assert peer.changes == []


def test_nothing_is_sent_to_a_paused_target(sent: Forwarding, peer: Peer, connection: Store) -> None:
    sent("forward", "pause", "crm")

    results = [sent(*words) for words in (PATCH, CANCEL)]

    assert [each.exit_code for each in results] == [75, 75]
    assert "The target crm is paused since " in results[0].stderr
    assert "`ordercli forward resume crm" in results[0].stderr
    assert (version(connection), peer.changes) == (1, [])


@pytest.mark.parametrize(
    ("profile", "order", "path"),
    [
        ("servicenow", product_order(), "/cancelproductorder"),
        ("servicenow", service_order(), "/order/serviceOrder/cancelserviceorder"),
        ("tmf641", service_order(), "/cancelServiceOrder"),
    ],
)
def test_each_kind_of_order_is_cancelled_at_the_path_of_its_profile(
    forwarding: Forwarding, peer: Peer, profile: str, order: Any, path: str
) -> None:
    kind = "serviceOrder" if "serviceOrderItem" in order else "productOrder"
    forwarding.settings(more=f'resource = "{kind}"\n')
    forwarding.file.write_text(forwarding.file.read_text().replace("tmf622-v4", profile))
    forwarding.submit(order)
    forwarding.run()

    result = forwarding("cancel", order["externalId"], "--reason", "not wanted")

    assert result.exit_code == 0
    assert peer.changes == [("POST", path, {"cancellationReason": "not wanted", kind: {"id": "remote-1"}})]
