"""The batches of a run of submit, one for each context that its orders have, and the orders accepted into them."""

from __future__ import annotations

import json
from dataclasses import replace
from operator import sub
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.bulk.submission import SEND_AGAIN, Submission
from ordercli.clock import timestamp_now
from ordercli.database import faults
from ordercli.database.store import transaction
from ordercli.errors import (
    BadDatabaseError,
    BadInputError,
    ConflictError,
    OrdercliError,
    OutputFileError,
    TryAgainError,
)
from ordercli.failpoints import ARMED, failpoint
from ordercli.operations.accept import Acceptance, accept
from ordercli.operations.contexts import Context
from ordercli.operations.results import Outcome, count_codes
from ordercli.queue import batches
from ordercli.reference.store import coverage
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.bulk.rejects_file import RejectsFile
    from ordercli.bulk.submission import BatchOrigin, Listener, Run
    from ordercli.bulk.worker_pool import WorkerPool
    from ordercli.database.store import Store
    from ordercli.intake.inputs import BytesRead
    from ordercli.operations.contexts import Contexts
    from ordercli.operations.count_findings import Refusal
    from ordercli.operations.inventory import InventoryVersions
    from ordercli.operations.results import OrderResult
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.output_files.output_file import OutputFile
    from ordercli.queue.batches import BatchView, Counts
    from ordercli.queue.workers import Worker
    from ordercli.reference.lookup import ReferenceData
    from ordercli.run_control import OnProgress, Stop
    from ordercli.settings import Settings

TAKEN_OVER = "the other run continues it"
_COLUMN = {Outcome.ACCEPTED: 1, Outcome.DUPLICATE: 2, Outcome.CONFLICT: 3, Outcome.REJECTED: 4}


class Followers(NamedTuple):
    """The observers of a run: listeners get the results of each chunk, `on_progress` the progress of the run.

    `files` are the files that listeners write; they must not exist when the run begins. `on_wait` gets the progress of
    the queue while the run waits for its orders.
    """

    listeners: Sequence[Listener] = ()
    on_progress: OnProgress | None = None
    files: Sequence[OutputFile] = ()
    on_wait: OnProgress | None = None


class SubmitContext(NamedTuple):
    """The connection, settings and helpers of a run. `database` is the name of the database in error messages."""

    database: str
    connection: Store
    worker: Worker
    settings: Settings
    stop: Stop
    followers: Followers
    reference: ReferenceData | None
    inventory: InventoryVersions | None
    pool: WorkerPool | None
    read: BytesRead


