"""The batches of a run of submit, one for each context that its orders have."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from itertools import groupby
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.bulk.submission import Submission
from ordercli.clock import now, timestamp
from ordercli.database.opening import exists, make_database, open_database, read_database
from ordercli.database.store import transaction
from ordercli.errors import TryAgainError
from ordercli.intake.inputs import BytesRead, total_bytes
from ordercli.intake.reader import chunks, read_records
from ordercli.operations.accept import Memory, Settling
from ordercli.operations.contexts import Context
from ordercli.operations.inventory import inventory_versions
from ordercli.operations.validate import RuleSet, Validator
from ordercli.queue import batches
from ordercli.queue.workers import Worker
from ordercli.reference.store import coverage, reference_data
from ordercli.run_control import Progress, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.bulk.rejects_file import RejectsFile
    from ordercli.bulk.submission import Listener, Origin, Run
    from ordercli.bulk.worker_pool import WorkerPool
    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.operations.contexts import Contexts
    from ordercli.operations.inventory import InventoryVersions
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.output_files.output_file import OutputFile
    from ordercli.queue.batches import BatchView
    from ordercli.reference.lookup import ReferenceData
    from ordercli.run_control import OnProgress
    from ordercli.settings import Settings


class RunBatch(NamedTuple):
    """One batch of a run: what it came to, and what settles its orders."""

    result: Submission
    settling: Settling


class RunBatches:
    """The batches of one run; each is opened when the first order of its context comes.

    They are taken up again and closed together, and have one rejects file. The first stands for all: the process that
    holds it may open others.
    """

    def __init__(
        self, place: SubmitContext, run: Run, contexts: Contexts, origin: Origin, rejects: RejectsFile
    ) -> None:
        self.run = run
        self.contexts = contexts
        self._place = place
        self._origin = origin
        self.rejects = rejects
        self._parts: dict[Context, RunBatch] = {}
        self._memory = Memory(place.connection, dry_run=run.dry_run)

    def __iter__(self) -> Iterator[RunBatch]:
        return iter(self._parts.values())

    @property
    def result(self) -> Submission:
        """Return what the run came to: its first batch, which knows the others."""
        first, *others = (part.result for part in self)
        first.others = others
        return first

    def of(self, record: Record) -> RunBatch:
        """Return the part that a record belongs to."""
        context = self.contexts.of(record).context
        return self._parts.get(context) or self.open(context)

    def open(self, context: Context | None = None) -> RunBatch:
        """Open the batch of a context, that of the options where none is given, in a transaction of its own.

        Raises:
            TryAgainError: another process has taken over the run.
        """
        context = context or self.contexts.plain.context
        if self.run.dry_run:
            return self._add(context, uuid7().hex)
        try:
            with transaction(self._place.connection, "submit-open"):
                return self.begin(context)
        except BaseException:
            self._parts.pop(context, None)  # nobody can go on with a batch that is not there
            raise

    def begin(self, context: Context) -> RunBatch:
        """Open the batch of a context, in the caller's transaction."""
        part = self._add(context, uuid7().hex)
        run, batch_id = part.result.run, part.result.batch_id
        first = self.result.batch_id
        if first != batch_id:
            self._must_be_ours(first)
        batch = batches.NewBatch(
            id=batch_id,
            source=run.source,
            mode=run.mode,
            profile=part.result.profile,
            inputs=json.dumps(list(run.inputs)),
            track_id=run.track_id,
            idempotency_key=run.idempotency_key,
            input_sha256=self._origin.input_sha256,
            rejects_file=self.rejects.path_for(first),
            resume_with=self._origin.resume_with,
            worker=self._origin.worker,
            started_at=timestamp(now()),
            part_of=None if first == batch_id else first,
        )
        batches.start(self._place.connection, batch)
        return part

    def resume(self, batch: BatchView) -> None:
        """Go on with a batch of the run that broke off."""
        self._add(context_of(batch), batch.id, batch.counts)

    def compare(self) -> None:
        """Let each batch know what the others have come to: the limit of refused orders is one for the run."""
        if len(self._parts) > 1:
            total = [sum(column) for column in zip(*(result.counts for result, _ in self), strict=True)]
            for result, _ in self:
                result.beside = batches.Counts(*map(sub, total, result.counts))

    def progress(self) -> Progress:
        """Return how far the run is."""
        read, counts = self._place.read, [result.own_counts for result, _ in self]
        refused = sum(each.rejected + each.conflicts for each in counts)
        return Progress(read.read, sum(each.read for each in counts), refused, read.total)

    def close(self, elapsed_seconds: float) -> None:
        """Close the rejects file; each batch that has rejects in it tells where it is."""
        path = self.rejects.close()
        for result, _ in self:
            refused = result.counts.rejected + result.counts.conflicts
            result.rejects_file, result.elapsed_seconds = path if refused else None, elapsed_seconds
            result.notes = self.rejects.notes

    def _must_be_ours(self, first: str) -> None:
        self._place.connection.lock(f"run {first}")
        batch = batches.by_id(self._place.connection, first)
        if batch is None or batch.worker != self._origin.worker:
            raise TryAgainError(f"Batch {first} was taken over by another run")

    def _add(self, context: Context, batch_id: str, counts: batches.Counts | None = None) -> RunBatch:
        run = replace(self.run, source=context.source or "", mode=context.mode)
        settling = Settling(
            self._place.connection,
            batch_id,
            self.contexts,
            context,
            self._memory,
            dry_run=run.dry_run,
            actor=run.actor,
            inventory=self._place.inventory,
        )
        known = coverage(self._place.reference, self._place.settings)
        result = Submission(
            batch_id, run, context.profile, counts=counts or batches.Counts(), before=counts, coverage=known
        )
        part = RunBatch(result, settling)
        self._parts[context] = part
        return part


