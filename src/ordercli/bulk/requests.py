"""Runs over many requests to change orders, from a file or the command line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple

from uuid_utils import uuid7

from ordercli.bulk.rejects_file import Rejects, Wanted
from ordercli.clock import now, timestamp
from ordercli.database.dialect import lock
from ordercli.database.faults import driver_errors, integrity_errors, is_deadlock
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import savepoint, transaction
from ordercli.errors import BadInputError, ExitCode, OrdercliError, OutputFileError
from ordercli.intake.inputs import expand_paths
from ordercli.intake.reader import chunks, read_records
from ordercli.intake.record import STDIN, Record
from ordercli.operations import results
from ordercli.operations.accepted_lines import AcceptedLines
from ordercli.operations.cancel import CancelHandler
from ordercli.operations.contexts import Contexts, Given
from ordercli.operations.patch import PatchHandler
from ordercli.operations.reject_line import Context, reject_line, unchanged_line
from ordercli.operations.revise import EXIT_CODES, Address, Handled, RequestOutcome
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus
from ordercli.resources.product_order import order_store
from ordercli.run_control import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.cancel import Decision
    from ordercli.operations.contexts import Again
    from ordercli.operations.reject_line import Request
    from ordercli.settings import Settings


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.contexts import Again
    from ordercli.operations.reject_line import Origin

    # A request, and the source that narrows external ids.
    SourceHandler = Callable[[Record, str | None], Handled]


class RequestLines:
    """Handles the requests of one file, and keeps a record of the run, to which its rejects belong."""

    def __init__(
        self,
        connection: Store,
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
        order = order_store.by_order_id(self._connection, order_id) if order_id else None
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


ATTEMPTS = 5
Handler = Callable[[Record], Handled]


@dataclass
class RequestRun:
    """What a run over many requests came to; filled while the answers are taken.

    `again` are the ways in which what was refused is sent again: lines of rejects files may need commands and options
    of their own.
    """

    kind: Literal["patch", "cancel"]
    run_id: str = field(default_factory=lambda: uuid7().hex)
    outcomes: Counter[RequestOutcome] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    again: set[Again] = field(default_factory=set)
    rejects_file: str | None = None
    elapsed_seconds: float = 0.0
    error: OrdercliError | None = None
    notes: list[str] = field(default_factory=list)
    exit_code: ExitCode = ExitCode.OK

    def add(self, answers: Sequence[Handled]) -> None:
        """Count what was committed."""
        self.outcomes.update(answer.outcome for answer in answers)
        for answer in answers:
            self.codes.update(finding.code for finding in answer.findings)

    def end(self, stop: Stop) -> None:
        """Settle the exit code: the worst of what happened."""
        refused = any(self.outcomes[outcome] for outcome in EXIT_CODES)
        ended = self.error.exit_code if self.error else ExitCode.REJECTED if refused else ExitCode.OK
        self.exit_code = stop.exit_code or ended


def handle_requests(
    connection: Store, records: Iterator[Record], handle: Handler | RequestLines, run: RequestRun, rejects: Rejects
) -> Iterator[Handled]:
    """Handle request after request, 500 to a transaction, until the input ends or a signal asks to stop.

    Only the requests of a file (`RequestLines`) leave rejects. An answer is given out after its commit. Input that
    breaks off ends the run with `error` set.

    Raises:
        TryAgainError: the surroundings of the database are in trouble; the last batch was not written.
    """
    started, stop = monotonic(), Stop().listen()
    try:
        for chunk in chunks(records, stop):
            answers = _handle_together(connection, chunk, handle, run.run_id, rejects)
            run.add(answers)
            if isinstance(handle, RequestLines):
                run.again |= handle.again(answers)
            yield from answers
            rejects.committed()
    except BadInputError as error:
        run.error = error
    except OutputFileError as error:
        error.hint = f"{run.outcomes.total()} requests were handled; send those after them again"
        run.error = error
    finally:
        run.rejects_file, run.notes = rejects.close(), rejects.notes
        run.elapsed_seconds = monotonic() - started
        run.end(stop)


def _handle_together(
    connection: Store, chunk: list[Record], handle: Handler | RequestLines, run_id: str, rejects: Rejects
) -> list[Handled]:
    """Handle many requests in one transaction.

    Runs over the same orders in another sequence may deadlock on a server. The one that is ended repeats its requests
    while no other run handles any.
    """
    attempts = 0
    while True:
        attempts += 1
        answers = None
        try:
            with transaction(connection, "requests"):
                lock(connection, "requests", shared=attempts == 1)
                if isinstance(handle, RequestLines):
                    handle.begin(chunk)
                answers = [_handle_alone(connection, record, handle) for record in chunk]
                if isinstance(handle, RequestLines):
                    rejects.write(handle.end(answers), run_id)  # never a second time
                return answers
        except driver_errors() as error:
            if answers is not None or attempts == ATTEMPTS or not is_deadlock(error):
                raise


def _handle_alone(connection: Store, record: Record, handle: Handler) -> Handled:
    """One request; what the database refuses of it leaves the others alone."""
    try:
        with savepoint(connection):
            return handle(record)
    except integrity_errors() as error:
        return Handled(record, "", None, RequestOutcome.REJECTED, None, results.creation_failed(str(error)))


class Requested(NamedTuple):
    """How a run over a file was asked for; `source` narrows external ids."""

    path: str
    source: str | None = None
    rejects: Wanted = None
    dry_run: bool = False
    override_context: bool = False


class Decided(NamedTuple):
    """What was decided about orders by hand; `said` goes into their history."""

    identifiers: Sequence[str]
    decision: Decision
    said: dict[str, str]
    source: str | None = None


def patch_file(database: str, requested: Requested, settings: Settings, run: RequestRun) -> Iterator[Handled]:
    """Patch order after order; those that are refused go into a rejects file.

    Raises:
        BadInputError: the file is missing or cannot be read, or the database is none.
        UsageError: the rejects file would overwrite the input.
        TryAgainError: the surroundings of the database are in trouble.
    """
    with closing((read_database if requested.dry_run else open_database)(database)) as connection:
        handler = PatchHandler(connection, settings, run.run_id, dry_run=requested.dry_run)
        yield from _handle_file(connection, requested, settings, handler, run, "patch")


def cancel_file(database: str, requested: Requested, settings: Settings, run: RequestRun) -> Iterator[Handled]:
    """Cancel order after order; requests that are refused go into a rejects file.

    Raises:
        BadInputError, UsageError, TryAgainError: as `patch_file`.
    """
    with closing(open_database(database)) as connection:
        handler = CancelHandler(connection, settings, run.run_id)
        yield from _handle_file(connection, requested, settings, handler, run, "cancel")


def count_requests(path: str, settings: Settings) -> int:
    """How many requests a file holds.

    Raises:
        BadInputError: the file is missing or cannot be read.
    """
    return sum(1 for _ in read_records(expand_paths([path]), max_bytes=settings.limits.max_order_bytes))


def _handle_file(
    connection: Store,
    requested: Requested,
    settings: Settings,
    handler: SourceHandler,
    run: RequestRun,
    request: Request,
) -> Iterator[Handled]:
    inputs = expand_paths([requested.path])
    rejects = Rejects(inputs, "none" if requested.dry_run else requested.rejects)
    records = read_records(inputs, max_bytes=settings.limits.max_order_bytes)
    options = Context(request, requested.source, settings.profile, "sync")
    stated = () if requested.source is None else ("source",)
    contexts = Contexts(connection, Given(options, stated, requested.override_context))
    lines = RequestLines(connection, contexts, handler, run.run_id, inputs, dry_run=requested.dry_run)
    return handle_requests(connection, records, lines, run, rejects)


def cancel_orders(database: str, decided: Decided, settings: Settings, run: RequestRun) -> Iterator[Handled]:
    """Cancel these orders, or approve or deny that, one after the other.

    Raises:
        BadDatabaseError, TryAgainError: the database is none, or its surroundings are in trouble.
    """
    with closing(open_database(database)) as connection:
        handler = CancelHandler(connection, settings, run.run_id)

        def decide(record: Record) -> Handled:
            address = Address(decided.identifiers[record.record - 1], decided.source)
            return handler.decide(record, address, decided.decision, decided.said)

        records = (Record(b"", STDIN, n, 1, n) for n in range(1, len(decided.identifiers) + 1))
        yield from handle_requests(connection, records, decide, run, Rejects((), "none"))


def cancel_order(database: str, decided: Decided, settings: Settings) -> Handled:
    """Cancel one order, or approve or deny that.

    Raises:
        BadDatabaseError, TryAgainError: as `cancel_orders`.
    """
    with closing(open_database(database)) as connection, transaction(connection, "cancel"):
        address = Address(decided.identifiers[0], decided.source)
        record = Record(b"", STDIN, 1, 1, 1)
        return CancelHandler(connection, settings).decide(record, address, decided.decision, decided.said)
