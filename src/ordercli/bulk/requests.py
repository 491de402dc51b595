"""Handle many requests to change orders, from files or from the command line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple

from uuid_utils import uuid7

from ordercli.bulk.rejects_file import RejectsFile, RejectsOption
from ordercli.clock import timestamp_now
from ordercli.database.faults import driver_errors, integrity_errors, is_deadlock
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import savepoint, transaction
from ordercli.errors import BadInputError, OrdercliError, OutputFileError
from ordercli.exit_codes import ExitCode, code_of_error, code_of_stop
from ordercli.intake.inputs import expand_paths
from ordercli.intake.reader import chunks, read_records
from ordercli.intake.record import STDIN, Record
from ordercli.operations import results
from ordercli.operations.cancel import CancelHandler
from ordercli.operations.change_requests import REFUSALS, OrderReference, RequestOutcome, RevisionResult
from ordercli.operations.contexts import Context, Contexts, Resend, RunOptions
from ordercli.operations.fulfil import FulfilHandler
from ordercli.operations.patch import PatchHandler
from ordercli.operations.revise import Author
from ordercli.orders import order_store
from ordercli.queue import batches
from ordercli.queue.entries import BatchStatus
from ordercli.queue.sent_again import AcceptedLines
from ordercli.run_control import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.record import Origin
    from ordercli.operations.cancel import Decision
    from ordercli.settings import ResourceName, Settings

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
        self._handle = handle
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
        answer = self._handle(record, context.source)
        if origin and answer.identifier and not answer.refused:
            self._lines.accept(origin, answer.identifier)
            if not self._dry_run:
                self._lines.keep([(origin, answer.identifier)], self._run_id, timestamp_now())
        return answer

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


ATTEMPTS = 5
Handler = Callable[[Record], RevisionResult]


@dataclass
class RequestRun:
    """The result of a run over many requests; it is updated while the answers are read.

    `again` holds the commands and options with which refused requests can be sent again; lines of rejects files may
    need different ones. `unread` are the files of a folder or a glob that were skipped because they cannot be read.
    """

    kind: Literal["patch", "cancel", "fulfil"]
    run_id: str = field(default_factory=lambda: uuid7().hex)
    outcomes: Counter[RequestOutcome] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    again: set[Resend] = field(default_factory=set)
    rejects_file: str | None = None
    elapsed_seconds: float = 0.0
    error: OrdercliError | None = None
    unread: list[BadInputError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    exit_code: ExitCode = ExitCode.OK

    def add(self, answers: Sequence[RevisionResult]) -> None:
        """Count committed answers."""
        self.outcomes.update(answer.outcome for answer in answers)
        for answer in answers:
            self.codes.update(finding.code for finding in answer.findings)

    def end(self, stop: Stop) -> None:
        """Set the exit code: the worst of all outcomes."""
        if stop.signal:
            self.exit_code = code_of_stop(stop)
        elif self.error:
            self.exit_code = code_of_error(self.error)
        elif self.unread:
            self.exit_code = ExitCode.BAD_INPUT
        elif any(self.outcomes[outcome] for outcome in REFUSALS):
            self.exit_code = ExitCode.REJECTED


def handle_requests(
    store: Store, records: Iterator[Record], handle: Handler | RequestLines, run: RequestRun, rejects: RejectsFile
) -> Iterator[RevisionResult]:
    """Handle requests, one transaction per chunk, until the input ends or a signal asks to stop.

    Yield each answer after its commit. Only the requests of files (`RequestLines`) have rejects. If the input cannot be
    read to its end, the run ends and its `error` is set.

    Raises:
        TryAgainError: The database cannot be written for now; the last transaction was rolled back.
    """
    started, stop = monotonic(), Stop().listen()
    try:
        for chunk in chunks(records, stop):
            answers = _handle_together(store, chunk, handle, run.run_id, rejects)
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
    store: Store, chunk: list[Record], handle: Handler | RequestLines, run_id: str, rejects: RejectsFile
) -> list[RevisionResult]:
    """Handle many requests in one transaction.

    Two runs that change the same orders in another sequence may deadlock on a server. The run whose transaction the
    server aborts handles its requests again while it locks out all other runs.
    """
    attempts = 0
    while True:
        attempts += 1
        answers = None
        try:
            with transaction(store, "requests"):
                store.lock("requests", shared=attempts == 1)
                if isinstance(handle, RequestLines):
                    handle.begin(chunk)
                answers = [_handle_alone(store, record, handle) for record in chunk]
                if isinstance(handle, RequestLines):
                    rejects.write(handle.end(answers), run_id)  # outside the retry, which would write it twice
                return answers
        except driver_errors() as error:
            if answers is not None or attempts == ATTEMPTS or not is_deadlock(error):
                raise


def _handle_alone(store: Store, record: Record, handle: Handler) -> RevisionResult:
    """Handle one request. If the database refuses it, the other requests of the transaction are kept."""
    try:
        with savepoint(store):
            return handle(record)
    except integrity_errors() as error:
        return RevisionResult(record, "", None, RequestOutcome.REJECTED, None, results.creation_failed(str(error)))


class FileOptions(NamedTuple):
    """The options of a run over files of requests.

    External ids are looked up only in `source` and among orders of the kind `resource`, where these are given.
    """

    path: str
    source: str | None = None
    rejects: RejectsOption = None
    dry_run: bool = False
    override_context: bool = False
    resource: ResourceName | None = None


def handle_file(database: str, options: FileOptions, settings: Settings, run: RequestRun) -> Iterator[RevisionResult]:
    """Patch or cancel orders, or take reports of their fulfilment (see `run.kind`).

    Write refused requests to a rejects file. A folder or a glob stands for its files, as in `submit`; those that cannot
    be read go into `run.unread`.

    Raises:
        BadInputError: The file is missing or cannot be read.
        BadDatabaseError: The database is missing, damaged, or was not made by ordercli.
        UsageError: The rejects file would overwrite the input.
        TryAgainError: The database cannot be written for now.
    """
    with closing((read_database if options.dry_run else open_database)(database)) as store:
        handler = _handler(store, settings, run, options)
        inputs = expand_paths([options.path], run.unread)
        rejects = RejectsFile(inputs, "none" if options.dry_run else options.rejects)
        records = read_records(inputs, max_bytes=settings.limits.max_order_bytes)
        context = Context(run.kind, options.source, settings.profile, "sync")
        stated = () if options.source is None else ("source",)
        contexts = Contexts(store, RunOptions(context, stated, options.override_context))
        lines = RequestLines(store, contexts, handler, settings.acting, run.run_id, inputs, dry_run=options.dry_run)
        yield from handle_requests(store, records, lines, run, rejects)


def _handler(store: Store, settings: Settings, run: RequestRun, options: FileOptions) -> SourceHandler:
    author = Author(settings.acting, run.run_id)
    if run.kind == "cancel":
        return CancelHandler(store, settings, author, options.resource)
    if run.kind == "fulfil":
        return FulfilHandler(store, author, dry_run=options.dry_run)
    return PatchHandler(store, settings, author, dry_run=options.dry_run, resource=options.resource)


def count_requests(path: str, settings: Settings) -> int:
    """Return the number of requests in the files of a path, without the files that cannot be read.

    Raises:
        BadInputError: The file is missing, or cannot be read to its end.
    """
    return sum(1 for _ in read_records(expand_paths([path], []), max_bytes=settings.limits.max_order_bytes))


class CancelRequest(NamedTuple):
    """A decision about orders that the command line names; `reasons` go into their history."""

    identifiers: Sequence[str]
    decision: Decision
    reasons: dict[str, str]
    source: str | None = None
    resource: ResourceName | None = None
    release_ids: bool = False


def cancel_orders(
    database: str, request: CancelRequest, settings: Settings, run: RequestRun
) -> Iterator[RevisionResult]:
    """Cancel these orders, or approve or deny their cancellation, one after the other.

    Raises:
        BadDatabaseError, TryAgainError: See `handle_file`.
    """
    with closing(open_database(database)) as store:
        author = Author(settings.acting, run.run_id)
        handler = CancelHandler(store, settings, author, release_ids=request.release_ids)

        def decide(record: Record) -> RevisionResult:
            identifier = request.identifiers[record.record - 1]
            reference = OrderReference(identifier, request.source, resource=request.resource)
            return handler.decide(record, reference, request.decision, request.reasons)

        records = (Record(b"", STDIN, n, 1, n) for n in range(1, len(request.identifiers) + 1))
        yield from handle_requests(store, records, decide, run, RejectsFile((), "none"))
