from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from builders import encoded, product_order
from ordercli.database.transaction import transaction
from ordercli.orders.merge import merge_order
from ordercli.pipeline.revising.cancelling import Decision, propose_cancellation
from ordercli.pipeline.revising.patching import Patching
from ordercli.pipeline.revising.proposals import Author, write
from ordercli.settings import Settings

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from running import Ordercli

pytestmark = pytest.mark.usefixtures("audited")


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


def test_two_processes_without_a_version_never_mix(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order()))

    running = [
        ordercli.start("patch", "PO-1", "--set", f"channel.-.id={letter}", "--set", f"note.-.text={letter}")
        for letter in "abcd"
    ]
    codes = [(process.communicate(timeout=60), process.returncode)[1] for process in running]

    shown = ordercli("show", "PO-1", "-o", "json").json
    wins = codes.count(0)
    assert set(codes) <= {0, 4}
    assert shown["version"] == str(1 + wins)
    assert [each["id"] for each in shown["channel"]] == [each["text"] for each in shown["note"]]
    assert len(shown["channel"]) == wins


def test_a_patch_that_was_overtaken_is_left_unwritten(ordercli: Ordercli, connection: Connection) -> None:
    ordercli("submit", stdin=encoded(product_order()))
    patching = Patching(connection, Settings())
    slow, quick = (
        patching.propose(1, lambda document, name=name: merge_order(document, {"channel": [{"id": name}]}))  # type: ignore[misc]
        for name in ("slow", "quick")
    )

    with transaction(connection, "test"):
        first = write(connection, quick, Author("ana"))
        second = write(connection, slow, Author("ben"))

    assert (first, second and (second.code, second.message)) == (None, ("ORD408", "The order is at version 2, not 1"))
    assert ordercli("show", "PO-1", "-o", "json").json["channel"] == [{"id": "quick"}]


def test_a_patch_that_was_overtaken_by_a_cancellation_is_left_unwritten(
    ordercli: Ordercli, connection: Connection
) -> None:
    ordercli("submit", stdin=encoded(product_order()))
    patch = Patching(connection, Settings()).propose(1, lambda document: {**document, "channel": [{"id": "web"}]})
    cancellation = propose_cancellation(connection, 1, Decision.CANCELLED, approval=False)

    with transaction(connection, "test"):
        told = [write(connection, each, Author("ana")) for each in (cancellation, patch)]

    assert [each and each.code for each in told] == [None, "ORD408"]
    shown = ordercli("show", "PO-1", "-o", "json").json
    assert (shown["state"], "channel" in shown) == ("canceled", False)
