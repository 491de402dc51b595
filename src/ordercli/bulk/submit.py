"""Submit files of orders: read them, accept their orders, and resume interrupted runs."""

from __future__ import annotations

import json
import tempfile
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import partial
from itertools import chain, groupby
from operator import attrgetter
from time import monotonic, sleep
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.bulk.batches import Followers, RunBatches, SubmitContext, cancelled, context_of
from ordercli.bulk.rejects_file import RejectsFile, RejectsOption, refuse_to_continue
from ordercli.bulk.submission import BatchOrigin, ResumeWith, Submission
from ordercli.database.opening import exists, make_database, open_database, read_database
from ordercli.database.store import Store, transaction
from ordercli.errors import ConflictError, TryAgainError, reading
from ordercli.intake.inputs import BytesRead, expand_paths, is_large, total_bytes
from ordercli.intake.reader import chunks, read_records
from ordercli.intake.record import STDIN
from ordercli.operations.contexts import Context, Contexts, RunOptions
from ordercli.operations.validate import RuleSet, Validator
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus
from ordercli.queue.workers import Worker
from ordercli.reference.record_types import INVENTORY_TYPES
from ordercli.reference.store import reference_data
from ordercli.run_control import Interrupted, Progress, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.bulk.submission import Run
    from ordercli.bulk.worker_pool import WorkerPool
    from ordercli.errors import BadInputError
    from ordercli.intake.record import Record
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.queue.batches import BatchView
    from ordercli.run_control import OnProgress
    from ordercli.settings import Settings


def submit_files(
    database: str,
    run: Run,
    settings: Settings,
    *,
    rejects: RejectsOption = None,
    followers: Followers | None = None,
    wait: float | None = None,
    jobs: int | None = 1,
    made: Callable[[str], None] | None = None,
    stop: Stop | None = None,
) -> Submission:
    """Read the inputs of the run, create or queue their orders, and write refused orders to the rejects file.

    A run whose idempotency key is known is not repeated: return the result of the first run, or resume it. `wait` is
    the number of seconds to wait for the queue to be processed. `jobs` is the number of processes that validate; None
    chooses it by the size of the input. `made` is called with the name of the database if the run created it. `stop` is
    given by a caller that handles signals itself.

    Raises:
        BadInputError: an input is missing or cannot be read.
        BadDatabaseError: the database is damaged, or was not made by ordercli.
        UsageError: a file that the run would write exists already.
        IdempotencyConflictError: the key was used for another run.
        TryAgainError: the database cannot be used for now, or another process reads the same batch.
    """
    unread: list[BadInputError] = []
    inputs = expand_paths(run.inputs, unread)
    refused = RejectsFile(inputs, "none" if run.dry_run else rejects)
    # Read the input before signals are handled: a pipe may never end, and a signal can end the run here without harm.
    digest = None
    if run.idempotency_key and not run.dry_run:
        from ordercli.bulk.idempotency import input_digest  # most runs have no key

        digest = input_digest(inputs, run.at, run.resource, run.sheets.map_as_text() if run.sheets else None)
    pool: AbstractContextManager[WorkerPool | None] = nullcontext()
    if jobs != 1 and (jobs is not None or is_large(total_bytes(inputs))):
        from ordercli.bulk.worker_pool import validating_workers  # only several processes need it

        pool = validating_workers(jobs, database, settings, lint=run.lint or None)
    opening = partial(make_database, made=made)
    with (
        pool as workers,
        submit_context(
            database, settings, followers or Followers(), workers, dry_run=run.dry_run, opening=opening, stop=stop
        ) as run_context,
    ):
        result = _submit(run_context, run, inputs, refused, digest)
        result.unread = unread
        result.end(run_context.stop)
        if wait is not None:
            wait_until_processed(run_context.connection, result, wait, run_context.stop, run_context.followers.on_wait)
    return result


