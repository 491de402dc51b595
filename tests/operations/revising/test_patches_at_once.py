from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from ordercli.database.store import transaction
from ordercli.operations.cancel import Decision, propose_cancellation
from ordercli.operations.patch import PatchProposer
from ordercli.operations.revise import Author, write
from ordercli.resources.document import merge_order
from ordercli.settings import Settings
from support.builders import encoded, ndjson, product_order, product_orders

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.every_engine, pytest.mark.slow]


def test_of_two_processes_that_want_the_same_version_one_wins(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order()))
    changes = [("channel.-.id=a", "note.-.text=a"), ("channel.-.id=b", "note.-.text=b")]

    running = [
        ordercli.start("patch", "PO-1", "--if-version", "1", "--set", one, "--set", other, "-o", "json")
        for one, other in changes
    ]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in running]

    (out, _, won), (_, err, lost) = sorted(ended, key=lambda each: int(each[2]))
    shown = ordercli("show", "PO-1", "-o", "json").json
    letter = shown["channel"][0]["id"]
    assert (won, lost) == (0, 4)
    assert json.loads(err)["details"][0]["rule"] == "ORD408"
    assert shown == json.loads(out)
    assert (shown["version"], shown["channel"], shown["note"]) == ("2", [{"id": letter}], [{"text": letter}])


def test_patches_without_a_version_are_all_merged_and_never_mix(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order()))

    running = [
        ordercli.start("patch", "PO-1", "--set", f"channel.-.id={letter}", "--set", f"note.-.text={letter}")
        for letter in "abcd"
    ]
    codes = [(process.communicate(timeout=60), process.returncode)[1] for process in running]

    shown = ordercli("show", "PO-1", "-o", "json").json
    assert codes == [0, 0, 0, 0]
    assert shown["version"] == "5"
    assert [each["id"] for each in shown["channel"]] == [each["text"] for each in shown["note"]]
    assert sorted(each["id"] for each in shown["channel"]) == ["a", "b", "c", "d"]


def test_every_patch_of_a_file_with_a_receipt_stands_in_its_order(ordercli: Ordercli, tmp_path: Path) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(3)))
    for run in range(3):
        # Each run goes through the orders in another sequence: on a server they run into deadlocks.
        changes = [{"id": f"PO-{1 + (run + 1) * n % 4}", "note": [{"text": f"{run}-{n}"}]} for n in range(60)]
        (tmp_path / f"changes-{run}.ndjson").write_bytes(ndjson(*(each for each in changes if each["id"] != "PO-4")))

    running = [ordercli.start("patch", "--from", f"changes-{run}.ndjson", "-o", "ndjson") for run in range(3)]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in running]

    receipts = [json.loads(each) for out, _, _ in ended for each in out.splitlines()]
    shown = [ordercli("show", f"PO-{n}", "-o", "json").json for n in (1, 2, 3)]
    notes = {order["id"]: len(order.get("note", [])) for order in shown}
    assert [code for _, _, code in ended] == [0, 0, 0]
    assert {each["outcome"] for each in receipts} == {"patched"}
    assert Counter(each["id"] for each in receipts) == notes
    assert {order["id"]: int(order["version"]) - 1 for order in shown} == notes


def test_of_two_that_cancel_one_order_one_is_told_that_it_is_canceled(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order()))

    running = [ordercli.start("cancel", "PO-1", "--reason", letter, "-o", "json") for letter in "ab"]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in running]

    (out, _, won), (_, err, lost) = sorted(ended, key=lambda each: int(each[2]))
    reported = ordercli("history", "PO-1", "-o", "ndjson").ndjson
    assert (won, lost) == (0, 4)
    assert json.loads(err)["details"][0]["rule"] == "ORD405"
    assert [each["kind"] for each in reported] == ["creation", "cancellation"]
    assert json.loads(out)["cancellationReason"] in {"a", "b"}


def test_a_patch_that_was_overtaken_is_left_unwritten(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded(product_order()))
    patching = PatchProposer(connection, Settings())
    slow, quick = (
        patching.propose(1, lambda document, name=name: merge_order(document, {"channel": [{"id": name}]}))  # type: ignore[misc]
        for name in ("slow", "quick")
    )

    with transaction(connection, "test"):
        first = write(connection, quick, Author("ana"))
        second = write(connection, slow, Author("ben"))

    printed = "The order was revised meanwhile and is at version 2 now; send the request again"
    assert first is quick
    assert [(each.code, each.message) for each in second.findings] == [("ORD408", printed)]
    assert ordercli("show", "PO-1", "-o", "json").json["channel"] == [{"id": "quick"}]


def test_a_patch_that_was_overtaken_by_a_cancellation_is_left_unwritten(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded(product_order()))
    patch = PatchProposer(connection, Settings()).propose(1, lambda document: {**document, "channel": [{"id": "web"}]})
    cancellation = propose_cancellation(connection, 1, Decision.CANCELLED, approval=False)

    with transaction(connection, "test"):
        reported = [write(connection, each, Author("ana")) for each in (cancellation, patch)]

    assert [[finding.code for finding in each.findings] for each in reported] == [[], ["ORD408"]]
    shown = ordercli("show", "PO-1", "-o", "json").json
    assert (shown["state"], "channel" in shown) == ("canceled", False)
