"""Messages count one thing in the singular."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ordercli
from ordercli.counted import counted

SOURCE = Path(ordercli.__file__).parent
# A value in a text, and after it the plural of what is counted. A constant (`MOST`) is never 1, types and states are
# no numbers.
COUNT = re.compile(
    r"\{(?![A-Z_]*MOST)(?!counted\()[^{}]*(?<!type)(?<!states)\}"
    r" (orders|entries|records|rows|requests|groups|subscriptions|faults|batches|files|types) "
)


@pytest.mark.parametrize(
    ("number", "names", "text"),
    [
        (0, ("order",), "0 orders"),
        (1, ("order",), "1 order"),
        (2, ("order",), "2 orders"),
        (1, ("entry is", "entries are"), "1 entry is"),
        (20, ("entry is", "entries are"), "20 entries are"),
    ],
)
def test_one_thing_is_in_the_singular(number: int, names: tuple[str, ...], text: str) -> None:
    assert counted(number, *names) == text


def test_no_message_counts_in_the_plural_alone() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {line.strip()}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if COUNT.search(line)
    ]

    assert found == []
