from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from faults.printed_hints import SITUATIONS, follow_the_hints, printed_commands


@pytest.mark.parametrize("name", SITUATIONS)
def test_commands_that_are_printed_work_when_they_are_pasted_and_do_nothing_twice(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "my orders"
    folder.mkdir()

    trial = follow_the_hints(folder, Random(0), "", SITUATIONS[name])  # noqa: S311 - nothing is left to chance here

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("hint: run `ordercli db check`, then `ordercli db info`", ["ordercli db check", "ordercli db info"]),
        ("  to submit them again: ordercli submit 'a b' --async", ["ordercli submit 'a b' --async"]),
        ("12 orders of ordercli were queued", []),
    ],
)
def test_commands_are_found_where_they_are_printed(text: str, commands: list[str]) -> None:
    assert printed_commands(text) == commands
