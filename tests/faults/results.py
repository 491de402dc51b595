"""The results of campaigns: as a table on the screen, and in docs/reliability.md."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from ordercli.database.sqlite import sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from faults.campaign import Campaign, Trial

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: written by `make faults` -->", "<!-- end of the figures -->"
COLUMNS = ("fault", "trials", "faults made", "lost", "twice", "other findings", "slowest recovery")


@dataclass
class Result:
    """A campaign and its trials so far; `suspects` are trials that were not clean, with the seed of each."""

    campaign: Campaign
    trials: int = 0
    faults: int = 0
    lost: int = 0
    twice: int = 0
    findings: int = 0
    slowest: float = 0.0
    suspects: list[tuple[str, Trial]] = field(default_factory=list)

    def add(self, seed: str, trial: Trial) -> None:
        """Count a trial."""
        self.trials += 1
        self.faults += trial.faults
        self.lost += trial.lost
        self.twice += trial.twice
        self.findings += len(trial.findings)
        self.slowest = max(self.slowest, trial.recovery_seconds)
        if not trial.is_clean:
            self.suspects.append((seed, trial))

    @property
    def is_as_expected(self) -> bool:
        """Return whether nothing was lost; a control must have lost something, or have it twice."""
        return bool(self.lost or self.twice) if self.campaign.is_control else not self.suspects

    def row(self) -> list[str]:
        """Return the cells of its line."""
        counts = (self.trials, self.faults, self.lost, self.twice, self.findings)
        return [self.campaign.title, *(f"{count:,}" for count in counts), f"{self.slowest:.1f} s"]


def table(results: Iterable[Result]) -> Table:
    """Return all results as a table for the screen."""
    made = Table(header_style="bold")
    for name in COLUMNS:
        made.add_column(name, no_wrap=True, justify="left" if name == "fault" else "right")
    for each in results:
        made.add_row(*each.row(), style=None if each.is_as_expected else "red")
    return made


def write_page(results: Sequence[Result], seed: int, minutes: float, page: Path = PAGE) -> None:
    """Replace the figures in the page by those of a whole run."""
    when = f"{datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes on {_machine()}, seed {seed}"
    rows = [each.row() for each in results]
    page.write_text(replaced(page.read_text(), BEGIN, END, COLUMNS, rows, above=f"The last long run: {when}.\n\n"))


def replaced(
    text: str, begin: str, end: str, columns: Sequence[str], rows: Iterable[Sequence[str]], above: str = ""
) -> str:
    """Return a page with a new text and table between two marks."""
    head, rest = text.split(begin)
    tail = rest.split(end)[1]
    table_lines = [f"| {' | '.join(row)} |\n" for row in (columns, ["---"] * len(columns), *rows)]
    return f"{head}{begin}\n{above}{''.join(table_lines)}{end}{tail}"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = f"Python {platform.python_version()}, SQLite {sqlite.sqlite_version}"
    return f"{os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()}, {versions}"
