"""The runs of campaigns that were recorded one by one, and their sums in docs/reliability.md."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from faults.results import PAGE, replaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from faults.results import Result

FILE = Path(__file__).parent / "recorded.ndjson"
BEGIN, END = "<!-- recorded: written by `make faults` with --record -->", "<!-- end of the recorded runs -->"
COLUMNS = (
    "fault",
    "runs",
    "trials",
    "faults made",
    "lost",
    "twice",
    "other findings",
    "slowest recovery",
    "date and seed of each run",
)


class AlreadyRecordedError(Exception):
    """A run with this seed was recorded before; it would repeat the same trials."""


@dataclass(frozen=True)
class RecordedRun:
    """One run of one campaign: all columns of its line, and its seed."""

    fault: str
    date: str
    seed: int
    trials: int
    faults: int
    lost: int
    twice: int
    findings: int
    slowest: float

    @classmethod
    def of(cls, result: Result, seed: int) -> RecordedRun:
        """Return what is recorded of a finished run."""
        return cls(
            result.campaign.title,
            f"{datetime.now(UTC):%Y-%m-%d}",
            seed,
            result.trials,
            result.faults,
            result.lost,
            result.twice,
            result.findings,
            round(result.slowest, 1),
        )


def recorded_runs(file: Path = FILE) -> list[RecordedRun]:
    """Return every recorded run, the oldest first."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [RecordedRun(**json.loads(line)) for line in lines]


def refuse_seed(faults: Iterable[str], seed: int, file: Path = FILE) -> None:
    """Refuse to record a run of these campaigns whose seed was recorded before.

    Raises:
        AlreadyRecordedError: it was.
    """
    for fault in faults:
        if known := next((run for run in recorded_runs(file) if (run.fault, run.seed) == (fault, seed)), None):
            raise AlreadyRecordedError(f"{fault}: seed {seed} was recorded on {known.date}; choose another --seed")


def record(results: Iterable[Result], seed: int, file: Path = FILE, page: Path = PAGE) -> None:
    """Add runs that made a trial to the file, and write the sums into the page."""
    with file.open("a") as lines:
        lines.writelines(f"{json.dumps(asdict(RecordedRun.of(each, seed)))}\n" for each in results if each.trials)
    runs: defaultdict[str, list[RecordedRun]] = defaultdict(list)
    for run in recorded_runs(file):
        runs[run.fault].append(run)
    rows = [_row(fault, of_fault) for fault, of_fault in runs.items()]
    page.write_text(replaced(page.read_text(), BEGIN, END, COLUMNS, rows))


def _row(fault: str, runs: Sequence[RecordedRun]) -> list[str]:
    counts = (
        len(runs),
        sum(run.trials for run in runs),
        sum(run.faults for run in runs),
        sum(run.lost for run in runs),
        sum(run.twice for run in runs),
        sum(run.findings for run in runs),
    )
    slowest = f"{max(run.slowest for run in runs):.1f} s"
    return [fault, *(f"{count:,}" for count in counts), slowest, ", ".join(f"{run.date}: {run.seed}" for run in runs)]