class RunBatches:
    """The batches of one run; each is opened when the first order of its context comes.

    They are resumed and closed together, and share one rejects file. Only the process that holds the first batch may
    open others.
    """

    def __init__(
        self, run_context: SubmitContext, run: Run, contexts: Contexts, origin: BatchOrigin, rejects: RejectsFile
    ) -> None:
        self.run = run
        self.contexts = contexts
        self.rejects = rejects
        self._run_context = run_context
        self._store = run_context.connection
        self._origin = origin
        self._batches: dict[Context, Submission] = {}
        self._acceptance = Acceptance(
            run_context.connection,
            contexts,
            actor=run.actor,
            inventory=run_context.inventory,
            dry_run=run.dry_run,
            settings=run_context.settings,
        )

    def __iter__(self) -> Iterator[Submission]:
        return iter(self._batches.values())

    @property
    def result(self) -> Submission:
        """Return the result of the run: that of its first batch, which refers to the others."""
        first, *others = self
        first.others = others
        return first

    def of(self, context: Context) -> Submission:
        """Return the batch of a context; if there is none, open it in a transaction of its own.

        Raises:
            TryAgainError: another process has taken over the run.
        """
        if context in self._batches:
            return self._batches[context]
        if self.run.dry_run:
            return self._add(context, uuid7().hex)
        try:
            with transaction(self._store, "submit-open"):
                return self.begin(context)
        except BaseException:
            self._batches.pop(context, None)  # the batch was rolled back
            raise

    def begin(self, context: Context) -> Submission:
        """Open the batch of a context, in the caller's transaction."""
        result = self._add(context, uuid7().hex)
        run, first = result.run, self.result.batch_id
        if first != result.batch_id:
            self._must_be_ours(first)
        batch = batches.NewBatch(
            id=result.batch_id,
            source=run.source,
            mode=run.mode,
            profile=result.profile,
            inputs=json.dumps([run.shown_as] if run.shown_as else list(run.inputs)),
            track_id=run.track_id,
            idempotency_key=run.idempotency_key,
            input_sha256=self._origin.input_sha256,
            rejects_file=self.rejects.path_for(first),
            resume_with=self._origin.resume_with,
            worker=self._origin.worker,
            started_at=timestamp_now(),
            part_of=None if first == result.batch_id else first,
            target=run.target,
        )
        batches.start(self._store, batch)
        return result

    def resume(self, batch: BatchView) -> None:
        """Resume a batch of the interrupted run."""
        self._add(context_of(batch), batch.id, batch.counts)

    def _must_be_ours(self, first: str) -> None:
        self._store.lock(f"run {first}")
        batch = batches.by_id(self._store, first)
        if batch is None or batch.worker != self._origin.worker:
            raise TryAgainError(f"Batch {first} was taken over by another run")

    def _add(self, context: Context, batch_id: str, counts: Counts | None = None) -> Submission:
        run = replace(self.run, source=context.source or "", mode=context.mode, target=context.target)
        known = coverage(self._run_context.reference, self._run_context.settings, run.resource)
        result = Submission(
            batch_id, run, context.profile, counts=counts or batches.Counts(), before=counts, coverage=known
        )
        self._batches[context] = result
        return result

    def accept_all(self, orders: Iterator[list[ValidatedOrder]]) -> Submission:
        """Accept validated orders, one transaction per chunk, until the input ends or something stops the run.

        The accepted orders of a chunk and the position in the input are written in one transaction; listeners are
        called after the commit. The run ends with `error` set if the input, the database, its disk or the rejects file
        fails, or if another run has taken over. Committed chunks are kept.
        """
        started, error = monotonic(), None
        try:
            self._accept_chunks(orders)
        except (BadInputError, BadDatabaseError, ConflictError, TryAgainError, OSError) as caught:
            error = self._explained(caught)
        except faults.driver_errors() as caught:
            error = self._explained(caught)
        finally:
            self._close(monotonic() - started)
        if not self._batches:
            self.of(self.contexts.plain.context)  # a run that read no orders has a batch, too
        self._share_counts()
        for result in self:
            result.error = error
        stop, dry_run = self._run_context.stop, self.run.dry_run
        if not (dry_run or stop.signal) and isinstance(error, BadInputError | OutputFileError | None):
            with transaction(self._store, "submit-finish"):
                for result in self:
                    batches.finish(self._store, result.batch_id, result.status, timestamp_now())
        for result in self:
            result.end(stop)
        return self.result

    def _accept_chunks(self, orders: Iterator[list[ValidatedOrder]]) -> None:
        self._share_counts()
        is_stopped = any(result.must_stop(result.counts) for result in self)
        for chunk in () if is_stopped else orders:
            context = self.contexts.of(chunk[0].record).context
            result = self.of(context)
            self._share_counts()
            self._accept_chunk(chunk, context, result)
            if result.stopped:
                is_stopped = True
                break
        if is_stopped:
            for result in self:
                result.stopped = True

    def _accept_chunk(self, chunk: list[ValidatedOrder], context: Context, result: Submission) -> None:
        counts = result.counts

        def up_to(results: list[OrderResult]) -> int:
            """Return the number of orders up to the one that stops the run; those after it do not count as read."""
            nonlocal counts
            count, counts = _counted(results, result)
            return count

        if self.run.dry_run:
            accepted = accept(self._acceptance, chunk, context, result.batch_id, up_to)
            refusals = _refusals(accepted)
        else:
            with transaction(self._store, "submit-batch"):
                accepted = accept(self._acceptance, chunk, context, result.batch_id, up_to)
                refusals = _refusals(accepted)
                kept = self.rejects.write(self._reject_lines(accepted, context, result), self.result.batch_id)
                if not batches.advance(self._store, result.batch_id, counts, kept, result.counts.read):
                    raise self._lost(result.batch_id)
                if any(each.findings for each in accepted):
                    from ordercli.operations.count_findings import count_findings  # most orders have no findings

                    count_findings(self._store, result.batch_id, accepted, refusals)
        self._add_up(result, accepted, counts)
        if refusals:
            from ordercli.operations.count_findings import group_refusals

            result.groups = group_refusals(result.groups, refusals)
        self.rejects.committed()
        followers = self._run_context.followers
        for listener in followers.listeners:
            listener.committed(accepted)
        if followers.on_progress:
            followers.on_progress(self._progress())
        if ARMED:
            failpoint("receipts")

    def _lost(self, batch_id: str) -> OrdercliError:
        """Return why nothing more can be accepted into a batch."""
        batch = batches.by_id(self._store, batch_id)
        if batch and batch.cancelled_at:
            return cancelled(batch)
        return TryAgainError(f"Batch {batch_id} was taken over by another run", hint=TAKEN_OVER)

    def _reject_lines(self, results: list[OrderResult], context: Context, batch: Submission) -> Iterator[bytes]:
        line = self.contexts.reject_line
        return (line(batch.batch_id, context, each.record, each.findings) for each in results if each.refused)

    def _add_up(self, result: Submission, accepted: list[OrderResult], counts: Counts) -> None:
        result.counts = counts
        result.codes.update(count_codes(accepted))
        for each in accepted:
            if each.refused:
                result.again.add(self.contexts.of(each.record).again)
            if each.outcome is Outcome.ACCEPTED:
                result.without_external_id += each.external_id is None
                result.external_ids += each.external_id is not None
                if each.known_elsewhere is not None:
                    result.known_elsewhere[each.known_elsewhere] += 1
        if _must_stop(result, counts, accepted[-1]):
            result.stopped, result.stopped_at = True, accepted[-1].record

    def _share_counts(self) -> None:
        """Give each batch the counts of the others, because the limit of refused orders applies to the whole run."""
        if len(self._batches) > 1:
            total = [sum(column) for column in zip(*(result.counts for result in self), strict=True)]
            for result in self:
                result.beside = batches.Counts(*map(sub, total, result.counts))

    def _progress(self) -> Progress:
        read, counts = self._run_context.read, [result.own_counts for result in self]
        refused = sum(each.rejected + each.conflicts for each in counts)
        return Progress(read.read, sum(each.read for each in counts), refused, read.total)

    def _close(self, elapsed_seconds: float) -> None:
        """Close the rejects file, and name it in the result of each batch that has rejects."""
        path = self.rejects.close()
        for result in self:
            refused = result.counts.rejected + result.counts.conflicts
            result.rejects_file, result.elapsed_seconds = path if refused else None, elapsed_seconds
            result.notes = self.rejects.notes

    def _explained(self, error: Exception) -> OrdercliError:
        """Return the error that ended the run, for the user, with what to do next."""
        expected = error if isinstance(error, OrdercliError) else faults.explain(error, self._run_context.database)
        if isinstance(error, OSError):
            expected = TryAgainError.of_system(error)
        if expected is None or not (self._batches or isinstance(expected, BadInputError)):
            raise error
        if isinstance(expected, TryAgainError) and not self.run.dry_run and expected.hint != TAKEN_OVER:
            next_step = f"continue with `ordercli batch resume {self.result.batch_id}`"
            expected.hint = f"committed orders are kept; {next_step if self.result.can_be_resumed else SEND_AGAIN}"
            if isinstance(error, OutputFileError) and self.result.can_be_resumed:
                expected.hint += ", or with --rejects PATH in another file"
        return expected


