"""Purge, export, check and copy a database with orders of both kinds that share their external ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, service_order
from support.records import currency

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

NO_VALIDATION = {"ORDERCLI_VALIDATION_CREATE_SERVICE_ORDER_VALIDATION_ASYNC": "false"}
KINDS = ["productOrder", "serviceOrder"]


@pytest.fixture(autouse=True)
def _both_kinds(ordercli: Ordercli) -> None:
    """Two orders of each kind that were created, and a service order that cannot be."""
    orders = [make(name) for name in ("A", "B") for make in (product_order, service_order)]
    ordercli("submit", "--async", stdin=ndjson(*orders))
    ordercli("submit", "--async", stdin=encoded({"externalId": "BAD", "serviceOrderItem": 7}), **NO_VALIDATION)
    ordercli("queue", "run")


def kinds_of(ordercli: Ordercli, *options: str) -> list[str]:
    listed = ordercli("list", "--sort", "externalId", "--ascending", "-o", "ndjson", *options).ndjson
    return sorted(each["href"].rsplit("/", 2)[1] for each in listed)


def test_a_purge_leaves_the_orders_of_both_kinds_and_their_external_ids(ordercli: Ordercli) -> None:
    purged = ordercli("queue", "purge", "--completed", "0s", "--error", "0s", "--yes", "-o", "json").json
    again = ordercli("submit", "--async", "-o", "ndjson", stdin=ndjson(product_order("A"), service_order("A"))).ndjson

    assert (purged["completed"], purged["error"]) == (4, 1)
    assert kinds_of(ordercli) == sorted(KINDS * 2)
    assert [each["outcome"] for each in again] == ["duplicate", "duplicate"]
    assert ordercli("db", "check").exit_code == 0


def test_an_exported_service_order_is_corrected_and_sent_again(ordercli: Ordercli) -> None:
    (line,) = ordercli("queue", "export").ndjson
    corrected = {**line, "order": service_order("BAD")}

    sent = ordercli("submit", "-o", "ndjson", stdin=encoded(corrected)).ndjson

    assert (line["$reject"]["resource"], line["$reject"]["errors"][0]["code"]) == ("serviceOrder", "ORD190")
    assert [each["outcome"] for each in sent] == ["accepted"]
    states = {each["externalId"]: each["state"] for each in ordercli("queue", "list", "-o", "ndjson").ndjson}
    assert states["BAD"] == "cancelled"


def test_a_copy_holds_the_orders_of_both_kinds(ordercli: Ordercli) -> None:
    copied = ordercli("db", "copy", ordercli.database, "copied.db")

    assert copied.exit_code == 0
    assert kinds_of(ordercli, "--database", "copied.db") == kinds_of(ordercli) == sorted(KINDS * 2)
    assert ordercli("db", "check", "--database", "copied.db").exit_code == 0


@pytest.mark.of_a_file
def test_a_backup_holds_the_orders_of_both_kinds(ordercli: Ordercli) -> None:
    saved = ordercli("db", "backup", "backup.db")

    assert saved.exit_code == 0
    assert kinds_of(ordercli, "--database", "backup.db") == sorted(KINDS * 2)


def test_a_batch_counts_the_orders_of_both_kinds_and_lists_them(ordercli: Ordercli) -> None:
    first = ordercli("batch", "list", "-o", "id").stdout.split()[-1]

    shown = ordercli("batch", "show", first, "-o", "json").json
    orders = ordercli("batch", "show", first, "--orders", "-o", "ndjson").ndjson

    assert (shown["accepted"], shown["created"], shown["failed"]) == (4, 4, 0)
    assert [each["externalId"] for each in orders] == ["A", "A", "B", "B"]


# What commands show that change nothing, in programs' form; reports and checks of the machine name the time.
SHOWN = (
    "batch list -o json",
    "batch show {batch} -o json",
    "batch show {batch} --orders -o ndjson",
    "db check",
    "events -o ndjson",
    "forward list -o json",
    "forward status -o json",
    "history A --resource productOrder -o json",
    "history A --resource serviceOrder --events -o ndjson",
    "hub list -o json",
    "list --group-by state,resource -o ndjson",
    "list --limit 0 -o ndjson",
    "list --where externalId=A -o csv",
    "queue list --limit 0 -o ndjson",
    "queue show BAD -o json",
    "queue status -o json",
    "reference export",
    "reference list Currency -o json",
    "reference show Currency EUR -o json",
    "reference stats -o json",
    "serve token list -o json",
    "show A --resource productOrder -o json",
    "show A --resource serviceOrder -o json",
)


def test_every_command_that_shows_something_shows_the_same_of_a_copy_on_a_file(ordercli: Ordercli) -> None:
    """So what a server and a file say of the same orders, of both kinds, is the same, byte for byte."""
    assert ordercli("reference", "import", stdin=encoded(currency())).exit_code == 0
    assert ordercli("serve", "token", "add", "crm", "--role", "read").exit_code == 0
    assert ordercli("db", "copy", ordercli.database, "copied.db", "--with-tokens").exit_code == 0
    batch = ordercli("batch", "list", "-o", "id").stdout.split()[-1]

    for words in SHOWN:
        command = words.format(batch=batch).split()
        found, of_copy = ordercli(*command), ordercli(*command, "--database", "copied.db")

        assert (of_copy, found.exit_code) == (found, 0), words
