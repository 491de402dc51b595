from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults.campaign import Campaign, Trial
from faults.disk import Deleted, Made, Synced, Truncated, Written, after_cut
from faults.power_cut import CAMPAIGNS

if TYPE_CHECKING:
    from pathlib import Path

TRIALS = 8
PATIENCE = 300


@pytest.mark.parametrize("campaign", [each for each in CAMPAIGNS if not each.is_control], ids=lambda each: each.fault)
def test_what_was_told_outlives_a_power_cut(tmp_path: Path, campaign: Campaign) -> None:
    trials = [campaign.trial(tmp_path, Random(seed)) for seed in range(TRIALS)]  # noqa: S311

    assert [each._replace(recovery_seconds=0.0) for each in trials] == [Trial()] * TRIALS


@pytest.mark.parametrize("campaign", [each for each in CAMPAIGNS if each.is_control], ids=lambda each: each.fault)
def test_without_waiting_for_the_disk_orders_are_lost(tmp_path: Path, campaign: Campaign) -> None:
    assert any(campaign.trial(tmp_path, Random(seed)).lost for seed in range(PATIENCE))  # noqa: S311


OLD, NEW = b"old", b"new"


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([Written("a", 0, NEW), Synced("a")], [{"a": NEW}]),
        ([Written("a", 3, NEW), Synced("a")], [{"a": OLD + NEW}]),
        ([Truncated("a", 1), Synced("a")], [{"a": b"o"}]),
        ([Truncated("a", 1)], [{"a": OLD}, {"a": b"o"}]),
        ([Made("a-wal"), Written("a-wal", 0, NEW), Synced("a-wal")], [{"a": OLD, "a-wal": NEW}]),
        ([Made("a-wal"), Synced("a-wal")], [{"a": OLD, "a-wal": b""}]),
        ([Made("a-wal")], [{"a": OLD}, {"a": OLD, "a-wal": b""}]),
        ([Deleted("a", synced=True)], [{}]),
        ([Deleted("a", synced=False)], [{}, {"a": OLD}]),
        ([Deleted("a", synced=False), Made("a"), Synced("a")], [{}, {"a": OLD}, {"a": b""}]),
    ],
)
def test_a_disk_keeps_what_was_synced_and_any_part_of_the_rest(
    events: list[Written | Truncated | Synced | Made | Deleted], left: list[dict[str, bytes]]
) -> None:
    found = [after_cut({"a": OLD}, events, Random(seed)) for seed in range(100)]  # noqa: S311

    assert sorted({tuple(sorted(each.items())) for each in found}) == sorted(
        tuple(sorted(each.items())) for each in left
    )


def test_a_write_across_sectors_can_be_torn() -> None:
    before, page = {"a": bytes(1536)}, b"\1" * 1536

    found = {after_cut(before, [Written("a", 0, page)], Random(seed))["a"] for seed in range(200)}  # noqa: S311

    sectors = [bytes(512), b"\1" * 512]
    assert {a + b + c for a in sectors for b in sectors for c in sectors} <= found
