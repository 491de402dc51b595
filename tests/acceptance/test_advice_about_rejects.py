"""What is printed about rejects is followed to the letter: no order is created twice."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from support.builders import ndjson, product_order, write_orders
from support.stored import rows
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine
BAD = product_order("PO-3", orderCurrency=None)
COMMAND = re.compile(r"repair and send again: (ordercli .*)")
# The line of a finding that names `explain` is no next step of the run.
ANY_COMMAND = re.compile(r"  (?!= explain)([^:\n]+): (ordercli .*)")
LOOK = [("by code and value", "ordercli rejects show mixed.ndjson.rejects.ndjson")]
APART = (
    "the lines of {} need different options: send a file of each kind;"
    " the error ORD010 of a line names its options, a line without it needs none"
)


def at_a_terminal(ordercli: Ordercli, command: str) -> str:
    """Run a line as a user types it; return what is shown."""
    shell = f'ordercli() {{ {sys.executable} -m ordercli "$@"; }}; {command}'
    return ended(on_terminal(["/bin/bash", "-c", shell], ordercli.folder, ordercli.environment())).screen


def advised(shown: str) -> str:
    """The command that was printed to send what was refused again."""
    found = COMMAND.search(shown)
    assert found, shown
    return found[1]


def repair(path: Path) -> None:
    path.write_text(path.read_text().replace('"orderCurrency":null', '"orderCurrency":"EUR"'))


@pytest.mark.parametrize("options", ["--source crm", "--source crm --async", "--source crm --profile servicenow"])
def test_the_repaired_file_and_then_the_corrected_original(ordercli: Ordercli, connection: Store, options: str) -> None:
    write_orders(ordercli.folder / "orders.ndjson", product_order("PO-1"), product_order("PO-2"), BAD)
    first = at_a_terminal(ordercli, f"ordercli submit orders.ndjson {options}")
    repair(ordercli.folder / "orders.ndjson.rejects.ndjson")
    repair(ordercli.folder / "orders.ndjson")

    at_a_terminal(ordercli, advised(first))
    at_a_terminal(ordercli, f"ordercli submit orders.ndjson {options}")
    at_a_terminal(ordercli, advised(first))

    orders = rows(connection, "inbound_entry" if "--async" in options else "customer_order")
    assert [(row["external_id"], row["source"]) for row in orders] == [(f"PO-{n}", "crm") for n in (1, 2, 3)]
    assert len(rows(connection, "payload")) == 3


STEPS = {
    "file, retry": ("send", "retry", "run"),
    "retry, file": ("retry", "send", "run"),
    "retry, run, file": ("retry", "run", "send"),
    "file, run, retry": ("send", "run", "retry", "run"),
    "file twice, retry": ("send", "send", "retry", "run", "send"),
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_exported_repaired_sent_and_retried_in_any_order_three_orders_stay_three(
    ordercli: Ordercli, connection: Store, steps: tuple[str, ...]
) -> None:
    unvalidated = "ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC=false"
    broken = [{**product_order(None), "externalId": name, "productOrderItem": 7} for name in ("A", None, None)]
    write_orders(ordercli.folder / "orders.ndjson", *broken)
    at_a_terminal(
        ordercli, f"export {unvalidated}; ordercli submit orders.ndjson --async --source crm; ordercli queue run"
    )
    shown = at_a_terminal(ordercli, "ordercli queue export --to failed.ndjson")
    items = json.dumps(product_order()["productOrderItem"])
    path = ordercli.folder / "failed.ndjson"
    path.write_text(path.read_text().replace('"productOrderItem":7', f'"productOrderItem":{items}'))
    ids = " ".join(row["order_id"] for row in rows(connection, "inbound_entry"))
    commands = {"send": advised(shown), "retry": f"ordercli queue retry {ids}", "run": "ordercli queue run"}

    for step in steps:
        at_a_terminal(ordercli, commands[step])

    living = [row for row in rows(connection, "inbound_entry") if row["state"] != "cancelled"]
    assert len(living) == 3
    assert len(rows(connection, "customer_order")) in {0, 3}
    assert ordercli("db", "check").exit_code == 0


def test_refused_patches_go_to_the_orders_that_they_were_meant_for(ordercli: Ordercli, connection: Store) -> None:
    for source in ("crm", "web"):
        ordercli("submit", "-", "--source", source, stdin=ndjson(product_order("PO-1")))
    patch = ordercli.folder / "p.ndjson"
    patch.write_bytes(ndjson({"id": "PO-1", "description": "new", "orderCurrency": "USD"}))
    shown = at_a_terminal(ordercli, "ordercli patch --from p.ndjson --source crm")
    rejects = ordercli.folder / "p.ndjson.rejects.ndjson"
    rejects.write_text(rejects.read_text().replace(',"orderCurrency":"USD"', ""))

    at_a_terminal(ordercli, advised(shown))
    at_a_terminal(ordercli, f"ordercli patch --from {rejects.name}")

    versions = {row["source"]: row["version"] for row in rows(connection, "customer_order")}
    assert versions == {"crm": 2, "web": 1}


@pytest.mark.parametrize("command", ["cancel --from", "patch --from"])
def test_orders_that_came_to_another_command_are_advised_to_go_to_submit(
    ordercli: Ordercli, connection: Store, command: str
) -> None:
    write_orders(ordercli.folder / "orders.ndjson", BAD)
    at_a_terminal(ordercli, "ordercli submit orders.ndjson --source crm")
    repair(ordercli.folder / "orders.ndjson.rejects.ndjson")

    shown = at_a_terminal(ordercli, f"ordercli {command} orders.ndjson.rejects.ndjson")
    at_a_terminal(ordercli, advised(shown))

    assert [(row["external_id"], row["source"]) for row in rows(connection, "customer_order")] == [("PO-3", "crm")]


def test_lines_for_several_commands_are_advised_to_go_to_each_of_them(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", "-", stdin=ndjson(product_order("PO-1")))
    (ordercli.folder / "changes.ndjson").write_bytes(
        ndjson({"id": "PO-1", "orderCurrency": "USD", "description": "new"})
    )
    write_orders(ordercli.folder / "orders.ndjson", BAD)
    at_a_terminal(ordercli, "ordercli patch --from changes.ndjson --rejects patch.ndjson")
    at_a_terminal(ordercli, "ordercli submit orders.ndjson --rejects submit.ndjson")
    both = ordercli.folder / "both.ndjson"
    both.write_bytes(b"".join((ordercli.folder / f"{each}.ndjson").read_bytes() for each in ("patch", "submit")))

    shown = at_a_terminal(ordercli, "ordercli submit both.ndjson")
    refused = ordercli.folder / "both.ndjson.rejects.ndjson"
    refused.write_text(refused.read_text().replace('"orderCurrency":"USD",', ""))
    repair(refused)
    for each in COMMAND.findall(shown):
        at_a_terminal(ordercli, each)

    assert COMMAND.findall(shown) == [
        "ordercli patch --from both.ndjson.rejects.ndjson",
        "ordercli submit both.ndjson.rejects.ndjson",
    ]
    versions = {row["external_id"]: row["version"] for row in rows(connection, "customer_order")}
    assert versions == {"PO-1": 2, "PO-3": 1}


def advice(shown: str) -> list[tuple[str, str]]:
    """The commands of a summary, each with what it is for."""
    return [(found[1], found[2]) for found in ANY_COMMAND.finditer(shown)]


def rejects_of_another_database(ordercli: Ordercli, name: str, *options: str, external_id: str = "PO-3") -> Path:
    """A repaired rejects file that names a batch of another database."""
    write_orders(ordercli.folder / name, {**BAD, "externalId": external_id})
    ordercli("submit", name, "--database", "other.db", *options)
    path = ordercli.folder / f"{name}.rejects.ndjson"
    repair(path)
    return path


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        (("--source", "crm"), "--source crm --profile servicenow"),
        (("--source", "my crm", "--async"), "--source 'my crm' --profile servicenow --async"),
    ],
)
def test_rejects_of_another_database_are_taken_with_the_printed_options(
    ordercli: Ordercli, connection: Store, options: tuple[str, ...], needed: str
) -> None:
    rejects_of_another_database(ordercli, "o.ndjson", *options)

    shown = at_a_terminal(ordercli, "ordercli submit o.ndjson.rejects.ndjson")
    [(purpose, command)] = advice(shown)
    at_a_terminal(ordercli, command)

    assert purpose == "to send it here all the same"
    assert command == f"ordercli submit o.ndjson.rejects.ndjson.rejects.ndjson {needed} --override-context"
    table = "inbound_entry" if "--async" in options else "customer_order"
    assert [(row["external_id"], row["source"]) for row in rows(connection, table)] == [("PO-3", options[1])]


@pytest.mark.parametrize("key", ["", " --idempotency-key night"])
def test_lines_that_need_different_options_are_not_sent_by_one_command(
    ordercli: Ordercli, connection: Store, key: str
) -> None:
    theirs = rejects_of_another_database(ordercli, "a.ndjson", "--source", "crm")
    others = b"" if key else rejects_of_another_database(ordercli, "b.ndjson", "--source", "web").read_bytes()
    mixed = ordercli.folder / "mixed.ndjson"
    mixed.write_bytes(theirs.read_bytes() + others + ndjson({**BAD, "externalId": "PO-4"}))

    shown = at_a_terminal(ordercli, f"ordercli submit mixed.ndjson{key}")
    again = at_a_terminal(ordercli, f"ordercli submit mixed.ndjson{key}") if key else shown

    assert [(advice(each), APART.format("mixed.ndjson.rejects.ndjson") in each) for each in (shown, again)] == [
        (LOOK, True),
        ([] if key else LOOK, True),
    ]
    assert rows(connection, "customer_order") == []


def test_one_rejects_file_of_several_batches_gets_one_advice(ordercli: Ordercli) -> None:
    theirs = rejects_of_another_database(ordercli, "a.ndjson", "--source", "crm")
    write_orders(ordercli.folder / "b.ndjson", BAD)
    ordercli("submit", "b.ndjson", "--source", "web")
    ours = (ordercli.folder / "b.ndjson.rejects.ndjson").read_bytes()  # not repaired: a batch of another context
    (ordercli.folder / "both.ndjson").write_bytes(theirs.read_bytes() + ours)

    shown = at_a_terminal(ordercli, "ordercli submit both.ndjson")

    assert (advice(shown), APART.format("both.ndjson.rejects.ndjson") in shown) == ([], True)


@pytest.mark.parametrize(
    ("command", "request_", "source", "needed"),
    [
        ("patch", {"id": "PO-1", "description": "new"}, "crm", " --source crm"),
        ("patch", {"id": "PO-1", "description": "new"}, None, ""),
        ("cancel", {"cancellationReason": "left", "productOrder": {"id": "PO-1"}}, "crm", " --source crm"),
    ],
)
def test_requests_of_another_database_are_taken_with_the_printed_options(
    ordercli: Ordercli,
    connection: Store,
    command: str,
    request_: dict[str, object],
    source: str | None,
    needed: str,
) -> None:
    ordercli("submit", "-", "--source", "crm", stdin=ndjson(product_order("PO-1")))
    ordercli("db", "upgrade", "--database", "other.db")
    (ordercli.folder / "r.ndjson").write_bytes(ndjson(request_))
    options = ("--source", source) if source else ()
    ordercli(command, "--from", "r.ndjson", "--database", "other.db", *options)

    shown = at_a_terminal(ordercli, f"ordercli {command} --from r.ndjson.rejects.ndjson --actor ana")
    [(_, printed)] = advice(shown)
    at_a_terminal(ordercli, printed)

    file = "r.ndjson.rejects.ndjson.rejects.ndjson"
    assert printed == f"ordercli {command} --actor ana --from {file}{needed} --override-context"
    assert [row["version"] for row in rows(connection, "customer_order")] == [2]


def test_orders_of_another_database_that_came_to_patch_are_taken_by_the_printed_command(
    ordercli: Ordercli, connection: Store
) -> None:
    rejects_of_another_database(ordercli, "o.ndjson", "--source", "crm")

    shown = at_a_terminal(ordercli, "ordercli patch --from o.ndjson.rejects.ndjson")
    [(_, command)] = advice(shown)
    at_a_terminal(ordercli, command)

    assert [(row["external_id"], row["source"]) for row in rows(connection, "customer_order")] == [("PO-3", "crm")]


def test_a_patch_that_was_refused_for_the_given_source_is_sent_again_without_it(
    ordercli: Ordercli, connection: Store
) -> None:
    for source in ("crm", "web"):
        ordercli("submit", "-", "--source", source, stdin=ndjson(product_order("PO-1")))
    (ordercli.folder / "p.ndjson").write_bytes(ndjson({"id": "PO-1", "description": "new", "orderCurrency": "USD"}))
    ordercli("patch", "--from", "p.ndjson", "--source", "crm")
    rejects = ordercli.folder / "p.ndjson.rejects.ndjson"
    rejects.write_text(rejects.read_text().replace(',"orderCurrency":"USD"', ""))

    shown = at_a_terminal(ordercli, f"ordercli patch --from {rejects.name} --source web")
    at_a_terminal(ordercli, advised(shown))

    versions = {row["source"]: row["version"] for row in rows(connection, "customer_order")}
    assert versions == {"crm": 2, "web": 1}


def test_a_line_whose_run_was_killed_is_sent_after_that_run_has_gone_on(ordercli: Ordercli, connection: Store) -> None:
    write_orders(ordercli.folder / "orders.ndjson", BAD)
    killed = "submit-batch-before-commit:kill"
    ordercli.process("submit", "orders.ndjson", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=killed)
    repair(ordercli.folder / "orders.ndjson.rejects.ndjson")

    shown = at_a_terminal(ordercli, "ordercli submit orders.ndjson.rejects.ndjson")
    for _, command in advice(shown):
        at_a_terminal(ordercli, command)

    [batch] = [row["id"] for row in rows(connection, "batch") if row["inputs"] == '["orders.ndjson"]']
    assert advice(shown) == [
        ("first", f"ordercli batch resume {batch}"),
        ("repair and send again", "ordercli submit orders.ndjson.rejects.ndjson.rejects.ndjson"),
    ]
    assert [row["external_id"] for row in rows(connection, "customer_order")] == ["PO-3"]


def test_what_a_killed_run_had_refused_for_its_context_counts_in_the_advice_of_its_resumption(
    ordercli: Ordercli, connection: Store
) -> None:
    theirs = rejects_of_another_database(ordercli, "o.ndjson", "--source", "crm")
    mixed = ordercli.folder / "mixed.ndjson"
    mixed.write_bytes(theirs.read_bytes() + ndjson({**BAD, "externalId": "PO-4"}))
    ordercli("submit", "mixed.ndjson", "--max-rejects", "1")
    [batch] = [row["id"] for row in rows(connection, "batch")]

    shown = at_a_terminal(ordercli, f"ordercli batch resume {batch} --max-rejects 100%")

    assert (advice(shown), APART.format("mixed.ndjson.rejects.ndjson") in shown) == (LOOK, True)
