"""Handle many requests to change orders, from files or from the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import takewhile
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple

from uuid_utils import uuid7

from ordercli.bulk.rejects_file import RejectsFile, RejectsOption
from ordercli.bulk.request_lines import RequestLines, SourceHandler
from ordercli.counted import counted
from ordercli.database.faults import driver_errors, integrity_errors, is_deadlock
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import savepoint, transaction
from ordercli.errors import BadInputError, OrdercliError, OutputFileError
from ordercli.exit_codes import ExitCode, code_of_error, code_of_stop
from ordercli.intake.inputs import expand_paths
from ordercli.intake.reader import chunks, read_records
from ordercli.intake.record import STDIN, Record
from ordercli.operations import results
from ordercli.operations.cancel import CancelHandler, Cancellation, Decision, read_cancellation
from ordercli.operations.change_requests import REFUSALS, OrderReference, RequestOutcome, RevisionResult
from ordercli.operations.contexts import Context, Contexts, Resend, RunOptions
from ordercli.operations.fulfil import FulfilHandler
from ordercli.operations.patch import PatchHandler
from ordercli.operations.revise import Author, is_refused_at_target
from ordercli.run_control import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.many_at_targets import Finish, ManyAtTargets
    from ordercli.operations.remote import Remote
    from ordercli.settings import ResourceName, Settings
    from ordercli.targets import Target


ATTEMPTS = 5
Handler = Callable[[Record], RevisionResult]
# Sends a request about an order at a target on, outside of transactions, and returns what finishes it in one.
SendOn = Callable[[Record], "Handler | RequestLines"]
# What could not be sent on to a target, or may have arrived there, is to be sent again.
_LATER = ("ORD435", "ORD436")


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
    dry_run: bool = False
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
        elif any(self.codes[code] for code in _LATER):
            self.exit_code = ExitCode.TRY_AGAIN
        elif any(self.outcomes[outcome] for outcome in REFUSALS):
            self.exit_code = ExitCode.REJECTED


def handle_requests(
    store: Store,
    records: Iterator[Record],
    handle: Handler | RequestLines,
    run: RequestRun,
    rejects: RejectsFile,
    send_on: SendOn | None = None,
) -> Iterator[RevisionResult]:
    """Handle requests, one transaction per chunk, until the input ends or a signal asks to stop.

    With `send_on`, requests that are refused because their orders are at targets are sent on, and have a transaction
    of their own. Yield each answer after its commit. Only the requests of files (`RequestLines`) have rejects. If the
    input cannot be read to its end, the run ends and its `error` is set.

    Raises:
        TryAgainError: The database cannot be written for now; the last transaction was rolled back.
    """
    started, stop = monotonic(), Stop().listen()
    try:
        for chunk in chunks(records, stop):
            for answers in _answered(store, chunk, handle, run.run_id, rejects, send_on, stop):
                run.add(answers)
                if isinstance(handle, RequestLines):
                    run.again |= handle.again(answers)
                yield from answers
                rejects.committed()
    except BadInputError as error:
        run.error = error
    except OutputFileError as error:
        error.hint = (
            f"{counted(run.outcomes.total(), 'request was', 'requests were')} handled; send those after them again"
        )
        run.error = error
    finally:
        run.rejects_file, run.notes = rejects.close(), rejects.notes
        run.elapsed_seconds = monotonic() - started
        run.end(stop)


def _answered(
    store: Store,
    chunk: list[Record],
    handle: Handler | RequestLines,
    run_id: str,
    rejects: RejectsFile,
    send_on: SendOn | None,
    stop: Stop,
) -> Iterator[list[RevisionResult]]:
    """Yield the answers to the requests of a chunk in their sequence, committed together or sent on one by one."""
    is_left = is_refused_at_target if send_on else None
    while chunk:
        answers = _handle_together(store, chunk, handle, run_id, rejects, is_left)
        yield answers
        chunk = chunk[len(answers) :]
        if chunk and stop.signal:
            return
        if chunk and send_on:
            yield _handle_together(store, chunk[:1], send_on(chunk[0]), run_id, rejects)
            chunk = chunk[1:]


def _handle_together(
    store: Store,
    chunk: list[Record],
    handle: Handler | RequestLines,
    run_id: str,
    rejects: RejectsFile,
    is_left: Callable[[RevisionResult], bool] | None = None,
) -> list[RevisionResult]:
    """Handle many requests in one transaction: all, or those before the first one whose answer `is_left`.

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
                handled = (_handle_alone(store, record, handle) for record in chunk)
                answers = list(takewhile(lambda each: not (is_left and is_left(each)), handled))
                if isinstance(handle, RequestLines) and answers:
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

    External ids are looked up only in `source` and among orders of the kind `resource`, where these are given. With
    `local_only`, orders that are at targets are changed here alone.
    """

    path: str
    source: str | None = None
    rejects: RejectsOption = None
    dry_run: bool = False
    override_context: bool = False
    resource: ResourceName | None = None
    local_only: bool = False


def handle_file(
    database: str, options: FileOptions, settings: Settings, run: RequestRun, connect: Callable[[Target], Remote]
) -> Iterator[RevisionResult]:
    """Patch or cancel orders, or take reports of their fulfilment (see `run.kind`).

    Changes of orders at targets are sent on first; `connect` makes the client of a target.

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
        sender = _Sender(store, settings, run, connect)
        here = _handler(store, settings, run, options._replace(local_only=True))
        sends = run.kind != "fulfil" and not (options.local_only or options.dry_run)

        def send_on(record: Record) -> RequestLines:
            return lines.sent_on(record, partial(sender.line, here, options.resource))

        yield from handle_requests(store, records, lines, run, rejects, send_on if sends else None)


