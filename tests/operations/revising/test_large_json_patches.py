"""A JSON Patch of many operations is applied in bounded time, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.operations.json_patch import JsonPatch
from ordercli.operations.json_patch_reading import read_operations
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from support.builders import Json


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "add", "path": "/x/0", "value": 1}] * 100_000,
        [{"op": "move", "from": "/b", "path": "/c"}, {"op": "move", "from": "/c", "path": "/b"}] * 200,
        [{"op": "add", "path": "/x/-", "value": 1}] * 100_000 + [{"op": "remove", "path": "/x/0"}] * 20_000,
    ],
    ids=["insertions", "moves", "removals"],
)
def test_a_patch_that_moves_too_much_is_refused_at_the_operation_that_is_too_many(operations: list[Json]) -> None:
    read = read_operations(operations)
    assert isinstance(read, JsonPatch)

    refused = read.patched({"x": [], "b": [[0]] * 100_000, "productOrderItem": []}, 10_000_000)

    assert isinstance(refused, Finding)
    assert refused.code == "ORD007"
    assert "the operations move too much, beginning with" in refused.message


def test_a_large_patch_that_moves_little_is_applied() -> None:
    operations = [{"op": "add", "path": "/note/-", "value": {"text": "x"}}] * 100_000 + [
        {"op": "add", "path": "/x/0", "value": 1}
    ] * 10_000
    read = read_operations(operations)
    assert isinstance(read, JsonPatch)

    result = read.patched({"x": [], "note": [], "productOrderItem": []}, 10_000_000)

    assert not isinstance(result, Finding)
    assert (len(result["note"]), len(result["x"])) == (100_000, 10_000)
