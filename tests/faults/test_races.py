"""A short form of the races, on both engines; `make faults` runs the long form."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults.races import RACES

if TYPE_CHECKING:
    from pathlib import Path

SHORT_RUN = 1


@pytest.mark.every_engine
@pytest.mark.parametrize("fault", RACES)
@pytest.mark.parametrize("n", range(SHORT_RUN))
def test_whoever_wins_nothing_is_lost_or_done_twice_and_every_receipt_holds(
    tmp_path: Path, engine: str, database: str, fault: str, n: int
) -> None:
    race, _ = RACES[fault]
    folder = tmp_path / "site"
    folder.mkdir()

    trial = race(folder, Random(n), database if engine == "postgresql" else "")  # noqa: S311 - can be repeated

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())
