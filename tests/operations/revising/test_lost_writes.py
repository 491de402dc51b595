"""A change that the database does not take is answered as a conflict, never with a receipt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, product_orders
from support.stored import enqueue_many

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli, Result

pytestmark = pytest.mark.every_engine

MESSAGE = "The order was revised meanwhile and is at version {} now; send the request again"


def refuse_updates(connection: Store, table: str, column: str) -> None:
    """Let the database pass over every change of a column, as it does where another process was quicker."""
    if connection.engine == "postgresql":
        connection.execute("CREATE FUNCTION pass_over() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        connection.execute(
            f"CREATE TRIGGER pass_over BEFORE UPDATE OF {column} ON {table} FOR EACH ROW EXECUTE FUNCTION pass_over()"
        )
    else:
        connection.execute(
            f"CREATE TRIGGER pass_over BEFORE UPDATE OF {column} ON {table} BEGIN SELECT RAISE(IGNORE); END"
        )


def overtake_once(connection: Store) -> None:
    """Let the database pass over the first change of an order, as it does where another process was quicker."""
    connection.execute("CREATE TABLE overtaken (n INTEGER)")
    if connection.engine == "postgresql":
        connection.execute(
            "CREATE FUNCTION pass_over() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
            " IF EXISTS (SELECT 1 FROM overtaken) THEN RETURN NEW; END IF;"
            " INSERT INTO overtaken VALUES (1); RETURN NULL; END'"
        )
        connection.execute(
            "CREATE TRIGGER pass_over BEFORE UPDATE OF version ON customer_order"
            " FOR EACH ROW EXECUTE FUNCTION pass_over()"
        )
    else:
        connection.execute(
            "CREATE TRIGGER pass_over BEFORE UPDATE OF version ON customer_order"
            " WHEN NOT EXISTS (SELECT 1 FROM overtaken)"
            " BEGIN INSERT INTO overtaken VALUES (1); SELECT RAISE(IGNORE); END"
        )


def test_a_merge_patch_that_was_overtaken_is_merged_again_and_a_json_patch_is_not(
    ordercli: Ordercli, connection: Store
) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(2)))
    operations = [{"op": "add", "path": "/category", "value": "x"}]

    overtake_once(connection)
    bound = ordercli("patch", "PO-1", "-", "--set", "channel.-.id=web", "-o", "json", stdin=encoded(operations))
    connection.execute("DELETE FROM overtaken")
    merged = ordercli("patch", "PO-2", "-o", "json", stdin=encoded({"category": "x"}))

    assert (bound.exit_code, json.loads(bound.stderr)["message"]) == (4, MESSAGE.format(1))
    assert (merged.exit_code, merged.json["version"], merged.json["category"]) == (0, "2", "x")
    assert "category" not in ordercli("show", "PO-1", "-o", "json").json


def refusals(result: Result) -> list[tuple[str, str]]:
    """Outcome and message of each receipt."""
    return [(each["outcome"], each["errors"][0]["message"]) for each in result.ndjson]


def test_patches_that_were_not_written_are_conflicts(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(2)))
    refuse_updates(connection, "customer_order", "version")

    by_hand = ordercli("patch", "PO-1", "--set", "channel.-.id=web", "-o", "json")
    changes = ndjson({"id": "PO-1", "note": [{"text": "a"}]}, {"id": "PO-2", "note": [{"text": "b"}]})
    of_file = ordercli("patch", "--from", "-", "-o", "ndjson", stdin=changes)

    shown = ordercli("show", "PO-1", "-o", "json").json
    assert (by_hand.exit_code, json.loads(by_hand.stderr)["message"]) == (4, MESSAGE.format(1))
    assert (of_file.exit_code, refusals(of_file)) == (1, [("conflict", MESSAGE.format(1))] * 2)
    assert ("channel" in shown, "note" in shown, shown["version"]) == (False, False, "1")


def test_cancellations_that_were_not_written_are_conflicts(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(2)))
    refuse_updates(connection, "customer_order", "version")

    by_hand = ordercli("cancel", "PO-1", "--reason", "twice", "-o", "json")
    request = {"cancellationReason": "twice", "productOrder": {"id": "PO-1"}}
    of_file = ordercli("cancel", "--from", "-", "-o", "ndjson", stdin=ndjson(request, request))

    assert (by_hand.exit_code, json.loads(by_hand.stderr)["message"]) == (4, MESSAGE.format(1))
    assert (of_file.exit_code, refusals(of_file)) == (1, [("conflict", MESSAGE.format(1))] * 2)
    assert ordercli("show", "PO-1", "-o", "json").json["state"] == "new"


@pytest.mark.parametrize("decision", ["--approve", "--deny"])
def test_decisions_that_were_not_written_are_conflicts(ordercli: Ordercli, connection: Store, decision: str) -> None:
    (ordercli.folder / "ordercli.toml").write_text("[orders]\ncancellation_approval = true\n")
    ordercli("submit", stdin=encoded(product_order()))
    ordercli("patch", "PO-1", "--set", "state=in_progress")
    ordercli("cancel", "PO-1", "--reason", "twice")
    refuse_updates(connection, "customer_order", "version")

    result = ordercli("cancel", "PO-1", decision, "-o", "json")

    assert (result.exit_code, json.loads(result.stderr)["message"]) == (4, MESSAGE.format(3))
    assert ordercli("show", "PO-1", "-o", "json").json["state"] == "assessing_cancellation"


def test_queue_entries_that_were_not_changed_are_no_receipts(ordercli: Ordercli, connection: Store) -> None:
    enqueue_many(connection, 2)
    refuse_updates(connection, "inbound_entry", "state")

    by_ids = ordercli("queue", "discard", "PO-1", "PO-2", "--reason", "why", "-o", "ndjson")
    by_filter = ordercli("queue", "discard", "--state", "new", "--reason", "why", "--yes", "-o", "json")

    assert [each["outcome"] for each in by_ids.ndjson] == ["conflict", "conflict"]
    assert by_filter.json == {"matched": 2, "discarded": 0, "skipped": 2, "exitCode": 1}
