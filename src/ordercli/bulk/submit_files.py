"""One run of submit: from its paths to its summary."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING

from ordercli.bulk.batches import Followers, RunBatches, SubmitContext, submit_context
from ordercli.bulk.rejects_file import RejectsFile, Wanted
from ordercli.bulk.resume import ResumeWith, rejects_path, take_up
from ordercli.bulk.submission import (
    Origin,
    Submission,
    first_result,
    input_digest,
    must_be_the_same,
    only_context,
    rewind_standard_input,
)
from ordercli.bulk.submit import submit
from ordercli.bulk.worker_pool import validating_workers, worker_count
from ordercli.database.opening import make_database
from ordercli.database.store import transaction
from ordercli.intake.inputs import expand_paths, total_bytes
from ordercli.intake.reader import read_records
from ordercli.intake.record import STDIN
from ordercli.operations.contexts import Context, Contexts, RunOptions
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus
from ordercli.run_control import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.bulk.submission import Run
    from ordercli.database.store import Store
    from ordercli.errors import BadInputError
    from ordercli.queue.batches import BatchView
    from ordercli.run_control import Stop
    from ordercli.settings import Settings


def submit_files(
    database: str,
    run: Run,
    settings: Settings,
    *,
    rejects: Wanted = None,
    audience: Followers | None = None,
    wait: float | None = None,
    jobs: int | None = 1,
    made: Callable[[str], None] | None = None,
) -> Submission:
    """Read the inputs of the run, create or queue their orders, and write down the refused ones.

    A run whose idempotency key is known is not repeated: what it came to is told again, or it is taken up where it
    broke off. `wait`: so many seconds for the queue to be worked off, once everything is in it. `jobs`: so many
    processes judge orders; None: as many as the input is worth. `made` hears of a database that was made because there
    was none.

    Raises:
        BadInputError: an input is missing or cannot be read, or the database is none.
        UsageError: a file that is to be written is there already.
        IdempotencyConflictError: the key stands for another run.
        TryAgainError: the surroundings of the database are in trouble, or another process is at this very run.
    """
    unread: list[BadInputError] = []
    inputs = expand_paths(run.inputs, unread)
    refused = RejectsFile(inputs, "none" if run.dry_run else rejects)
    size = worker_count(jobs, total_bytes(inputs))
    # Before signals are heard: to read all of a pipe may take for ever, and leaves nothing half done.
    digest = input_digest(inputs) if run.idempotency_key and not run.dry_run else None
    opening = partial(make_database, made=made)
    with (
        validating_workers(size, database, settings, lint=run.lint or None) as pool,
        submit_context(
            database, settings, audience or Followers(), pool, dry_run=run.dry_run, opening=opening
        ) as place,
    ):
        result = _submit(place, run, inputs, refused, digest)
        result.unread = unread
        result.end(place.stop)
        if wait is not None:
            wait_until_processed(place.connection, result, wait, place.stop)
    return result


def _submit(
    place: SubmitContext, run: Run, inputs: Sequence[str], rejects: RejectsFile, digest: str | None
) -> Submission:
    given = RunOptions(
        Context("submit", run.source, place.settings.profile, run.mode), run.stated, run.override_context
    )
    contexts = Contexts(place.connection, given)
    judged = place.validated(place.records(run, inputs), run, contexts)
    origin = Origin(place.worker.name, digest, ResumeWith.of(run, given.options.profile, inputs).as_text())
    parts = RunBatches(place, run, contexts, origin, rejects)
    if digest is not None:
        max_bytes = place.settings.limits.max_order_bytes
        seen = only_context(read_records(inputs, input_format=run.input_format, max_bytes=max_bytes), contexts)
        if STDIN in inputs:
            rewind_standard_input()
        if known := _open_keyed(place, parts, seen.context):
            must_be_the_same(known, run.idempotency_key, digest, seen.context)
            if known.status == BatchStatus.COMPLETED:
                first = replace(run, mode=known.mode, source=known.source)
                result = first_result(known, first, place.stop, rejects_path(known))
                result.again = seen.again
                return result
            return take_up(place, known, run, given, inputs)
    return submit(place, judged, parts)


def _open_keyed(place: SubmitContext, parts: RunBatches, context: Context) -> BatchView | None:
    """Open the batch of a run with an idempotency key; or return the batch that the key already has."""
    key = parts.run.idempotency_key or ""
    with transaction(place.connection, "submit-open"):
        place.connection.lock(f"key {key}")
        known = batches.by_key(place.connection, key)
        if known is None or known.status != BatchStatus.COMPLETED:
            for file in place.audience.files:
                file.refuse_taken()
        if known is None:
            parts.begin(context)
    return known


SHORTEST, LONGEST = 0.05, 2.0


def wait_until_processed(connection: Store, result: Submission, seconds: float, stop: Stop) -> None:
    """Wait until no order of the run waits, the time is up, or a signal comes; the result learns where they stand."""
    until = monotonic() + seconds
    for each in result.batches:
        if each.run.mode == "async":
            _wait_for(connection, each, until, stop)


def _wait_for(connection: Store, result: Submission, until: float, stop: Stop) -> None:
    pause = SHORTEST
    while not stop.requested:
        result.fate = batches.fate(connection, result.batch_id)
        left = until - monotonic()
        if not result.fate.waiting or left <= 0:
            break
        try:
            with stop.waiting():
                sleep(min(pause, left))
        except Interrupted:
            break
        pause = min(pause * 2, LONGEST)
    result.end(stop)
