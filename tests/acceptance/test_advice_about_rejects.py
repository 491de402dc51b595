"""What is printed about rejects is followed to the letter: no order is created twice."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from builders import ndjson, product_order, write_orders
from stored import rows

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from running import Ordercli

pytestmark = pytest.mark.every_engine
BAD = product_order("PO-3", orderCurrency=None)
COMMAND = re.compile(r"repair and send again: (ordercli [^\r\n]*)")


def at_a_terminal(ordercli: Ordercli, command: str) -> str:
    """Run a line as a user types it; return what is shown."""
    environment = {**ordercli.environment(), "TERM": "xterm", "COLUMNS": "300", "HOME": str(ordercli.folder)}
    shell = f'ordercli() {{ {sys.executable} -m ordercli "$@"; }}; {command}'
    child = pexpect.spawn("/bin/bash", ["-c", shell], cwd=str(ordercli.folder), env=environment, timeout=60)
    child.setwinsize(50, 300)
    child.expect(pexpect.EOF)
    shown: bytes = child.before or b""
    child.close()
    return shown.decode()


def advised(shown: str) -> str:
    """The command that was printed to send what was refused again."""
    found = COMMAND.search(shown)
    assert found, shown
    return found[1]


def repair(path: Path) -> None:
    path.write_text(path.read_text().replace('"orderCurrency":null', '"orderCurrency":"EUR"'))


@pytest.mark.parametrize("options", ["--source crm", "--source crm --async", "--source crm --profile servicenow"])
def test_the_repaired_file_and_then_the_corrected_original(
    ordercli: Ordercli, connection: Connection, options: str
) -> None:
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
    ordercli: Ordercli, connection: Connection, steps: tuple[str, ...]
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


def test_refused_patches_go_to_the_orders_that_they_were_meant_for(ordercli: Ordercli, connection: Connection) -> None:
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
    ordercli: Ordercli, connection: Connection, command: str
) -> None:
    write_orders(ordercli.folder / "orders.ndjson", BAD)
    at_a_terminal(ordercli, "ordercli submit orders.ndjson --source crm")
    repair(ordercli.folder / "orders.ndjson.rejects.ndjson")

    shown = at_a_terminal(ordercli, f"ordercli {command} orders.ndjson.rejects.ndjson")
    at_a_terminal(ordercli, advised(shown))

    assert [(row["external_id"], row["source"]) for row in rows(connection, "customer_order")] == [("PO-3", "crm")]


def test_lines_for_several_commands_are_advised_to_go_to_each_of_them(
    ordercli: Ordercli, connection: Connection
) -> None:
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
