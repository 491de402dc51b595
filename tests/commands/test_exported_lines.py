"""The line of an exported entry takes the place of the entry, or is refused: never both become orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import ndjson, product_order
from support.rejected import codes, receipts
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


FAILED = {"orderCurrency": "EUR", "productOrderItem": 7}


@pytest.fixture
def failed(ordercli: Ordercli) -> list[str]:
    """The order ids of three entries that failed."""
    orders = [{**product_order(name), **FAILED} for name in ("A", "B", None)]
    off = {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}
    off["ORDERCLI_ACTOR"] = "ana"
    ids = ordercli("submit", "-", "--async", "--source", "crm", "-o", "id", stdin=ndjson(*orders), **off)
    ordercli("queue", "run")
    return ids.stdout.splitlines()


def exported(ordercli: Ordercli) -> str:
    """The file of the exported entries, repaired."""
    ordercli("queue", "export", "--to", "failed.ndjson")
    items = json.dumps(product_order()["productOrderItem"], separators=(",", ":"))
    path = Path("failed.ndjson")
    path.write_text(path.read_text().replace('"productOrderItem":7', f'"productOrderItem":{items}'))
    return str(path)


def entries(ordercli: Ordercli, *names: str) -> dict[str, Any]:
    listed = ordercli("queue", "list", "-o", "ndjson").ndjson
    return {each["orderId"]: tuple(each[name] for name in names) for each in listed}


def test_an_exported_line_takes_the_place_of_its_entry(ordercli: Ordercli, failed: list[str]) -> None:
    path = exported(ordercli)
    marked = entries(ordercli, "state", "exportedAt")

    first = ordercli("submit", path, "-o", "ndjson", ORDERCLI_ACTOR="ben")
    retried = ordercli("queue", "retry", "--state", "error", "-o", "json")
    one = ordercli("queue", "retry", failed[0])
    second = ordercli("submit", path, "-o", "ndjson")
    ordercli("queue", "run")

    assert all(state == "error" and at for state, at in marked.values())
    new = [str(order_id) for _, _, order_id in receipts(first)]
    assert [each[:2] for each in receipts(first)] == [("accepted", 202)] * 3
    assert (retried.json["matched"], one.exit_code) == (0, 4)
    assert receipts(second) == [("duplicate", 200, each) for each in new]
    states = entries(ordercli, "state", "sentAgainAs")
    assert [states[each] for each in failed] == [("cancelled", each) for each in new]
    actors = entries(ordercli, "submittedBy", "changedBy")
    assert {actors[each] for each in failed} == {("ana", "ben")}
    assert {actors[each] for each in new} == {("ben", None)}
    assert [states[each] for each in new] == [("completed", None)] * 3
    assert ordercli("db", "check").exit_code == 0


def test_an_exported_entry_that_is_retried_first_keeps_its_place(
    ordercli: Ordercli, connection: Store, failed: list[str]
) -> None:
    path = exported(ordercli)

    ordercli("queue", "retry", *failed)
    sent = ordercli("submit", path, "-o", "ndjson")
    ordercli("queue", "run")
    again = ordercli("submit", path, "-o", "ndjson")

    assert receipts(sent) == receipts(again) == [("conflict", 409, each) for each in failed]
    assert codes(sent) == codes(again) == [["ORD420"]] * 3
    assert {state for (state, _) in entries(ordercli, "state", "exportedAt").values()} == {"error"}
    assert len(rows(connection, "payload")) == 3
    assert ordercli("db", "check").exit_code == 0


def test_a_line_of_an_entry_that_failed_again_needs_a_new_export(ordercli: Ordercli, failed: list[str]) -> None:
    path = exported(ordercli)
    ordercli("queue", "retry", *failed)
    ordercli("queue", "run")

    Path(path).unlink()
    exported(ordercli)
    sent = ordercli("submit", path, "-o", "ndjson")

    assert [outcome for outcome, *_ in receipts(sent)] == ["accepted"] * 3


def test_a_discarded_entry_is_sent_only_if_it_was_exported_since(ordercli: Ordercli, failed: list[str]) -> None:
    path = exported(ordercli)
    ordercli("queue", "discard", *failed, "--reason", "given up")

    refused_ = ordercli("submit", path, "-o", "ndjson")
    ordercli("queue", "export", "--state", "cancelled", "--to", "again.ndjson")
    items = json.dumps(product_order()["productOrderItem"], separators=(",", ":"))
    again = Path("again.ndjson")
    again.write_text(again.read_text().replace('"productOrderItem":7', f'"productOrderItem":{items}'))
    sent = ordercli("submit", "again.ndjson", "-o", "ndjson")

    assert codes(refused_) == [["ORD420"]] * 3
    assert [outcome for outcome, *_ in receipts(sent)] == ["accepted"] * 3


def test_entries_that_are_not_finished_are_exported_without_a_right(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", "-", "--async", stdin=ndjson(product_order(None)))

    ordercli("queue", "export", "--state", "new", "--to", "new.ndjson")
    sent = ordercli("submit", "new.ndjson", "-o", "ndjson")

    assert codes(sent) == [["ORD420"]]
    assert len(rows(connection, "payload")) == 1


def test_a_line_outlives_the_purge_of_its_entries(ordercli: Ordercli, connection: Store, failed: list[str]) -> None:
    path = exported(ordercli)
    first = ordercli("submit", path, "-o", "ndjson")
    ordercli("queue", "run")
    ordercli("queue", "purge", "--completed", "0s", "--error", "0s", "--yes")

    second = ordercli("submit", path, "-o", "ndjson")

    assert [outcome for outcome, *_ in receipts(second)] == ["duplicate"] * 3
    assert [each for *_, each in receipts(second)] == [each for *_, each in receipts(first)]
    assert (column(connection, "inbound_entry", "seq"), len(failed)) == ([], 3)
    assert ordercli("db", "check").exit_code == 0


def test_the_audit_finds_what_was_created_twice(ordercli: Ordercli, connection: Store, failed: list[str]) -> None:
    new = [each for *_, each in receipts(ordercli("submit", exported(ordercli), "-o", "ndjson"))]
    connection.execute("UPDATE inbound_entry SET state = 'new', reason = NULL WHERE order_id = ?", (failed[2],))
    connection.execute("UPDATE sent_again SET order_id = 'lost' WHERE order_id = ?", (new[1],))

    result = ordercli("db", "check", "-o", "json")

    found = [(each["orderId"], each["message"]) for each in result.json if each["check"] == "queue"]
    (batch,) = {row["batch_id"] for row in rows(connection, "sent_again")}
    assert (failed[2], f"it was created or still waits, and was sent again as order {new[2]}") in found
    assert (failed[2], "its exported line can still be sent, and its entry is new") in found
    assert ("lost", f"record 2 of batch {batch} was sent again as this order, which is not known") in found
