"""The fault suite in its short form: campaigns a few times, every failpoint once."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from faults import crowds, hard_orders, printed_hints, races, zombie_submitter
from faults.__main__ import MODULES, campaigns, turns
from faults.campaign import Campaign, Trial
from faults.failpoint_breaks import break_at
from faults.results import BEGIN, END, Result, write_page
from faults.scenarios import MARKS, scenarios
from faults.verification import site, verify, write_orders
from ordercli.failpoints import FORWARD_TRANSACTIONS, SERVER_TRANSACTIONS, names
from support.builders import is_service_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from faults.scenarios import Scenario

SHORT_RUN = 2
# Those of the other modules stand in test files of their own.
HERE = campaigns(MODULES[:5])
PATIENCE = 300
PLACES: dict[str, Scenario] = dict(reversed(scenarios()))
# tests/http kills servers at theirs, tests/forwarding what forwards orders.
OF_SERVERS = {
    f"{name}-{side}-commit" for name in (*SERVER_TRANSACTIONS, *FORWARD_TRANSACTIONS) for side in ("before", "after")
}


@pytest.mark.parametrize("campaign", [each for each in HERE if not each.is_control], ids=lambda each: each.fault)
def test_whatever_breaks_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path, campaign: Campaign) -> None:
    trials = []

    for n in range(SHORT_RUN):
        folder = tmp_path / str(n)
        folder.mkdir()
        trials.append(campaign.trial(folder, Random(n)))  # noqa: S311 - so that it can be repeated

    assert [(each.lost, each.twice, each.findings) for each in trials] == [(0, 0, ())] * SHORT_RUN


@pytest.mark.parametrize("campaign", [each for each in HERE if each.is_control], ids=lambda each: each.fault)
def test_a_control_loses_orders(tmp_path: Path, campaign: Campaign) -> None:
    def lost(n: int) -> int:
        folder = tmp_path / str(n)
        folder.mkdir()
        return campaign.trial(folder, Random(n)).lost  # noqa: S311

    assert any(lost(n) for n in range(PATIENCE))


def test_the_reckoning_sees_what_is_there_twice_and_what_is_not_there(tmp_path: Path) -> None:
    at = site(tmp_path)
    write_orders(at, "orders.ndjson", ["a", "b", "c"], anonymous=True)
    for _ in range(2):
        at.run("submit", "orders.ndjson")

    trial = verify(at, promised=["0" * 32], marks=["a", "PO-1"])

    assert (trial.lost, trial.twice, trial.findings) == (2, 3, ())


@pytest.mark.parametrize(
    "marks", [MARKS, crowds.MARKS, hard_orders.MARKS, printed_hints.MARKS, races.MARKS, zombie_submitter.BAD]
)
def test_campaigns_have_orders_of_both_kinds(marks: Sequence[str]) -> None:
    assert {is_service_order(mark) for mark in marks} == {True, False}


def test_every_failpoint_is_reached_by_a_scene() -> None:
    assert sorted(PLACES) == sorted(set(names()) - OF_SERVERS)


@pytest.fixture
def address(engine: str, place: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of the database of a scenario on a server; None if it is a file."""
    if engine == "sqlite":
        yield ""
        return
    with PLACES[place].provided(request.getfixturevalue("server")) as provided:
        yield provided


@pytest.mark.every_engine
@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_kill_at_a_failpoint_loses_nothing(tmp_path: Path, place: str, address: str) -> None:
    trial = break_at(tmp_path, place, PLACES[place], "kill", address)

    assert (trial.lost, trial.twice, trial.findings) == (0, 0, ())


def test_campaigns_come_forward_evenly() -> None:
    def nothing(_folder: Path, _rng: Random) -> Trial:
        return Trial()

    many, few = Result(Campaign("many", nothing, 4)), Result(Campaign("few", nothing, 2))

    order = [each.campaign.fault for each in turns([many, few], 1)]

    assert order == ["many", "few", "many", "many", "few", "many"]


def test_the_figures_replace_those_of_the_last_run(tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    result = Result(Campaign("a fault", lambda _folder, _rng: Trial(), 1))
    result.add("seed", Trial(recovery_seconds=0.25, faults=3))

    write_page([result], 7, 12.3, page)

    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\nThe last long run: ")
    assert text.endswith(f"|\n| a fault | 1 | 3 | 0 | 0 | 0 | 0.2 s |\n{END}\nafter\n")
    assert ", 12 minutes on " in text
    assert ", seed 7.\n" in text
