"""Every fault that an order can have: its words, its pointer, its line and column, and nothing else."""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from ordercli.resources.all_rules import all_rules
from ordercli.resources.product_order.profiles import ONLY_V5
from ordercli.resources.resource import Limits
from support.builders import Json, encoded, line, product_order
from support.running import Ordercli
from validation.findings import short_findings

FOLDER = Path(__file__).with_name("faults")
GOOD = (FOLDER / "order.json").read_text("utf-8")
CASES: list[Json] = tomllib.loads((FOLDER / "cases.toml").read_text("utf-8"))["case"]


def document(case: Json) -> bytes:
    """The bytes of a bad order."""
    match case:
        case {"replace": [old, new]}:
            assert GOOD.count(old) == 1, old
            text = GOOD.replace(old, new)
        case {"text": text}:
            pass
        case _:
            return encoded(
                edited(deepcopy(product_order()), json.loads(case.get("set", "{}")), case.get("without", ()))
            )
    return str(text).encode(case.get("encoding", "utf-8"))


def edited(order: Any, values: Json, gone: list[str]) -> Any:
    """The order with these values at these pointers, and without the members at the others."""
    for pointer in [*values, *gone]:
        *path, last = (int(name) if name.isdigit() else name for name in pointer.split("/")[1:])
        holder = order
        for name in path:
            holder = holder[name]
        if pointer in values:
            holder[last] = values[pointer]
        else:
            del holder[last]
    return order


def with_reference(case: Json) -> bool:
    """Whether the order is read with reference data."""
    return bool(case.get("reference", "replace" in case or "text" in case))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory, fresh_database: Path) -> list[list[Any]]:
    """What `validate` tells of each order, with reference data or without."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "ordercli.toml").write_text((FOLDER / "ordercli.toml").read_text())
    command = Ordercli(folder, str(fresh_database))
    found: list[list[Any]] = [[] for _ in CASES]
    for name, options in (("True", ["--reference", str(FOLDER / "reference.ndjson")]), ("False", [])):
        (folder / name).mkdir()
        for n, case in enumerate(CASES):
            if str(with_reference(case)) == name:
                (folder / name / f"{n}.json").write_bytes(document(case))
        for each in command.process("validate", str(folder / name), *options, "-o", "ndjson").ndjson:
            members = ("code", "severity", "pointer", "message", "line", "column")
            found[int(Path(each["file"]).stem)].append([each[member] for member in members])
    return found


@pytest.mark.parametrize(
    "n", range(len(CASES)), ids=[f"{case['finds'][0][0]} {case.get('name', n)}" for n, case in enumerate(CASES)]
)
def test_a_fault_is_reported_with_its_words_and_its_place(n: int, reported: list[list[Any]]) -> None:
    expected = CASES[n]["finds"]

    assert [found[: len(wanted)] for found, wanted in zip(reported[n], expected, strict=True)] == expected


def test_every_rule_for_orders_is_in_the_table() -> None:
    # Those of TMF622 v5 alone are in test_v5_rules.
    codes = {rule.code for rule in all_rules().values() if rule.bad is not None and rule.profiles != ONLY_V5}

    assert {finding[0] for case in CASES for finding in case["finds"]} == codes


def test_an_array_is_no_order_and_one_of_arrays_may_be_too_deep() -> None:
    # In a file, an array holds orders.
    assert short_findings(b"[]") == [("ORD008", "", "Not an object: an order is a JSON object, not an array")]
    assert short_findings(b"[" * 65 + b"]" * 65) == [("ORD007", "", "Too large: nested deeper than 64 levels")]


def test_an_order_over_the_limit_of_its_mode_says_what_to_do() -> None:
    order = product_order(items=[line("1"), line("2")])
    limits = Limits(max_items_sync=1, max_items_async=1)

    assert short_findings(order, mode="sync", limits=limits) == [
        (
            "ORD210",
            "/productOrderItem",
            "2 line items are more than limits.max_items_sync = 1 allows; submit it with --async",
        )
    ]
    assert short_findings(order, mode="async", limits=limits) == [
        ("ORD210", "/productOrderItem", "2 line items are more than limits.max_items_async = 1 allows")
    ]
    assert short_findings(order, mode="sync", limits=Limits(max_items_async=1)) == []
