from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults.printed_hints import SITUATIONS, follow_the_hints, printed_commands

if TYPE_CHECKING:
    from pathlib import Path

    from support.servers import Server


@pytest.mark.parametrize("name", SITUATIONS)
def test_commands_that_are_printed_work_when_they_are_pasted_and_do_nothing_twice(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "my orders"
    folder.mkdir()

    trial = follow_the_hints(folder, Random(0), "", SITUATIONS[name])  # noqa: S311 - nothing is left to chance here

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())


@pytest.mark.parametrize("name", ["orders for the queue are refused", "queued orders have failed"])
def test_commands_that_are_printed_name_the_server(tmp_path: Path, server: Server, name: str) -> None:
    address = server.database()

    trial = follow_the_hints(tmp_path, Random(0), address, SITUATIONS[name])  # noqa: S311

    server.give_back(address)
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
