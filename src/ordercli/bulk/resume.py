"""A run of submit that broke off is taken up where its last commit left it."""

from __future__ import annotations

import json
from contextlib import closing
from decimal import Decimal
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ordercli.bulk.batches import Followers, RunBatches, SubmitContext, context_of, submit_context
from ordercli.bulk.rejects_file import RejectsFile, Wanted, refuse_to_continue
from ordercli.bulk.submission import SEND_AGAIN, Origin, RejectLimit, Run, Submission
from ordercli.bulk.submit import submit
from ordercli.database.faults import reading
from ordercli.database.opening import open_database
from ordercli.database.store import transaction
from ordercli.errors import ConflictError, NotFoundError, OrdercliError, TryAgainError
from ordercli.intake.inputs import current_folder
from ordercli.intake.record import STDIN
from ordercli.operations.contexts import Context, Contexts, RunOptions
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.reader import InputFormat
    from ordercli.intake.record import Record
    from ordercli.queue.batches import BatchView
    from ordercli.resources.resource import Mode
    from ordercli.settings import ProfileName, Settings


class ResumeWith(NamedTuple):
    """What a later process must know: where the paths begin, the options, and each file's size and time (ns)."""

    folder: str
    input_format: InputFormat | None
    lint: bool
    max_rejects: int | None
    max_reject_percent: str | float | None  # a number where an older ordercli wrote it
    files: dict[str, list[int]]
    fail_fast: bool = False
    # Source, profile and mode; None if an older ordercli wrote the batch.
    options: tuple[str, ProfileName, Mode] | None = None
    stated: tuple[str, ...] = ()
    override_context: bool = False

    @classmethod
    def of(cls, run: Run, profile: ProfileName, inputs: Sequence[str]) -> ResumeWith:
        """What to keep of a run that begins."""
        files = {file: _mark(file) if file != STDIN and Path(file).is_file() else [] for file in inputs}
        percent = None if run.limit.percent is None else str(run.limit.percent)
        return cls(
            folder=str(current_folder()),
            input_format=run.input_format,
            lint=run.lint,
            max_rejects=run.limit.count,
            max_reject_percent=percent,
            files=files,
            fail_fast=run.fail_fast,
            options=(run.source, profile, run.mode),
            stated=run.stated,
            override_context=run.override_context,
        )

    def as_text(self) -> str:
        """As the batch keeps it."""
        return json.dumps(self)

    def limit(self) -> RejectLimit:
        """The limit of the first run."""
        percent = None if self.max_reject_percent is None else Decimal(str(self.max_reject_percent))
        return RejectLimit(self.max_rejects, percent)

    def given(self, batch: BatchView) -> RunOptions:
        """Return the options of the first run."""
        source, profile, mode = self.options or (batch.source, batch.profile, batch.mode)
        return RunOptions(Context("submit", source, profile, mode), tuple(self.stated), self.override_context)

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
        return path if self.folder == str(current_folder()) else str(Path(self.folder) / path)


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
    audience: Followers | None = None,
) -> Submission:
    """Read on where a batch was left, with the options of its run.

    `limit` replaces its limit and its --fail-fast, `rejects` its rejects file.

    Raises:
        NotFoundError: there is no such batch.
        ConflictError: it was completed, its input was changed, or was standard input; its rejects went to a pipe.
        TryAgainError: its run still goes on.
    """
    with submit_context(database, settings, audience or Followers()) as place:
        batch = batches.by_id(place.connection, batch_id)
        if batch is None:
            raise NotFoundError(f"No batch has the id {batch_id!r}", hint="see `ordercli batch list`")
        if batch.status == BatchStatus.COMPLETED:
            raise ConflictError(f"Batch {batch_id} was completed at {batch.finished_at}; nothing is left to read")
        kept = _kept(batch)
        given = kept.given(batch)
        run = Run(
            mode=given.options.mode,
            source=given.options.source or "",
            inputs=batches.input_paths(batch),
            actor=settings.acting,
            track_id=batch.track_id,
            limit=limit or kept.limit(),
            fail_fast=kept.fail_fast and limit is None,
            input_format=kept.input_format,
            lint=kept.lint,
            stated=given.stated,
            override_context=given.override,
        )
        return take_up(place, batch, run, given, kept.inputs(), rejects)


