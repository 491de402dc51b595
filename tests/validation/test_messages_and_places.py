"""Every fault that an order can have: its words, its pointer, its line and column, as the contract has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ordercli.resources.all_rules import RULES
from support.running import Ordercli
from validation.faults import document, references, sense, shape
from validation.faults.order import RECORDS, SETTINGS, Broken, Fault

FAULTS: Broken = {**document.FAULTS, **shape.FAULTS, **sense.FAULTS, **references.FAULTS}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> dict[str, list[Fault]]:
    """What one run of validate tells of each file."""
    folder = tmp_path_factory.mktemp("faults")
    orders = folder / "orders"
    orders.mkdir()
    for name, (data, *_) in FAULTS.items():
        (orders / f"{name}.json").write_bytes(data)
    (folder / "reference.ndjson").write_text("".join(f"{json.dumps(record)}\n" for record in RECORDS))
    (folder / "ordercli.toml").write_text(SETTINGS)
    command = Ordercli(folder, str(fresh_database))
    result = command.process("validate", str(orders), "--reference", str(folder / "reference.ndjson"), "-o", "ndjson")
    found: dict[str, list[Fault]] = {name: [] for name in FAULTS}
    for each in result.ndjson:
        found[Path(each["file"]).stem].append(Fault(*(each[member] for member in Fault._fields)))
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_words_and_its_place(name: str, told: dict[str, list[Fault]]) -> None:
    _, *expected = FAULTS[name]

    assert told[name] == expected


def test_every_rule_for_orders_is_in_the_table() -> None:
    codes = {rule.code for rule in RULES if rule.bad is not None}

    assert {fault.code for _, *faults in FAULTS.values() for fault in faults} == codes
