"""Pages of docs/ do what they say: their commands are pasted one after the other, in a folder with the samples."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from support.manuals import DOCS, HOW_TO, ROOT, commands, follow, in_bash, search_path
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
# The sections of the first hour after the installation.
FIRST_HOUR = (
    "Load the catalogue",
    "Create one order",
    "Send a file with faults",
    "Repair what was refused",
    "Create what is queued",
    "Look at orders, and change them",
    "Clean up",
)


def test_the_first_hour(tmp_path: Path) -> None:
    followed = follow("first-hour", tmp_path, *FIRST_HOUR)

    assert followed.failed == ["1 ordercli submit night.ndjson --source crm --async"]
    assert re.findall(r'"(?:accepted|duplicates|rejected|completed)": [1-9]\d*', followed.stdout) == [
        '"accepted": 1',
        '"duplicates": 1',
        '"accepted": 212',
        '"rejected": 28',
        '"accepted": 28',
        '"completed": 240',
        '"completed": 240',
    ]
    assert re.findall(r"^\d+ repaired, .*$", followed.stderr, re.MULTILINE) == [
        "12 repaired, 16 unchanged",
        "11 repaired, 17 unchanged",
        "5 repaired, 23 unchanged",
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"samples", "failed"}] == []


def test_the_first_hour_is_followed_to_its_end() -> None:
    page = (DOCS / "first-hour.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Install", *FIRST_HOUR, "What next"]


def test_repair_rejects(tmp_path: Path) -> None:
    store = {"ORDERCLI_DATABASE": "orders.db"}
    a_night_with_the_faults_of_the_manual(tmp_path)
    in_bash("ordercli reference import catalogue.ndjson", tmp_path, **store)

    followed = follow("repair-rejects", tmp_path, EDITOR="sed -i s/install/add/", **store)

    rejects = "night.ndjson.rejects.ndjson"
    assert followed.failed == [
        "1 ordercli submit night.ndjson --source crm --async",
        f"1 ordercli validate {rejects}",
        f"1 ordercli rejects edit {rejects} 3 17",  # nothing is left to repair
        "1 ordercli submit failed.ndjson",  # no entry of the queue has failed
    ]
    assert re.findall(r"^\d+ repaired, .*$", followed.stderr, re.MULTILINE) == [
        "12 repaired, 33 unchanged",
        "11 repaired, 34 unchanged",
        "5 repaired, 40 unchanged",
        "8 repaired, 37 unchanged",
        "9 repaired, 36 unchanged",
    ]
    assert re.findall(r'"(?:accepted|rejected)": \d+', followed.stdout) == [
        '"accepted": 195',
        '"rejected": 45',
        '"accepted": 45',
        '"rejected": 0',
        '"accepted": 0',
        '"rejected": 1',
    ]


def a_night_with_the_faults_of_the_manual(folder: Path) -> None:
    """Write night.ndjson, in which orders have the faults that the manual repairs, and a catalogue that it names."""
    offering, channel = "8549a52737d75c0b94193640d24ae964", "19302890c5fe58bfab319f10ec91b981"
    faults = {
        range(5, 25): ('"action":"add"', '"action":"Add"'),
        range(50, 61): (offering, "deadbeef4"),
        range(70, 171): ('"orderCurrency":"EUR",', ""),
        range(180, 200): ('"channel":[{"id":"1"', '"channel":[{"id":"web"'),
        range(200, 212): ('"action":"add"', '"action":"install"'),
    }
    orders = (ROOT / "samples" / "orders.ndjson").read_text(encoding="utf-8").splitlines()
    for lines, (good, bad) in faults.items():
        for line in lines:
            orders[line - 1] = orders[line - 1].replace(good, bad)
    (folder / "night.ndjson").write_text("\n".join(orders) + "\n", encoding="utf-8")
    reference = (ROOT / "samples" / "reference.ndjson").read_text(encoding="utf-8")
    records = [json.loads(line) for line in reference.splitlines()]
    names = {offering: {"id": "HF1000", "externalId": "HF1000"}, channel: {"id": "shop", "externalId": "shop"}}
    more = [{**record, **names[record["id"]]} for record in records if record["id"] in names]
    (folder / "catalogue.ndjson").write_text("".join(f"{json.dumps(each)}\n" for each in [*records, *more]))


def test_the_wrong_file(tmp_path: Path) -> None:
    """The first orders were created, the others wait: the batch is undone, and the right file takes its ids."""
    environment = {"ORDERCLI_DATABASE": "orders.db", "HOME": str(tmp_path), "PATH": search_path()}
    orders = [json.loads(line) for line in (ROOT / "samples" / "orders.ndjson").read_text("utf-8").splitlines()[:6]]
    for name in ("wrong", "right"):
        lines = (json.dumps({**order, "description": name}) for order in orders)
        (tmp_path / f"{name}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    first = orders[0]["externalId"]
    begun = in_bash(
        f"ordercli submit wrong.ndjson --async -q; ordercli queue create {first}; ordercli batch list -o id",
        tmp_path,
        **environment,
    )
    batch = begun.stdout.splitlines()[-1]
    page = commands((HOW_TO / "wrong-file.md").read_text(encoding="utf-8")).partition("ordercli queue discard")[0]

    process = on_terminal(["bash", "-e", "-c", page.replace("BATCH", batch)], tmp_path, environment, columns=160)
    process.expect_exact("Go on? [y/N]: ")
    process.sendline("y")
    result = ended(process)

    counts = "5 entries discarded, 1 order cancelled, 0 left as they are"
    assert (result.exit_code, counts in result.screen) == (0, True), result.screen
    assert "6 of 6 orders queued in " in result.screen
    shown = in_bash(f"ordercli queue run; ordercli list --external-id {first} -o json", tmp_path, **environment)
    members = ("state", "description", "releasedExternalId")
    found = [tuple(each.get(name) for name in members) for each in json.loads(shown.stdout)]
    assert sorted(found) == [("canceled", "wrong", first), ("new", "right", None)]


def test_only_some_orders_of_the_wrong_file(tmp_path: Path) -> None:
    sample = json.loads((ROOT / "samples" / "orders.ndjson").read_text("utf-8").splitlines()[0])
    names = ("CRM-1007", "CRM-1008", "CRM-1009")
    for file in ("wrong", "right"):
        lines = (json.dumps({**sample, "externalId": name, "description": file}) for name in names)
        (tmp_path / f"{file}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = {"ORDERCLI_DATABASE": "orders.db"}
    in_bash("ordercli submit wrong.ndjson --async; ordercli queue create CRM-1008 CRM-1009", tmp_path, **store)

    followed = follow("wrong-file", tmp_path, "Only some orders were wrong", **store)

    assert followed.failed == []
    again = in_bash("ordercli submit right.ndjson --async -o json", tmp_path, **store)
    assert json.loads(again.stdout)["accepted"] == 3


def test_orders_of_v5(tmp_path: Path) -> None:
    followed = follow("tmf622-v5", tmp_path)

    assert followed.failed == ["3 ordercli patch PO-SDW-2026-0202 --set description=urgent"]
    assert "'PO-SDW-2026-0202' is a further external identifier of order" in followed.stderr
    assert '"outcome":"cancelled"' in followed.stdout


def test_orders_inside_other_documents(tmp_path: Path) -> None:
    followed = follow("envelopes", tmp_path)

    assert followed.failed == ["1 ordercli validate events.ndjson"]
    assert followed.stdout.count("error[ORD012]") == 2
    assert followed.stdout.count("read it with --at /event/productOrder") == 2
    assert '"accepted": 2' in followed.stdout
    assert re.findall(r"^\d orders? in 1 file: (.*)$", followed.stderr, re.MULTILINE) == [
        "2 errors, 0 warnings",
        *["0 errors, 0 warnings"] * 5,
    ]


def test_change_orders(tmp_path: Path) -> None:
    followed = follow("change-orders", tmp_path)

    assert followed.failed == []
    assert re.findall(r'"outcome":"(\w+)"', followed.stdout) == ["patched", "patched"]
    assert [line for line in followed.stderr.splitlines() if "error" in line] == []


def test_quotes_become_orders(tmp_path: Path) -> None:
    followed = follow("quotes", tmp_path)

    assert followed.failed == []
    assert followed.stdout.count('"accepted": 10') == 1  # the orders of the pipe are there already
    assert followed.stdout.count('"duplicates": 10') == 1


def test_service_orders(tmp_path: Path) -> None:
    followed = follow("service-orders", tmp_path)

    assert followed.failed == []
    assert re.findall(r'"outcome":"(\w+)"', followed.stdout) == ["cancelled", "updated"]