def _submit(
    run_context: SubmitContext, run: Run, inputs: Sequence[str], rejects: RejectsFile, digest: str | None
) -> Submission:
    given = RunOptions(
        Context("submit", run.source, run_context.settings.profile, run.mode, run.target),
        run.stated,
        run.override_context,
    )
    contexts = Contexts(run_context.connection, given)
    validated = _validated(run_context, _records(run_context, run, inputs), run, contexts)
    origin = BatchOrigin(run_context.worker.name, digest, ResumeWith.of(run, given.options.profile, inputs).as_text())
    parts = RunBatches(run_context, run, contexts, origin, rejects)
    if digest is not None:
        from ordercli.bulk import idempotency  # most runs have no key

        # No sheet has lines of a rejects file, so all of its orders have the context of the options.
        unread = iter(()) if run.sheets else _read(run, inputs, run_context.settings, BytesRead())
        seen = idempotency.only_context(unread, contexts)
        if STDIN in inputs:
            idempotency.rewind_standard_input()
        if known := idempotency.open_batch(run_context, parts, seen.context):
            idempotency.require_same_run(known, run.idempotency_key, digest, seen.context)
            if known.cancelled_at:
                raise cancelled(known)
            if known.status != BatchStatus.COMPLETED:
                return take_up(run_context, known, run, given, inputs)
            return idempotency.first_result(known, run, run_context.stop, rejects_path(known), seen.again)
    return parts.accept_all(validated)


def take_up(
    run_context: SubmitContext,
    batch: BatchView,
    run: Run,
    given: RunOptions,
    inputs: Sequence[str],
    rejects: RejectsOption = None,
) -> Submission:
    """Take over the batches of an interrupted run, skip the records that were read, and continue.

    Raises:
        ConflictError: the rejects were written to a pipe or a device.
        TryAgainError: another process still reads the batch.
        UsageError: the rejects file that is named exists already.
    """
    found = batches.of_run(run_context.connection, batch.part_of or batch.id)
    last = with_rejects(run_context.connection, batch)
    path = rejects_path(last)
    refuse_to_continue(path, batch.id, rejects)
    _make_ours(run_context, {each.id: each.counts for each in found} | {batch.id: batch.counts})
    contexts = Contexts(run_context.connection, given)
    origin = BatchOrigin(run_context.worker.name, batch.input_sha256, batch.resume_with)
    parts = RunBatches(
        run_context, run, contexts, origin, RejectsFile.continued(last.rejects._replace(path=path), rejects)
    )
    for each in found:
        parts.resume(each)
    unread = _unread(_records(run_context, run, inputs), parts, {context_of(each): each.read for each in found})
    return parts.accept_all(_validated(run_context, unread, run, contexts))


def rejects_path(batch: BatchView) -> str | None:
    """Return the path of a batch's rejects file from the current folder."""
    if batch.rejects_file is None or batch.resume_with is None:
        return batch.rejects_file
    return kept_options(batch).from_here(batch.rejects_file)


def with_rejects(connection: Store, batch: BatchView) -> BatchView:
    """Return the batch of the run that has the rejects file, which all its batches share."""
    return max(batches.of_run(connection, batch.part_of or batch.id), key=attrgetter("rejects_bytes"))


def kept_options(batch: BatchView) -> ResumeWith:
    """Return the options that were kept with a batch.

    Raises:
        ConflictError: an older ordercli stored no options.
    """
    if batch.resume_with is None:
        raise ConflictError(f"Batch {batch.id} was begun by an older version of ordercli and cannot be resumed")
    with reading(f"the stored options of batch {batch.id}"):
        return ResumeWith(*json.loads(batch.resume_with))


def _unread(records: Iterator[Record], parts: RunBatches, read: dict[Context, int]) -> Iterator[Record]:
    """Yield the records that the batch of their context has not read.

    Note for the others how they can be sent again, because they may have been refused.
    """
    for record in records:
        context, again, *_ = parts.contexts.of(record)
        if read.get(context):
            read[context] -= 1
            parts.of(context).again.add(again)
        else:
            yield record


def _make_ours(run_context: SubmitContext, seen: dict[str, batches.Counts]) -> None:
    """Take over all batches of a run, the first one first, if their counts have not changed since they were read."""
    first = next(iter(seen))
    with transaction(run_context.connection, "submit-resume"):
        run_context.connection.lock(f"run {first}")
        current = batches.of_run(run_context.connection, first)
        for batch in current:
            read_by = batch.worker if batch.status == BatchStatus.PROCESSING else None
            if read_by and not run_context.worker.is_gone(read_by):
                raise TryAgainError(f"Batch {batch.id} is being read by another process ({read_by})")
        if {each.id: each.counts for each in current} != seen:
            raise TryAgainError(f"Batch {first} has just been taken up by another process")
        for batch in current:
            batches.take_over(run_context.connection, batch, run_context.worker.name)