def files_of(database: str, batch_id: str) -> tuple[list[str], str | None]:
    """Return what going on with a batch would read, and its rejects file; nothing where it cannot be gone on with."""
    try:
        with closing(open_database(database)) as connection:
            batch = batches.by_id(connection, batch_id)
            return (_kept(batch).inputs(), rejects_path(_with_rejects(connection, batch))) if batch else ([], None)
    except OrdercliError:
        return [], None


def _with_rejects(connection: Store, batch: BatchView) -> BatchView:
    """Return the batch that knows the rejects file of its run, which all its batches share."""
    return max(batches.of_run(connection, batch.part_of or batch.id), key=attrgetter("rejects_bytes"))


def _kept(batch: BatchView) -> ResumeWith:
    if batch.resume_with is None:
        raise ConflictError(f"Batch {batch.id} was begun by an older ordercli, which kept no way to resume it")
    with reading(f"what batch {batch.id} keeps to be resumed"):
        return ResumeWith(*json.loads(batch.resume_with))


def take_up(
    place: SubmitContext, batch: BatchView, run: Run, given: RunOptions, inputs: Sequence[str], wanted: Wanted = None
) -> Submission:
    """Make the batches of the run ours, pass over what was read of the inputs, and go on.

    Raises:
        ConflictError: the rejects went to a pipe or a device.
        TryAgainError: the run that reads the batch still lives.
        UsageError: the rejects file that is wanted is there already.
    """
    found = batches.of_run(place.connection, batch.part_of or batch.id)
    last = _with_rejects(place.connection, batch)
    path = rejects_path(last)
    refuse_to_continue(path, batch.id, wanted)
    _make_ours(place, {each.id: each.counts for each in found} | {batch.id: batch.counts})
    contexts = Contexts(place.connection, given)
    origin = Origin(place.worker.name, batch.input_sha256, batch.resume_with)
    parts = RunBatches(place, run, contexts, origin, RejectsFile.continued(last.rejects._replace(path=path), wanted))
    for each in found:
        parts.resume(each)
    unread = _unread(place.records(run, inputs), parts, {context_of(each): each.read for each in found})
    return submit(place, place.validated(unread, run, contexts), parts)


def rejects_path(batch: BatchView) -> str | None:
    """Return the rejects file of a batch, as it is reached from the current folder."""
    if batch.rejects_file is None or batch.resume_with is None:
        return batch.rejects_file
    return _kept(batch).from_here(batch.rejects_file)


def _unread(records: Iterator[Record], parts: RunBatches, read: dict[Context, int]) -> Iterator[Record]:
    """Return the records after those that the batch of their context has read; any of these may have been refused."""
    for record in records:
        context, again, *_ = parts.contexts.of(record)
        if read.get(context):
            read[context] -= 1
            parts.of(record).result.again.add(again)
        else:
            yield record


def _make_ours(place: SubmitContext, seen: dict[str, batches.Counts]) -> None:
    """Take over all batches of a run, of which the first is told first, if they are still as they were seen."""
    first = next(iter(seen))
    with transaction(place.connection, "submit-resume"):
        place.connection.lock(f"run {first}")
        current = batches.of_run(place.connection, first)
        for batch in current:
            read_by = batch.worker if batch.status == BatchStatus.PROCESSING else None
            if read_by and not place.worker.is_gone(read_by):
                raise TryAgainError(f"Batch {batch.id} is being read by another process ({read_by})")
        if {each.id: each.counts for each in current} != seen:
            raise TryAgainError(f"Batch {first} has just been taken up by another process")
        for batch in current:
            batches.take_over(place.connection, batch, place.worker.name)