def context_of(batch: BatchView) -> Context:
    """Return the context of the orders of a batch of submit."""
    return Context("submit", batch.source, batch.profile, batch.mode)


class Followers(NamedTuple):
    """Who follows a run: listeners hear of settled orders, `on_progress` of how far it is.

    `files` are what they write, which must not be there when the run begins.
    """

    listeners: Sequence[Listener] = ()
    on_progress: OnProgress | None = None
    files: Sequence[OutputFile] = ()


class SubmitContext(NamedTuple):
    """What a run needs, whatever its input is; `database` is what its errors name."""

    database: str
    connection: Store
    worker: Worker
    settings: Settings
    stop: Stop
    audience: Followers
    reference: ReferenceData | None
    inventory: InventoryVersions | None
    pool: WorkerPool | None
    read: BytesRead

    def validated(self, records: Iterator[Record], run: Run, contexts: Contexts) -> Iterator[list[ValidatedOrder]]:
        """Validate records, and yield them in chunks of one context each; in the pool, where there is one.

        Raises:
            UsageError: the settings name rules, severities or a currency that do not exist.
        """
        validator = Validator(self.connection, self.reference, self.settings, lint=run.lint or None)
        validator.rulebook(_rule_set(contexts.plain.context))
        return (self.pool or validator).validate_chunks(_by_context(chunks(records, self.stop), contexts))

    def records(self, run: Run, inputs: Sequence[str]) -> Iterator[Record]:
        """What stands in the inputs."""
        self.read.total = total_bytes(inputs)
        max_bytes = self.settings.limits.max_order_bytes
        return read_records(inputs, input_format=run.input_format, max_bytes=max_bytes, progress=self.read)


def _by_context(records: Iterator[list[Record]], contexts: Contexts) -> Iterator[tuple[RuleSet, list[Record]]]:
    """Split chunks where the context of their records changes."""
    plain = _rule_set(contexts.plain.context)
    for chunk in records:
        if any(record.reject for record in chunk):
            for context, found in groupby(chunk, lambda record: contexts.of(record).context):
                yield _rule_set(context), list(found)
        else:
            yield plain, chunk


def _rule_set(context: Context) -> RuleSet:
    return RuleSet(context.profile, context.mode)


@contextmanager
def submit_context(
    database: str,
    settings: Settings,
    audience: Followers,
    pool: WorkerPool | None = None,
    *,
    dry_run: bool = False,
    opening: Callable[[str], Store] = open_database,
) -> Iterator[SubmitContext]:
    """Open the database, and be known as one who works there; signals are heard from now on.

    A dry run leaves no trace: where there is no database it looks into an empty one that is thrown away.
    Otherwise it is opened by `opening`.

    Raises:
        BadDatabaseError, TryAgainError: as `open_database`.
    """
    stop, named = Stop().listen(), database
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
        inventory = inventory_versions(connection, reference, settings)
        yield SubmitContext(
            named, connection, worker, settings, stop, audience, reference, inventory, pool, BytesRead()
        )
