"""A night in a real shell: 20,000 orders, 600 of them bad in seven ways, from the first message to all of them in."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.terminals import on_terminal, screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pexpect

    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
REJECTS = "night.ndjson.rejects.ndjson"
ORDERS = 20_000
COLUMNS = 120
PROMPT = "night> "

# What differs between an order and the one whose external id it has.
DIFFERS = "/description"
# The ways in which the orders are bad, and how many of each.
BAD = {"action": 150, "offering": 120, "currency": 110, "date": 100, "number": 100, "conflict": 12, "no JSON": 8}

# Does what a person does in the editor: the brace that is missing, and another external id for a conflict.
EDITOR = r"""
import re, sys
from pathlib import Path

path = Path(sys.argv[1])
orders = re.split(r"(?m)^(?=// line )", path.read_text())
for n, text in enumerate(orders):
    if "// ORD001" in text:
        orders[n] = text.rstrip() + "}\n"
    if "// ORD420" in text:
        orders[n] = re.sub(r'("externalId": "N-\d+)"', r'\1-B"', text)
path.write_text("".join(orders))
"""


def break_order(order: Json, way: str, before: str) -> None:
    """Make an order bad in this way; `before` is the external id of the order before it."""
    item = order["productOrderItem"][0]
    if way == "action":
        item["action"] = "Add"
    elif way == "offering":
        item["productOffering"] = {"id": "OLD-MOBILE-L"}
    elif way == "currency":
        del order["orderCurrency"]
    elif way == "date":
        order["requestedCompletionDate"] = "31.03.2026"
    elif way == "number":
        item["quantity"] = "1"
    elif way == "conflict":
        order["externalId"] = before


def write_night(path: Path) -> None:
    """Write the file of the night: a mobile order of the samples many times, the bad ones spread over the file."""
    orders = (json.loads(line) for line in (SAMPLES / "orders.ndjson").read_text().splitlines())
    sample = next(order for order in orders if order["externalId"] == "MOB-2026-0030")
    # The plan alone, without prices, is enough here, and quick.
    names = ("id", "quantity", "action", "product", "productOffering")
    plan = {name: sample["productOrderItem"][0][name] for name in names}
    document = json.dumps({**sample, "productOrderItem": [plan]})
    ways = [way for way, count in BAD.items() for _ in range(count)]
    apart = ORDERS // len(ways)
    bad = {n * apart + 1: way for n, way in enumerate(ways)}
    good, end = document.split("MOB-2026-0030")
    with path.open("w") as file:
        for n in range(ORDERS):
            text = f"{good}N-{n}{end}"
            if way := bad.get(n):
                order = json.loads(text)
                # Two orders with one external id differ in more than that.
                order["description"] = "urgent"
                break_order(order, way, f"N-{n - 1}")
                text = json.dumps(order)
            file.write(f"{text[:-1] if way == 'no JSON' else text}\n")


class Person:
    """Types commands into a shell, and waits for the prompt after each."""

    def __init__(self, shell: pexpect.spawn) -> None:
        self.shell = shell
        self.typed: list[str] = []

    def __call__(self, command: str) -> str:
        """Type a command, and return what it prints."""
        self.typed.append(command)
        self.shell.send(f"{command}\r")
        self.shell.expect_exact(PROMPT)
        sent: str = self.shell.before
        return screen(f"{PROMPT}{sent}", COLUMNS).removeprefix(f"{PROMPT}{command}\n")


@pytest.fixture
def person(ordercli: Ordercli, folder_of_command: Path) -> Iterator[Person]:
    """A person at bash."""
    editor = ordercli.folder / "editor.py"
    editor.write_text(EDITOR)
    more = {
        "PATH": f"{folder_of_command}:{os.environ['PATH']}",
        "PS1": PROMPT,
        "EDITOR": f"{sys.executable} {editor}",
    }
    # Coverage would make this three times as slow, and other tests measure the same commands.
    environment = ordercli.environment(more, measured=False)
    shell = on_terminal(["bash", "--norc", "--noprofile"], ordercli.folder, environment, COLUMNS)
    shell.delaybeforesend = None
    shell.expect_exact(PROMPT)
    yield Person(shell)
    shell.close(force=True)


def advised(text: str, purpose: str) -> str:
    """Return the command that is printed for this purpose."""
    found = re.search(rf"^ *{re.escape(purpose)}: `?(ordercli [^`\n]*)", text, re.MULTILINE)
    assert found, f"no advice {purpose!r} in:\n{text}"
    return found[1]


def advice(text: str) -> list[str]:
    """Return what the commands are for that are printed, in their order."""
    return re.findall(r"^ *([^:\n]+): `?ordercli ", text, re.MULTILINE)


def groups(text: str) -> list[tuple[int, str, str]]:
    """Return number, code and value of each group of errors; the value is "" where there is none."""
    return [
        (int(count), code, value)
        for count, code, value in re.findall(r"^(\d+) +(ORD\d{3}) {2}(\S*)", text, re.MULTILINE)
    ]


def test_the_night_from_the_first_message_to_all_orders_in(ordercli: Ordercli, person: Person) -> None:
    write_night(ordercli.folder / "night.ndjson")
    ordercli("reference", "import", str(SAMPLES / "reference.ndjson"))

    submitted = person("ordercli submit night.ndjson --source crm --async")

    assert re.search(r"^19400 of 20000 orders queued in ", submitted, re.MULTILINE)
    assert "  read 20000, accepted 19400, duplicates 0, conflicts 12, rejected 588, warnings 0\n" in submitted
    assert advice(submitted)[-3:] == ["by code and value", "repair and send again", "create the orders"]

    wrong = person(advised(submitted, "by code and value"))

    frequent = [
        (150, "ORD121", "Add"),
        (120, "ORD301", "OLD-MOBILE-L"),
        (110, "ORD113", ""),
        (100, "ORD120", "1"),
        (100, "ORD123", "31.03.2026"),
    ]
    by_hand = [(12, "ORD420", DIFFERS), (8, "ORD001", "")]
    assert groups(wrong) == [*frequent, *by_hand]
    assert f"600 orders in {REJECTS}\n" in wrong
    assert advice(wrong) == ["apply the suggestions that are sure", "repair many at once", "repair by hand"]

    sure = advised(wrong, "apply the suggestions that are sure")
    preview = person(f"{sure} --dry-run")
    repaired = person(sure)

    assert "250 repaired, 350 unchanged (dry run, nothing was written)\n" in preview
    assert repaired.startswith("250 repaired, 350 unchanged\n")

    steps = {
        "ORD113 --set orderCurrency=KWD": "110 repaired, 490 unchanged",
        "ORD301 --substitute OLD-MOBILE-L=OFF-MOBILE-L": "120 repaired, 480 unchanged",
        "ORD123 --substitute 31.03.2026=2026-03-31T22:00:00Z": "100 repaired, 500 unchanged",
    }
    for options, outcome in steps.items():
        repaired = person(f"ordercli rejects fix {REJECTS} --code {options}")
        assert repaired.splitlines()[0] == outcome
        assert advice(repaired) == ["what is left", "send it again"]

    left = person(advised(repaired, "what is left"))

    assert groups(left) == by_hand
    assert advice(left) == ["repair many at once", "repair by hand"]

    edited = person(advised(left, "repair by hand"))

    assert edited.startswith("20 repaired, 580 unchanged\n")
    assert advice(edited) == ["send it again"]

    again = person(advised(edited, "send it again"))

    assert re.search(r"^600 of 600 orders queued in ", again, re.MULTILINE)
    assert advice(again) == ["create the orders"]

    created = person(advised(again, "create the orders"))
    status = person("ordercli queue status")
    states = person("ordercli list --group-by state")
    report = person("ordercli report")
    checked = person("ordercli db check")

    assert re.search(
        r"^20000 orders created in \S+ s, 0 failed, 0 to be tried again, 0 remaining$", created, re.MULTILINE
    )
    assert re.search(r"^completed +20000$", status, re.MULTILINE)
    assert states == "state  orders\nnew    20000\n"
    assert "\n20,000 taken in, 20,000 created, 0 failed\n" in report
    assert checked == "no fault found\n"
    assert external_ids(ordercli) == expected_ids()
    # All the work of the night, if every character is typed. Seven of the commands can be pasted from what is printed.
    assert (len(person.typed), sum(len(command) + 1 for command in person.typed)) == (15, 803)


def external_ids(ordercli: Ordercli) -> list[str]:
    """The external ids of all customer orders, sorted."""
    with closing(sqlite3.connect(ordercli.database)) as connection:
        return sorted(name for (name,) in connection.execute("SELECT external_id FROM customer_order"))


def expected_ids() -> list[str]:
    """The external ids of the night, those of conflicts as they are after the repair."""
    conflicts = {n + 1 for n in range(580 * 33, 592 * 33, 33)}
    return sorted(f"N-{n - 1}-B" if n in conflicts else f"N-{n}" for n in range(ORDERS))
