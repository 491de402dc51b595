"""Rejects that are sent again are handled as they were when they were refused."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import product_order, write_orders
from support.rejected import codes, reasons, receipts, refused, repair
from support.stored import column, rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.builders import Json
    from support.running import Ordercli

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


@pytest.mark.parametrize(
    ("options", "table", "source", "profile"),
    [
        (("--source", "crm"), "customer_order", "crm", "servicenow"),
        (("--source", "crm", "--async"), "inbound_entry", "crm", "servicenow"),
        (("--async",), "inbound_entry", "cli", "servicenow"),
        (("--profile", "tmf622"), "customer_order", "cli", "tmf622-v4"),
    ],
)
def test_a_repaired_line_is_sent_as_the_order_was_sent(
    ordercli: Ordercli, connection: Store, options: tuple[str, ...], table: str, source: str, profile: str
) -> None:
    order = product_order("BAD", relatedParty=[{"id": "p", "@type": "RelatedParty", "@referredType": "Customer"}])
    broken = {**order, "productOrderItem": []}
    write_orders(Path("orders.ndjson"), broken)
    ordercli("submit", "orders.ndjson", *options)
    rejects = Path("orders.ndjson.rejects.ndjson")
    line = json.loads(rejects.read_text())
    rejects.write_text(json.dumps({**line, "order": order}))

    result = ordercli("submit", str(rejects), "-o", "json")

    assert (result.exit_code, result.json["accepted"], result.json["source"]) == (0, 1, source)
    assert [(row["source"], row["profile"]) for row in rows(connection, table)] == [(source, profile)]


def test_rejects_of_tmf622_are_validated_as_tmf622(ordercli: Ordercli) -> None:
    path = refused(ordercli, "--profile", "tmf622", order=product_order("BAD", productOrderItem=[]))
    rejects = json.loads(path.read_text())
    rejects["order"]["productOrderItem"] = [{"id": "1", "action": "modify", "quantity": 1}]
    path.write_text(json.dumps(rejects))

    validated = ordercli("submit", str(path), "--dry-run", "-o", "ndjson")

    assert "ORD121" not in codes(validated)[0], "modify is a word of tmf622"


@pytest.mark.parametrize(
    ("options", "reported"),
    [
        (
            ("--source", "web"),
            (
                "it was refused with source 'crm', not 'web'; leave --source out, or give --source web"
                " --profile servicenow --override-context"
            ),
        ),
        (
            ("--async",),
            (
                "it was refused with mode 'sync', not 'async'; leave --async out, or give --source crm"
                " --profile servicenow --async --override-context"
            ),
        ),
        (
            ("--profile", "tmf622"),
            (
                "it was refused with profile 'servicenow', not 'tmf622'; leave --profile out, or give --source crm"
                " --profile tmf622 --override-context"
            ),
        ),
    ],
)
def test_an_option_that_says_otherwise_refuses_the_line(
    ordercli: Ordercli, connection: Store, options: tuple[str, ...], reported: str
) -> None:
    path = repair(refused(ordercli, "--source", "crm"))

    result = ordercli("submit", path, *options, "-o", "ndjson")
    stated = re.search(r"give (.*)", reported)
    assert stated
    overridden = ordercli("submit", path, *shlex.split(stated[1]), "-o", "ndjson")

    assert (result.exit_code, codes(result), reasons(result)) == (1, [["ORD010"]], [reported])
    assert [each["outcome"] for each in overridden.ndjson] == ["accepted"]
    assert len(rows(connection, "payload")) == 1


def test_an_option_that_says_the_same_changes_nothing(ordercli: Ordercli) -> None:
    path = repair(refused(ordercli, "--source", "crm", "--async"))

    result = ordercli("submit", path, "--source", "crm", "--async", "--profile", "servicenow", "-o", "ndjson")

    assert [each["outcome"] for each in result.ndjson] == ["accepted"]


@pytest.mark.parametrize(
    "change", [{"batchId": "a" * 32}, {"batchId": "x"}, {"record": 2}, {"batchId": None}, {"record": "1"}]
)
def test_a_line_of_no_batch_of_this_database_is_refused_with_the_options_to_give(
    ordercli: Ordercli, connection: Store, change: Json
) -> None:
    path = repair(refused(ordercli, "--source", "crm", "--async"))
    line = json.loads(Path(path).read_text())
    line["$reject"] |= change
    Path(path).write_text(json.dumps(line))

    result = ordercli("submit", path, "-o", "ndjson")
    (reason,) = reasons(result)
    options = shlex.split(reason.partition("; to send it anyway, give ")[2])
    accepted = ordercli("submit", path, *options, "-o", "ndjson")

    assert (result.exit_code, codes(result)) == (1, [["ORD010"]])
    if change != {"record": "1"}:  # then nothing of what it says is believed
        assert options == ["--source", "crm", "--profile", "servicenow", "--async", "--override-context"]
    assert [each["outcome"] for each in accepted.ndjson] == ["accepted"]
    assert len(rows(connection, "payload")) == 1


def test_a_line_that_was_refused_for_its_context_is_not_taken_for_one_of_this_run(ordercli: Ordercli) -> None:
    path = repair(refused(ordercli, "--source", "crm"))
    before = json.loads(Path(path).read_text())

    ordercli("submit", path, "--source", "web")

    after = json.loads(Path(f"{path}.rejects.ndjson").read_text())
    errors = before["$reject"].pop("errors"), after["$reject"].pop("errors")
    assert after == before
    assert [error["code"] for each in errors for error in each] == ["ORD113", "ORD010"]


@pytest.mark.parametrize("change", [{"resource": "quote"}, {"target": "north"}, {"profile": "other"}])
def test_a_context_that_is_not_known_here_is_refused(ordercli: Ordercli, change: Json) -> None:
    path = repair(refused(ordercli))
    line = json.loads(Path(path).read_text())
    line["$reject"] |= change
    Path(path).write_text(json.dumps(line))

    result = ordercli("submit", path, "-o", "ndjson")

    assert codes(result) == [["ORD010"]]
    assert reasons(result)[0].startswith("this version does not know its context; ")


def test_a_line_of_an_older_version_has_the_context_of_its_batch(ordercli: Ordercli, connection: Store) -> None:
    path = repair(refused(ordercli, "--source", "crm", "--async"))
    line = json.loads(Path(path).read_text())
    for name in ("request", "profile", "resource", "mode", "target"):
        del line["$reject"][name]
    Path(path).write_text(json.dumps(line))

    result = ordercli("submit", path, "-o", "ndjson")

    assert receipts(result)[0][:2] == ("accepted", 202)
    assert column(connection, "inbound_entry", "source") == ["crm"]


def test_validate_validates_lines_by_its_own_options(ordercli: Ordercli) -> None:
    path = refused(ordercli, "--source", "crm", "--profile", "tmf622", order=product_order("BAD", productOrderItem=[]))

    result = ordercli("validate", str(path), "-o", "ndjson")

    assert [each["code"] for each in result.ndjson] == ["ORD102", "ORD113"]


def test_a_line_of_an_order_without_a_source_has_none(ordercli: Ordercli, connection: Store) -> None:
    path = repair(refused(ordercli, "--source", ""))

    result = ordercli("submit", path, "--source", "", "-o", "json")

    assert (result.exit_code, result.json["source"], result.json["accepted"]) == (0, "", 1)
    assert column(connection, "customer_order", "source") == [""]


@pytest.mark.parametrize("member", ["line", "record"])
def test_a_number_that_no_line_can_have_is_not_taken(ordercli: Ordercli, member: str) -> None:
    path = refused(ordercli)
    text = path.read_text()
    path.write_text(text.replace(f'"{member}":1,', f'"{member}":{2**64},', 1))

    result = ordercli("submit", str(path), "-o", "ndjson")

    assert (result.exit_code, codes(result)) == (1, [["ORD010"]])


def test_a_line_that_its_killed_run_reads_again_is_not_sent_as_well(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), product_order(None, orderCurrency=...))
    killed = "submit-batch-before-commit:kill"
    ordercli.process("submit", "orders.ndjson", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=killed)

    path = repair(Path("orders.ndjson.rejects.ndjson"))
    sent = ordercli("submit", path, "-o", "ndjson")
    forced = ordercli("submit", path, "-o", "ndjson", "--override-context", "--rejects", "none")

    [batch] = [row["id"] for row in rows(connection, "batch") if row["status"] == "processing"]
    reason = f"its run was stopped before this line was committed; `ordercli batch resume {batch}` reads it again"
    assert (codes(sent), reasons(sent)) == ([["ORD010"]], [reason])
    assert (codes(forced), reasons(forced)) == ([["ORD010"]], [reason])
    assert rows(connection, "customer_order") == []
