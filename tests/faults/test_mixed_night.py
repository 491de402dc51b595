"""The night with both kinds of order in its short form."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults.mixed_night import mixed_night

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.every_engine


def test_a_mixed_file_is_created_once_each_whatever_is_killed(tmp_path: Path, database: str, engine: str) -> None:
    address = database if engine == "postgresql" else ""
    folder = tmp_path / "night"
    folder.mkdir()

    trial = mixed_night(folder, Random(1), address, orders=400)  # noqa: S311 - so that it can be repeated

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())
    assert trial.faults > 2
