"""The seeds of the fuzzers, and all that once broke a target, hold what the targets ask for."""

from __future__ import annotations

from importlib import import_module

import pytest

from fuzz.__main__ import TARGETS, found_inputs


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_and_every_input_that_was_found_is_handled(name: str) -> None:
    target = import_module(f"fuzz.{name}")

    inputs = [*target.seeds(), *found_inputs(name)]

    assert inputs
    for each in inputs:
        target.check(each)
