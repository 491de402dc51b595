"""A database that a newer ordercli has written: orders and entries of a kind or profile that this one does not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, service_order
from support.stored import rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

ADVICE = "install a newer ordercli"
UNKNOWN = [("resource", "quote", "of kind 'quote'"), ("profile", "tmf641-v5", "in profile 'tmf641-v5'")]


@pytest.fixture
def orders(ordercli: Ordercli) -> list[str]:
    """The ids of a product order and a service order."""
    ordercli("submit", stdin=ndjson(product_order("P-1"), service_order("S-1")))
    return [ordercli("show", name, "-o", "json").json["id"] for name in ("P-1", "S-1")]


def made_unknown(store: Store, column: str, value: str, table: str = "customer_order") -> None:
    """Write into the row of S-1 what a newer version would."""
    store.execute(f"UPDATE {table} SET {column} = ? WHERE external_id = 'S-1'", (value,))


@pytest.mark.parametrize(("column", "value", "words"), UNKNOWN)
def test_a_command_for_one_order_says_what_it_does_not_know_and_to_upgrade(
    ordercli: Ordercli, connection: Store, orders: list[str], column: str, value: str, words: str
) -> None:
    made_unknown(connection, column, value)
    message = f"Order {orders[1]} is {words}, which this version of ordercli does not know"

    for command in (("show", "S-1"), ("show", orders[1]), ("history", "S-1"), ("history", "S-1", "--events")):
        refused = ordercli(*command)
        assert (refused.exit_code, refused.stdout) == (6, "")
        assert refused.stderr == f"error: {message}\n  hint: {ADVICE}\n"
    for request in (("patch", "S-1", "--set", "description=x"), ("cancel", "S-1", "--reason", "x")):
        refused = ordercli(*request, "-o", "json")
        assert (refused.exit_code, json.loads(refused.stderr)["message"]) == (4, f"{message}; {ADVICE}")
    assert ordercli("show", "P-1").exit_code == 0


@pytest.mark.parametrize(("column", "value", "words"), UNKNOWN)
@pytest.mark.parametrize("options", [(), ("--fields", "externalId"), ("-o", "csv"), ("-o", "id")])
def test_a_list_shows_the_orders_that_it_knows_and_says_how_many_it_left_out(
    ordercli: Ordercli,
    connection: Store,
    orders: list[str],
    column: str,
    value: str,
    words: str,
    options: tuple[str, ...],
) -> None:
    made_unknown(connection, column, value)

    listed = ordercli("list", *options)

    kind = "quote (servicenow)" if column == "resource" else "serviceOrder (tmf641-v5)"
    assert listed.exit_code == 0
    assert (orders[0] in listed.stdout, orders[1] in listed.stdout) == (True, False)
    assert f"1 order is left out, of kinds that this version of ordercli does not know: {kind}; {ADVICE}" in (
        listed.stderr
    ), words


def test_events_stop_at_an_order_that_is_not_known(ordercli: Ordercli, connection: Store, orders: list[str]) -> None:
    made_unknown(connection, "resource", "quote")

    stopped = ordercli("events", "-o", "ndjson")
    of_products = ordercli("events", "--resource", "productOrder", "-o", "ndjson")

    assert (stopped.exit_code, f"Order {orders[1]} is of kind 'quote'" in stopped.stderr) == (6, True)
    assert [each["event"]["productOrder"]["id"] for each in of_products.ndjson] == [orders[0]]


def test_a_file_of_patches_refuses_the_line_of_that_order_alone(
    ordercli: Ordercli, connection: Store, orders: list[str]
) -> None:
    made_unknown(connection, "resource", "quote")
    lines = ndjson({"id": orders[1], "description": "x"}, {"id": orders[0], "description": "x"})

    done = ordercli("patch", "--from", "-", "--rejects", "none", "-o", "ndjson", stdin=lines)

    assert [each["outcome"] for each in done.ndjson] == ["conflict", "patched"]


def test_the_check_of_the_database_names_the_order_and_the_remedy(
    ordercli: Ordercli, connection: Store, orders: list[str]
) -> None:
    made_unknown(connection, "resource", "quote")

    found = ordercli("db", "check", "-o", "ndjson")

    (fault,) = [each for each in found.ndjson if each["check"] == "kind"]
    assert (fault["orderId"], fault["remedy"]) == (orders[1], f"{ADVICE}; nothing is lost")
    assert fault["message"] == f"Order {orders[1]} is of kind 'quote', which this version of ordercli does not know"


def test_an_entry_of_an_unknown_kind_is_listed_shown_and_counted_and_ends_in_error(
    ordercli: Ordercli, connection: Store
) -> None:
    ordercli("submit", "--async", stdin=ndjson(product_order("P-1"), service_order("S-1")))
    made_unknown(connection, "resource", "quote", "inbound_entry")

    listed = {each["externalId"]: each["resource"] for each in ordercli("queue", "list", "-o", "ndjson").ndjson}
    counted = ordercli("queue", "status", "-o", "json").json["byResource"]
    shown = ordercli("queue", "show", "S-1", "-o", "json").json
    ordercli("queue", "run")
    failed = ordercli("queue", "show", "S-1", "-o", "json").json

    assert listed == {"P-1": "productOrder", "S-1": "quote"}
    assert {kind: counts["new"] for kind, counts in counted.items()} == {
        "productOrder": 1,
        "serviceOrder": 0,
        "quote": 1,
    }
    assert (shown["resource"], shown["payload"]["externalId"]) == ("quote", "S-1")
    assert (failed["state"], failed["errorCode"]) == ("error", "ORD190")
    assert [row["state"] for row in rows(connection, "inbound_entry")] == ["completed", "error"]
    assert ordercli("submit", stdin=encoded(service_order("S-1"))).exit_code == 0