def _refusals(results: list[OrderResult]) -> Sequence[Refusal]:
    if not any(each.findings and each.refused for each in results):
        return ()
    from ordercli.operations.count_findings import refusals_of  # most runs refuse no order

    return refusals_of(results)


def _counted(results: list[OrderResult], batch: Submission) -> tuple[int, Counts]:
    """Return the number of orders up to the one that stops the run, and the counts including them."""
    counts = list(batch.counts)
    for n, each in enumerate(results):
        counts[0] += 1
        counts[_COLUMN[each.outcome]] += 1
        counts[5] += sum(finding.severity == "warning" for finding in each.findings)
        if _must_stop(batch, batches.Counts(*counts), each):
            return n + 1, batches.Counts(*counts)
    return len(results), batches.Counts(*counts)


def _must_stop(batch: Submission, counts: Counts, order: OrderResult) -> bool:
    return (batch.run.fail_fast and order.refused) or batch.must_stop(counts)


def cancelled(batch: BatchView) -> ConflictError:
    """Return the error that a batch was cancelled as a whole, and goes no further."""
    return ConflictError(
        f"Batch {batch.id} was cancelled at {batch.cancelled_at}: {batch.cancel_reason}",
        hint="submit the corrected file as a new batch",
    )


def context_of(batch: BatchView) -> Context:
    """Return the context of the orders of a batch of submit."""
    return Context("submit", batch.source, batch.profile, batch.mode, batch.target)
