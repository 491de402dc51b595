"""The campaigns of the server in their short form."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults import idle_connections
from faults.served_orders import CAMPAIGNS

if TYPE_CHECKING:
    from pathlib import Path

    from faults.campaign import Campaign


PATIENCE = 20


@pytest.mark.parametrize("campaign", [each for each in CAMPAIGNS if not each.is_control], ids=lambda each: each.fault)
def test_what_a_server_has_acknowledged_is_kept(tmp_path: Path, campaign: Campaign) -> None:
    trial = campaign.trial(tmp_path, Random(7))  # noqa: S311 - so that it can be repeated

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())


@pytest.mark.parametrize("campaign", [each for each in CAMPAIGNS if each.is_control], ids=lambda each: each.fault)
def test_a_server_that_is_broken_on_purpose_loses_orders(tmp_path: Path, campaign: Campaign) -> None:
    def lost(n: int) -> int:
        folder = tmp_path / str(n)
        folder.mkdir()
        return campaign.trial(folder, Random(n)).lost  # noqa: S311 - so that it can be repeated

    assert any(lost(n) for n in range(PATIENCE))


def test_idle_connections_keep_nobody_out(tmp_path: Path) -> None:
    trial = idle_connections.crowd(tmp_path, Random(7), connections=1_000)  # noqa: S311

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())