class _Sender:
    """Sends requests on to targets; it is made when the first one is sent."""

    def __init__(self, store: Store, settings: Settings, run: RequestRun, connect: Callable[[Target], Remote]) -> None:
        self._store = store
        self._settings = settings
        self._run = run
        self._connect = connect
        self._author = Author(settings.acting, run.run_id, local_only=True)

    @cached_property
    def _targets(self) -> ManyAtTargets:
        from ordercli.operations.change_at_target import Caller  # few orders are forwarded
        from ordercli.operations.many_at_targets import ManyAtTargets

        return ManyAtTargets(self._store, Caller(self._settings, self._author, self._connect))

    def line(self, handler: SourceHandler, resource: ResourceName | None, record: Record, source: str | None) -> Finish:
        """Send the request of a line of a file on; `handler` applies it here."""
        if isinstance(handler, PatchHandler):
            return self._targets.patch(handler, record, source, resource)
        assert isinstance(handler, CancelHandler)  # noqa: S101 - reports of fulfilment are not sent on
        request = read_cancellation(record, resource)
        assert isinstance(request, Cancellation)  # noqa: S101 - it named an order
        reference = OrderReference(request.order_id, source, resource=request.resource)
        return self._targets.cancel(handler, reference, request.reasons, lambda record: handler(record, source))

    def cancellation(self, request: CancelRequest, reference: OrderReference) -> Finish:
        """Send the cancellation of an order that the command line names on."""
        handler = CancelHandler(self._store, self._settings, self._author, release_ids=request.release_ids)
        return self._targets.cancel(
            handler,
            reference,
            request.reasons,
            lambda record: handler.decide(record, reference, request.decision, request.reasons),
        )


def _handler(store: Store, settings: Settings, run: RequestRun, options: FileOptions) -> SourceHandler:
    author = Author(settings.acting, run.run_id, local_only=options.local_only)
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
    local_only: bool = False


def cancel_orders(
    database: str, request: CancelRequest, settings: Settings, run: RequestRun, connect: Callable[[Target], Remote]
) -> Iterator[RevisionResult]:
    """Cancel these orders, or approve or deny their cancellation, one after the other.

    Cancellations of orders at targets are sent on first; `connect` makes the client of a target.

    Raises:
        BadDatabaseError, TryAgainError: See `handle_file`.
    """
    with closing(open_database(database)) as store:
        author = Author(settings.acting, run.run_id, local_only=request.local_only)
        handler = CancelHandler(store, settings, author, release_ids=request.release_ids)
        sender = _Sender(store, settings, run, connect)

        def reference(record: Record) -> OrderReference:
            return OrderReference(request.identifiers[record.record - 1], request.source, resource=request.resource)

        def decide(record: Record) -> RevisionResult:
            return handler.decide(record, reference(record), request.decision, request.reasons)

        def send_on(record: Record) -> Handler:
            return sender.cancellation(request, reference(record))

        records = (Record(b"", STDIN, n, 1, n) for n in range(1, len(request.identifiers) + 1))
        sends = request.decision is Decision.CANCELLED and not request.local_only
        yield from handle_requests(store, records, decide, run, RejectsFile((), "none"), send_on if sends else None)
