"""The requests of a file: each is handled as the options say, or as the line of a rejects file says, and that once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ordercli.clock import now, timestamp
from ordercli.inbound import batches
from ordercli.inbound.states import BatchStatus
from ordercli.orders import store
from ordercli.pipeline.outcomes.reject_line import reject_line, unchanged_line
from ordercli.pipeline.resending.accepted_lines import AcceptedLines
from ordercli.pipeline.revising.handled import Handled, RequestOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.database.driver import Connection
    from ordercli.intake.record import Record
    from ordercli.pipeline.outcomes.reject_line import Origin
    from ordercli.pipeline.resending.contexts import Again, Contexts

    # A request, and the source that narrows external ids.
    SourceHandler = Callable[[Record, str | None], Handled]


class RequestLines:
    """Handles the requests of one file, and keeps a record of the run, to which its rejects belong."""

    def __init__(
        self,
        connection: Connection,
        contexts: Contexts,
        handle: SourceHandler,
        run_id: str,
        inputs: Sequence[str],
        *,
        dry_run: bool,
    ) -> None:
        self._connection = connection
        self._contexts = contexts
        self._handle = handle
        self._run_id = run_id
        self._inputs = inputs
        self._dry_run = dry_run
        self._lines = AcceptedLines(connection, dry_run=dry_run)

    def begin(self, records: Sequence[Record]) -> None:
        """Let nobody else accept the same lines; in the transaction that handles these records."""
        origins = (self._contexts.of(record).origin for record in records if record.reject)
        self._lines.hold([origin for origin in origins if origin])
        self._lines.begin()
        if not self._dry_run and batches.by_id(self._connection, self._run_id) is None:
            self._open()

    def __call__(self, record: Record) -> Handled:
        """Handle one request, within the caller's transaction."""
        context, _, origin, refusal = self._contexts.of(record)
        if refusal:
            return Handled(record, context.source or "", None, RequestOutcome.REJECTED, None, [refusal])
        if origin and self._lines.was_accepted(origin):
            return self._duplicate(record, origin)
        answer = self._handle(record, context.source)
        if origin and answer.identifier and not answer.refused:
            self._lines.accept(origin, answer.identifier)
            if not self._dry_run:
                self._lines.keep([(origin, answer.identifier)], self._run_id, timestamp(now()))
        return answer

    def end(self, answers: Sequence[Handled]) -> Iterator[bytes]:
        """Count what was handled, and return the lines of what was refused."""
        refused = [answer for answer in answers if answer.refused]
        if not self._dry_run:
            batches.count_requests(self._connection, self._run_id, len(answers), len(refused))
        return map(self._line, refused)

    def again(self, answers: Sequence[Handled]) -> set[Again]:
        """Return how those that were refused are sent again."""
        return {self._contexts.of(answer.record).again for answer in answers if answer.refused}

    def _duplicate(self, record: Record, origin: Origin) -> Handled:
        order_id = self._lines.order_of(origin)
        order = store.by_order_id(self._connection, order_id) if order_id else None
        source, version = (order.source, order.version) if order else ("", None)
        return Handled(record, source, order_id, RequestOutcome.DUPLICATE, version, [])

    def _line(self, refused: Handled) -> bytes:
        record = refused.record
        context, _, origin, refusal = self._contexts.of(record)
        if record.reject and refusal:
            return unchanged_line(record.reject, record, refused.findings)
        context = context._replace(source=refused.source or context.source)
        return reject_line(self._run_id, context, record, refused.findings, origin)

    def _open(self) -> None:
        """Record the run: a line of its rejects file is known by it."""
        at, options = timestamp(now()), self._contexts.options
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
        batches.start(self._connection, batch)
        batches.finish(self._connection, self._run_id, BatchStatus.COMPLETED, at)
