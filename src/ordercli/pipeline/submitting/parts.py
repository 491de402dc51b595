"""The batches of a run of submit: one for each context that its orders have."""

from __future__ import annotations

import json
from dataclasses import replace
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.clock import now, timestamp
from ordercli.database.dialect import lock
from ordercli.database.transaction import transaction
from ordercli.errors import TryAgainError
from ordercli.inbound import batches
from ordercli.pipeline.loading.reference_data import coverage
from ordercli.pipeline.outcomes.reject_line import Context
from ordercli.pipeline.submitting.settling import Memory, Settling
from ordercli.pipeline.submitting.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.inbound.batches import BatchView
    from ordercli.intake.record import Record
    from ordercli.pipeline.outcomes.rejects import Rejects
    from ordercli.pipeline.resending.contexts import Contexts
    from ordercli.pipeline.submitting.submission import Origin, Run
    from ordercli.pipeline.submitting.workplace import Workplace


class Part(NamedTuple):
    """One batch of a run: what it came to, and what settles its orders."""

    result: Submission
    settling: Settling


class Parts:
    """The batches of one run; each is opened when the first order of its context comes.

    They are taken up again and closed together, and have one rejects file. The first stands for all: the process that
    holds it may open others.
    """

    def __init__(self, place: Workplace, run: Run, contexts: Contexts, origin: Origin, rejects: Rejects) -> None:
        self.run = run
        self.contexts = contexts
        self._place = place
        self._origin = origin
        self.rejects = rejects
        self._parts: dict[Context, Part] = {}
        self._memory = Memory(place.connection, dry_run=run.dry_run)

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts.values())

    @property
    def result(self) -> Submission:
        """Return what the run came to: its first batch, which knows the others."""
        first, *others = (part.result for part in self)
        first.others = others
        return first

    def of(self, record: Record) -> Part:
        """Return the part that a record belongs to."""
        context = self.contexts.of(record).context
        return self._parts.get(context) or self.open(context)

    def open(self, context: Context | None = None) -> Part:
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

    def begin(self, context: Context) -> Part:
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

    def close(self, elapsed_seconds: float) -> None:
        """Close the rejects file; each batch that has rejects in it tells where it is."""
        path = self.rejects.close()
        for result, _ in self:
            refused = result.counts.rejected + result.counts.conflicts
            result.rejects_file, result.elapsed_seconds = path if refused else None, elapsed_seconds
            result.notes = self.rejects.notes

    def _must_be_ours(self, first: str) -> None:
        lock(self._place.connection, f"run {first}")
        batch = batches.by_id(self._place.connection, first)
        if batch is None or batch.worker != self._origin.worker:
            raise TryAgainError(f"Batch {first} was taken over by another run")

    def _add(self, context: Context, batch_id: str, counts: batches.Counts | None = None) -> Part:
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
        part = Part(result, settling)
        self._parts[context] = part
        return part


def context_of(batch: BatchView) -> Context:
    """Return the context of the orders of a batch of submit."""
    return Context("submit", batch.source, batch.profile, batch.mode)
