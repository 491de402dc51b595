"""Rejects of `patch --from` and `cancel --from` are sent again once, to the orders they were meant for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order, service_order
from support.rejected import codes, reasons, refused
from support.stored import rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

CANCEL = "cancel --yes --from"


@pytest.fixture
def two_sources(ordercli: Ordercli) -> None:
    """The same external id in two sources."""
    for source in ("crm", "web"):
        ordercli("submit", "-", "--source", source, stdin=ndjson(product_order("PO-1")))


def versions(connection: Store) -> dict[str, int]:
    return {row["source"]: row["version"] for row in rows(connection, "customer_order")}


@pytest.mark.usefixtures("two_sources")
@pytest.mark.parametrize("named", [True, False], ids=["with --source", "without"])
def test_rejects_of_patches_keep_their_source(ordercli: Ordercli, connection: Store, *, named: bool) -> None:
    Path("p.ndjson").write_bytes(ndjson({"id": "PO-1", "description": "new", "orderCurrency": "USD"}))
    ordercli("patch", "--from", "p.ndjson", "--source", "crm")
    rejects = Path("p.ndjson.rejects.ndjson")
    rejects.write_text(rejects.read_text().replace(',"orderCurrency":"USD"', ""))

    again = ordercli("patch", "--from", str(rejects), *(("--source", "crm") if named else ()), "-o", "ndjson")
    twice = ordercli("patch", "--from", str(rejects), "-o", "ndjson")

    assert [(each["outcome"], each["version"]) for each in again.ndjson] == [("patched", 2)]
    assert versions(connection) == {"crm": 2, "web": 1}
    assert [(each["outcome"], each["version"], each["id"]) for each in twice.ndjson] == [
        ("duplicate", 2, again.ndjson[0]["id"])
    ]
    assert twice.exit_code == 0


@pytest.mark.usefixtures("two_sources")
def test_a_patch_of_another_source_than_the_option_is_refused(ordercli: Ordercli, connection: Store) -> None:
    Path("p.ndjson").write_bytes(ndjson({"id": "PO-1", "orderCurrency": "USD"}))
    ordercli("patch", "--from", "p.ndjson", "--source", "crm")
    rejects = Path("p.ndjson.rejects.ndjson")
    rejects.write_text(rejects.read_text().replace('"orderCurrency":"USD"', '"description":"new"'))

    refused_ = ordercli("patch", "--from", str(rejects), "--source", "web", "-o", "ndjson")
    overridden = ordercli("patch", "--from", str(rejects), "--source", "web", "--override-context", "-o", "ndjson")

    assert (refused_.exit_code, codes(refused_)) == (1, [["ORD010"]])
    assert reasons(refused_) == [
        "it was refused with source 'crm', not 'web'; leave --source out, or give --source web --override-context"
    ]
    assert [each["outcome"] for each in overridden.ndjson] == ["patched"]
    assert versions(connection) == {"crm": 1, "web": 2}


@pytest.mark.usefixtures("two_sources")
def test_rejects_of_cancellations_keep_their_source_and_are_done_once(ordercli: Ordercli, connection: Store) -> None:
    Path("c.ndjson").write_bytes(ndjson({"cancellationReason": "", "productOrder": {"id": "PO-1"}}))
    ordercli("cancel", "--from", "c.ndjson", "--source", "crm", "--yes")
    rejects = Path("c.ndjson.rejects.ndjson")
    rejects.write_text(rejects.read_text().replace('"cancellationReason":""', '"cancellationReason":"left"'))

    again = ordercli("cancel", "--from", str(rejects), "--yes", "-o", "ndjson")
    twice = ordercli("cancel", "--from", str(rejects), "--yes", "-o", "ndjson")

    assert [each["outcome"] for each in again.ndjson + twice.ndjson] == ["cancelled", "duplicate"]
    assert {row["source"]: row["state"] for row in rows(connection, "customer_order")} == {
        "crm": "canceled",
        "web": "new",
    }


@pytest.mark.usefixtures("two_sources")
def test_a_line_never_becomes_what_it_is_not(ordercli: Ordercli, connection: Store) -> None:
    Path("p.ndjson").write_bytes(ndjson({"id": "PO-1", "orderCurrency": "USD"}))
    Path("c.ndjson").write_bytes(ndjson({"cancellationReason": "", "productOrder": {"id": "PO-1"}}))
    ordercli("patch", "--from", "p.ndjson", "--source", "crm")
    ordercli("cancel", "--from", "c.ndjson", "--source", "crm", "--yes")
    submitted = refused(ordercli)
    before = rows(connection, "customer_order")
    calls = {
        "submit": ("submit",),
        "patch": ("patch", "--from"),
        "cancel": ("cancel", "--yes", "--from"),
    }
    files = {"submit": str(submitted), "patch": "p.ndjson.rejects.ndjson", "cancel": "c.ndjson.rejects.ndjson"}
    kinds = {
        "submit": "it is an order: `ordercli submit`",
        "patch": "it is a patch: `ordercli patch --from`",
        "cancel": "it is a cancellation: `ordercli cancel --from`",
    }

    for command, words in calls.items():
        for kind, file in files.items():
            if kind != command:
                for option in ((), ("--override-context",)):
                    result = ordercli(*words, file, *option, "--rejects", "none", "-o", "ndjson")
                    assert (result.exit_code, codes(result), reasons(result)) == (1, [["ORD010"]], [kinds[kind]])

    by_hand = ordercli("patch", "PO-1", files["submit"], "--source", "crm")
    assert (by_hand.exit_code, "error[ORD010]" in by_hand.stderr) == (1, True)
    assert rows(connection, "customer_order") == before


def test_runs_over_requests_are_no_batches_of_the_list(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", "-", stdin=ndjson(product_order("PO-1")))
    Path("p.ndjson").write_bytes(ndjson({"id": "PO-1", "description": "x"}, {"id": "PO-9", "description": "x"}))

    run = ordercli("patch", "--from", "p.ndjson")

    assert run.exit_code == 1
    patch = {row["kind"]: row for row in rows(connection, "batch")}["patch"]
    assert (patch["read"], patch["accepted"], patch["rejected"], patch["status"]) == (2, 1, 1, "completed")
    assert len(ordercli("batch", "list", "-o", "ndjson").ndjson) == 1
    resumed = ordercli("batch", "resume", patch["id"])
    assert (resumed.exit_code, "is a run of patch --from" in resumed.stderr or "completed" in resumed.stderr) == (
        4,
        True,
    )
    assert ordercli("db", "check").exit_code == 0


@pytest.mark.parametrize(
    ("command", "request_line", "pointer"),
    [
        ("patch --from", b'{"id":"PO-1","id":"PO-2","description":"x"}', "/id"),
        (
            "patch --from",
            b'{"id":"SO-1","patch":[{"op":"add","path":"/description","value":"x","value":"y"}]}',
            "/patch/0/value",
        ),
        (
            "cancel --yes --from",
            b'{"cancellationReason":"x","productOrder":{"id":"PO-1","id":"PO-2"}}',
            "/productOrder/id",
        ),
        (
            "cancel --yes --from",
            b'{"cancellationReason":"x","serviceOrder":{"id":"SO-1","id":"SO-2"}}',
            "/serviceOrder/id",
        ),
        (
            "fulfil",
            b'{"externalId":"SO-1","externalId":"SO-2","serviceOrderItem":[{"id":"1","state":"fulfilled"}]}',
            "/externalId",
        ),
    ],
)
def test_a_request_that_names_something_twice_changes_nothing(
    ordercli: Ordercli, connection: Store, command: str, request_line: bytes, pointer: str
) -> None:
    """Which of the two was meant, nobody knows."""
    orders = [*map(product_order, ("PO-1", "PO-2")), *map(service_order, ("SO-1", "SO-2"))]
    ordercli("submit", "-", stdin=ndjson(*orders))
    Path("requests.ndjson").write_bytes(b"\n" + request_line + b"\n")

    first = ordercli(*command.split(), "requests.ndjson", "-o", "ndjson")
    again = ordercli(*command.split(), "requests.ndjson.rejects.ndjson", "-o", "ndjson")

    name = pointer.rpartition("/")[2]
    says = f"{name} stands more than once in this object; only the last one would count"
    for result, line in ((first, 2), (again, 1)):
        (answer,) = result.ndjson
        assert (result.exit_code, answer["line"], answer["outcome"]) == (1, line, "rejected")
        assert [(each["code"], each["pointer"], each["message"]) for each in answer["errors"]] == [
            ("ORD004", pointer, says)
        ]
    assert {row["version"] for row in rows(connection, "customer_order")} == {1}


def test_a_patch_of_one_order_that_names_something_twice_is_refused(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=ndjson(product_order("PO-1")))

    result = ordercli("patch", "PO-1", "-", "-o", "json", stdin=b'{"channel":[{"id":"a","id":"b"}]}')

    assert (result.exit_code, ordercli("show", "PO-1").json["version"]) == (1, "1")
    assert '"/channel/0/id"' in result.stdout + result.stderr
