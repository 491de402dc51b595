"""Two thousand orders, each damaged in one way: `validate` finds that one fault, and nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Each module of damage adds its kinds to the list.
from validation.damage import document, references, sense, shape  # noqa: F401
from validation.damage.kind import KINDS, damaged_orders

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
COUNT = 2_000
SEED = 622

Found = dict[int, list[tuple[str, str]]]


def test_every_damage_is_found_and_nothing_else(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = [json.loads(line) for line in (SAMPLES / "orders.ndjson").read_text("utf-8").splitlines()]
    damaged = dict(enumerate(damaged_orders(orders, COUNT, SEED), 1))
    file = tmp_path / "damaged.ndjson"
    file.write_bytes(b"".join(each.data + b"\n" for _, each in damaged.values()))

    reference = str(SAMPLES / "reference.ndjson")
    result = ordercli("validate", str(file), "--reference", reference, "--fail-on", "warning", "-o", "ndjson")

    found: Found = defaultdict(list)
    for each in result.ndjson:
        found[each["record"]].append((each["code"], each["pointer"]))
    wrong = {
        f"{name}, line {n}": (found[n], [(each.code, each.pointer)])
        for n, (name, each) in damaged.items()
        if found[n] != [(each.code, each.pointer)]
    }
    assert wrong == {}
    assert result.exit_code == 1
    assert result.stderr == ""


def test_there_are_at_least_thirty_kinds_of_damage() -> None:
    assert len(KINDS) >= 30
