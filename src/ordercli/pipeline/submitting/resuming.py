"""A run of submit that broke off is taken up where its last commit left it."""

from __future__ import annotations

import json
from contextlib import closing
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.connection import open_database
from ordercli.database.damage import reading
from ordercli.database.transaction import transaction
from ordercli.errors import ConflictError, NotFoundError, OrdercliError, TryAgainError
from ordercli.inbound import batches
from ordercli.inbound.states import BatchStatus
from ordercli.intake.record import STDIN
from ordercli.pipeline.outcomes.rejects import Rejects, Wanted, refuse_to_continue
from ordercli.pipeline.submitting.submission import RejectLimit, Run, Submission
from ordercli.pipeline.submitting.submit import submit
from ordercli.pipeline.submitting.workplace import Audience, Workplace, workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.inbound.batches import BatchView
    from ordercli.intake.detect import InputFormat
    from ordercli.settings import Settings

SEND_AGAIN = "submit the same input again: orders that have an externalId are known"


class ResumeWith(NamedTuple):
    """What a later process must know: where the paths begin, the options, and each file's size and time (ns)."""

    folder: str
    input_format: InputFormat | None
    lint: bool
    max_rejects: int | None
    max_reject_percent: str | float | None  # a number where an older ordercli wrote it
    files: dict[str, list[int]]
    fail_fast: bool = False

    @classmethod
    def of(cls, run: Run, inputs: Sequence[str]) -> ResumeWith:
        """What to keep of a run that begins."""
        files = {file: _mark(file) if file != STDIN and Path(file).is_file() else [] for file in inputs}
        percent = None if run.limit.percent is None else str(run.limit.percent)
        return cls(str(Path.cwd()), run.input_format, run.lint, run.limit.count, percent, files, run.fail_fast)

    def as_text(self) -> str:
        """As the batch keeps it."""
        return json.dumps(self)

    def limit(self) -> RejectLimit:
        """The limit of the first run."""
        percent = None if self.max_reject_percent is None else Decimal(str(self.max_reject_percent))
        return RejectLimit(self.max_rejects, percent)

    def inputs(self) -> list[str]:
        """The files, as they are reached from here.

        Raises:
            ConflictError: a file was changed, or cannot be read a second time.
        """
        if STDIN in self.files:
            raise ConflictError("Standard input cannot be read a second time", hint=SEND_AGAIN)
        for file, mark in self.files.items():
            path = self.from_here(file)
            if not mark:
                raise ConflictError(f"{path} is a pipe, and cannot be read a second time", hint=SEND_AGAIN)
            if not Path(path).exists() or _mark(path) != mark:
                raise ConflictError(f"{path} was changed since the batch began", hint=SEND_AGAIN)
        return [self.from_here(file) for file in self.files]

    def from_here(self, path: str) -> str:
        """A path of the first run, as this process has to write it."""
        return path if self.folder == str(Path.cwd()) else str(Path(self.folder) / path)


def _mark(file: str) -> list[int]:
    status = Path(file).stat()
    return [status.st_size, status.st_mtime_ns]


def resume_batch(
    database: str,
    batch_id: str,
    settings: Settings,
    *,
    limit: RejectLimit | None = None,
    rejects: Wanted = None,
    audience: Audience | None = None,
) -> Submission:
    """Read on where a batch was left, with the options of its run.

    `limit` replaces its limit and its --fail-fast, `rejects` its rejects file.

    Raises:
        NotFoundError: there is no such batch.
        ConflictError: it was completed, its input was changed, or was standard input; its rejects went to a pipe.
        TryAgainError: its run still goes on.
    """
    with workplace(database, settings, audience or Audience()) as place:
        batch = batches.by_id(place.connection, batch_id)
        if batch is None:
            raise NotFoundError(f"No batch has the id {batch_id!r}", hint="see `ordercli batch list`")
        if batch.status == BatchStatus.COMPLETED:
            raise ConflictError(f"Batch {batch_id} was completed at {batch.finished_at}; nothing is left to read")
        kept = _kept(batch)
        run = Run(
            mode=batch.mode,
            source=batch.source,
            inputs=batches.input_paths(batch),
            actor=settings.acting,
            track_id=batch.track_id,
            limit=limit or kept.limit(),
            fail_fast=kept.fail_fast and limit is None,
            input_format=kept.input_format,
            lint=kept.lint,
        )
        return take_up(place, batch, run, kept.inputs(), rejects)


def inputs_of(database: str, batch_id: str) -> list[str]:
    """The inputs that going on with a batch would read; none where it cannot be gone on with."""
    try:
        with closing(open_database(database)) as connection:
            batch = batches.by_id(connection, batch_id)
            return _kept(batch).inputs() if batch else []
    except OrdercliError:
        return []


def _kept(batch: BatchView) -> ResumeWith:
    if batch.resume_with is None:
        raise ConflictError(f"Batch {batch.id} was begun by an older ordercli, which kept no way to resume it")
    with reading(f"what batch {batch.id} keeps to be resumed"):
        return ResumeWith(*json.loads(batch.resume_with))


def take_up(place: Workplace, batch: BatchView, run: Run, inputs: Sequence[str], wanted: Wanted = None) -> Submission:
    """Make the batch ours, pass over what was read of the inputs, and go on.

    Raises:
        ConflictError: its rejects went to a pipe or a device.
        TryAgainError: the run that reads the batch still lives.
        UsageError: the rejects file that is wanted is there already.
    """
    path = rejects_path(batch)
    refuse_to_continue(path, batch.id, wanted)
    _make_ours(place, batch)
    rejects = Rejects.continued(batch.rejects._replace(path=path), wanted)
    result = Submission(batch.id, run, batch.profile, counts=batch.counts, before=batch.counts)
    unread = islice(place.records(run, inputs), batch.read, None)
    judged = place.judged(unread, place.rulebook(run, batch.profile))
    return submit(place.connection, judged, result, rejects, place.stop, place.audience.listeners, place.inventory)


def rejects_path(batch: BatchView) -> str | None:
    """Return the rejects file of a batch, as it is reached from the current folder."""
    if batch.rejects_file is None or batch.resume_with is None:
        return batch.rejects_file
    return _kept(batch).from_here(batch.rejects_file)


def _make_ours(place: Workplace, batch: BatchView) -> None:
    with transaction(place.connection, "submit-resume"):
        current = batches.by_id(place.connection, batch.id)
        read_by = current.worker if current and current.status == BatchStatus.PROCESSING else None
        if read_by and not place.worker.is_gone(read_by):
            raise TryAgainError(f"Batch {batch.id} is being read by another process ({read_by})")
        if current is None or current.counts != batch.counts:
            raise TryAgainError(f"Batch {batch.id} has just been taken up by another process")
        batches.take_over(place.connection, batch, place.worker.name)
