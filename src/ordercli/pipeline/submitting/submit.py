"""Files of product orders become customer orders, or entries of the inbound queue."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING

from ordercli.clock import now, timestamp
from ordercli.database import faults
from ordercli.database.transaction import transaction
from ordercli.errors import BadDatabaseError, BadInputError, OrdercliError, OutputFileError, TryAgainError
from ordercli.failpoints import failpoint
from ordercli.inbound import batches
from ordercli.pipeline.outcomes.outcome import Outcome, Settled
from ordercli.pipeline.outcomes.reject_line import reject_line
from ordercli.pipeline.submitting.settling import Settling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.driver import Connection
    from ordercli.pipeline.judgement.judging import Judged
    from ordercli.pipeline.loading.inventory_versions import InventoryVersions
    from ordercli.pipeline.outcomes.rejects import Rejects
    from ordercli.pipeline.runs.stopping import Stop
    from ordercli.pipeline.submitting.submission import Listener, Origin, Submission

TAKEN_OVER = "the other run goes on with it"


def open_batch(connection: Connection, result: Submission, rejects: Rejects, origin: Origin) -> None:
    """Write down that the run begins."""
    run = result.run
    batch = batches.NewBatch(
        id=result.batch_id,
        source=run.source,
        mode=run.mode,
        profile=result.profile,
        inputs=json.dumps(list(run.inputs)),
        track_id=run.track_id,
        idempotency_key=run.idempotency_key,
        input_sha256=origin.input_sha256,
        rejects_file=rejects.path_for(result.batch_id),
        resume_with=origin.resume_with,
        worker=origin.worker,
        started_at=timestamp(now()),
    )
    batches.start(connection, batch)


def submit(
    connection: Connection,
    judged: Iterator[list[Judged]],
    result: Submission,
    rejects: Rejects,
    stop: Stop,
    listeners: Sequence[Listener] = (),
    inventory: InventoryVersions | None = None,
) -> Submission:
    """Settle and write judged orders, a batch to a transaction, until the input ends or something stops the run.

    `result` is what the run came to so far; it is brought up to date and given back.
    What a batch accepts, and how far the input was read, are written in one transaction; listeners hear of it
    after the commit. Input that breaks off, trouble with the database, its disk or the rejects file, and another run
    that has taken over, end the run with `error` set; what was committed before stands.
    """
    started = monotonic()
    run = result.run
    settling = Settling(
        connection,
        run.mode,
        run.source,
        result.batch_id,
        result.profile,
        dry_run=run.dry_run,
        actor=run.actor,
        inventory=inventory,
    )
    result.stopped = run.must_stop(result.counts)
    try:
        for batch in () if result.stopped else judged:
            _settle_batch(connection, batch, settling, result, rejects, listeners)
            if result.stopped:
                break
    except (BadInputError, BadDatabaseError, TryAgainError, OSError) as error:
        result.error = _explained(error, result)
    except faults.driver_errors() as error:
        result.error = _explained(error, result)
    finally:
        result.rejects_file, result.notes = rejects.close(), rejects.notes
        result.elapsed_seconds = monotonic() - started
    if not run.dry_run and not stop.requested and isinstance(result.error, BadInputError | OutputFileError | None):
        with transaction(connection, "submit-finish"):
            batches.finish(connection, result.batch_id, result.status, timestamp(now()))
    result.end(stop)
    return result


def _explained(error: Exception, result: Submission) -> OrdercliError:
    """What ended the run, as a user understands it, with the way on."""
    expected = error if isinstance(error, OrdercliError) else faults.explain(error, "the database")
    if isinstance(error, OSError):
        place = f": {error.filename}" if error.filename else ""
        expected = TryAgainError(f"{error.strerror or error}{place}")
    if expected is None:
        raise error
    if isinstance(expected, TryAgainError) and not result.run.dry_run and expected.hint != TAKEN_OVER:
        expected.hint = f"what was committed stands; go on with `ordercli batch resume {result.batch_id}`"
        if isinstance(error, OutputFileError):
            expected.hint += ", or with --rejects PATH in another file"
    return expected


def _settle_batch(
    connection: Connection,
    judged: list[Judged],
    settling: Settling,
    result: Submission,
    rejects: Rejects,
    listeners: Sequence[Listener],
) -> None:
    if result.run.dry_run:
        settled, counts = _up_to_limit(settling.settle(judged), result)
    else:
        with transaction(connection, "submit-batch"):
            settling.hold_source()
            settled, counts = _settled_and_written(judged, settling, result)
            kept = rejects.write(_reject_lines(settled, result.batch_id), result.batch_id)
            if not batches.advance(connection, result.batch_id, counts, kept, result.counts.read):
                raise TryAgainError(f"Batch {result.batch_id} was taken over by another run", hint=TAKEN_OVER)
    _take_account(result, settled, counts)
    rejects.committed()
    for listener in listeners:
        listener.settled(settled)
    failpoint("receipts")


def _reject_lines(settled: list[Settled], batch_id: str) -> Iterator[bytes]:
    return (reject_line(batch_id, each.source, each.record, each.findings) for each in settled if each.refused)


def _settled_and_written(
    judged: list[Judged], settling: Settling, result: Submission
) -> tuple[list[Settled], batches.Counts]:
    """What became of the orders; settled again when another process was quicker with one of the external ids."""
    while True:
        settled, counts = _up_to_limit(settling.settle(judged), result)
        accepted = {each.order_id for each in settled if each.outcome is Outcome.ACCEPTED}
        if settling.write(accepted):
            return settled, counts


def _up_to_limit(settled: list[Settled], result: Submission) -> tuple[list[Settled], batches.Counts]:
    """The orders up to the one at which the run has to stop (those after it count as not read), and the new counts."""
    counts = list(result.counts)
    for n, each in enumerate(settled):
        counts[0] += 1
        counts[_COLUMN[each.outcome]] += 1
        counts[5] += sum(finding.severity == "warning" for finding in each.findings)
        if (each.refused and result.run.fail_fast) or result.run.must_stop(batches.Counts(*counts)):
            return settled[: n + 1], batches.Counts(*counts)
    return settled, batches.Counts(*counts)


def _take_account(result: Submission, settled: list[Settled], counts: batches.Counts) -> None:
    result.counts = counts
    for each in settled:
        result.codes.update(finding.code for finding in each.findings)
        result.without_external_id += each.outcome is Outcome.ACCEPTED and each.external_id is None
    if (settled[-1].refused and result.run.fail_fast) or result.run.must_stop(counts):
        result.stopped, result.stopped_at = True, settled[-1].record


_COLUMN = {Outcome.ACCEPTED: 1, Outcome.DUPLICATE: 2, Outcome.CONFLICT: 3, Outcome.REJECTED: 4}
