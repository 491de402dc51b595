"""The campaigns of the server in their short form."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults.served_orders import CAMPAIGNS

if TYPE_CHECKING:
    from pathlib import Path

    from faults.campaign import Campaign


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda each: each.fault)
def test_what_a_server_has_acknowledged_is_kept(tmp_path: Path, campaign: Campaign) -> None:
    trial = campaign.trial(tmp_path, Random(7))  # noqa: S311 - so that it can be repeated

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())
