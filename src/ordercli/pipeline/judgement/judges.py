"""Who judges the orders of a run: this process, or a crew of others."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.database.connection import exists, read_database
from ordercli.database.transaction import snapshot
from ordercli.pipeline.judgement.judging import judge_all, rulebook
from ordercli.pipeline.loading.reference_data import coverage, reference_data
from ordercli.pipeline.runs.processors import most_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.intake.record import Record
    from ordercli.pipeline.judgement.crew import Crew
    from ordercli.pipeline.judgement.judging import Judged
    from ordercli.pipeline.judgement.standard import Standard
    from ordercli.settings import Settings
    from ordercli.validation.rulebook import Rulebook

SMALLEST_INPUT = 4 * 1024 * 1024


class Judge:
    """Judges batches by itself, with a connection of its own where there is a database to look references up in."""

    def __init__(self, database: str | None, settings: Settings, *, lint: bool | None) -> None:
        self._connection = read_database(database) if database and exists(database) else None
        self._settings = settings
        self._lint = lint
        self._reference = reference_data(self._connection, settings) if self._connection else None
        self.coverage = coverage(self._reference, settings)
        self._rulebooks: dict[Standard, Rulebook] = {}

    def judge(self, batches: Iterator[tuple[Standard, list[Record]]]) -> Iterator[list[Judged]]:
        """Return the batches, judged, as a crew gives them back."""
        return (self.judge_batch(records, standard) for standard, records in batches)

    def judge_batch(self, records: list[Record], standard: Standard) -> list[Judged]:
        """Judge a batch by the rules of this standard."""
        book = self._rulebooks.get(standard)
        if book is None:
            profile, mode = standard
            book = rulebook(self._settings, mode=mode, profile=profile, lint=self._lint, reference=self._reference)
            self._rulebooks[standard] = book
        if self._connection is None:
            return judge_all(records, book, None)
        with snapshot(self._connection):
            return judge_all(records, book, self._reference)

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()


@contextmanager
def judges(size: int, database: str | None, settings: Settings, *, lint: bool | None) -> Iterator[Crew | None]:
    """A crew of so many; None for one, which is this process itself. To be called before a database is opened."""
    if size <= 1:
        yield None
        return
    from ordercli.pipeline.judgement.crew import crew  # noqa: PLC0415 - most runs need no other process

    def apart() -> Callable[[list[Record], Standard], list[Judged]]:
        return Judge(database, settings, lint=lint).judge_batch

    with crew(size, apart) as found:
        yield found


def crew_size(jobs: int | None, input_bytes: int | None) -> int:
    """How many processes judge: as many as were asked for, else as the input is worth (a pipe does not tell)."""
    if jobs is not None:
        return jobs
    is_large = input_bytes is not None and input_bytes >= SMALLEST_INPUT
    return most_processes() if is_large else 1
