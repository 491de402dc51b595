"""The requests of files: in which context each is handled, whether it was accepted before, and where the refused go."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING

from ordercli.clock import timestamp_now
from ordercli.intake.record import Record
from ordercli.operations.change_requests import RequestOutcome, RevisionResult
from ordercli.orders import order_store
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus
from ordercli.queue.sent_again import AcceptedLines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.record import Origin
    from ordercli.operations.contexts import Contexts, Resend
    from ordercli.operations.many_at_targets import Finish

# Handles one request; external ids are looked up only in the source, if it is given.
SourceHandler = Callable[[Record, str | None], RevisionResult]


class RequestLines:
    """Handle the requests of files. Record the run as a batch, because the lines of its rejects file refer to it."""

    def __init__(
        self,
        store: Store,
        contexts: Contexts,
        handle: SourceHandler,
        actor: str,
        run_id: str,
        inputs: Sequence[str],
        *,
        dry_run: bool,
    ) -> None:
        self._store = store
        self._contexts = contexts
        self.handle = handle
        self._run_id = run_id
        self._inputs = inputs
        self._dry_run = dry_run
        self._lines = AcceptedLines(store, actor, dry_run=dry_run)

    def begin(self, records: Sequence[Record]) -> None:
        """Lock the lines of rejects files among these records against other runs, until the caller's transaction ends.

        The first call records the run.
        """
        origins = (self._contexts.of(record).origin for record in records if record.reject)
        self._lines.lock([origin for origin in origins if origin])
        if not self._dry_run and batches.by_id(self._store, self._run_id) is None:
            self._open()

    def __call__(self, record: Record) -> RevisionResult:
        """Handle one request, within the caller's transaction."""
        context, _, origin, refusal = self._contexts.of(record)
        if refusal:
            return RevisionResult(record, context.source or "", None, RequestOutcome.REJECTED, None, [refusal])
        if origin and self._lines.was_accepted(origin):
            return self._duplicate(record, origin)
        answer = self.handle(record, context.source)
        if origin and answer.identifier and not answer.refused:
            self._lines.accept(origin, answer.identifier)
            if not self._dry_run:
                self._lines.keep([(origin, answer.identifier)], self._run_id, timestamp_now())
        return answer

    def sent_on(self, record: Record, send: Callable[[Record, str | None], Finish]) -> RequestLines:
        """Send a request on, outside of transactions; return what finishes it in one."""
        finish, finishing = send(record, self._contexts.of(record).context.source), copy(self)
        finishing.handle = lambda record, _: finish(record)
        return finishing

    def end(self, answers: Sequence[RevisionResult]) -> Iterator[bytes]:
        """Count the requests, and return the rejects of those that were refused."""
        refused = [answer for answer in answers if answer.refused]
        if not self._dry_run:
            batches.count_requests(self._store, self._run_id, len(answers), len(refused))
        return map(self._line, refused)

    def again(self, answers: Sequence[RevisionResult]) -> set[Resend]:
        """Return the ways in which the refused requests can be sent again."""
        return {self._contexts.of(answer.record).again for answer in answers if answer.refused}

    def _duplicate(self, record: Record, origin: Origin) -> RevisionResult:
        order_id = self._lines.order_of(origin)
        order = order_store.by_order_id(self._store, order_id) if order_id else None
        source, version = (order.source, order.version) if order else ("", None)
        return RevisionResult(record, source, order_id, RequestOutcome.DUPLICATE, version, [])

    def _line(self, refused: RevisionResult) -> bytes:
        context = self._contexts.of(refused.record).context
        context = context._replace(source=refused.source or context.source)
        return self._contexts.reject_line(self._run_id, context, refused.record, refused.findings)

    def _open(self) -> None:
        """Record the run; the lines of its rejects file refer to it."""
        at, options = timestamp_now(), self._contexts.options
        batch = batches.NewBatch(
            id=self._run_id,
            source=options.source or "",
            mode=options.mode,
            profile=options.profile,
            inputs=json.dumps(self._inputs),
            track_id=None,
            idempotency_key=None,
            rejects_file=None,
            started_at=at,
            kind=options.request,
        )
        batches.start(self._store, batch)
        batches.finish(self._store, self._run_id, BatchStatus.COMPLETED, at)
