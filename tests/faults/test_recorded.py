from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from faults.campaign import Campaign, Trial
from faults.recorded import BEGIN, COLUMNS, END, AlreadyRecordedError, record, recorded_runs, refuse_seed
from faults.results import Result

if TYPE_CHECKING:
    from pathlib import Path


def nothing(_folder: Path, _rng: object) -> Trial:
    return Trial()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    made = tmp_path / "reliability.md"
    made.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    return made


def result(*trials: Trial, fault: str = "kills") -> Result:
    made = Result(Campaign(fault, nothing, 1))
    for trial in trials:
        made.add("", trial)
    return made


def test_recorded_runs_add_up(tmp_path: Path, page: Path) -> None:
    file = tmp_path / "recorded.ndjson"

    record([result(Trial(faults=20, recovery_seconds=0.5), Trial(faults=900))], 7, file, page)
    record([result(Trial(1, 2, 1.25, ("odd",), 300)), result(fault="never tried")], 8, file, page)

    runs = recorded_runs(file)
    assert [replace(run, date="") for run in runs] == [
        replace(runs[0], date="", seed=7, trials=2, faults=920, lost=0, twice=0, findings=0, slowest=0.5),
        replace(runs[0], date="", seed=8, trials=1, faults=300, lost=1, twice=2, findings=1, slowest=1.2),
    ]
    seeds = f"{runs[0].date}: 7, {runs[1].date}: 8"
    assert page.read_text() == (
        f"before\n{BEGIN}\n| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}\n"
        f"| kills | 2 | 3 | 1,220 | 1 | 2 | 1 | 1.2 s | {seeds} |\n{END}\nafter\n"
    )


def test_a_seed_counts_once_for_a_campaign(tmp_path: Path, page: Path) -> None:
    file = tmp_path / "recorded.ndjson"
    record([result(Trial())], 7, file, page)

    refuse_seed(["kills"], 8, file)
    refuse_seed(["others"], 7, file)
    with pytest.raises(AlreadyRecordedError) as refused:
        refuse_seed(["others", "kills"], 7, file)

    date = json.loads(file.read_text())["date"]
    assert str(refused.value) == f"kills: seed 7 was recorded on {date}; choose another --seed"
