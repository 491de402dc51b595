"""The campaigns of forwarded orders in their short form."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

import pytest

from faults import forwarded_orders
from faults.forwarded_orders import NAIVE, to_a_plain_system, to_another_ordercli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from faults.campaign import Trial

ORDERS = 40


@pytest.fixture(autouse=True)
def short_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarded_orders, "LONGEST_LIFE_SECONDS", 3.0)


@pytest.mark.parametrize("campaign", [to_another_ordercli, to_a_plain_system])
def test_each_forwarded_order_is_there_once(tmp_path: Path, campaign: Callable[..., Trial]) -> None:
    trial = campaign(tmp_path, Random(3), ORDERS)  # noqa: S311 - so that it can be repeated

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())
    assert trial.faults > 1


def test_without_look_ups_orders_are_there_twice(tmp_path: Path) -> None:
    campaign = partial(to_a_plain_system, lookup=NAIVE)

    assert campaign(tmp_path, Random(3), ORDERS).twice > 0  # noqa: S311 - so that it can be repeated
