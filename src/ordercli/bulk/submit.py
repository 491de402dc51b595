"""Files of product orders become customer orders, or entries of the inbound queue."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from ordercli.bulk.submission import SEND_AGAIN
from ordercli.clock import now, timestamp
from ordercli.database import faults
from ordercli.database.store import transaction
from ordercli.errors import BadDatabaseError, BadInputError, OrdercliError, OutputFileError, TryAgainError
from ordercli.failpoints import failpoint
from ordercli.operations.results import OrderResult, Outcome
from ordercli.queue import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.bulk.batches import RunBatch, RunBatches, SubmitContext
    from ordercli.bulk.submission import Submission
    from ordercli.operations.accept import Settling
    from ordercli.operations.contexts import Contexts
    from ordercli.operations.validate import ValidatedOrder

TAKEN_OVER = "the other run goes on with it"


def submit(place: SubmitContext, judged: Iterator[list[ValidatedOrder]], parts: RunBatches) -> Submission:
    """Settle and write judged orders, a batch to a transaction, until the input ends or something stops the run.

    What a batch accepts, and how far the input was read, are written in one transaction; listeners hear of it
    after the commit. Input that breaks off, trouble with the database, its disk or the rejects file, and another run
    that has taken over, end the run with `error` set; what was committed before stands.
    """
    started, error = monotonic(), None
    try:
        _settle_all(place, judged, parts)
    except (BadInputError, BadDatabaseError, TryAgainError, OSError) as caught:
        error = _explained(caught, parts, place.database)
    except faults.driver_errors() as caught:
        error = _explained(caught, parts, place.database)
    finally:
        parts.close(monotonic() - started)
    if not any(parts):
        parts.open()  # what read nothing is a batch as well
    parts.compare()
    for result, _ in parts:
        result.error = error
    if not (parts.run.dry_run or place.stop.requested) and isinstance(error, BadInputError | OutputFileError | None):
        with transaction(place.connection, "submit-finish"):
            for result, _ in parts:
                batches.finish(place.connection, result.batch_id, result.status, timestamp(now()))
    for result, _ in parts:
        result.end(place.stop)
    return parts.result


def _explained(error: Exception, parts: RunBatches, database: str) -> OrdercliError:
    """Return what ended the run, as a user understands it, with the way on."""
    expected = error if isinstance(error, OrdercliError) else faults.explain(error, database)
    if isinstance(error, OSError):
        expected = TryAgainError.of_system(error)
    if expected is None or not (any(parts) or isinstance(expected, BadInputError)):
        raise error
    if isinstance(expected, TryAgainError) and not parts.run.dry_run and expected.hint != TAKEN_OVER:
        way_on = f"go on with `ordercli batch resume {parts.result.batch_id}`"
        expected.hint = f"what was committed stands; {way_on if parts.result.can_be_resumed else SEND_AGAIN}"
        if isinstance(error, OutputFileError) and parts.result.can_be_resumed:
            expected.hint += ", or with --rejects PATH in another file"
    return expected


def _settle_all(place: SubmitContext, judged: Iterator[list[ValidatedOrder]], parts: RunBatches) -> None:
    parts.compare()
    is_stopped = any(parts.run.must_stop(result.of_run(result.counts)) for result, _ in parts)
    for batch in () if is_stopped else judged:
        part = parts.of(batch[0].record)
        parts.compare()
        _settle_batch(place, batch, part, parts)
        if part.result.stopped:
            is_stopped = True
            break
    if is_stopped:
        for result, _ in parts:
            result.stopped = True


def _settle_batch(place: SubmitContext, judged: list[ValidatedOrder], part: RunBatch, parts: RunBatches) -> None:
    result, settling = part
    if result.run.dry_run:
        settling.hold(judged)
        settled, counts = _up_to_limit(settling.settle(judged), result)
    else:
        with transaction(place.connection, "submit-batch"):
            settling.hold(judged)
            settled, counts = _settled_and_written(judged, settling, result)
            kept = parts.rejects.write(_reject_lines(settled, part), parts.result.batch_id)
            if not batches.advance(place.connection, result.batch_id, counts, kept, result.counts.read):
                raise TryAgainError(f"Batch {result.batch_id} was taken over by another run", hint=TAKEN_OVER)
    _take_account(result, settled, counts, parts.contexts)
    result.known_elsewhere.update(settling.known_elsewhere(settled))
    parts.rejects.committed()
    for listener in place.audience.listeners:
        listener.settled(settled)
    if place.audience.on_progress:
        place.audience.on_progress(parts.progress())
    failpoint("receipts")


def _reject_lines(settled: list[OrderResult], part: RunBatch) -> Iterator[bytes]:
    return (part.settling.reject_line(each) for each in settled if each.refused)


def _settled_and_written(
    judged: list[ValidatedOrder], settling: Settling, result: Submission
) -> tuple[list[OrderResult], batches.Counts]:
    """What became of the orders; settled again when another process was quicker with one of the external ids."""
    while True:
        settled, counts = _up_to_limit(settling.settle(judged), result)
        accepted = {each.order_id for each in settled if each.outcome is Outcome.ACCEPTED}
        if settling.write(accepted):
            return settled, counts


def _up_to_limit(settled: list[OrderResult], result: Submission) -> tuple[list[OrderResult], batches.Counts]:
    """The orders up to the one at which the run has to stop (those after it count as not read), and the new counts."""
    counts = list(result.counts)
    for n, each in enumerate(settled):
        counts[0] += 1
        counts[_COLUMN[each.outcome]] += 1
        counts[5] += sum(finding.severity == "warning" for finding in each.findings)
        if (each.refused and result.run.fail_fast) or result.run.must_stop(result.of_run(batches.Counts(*counts))):
            return settled[: n + 1], batches.Counts(*counts)
    return settled, batches.Counts(*counts)


def _take_account(result: Submission, settled: list[OrderResult], counts: batches.Counts, contexts: Contexts) -> None:
    result.counts = counts
    for each in settled:
        result.codes.update(finding.code for finding in each.findings)
        if each.refused:
            result.again.add(contexts.of(each.record).again)
        if each.outcome is Outcome.ACCEPTED:
            result.without_external_id += each.external_id is None
            result.external_ids += each.external_id is not None
    if (settled[-1].refused and result.run.fail_fast) or result.run.must_stop(result.of_run(counts)):
        result.stopped, result.stopped_at = True, settled[-1].record


_COLUMN = {Outcome.ACCEPTED: 1, Outcome.DUPLICATE: 2, Outcome.CONFLICT: 3, Outcome.REJECTED: 4}