def _validated(
    run_context: SubmitContext, records: Iterator[Record], run: Run, contexts: Contexts
) -> Iterator[list[ValidatedOrder]]:
    """Validate records, in the pool if there is one, and yield them in chunks of one context each.

    Raises:
        UsageError: the settings name rules, severities or a currency that do not exist.
    """
    validator = Validator(run_context.connection, run_context.reference, run_context.settings, lint=run.lint or None)
    validator.rulebook(_rule_set(contexts.plain.context, run))
    return (run_context.pool or validator).validate_chunks(
        _by_context(chunks(records, run_context.stop), contexts, run)
    )


def _records(run_context: SubmitContext, run: Run, inputs: Sequence[str]) -> Iterator[Record]:
    """Read the records of the inputs."""
    run_context.read.total = total_bytes(inputs)
    records = _read(run, inputs, run_context.settings, run_context.read)
    if run.shown_as is None:
        return records
    # An order in JSON may tell which sheet it comes from.
    return (each if each.sheet and not run.sheets else each._replace(file=run.shown_as) for each in records)


def _read(run: Run, inputs: Sequence[str], settings: Settings, progress: BytesRead) -> Iterator[Record]:
    if run.sheets:
        sheets = run.sheets
        return chain.from_iterable(sheets.records(file, progress) for file in inputs)
    max_bytes = settings.limits.max_order_bytes
    return read_records(inputs, input_format=run.input_format, at=run.at, max_bytes=max_bytes, progress=progress)


def _by_context(
    records: Iterator[list[Record]], contexts: Contexts, run: Run
) -> Iterator[tuple[list[Record], RuleSet]]:
    """Split chunks where the context of their records changes."""
    plain = _rule_set(contexts.plain.context, run)
    for chunk in records:
        if any(record.reject for record in chunk):
            for context, found in groupby(chunk, lambda record: contexts.of(record).context):
                yield list(found), _rule_set(context, run)
        else:
            yield chunk, plain


def _rule_set(context: Context, run: Run) -> RuleSet:
    return RuleSet(context.profile, context.mode, run.resource)


@contextmanager
def submit_context(
    database: str,
    settings: Settings,
    followers: Followers,
    pool: WorkerPool | None = None,
    *,
    dry_run: bool = False,
    opening: Callable[[str], Store] = open_database,
    stop: Stop | None = None,
) -> Iterator[SubmitContext]:
    """Open the database, register as a worker of it, and handle signals from now on, unless a `stop` is given.

    A dry run writes nothing: where there is no database it uses an empty one, which is deleted at the end. Any other
    run opens the database by `opening`.

    Raises:
        BadDatabaseError, TryAgainError: as `open_database`.
    """
    stop, named = stop or Stop().listen(), database
    with ExitStack() as stack:
        if dry_run and not exists(database):
            database = f"{stack.enter_context(tempfile.TemporaryDirectory())}/orders.db"
            connection = stack.enter_context(closing(make_database(database)))
        elif dry_run:
            connection = stack.enter_context(closing(read_database(database)))
        else:
            connection = stack.enter_context(closing(opening(database)))
        if pool:
            stack.callback(pool.close)  # before the connection: the last one to close it clears the write-ahead log
        worker = Worker(database, uuid7().hex)
        if not dry_run:
            stack.enter_context(worker)
        reference = reference_data(connection, settings)
        inventory = None
        if reference and reference.loaded & INVENTORY_TYPES:
            from ordercli.operations.inventory import inventory_versions  # few databases hold an inventory

            inventory = inventory_versions(connection, reference, settings)
        yield SubmitContext(
            named, connection, worker, settings, stop, followers, reference, inventory, pool, BytesRead()
        )


SHORTEST, LONGEST = 0.05, 2.0


def wait_until_processed(
    connection: Store, result: Submission, seconds: float, stop: Stop, on_wait: OnProgress | None = None
) -> None:
    """Wait until the queue has processed all orders of the run, the time is up, or a signal comes."""
    until = monotonic() + seconds
    for each in result.batches:
        if each.run.mode == "async":
            _wait_for(connection, each, until, stop, on_wait)


def _wait_for(connection: Store, result: Submission, until: float, stop: Stop, on_wait: OnProgress | None) -> None:
    pause = SHORTEST
    while not stop.signal:
        result.queue_counts = batches.queue_counts(connection, result.batch_id)
        if on_wait:
            accepted, (failed, _, waiting) = result.counts.accepted, result.queue_counts
            on_wait(Progress(accepted - waiting, accepted - waiting, failed, accepted))
        left = until - monotonic()
        if not result.queue_counts.waiting or left <= 0:
            break
        try:
            with stop.waiting():
                sleep(min(pause, left))
        except Interrupted:
            break
        pause = min(pause * 2, LONGEST)
    result.end(stop)
