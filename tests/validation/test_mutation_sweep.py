"""Thousands of orders, each damaged in one way: `validate` finds that one fault, and nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Each module of damage adds its kinds to the lists.
from validation.damage import document, references, sense, service, shape  # noqa: F401
from validation.damage.kind import KINDS, SERVICE_KINDS, STANDARD_KINDS, damaged_orders

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli
    from validation.damage.kind import Kinds

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
SEED = 622

Found = dict[int, list[tuple[str, str]]]


def product_orders() -> list[Json]:
    return [json.loads(line) for line in (SAMPLES / "orders.ndjson").read_text("utf-8").splitlines()]


def service_orders() -> list[Json]:
    return [json.loads(line) for line in (SAMPLES / "service-orders.ndjson").read_text("utf-8").splitlines()]


def standard_service_orders() -> list[Json]:
    return [service.in_standard(order) for order in service_orders() if service.has_standard_actions(order)]


SWEEPS: dict[str, tuple[Kinds, int, str]] = {
    "product orders": (KINDS, 2_000, "servicenow"),
    "service orders": (SERVICE_KINDS, 1_000, "servicenow"),
    "service orders of TMF641": (STANDARD_KINDS, 1_000, "tmf641"),
}
ORDERS = dict(zip(SWEEPS, (product_orders, service_orders, standard_service_orders), strict=True))


@pytest.mark.parametrize("name", SWEEPS)
def test_every_damage_is_found_and_nothing_else(ordercli: Ordercli, tmp_path: Path, name: str) -> None:
    kinds, count, profile = SWEEPS[name]
    damaged = dict(enumerate(damaged_orders(kinds, ORDERS[name](), count, SEED), 1))
    file = tmp_path / "damaged.ndjson"
    file.write_bytes(b"".join(each.data + b"\n" for _, each in damaged.values()))

    options = ("--profile", profile, "--reference", str(SAMPLES / "reference.ndjson"), "--fail-on", "warning")
    result = ordercli("validate", str(file), *options, "-o", "ndjson")

    found: Found = defaultdict(list)
    for each in result.ndjson:
        found[each["record"]].append((each["code"], each["pointer"]))
    wrong = {
        f"{damage}, line {n}": (found[n], [(each.code, each.pointer)])
        for n, (damage, each) in damaged.items()
        if found[n] != [(each.code, each.pointer)]
    }
    assert wrong == {}
    assert result.exit_code == 1
    assert result.stderr == ""


@pytest.mark.parametrize("name", SWEEPS)
def test_there_are_at_least_thirty_kinds_of_damage(name: str) -> None:
    assert len(SWEEPS[name][0]) >= 30


def test_the_orders_in_words_of_the_standard_are_sound(ordercli: Ordercli, tmp_path: Path) -> None:
    file = tmp_path / "standard.ndjson"
    file.write_bytes(b"".join(json.dumps(order).encode() + b"\n" for order in standard_service_orders()))

    reference = str(SAMPLES / "reference.ndjson")
    result = ordercli("validate", str(file), "--profile", "tmf641", "--reference", reference, "-o", "ndjson")

    assert (result.exit_code, result.ndjson) == (0, [])
