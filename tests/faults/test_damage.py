from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults.campaign import Trial
from faults.damage import CAMPAIGNS

if TYPE_CHECKING:
    from pathlib import Path

    from faults.campaign import Campaign

TRIALS = 4


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda each: each.fault)
def test_damage_is_reported_in_a_line_and_never_taken_for_an_order(tmp_path: Path, campaign: Campaign) -> None:
    trials = [campaign.trial(tmp_path, Random(seed)) for seed in range(TRIALS)]  # noqa: S311

    assert trials == [Trial()] * TRIALS
