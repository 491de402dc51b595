"""Requests to change orders: each is handled on its own, many in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Literal

from uuid_utils import uuid7

from ordercli.database.dialect import lock
from ordercli.database.faults import driver_errors, integrity_errors, is_deadlock
from ordercli.database.transaction import savepoint, transaction
from ordercli.errors import BadInputError, ExitCode, OrdercliError, OutputFileError
from ordercli.intake.record import Record
from ordercli.pipeline.outcomes import messages
from ordercli.pipeline.revising.handled import EXIT_CODES, Handled, RequestOutcome
from ordercli.pipeline.revising.request_lines import RequestLines
from ordercli.pipeline.runs.chunks import chunks
from ordercli.pipeline.runs.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.driver import Connection
    from ordercli.pipeline.outcomes.rejects import Rejects
    from ordercli.pipeline.resending.contexts import Again

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
    connection: Connection, records: Iterator[Record], handle: Handler | RequestLines, run: RequestRun, rejects: Rejects
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
    connection: Connection, chunk: list[Record], handle: Handler | RequestLines, run_id: str, rejects: Rejects
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


def _handle_alone(connection: Connection, record: Record, handle: Handler) -> Handled:
    """One request; what the database refuses of it leaves the others alone."""
    try:
        with savepoint(connection):
            return handle(record)
    except integrity_errors() as error:
        return Handled(record, "", None, RequestOutcome.REJECTED, None, messages.creation_failed(str(error)))
