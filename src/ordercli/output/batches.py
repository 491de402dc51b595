"""Print batches, with the command that resumes an interrupted one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ordercli.bulk.submission import SEND_AGAIN
from ordercli.counted import counted
from ordercli.intake.inputs import is_read_once
from ordercli.operations.batch_reports import INTERRUPTED, Batch, BatchDetails
from ordercli.output.rows import print_page, print_result, print_results, table_width
from ordercli.output.run_inputs import first_input
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format, Output
from ordercli.result_types import Page

if TYPE_CHECKING:
    from ordercli.bulk.batch_cancellation import BatchCancellation, Plan, WithdrawnOrder

_SHOWN = 20
_MOST: tuple[str, ...] = (*Batch.columns, "file")
# The columns of a table that is at least so wide: those that leave about 30 characters for the name of the file, and 13
# on a terminal of 80.
_BY_WIDTH = {160: _MOST, 120: (*Batch.columns[:5], "file"), 0: (*Batch.columns[:4], "file")}


def print_batches(page: Page[Batch], output: Output) -> None:
    """Print batches; on stderr, for people, how to resume those that were interrupted."""
    shown_format = output.format_of_many()
    hints: list[str] = []

    def rows() -> Iterator[dict[str, Any]]:
        for batch in page.rows:
            hints.extend(_next_step(batch, output))
            batch.next_command = next_command(batch, output)
            members = batch.members()
            yield {**members, "file": first_input(batch)} if shown_format in {Format.TABLE, Format.CSV} else members

    columns = _MOST
    if shown_format is Format.TABLE:
        columns = next(names for least, names in _BY_WIDTH.items() if table_width(output) >= least)
    print_page(Page(rows(), page.total, page.limit), columns, output, id_member=Batch.identified_by)
    if shown_format is Format.TABLE:
        _print_hints(hints, output)


def print_batch(batch: BatchDetails, output: Output) -> None:
    """Print one batch; on stderr, for people, how to resume it if it was interrupted."""
    batch.next_command = next_command(batch, output)
    print_result(batch, output)
    if output.format_of_one() is Format.TABLE:
        _print_hints(list(_next_step(batch, output)), output)


def plan_in_words(batch_id: str, plan: Plan) -> str:
    """Return a sentence that says what cancelling a batch will do."""
    parts = [
        f"{counted(plan.discarded, 'waiting or failed entry', 'waiting or failed entries')} will be discarded",
        f"{counted(plan.cancelled, 'order')} will be cancelled",
    ]
    if plan.claimed:
        parts.append(f"{counted(plan.claimed, 'entry', 'entries')} that a worker holds will be waited for")
    if plan.left:
        states = ", ".join(f"{count} {state}" for state, count in sorted(plan.left.items()))
        parts.append(f"orders in other states stay as they are ({states})")
    if plan.elsewhere:
        stays, stay = "entry for another system stays as it is", "entries for other systems stay as they are"
        parts.append(counted(plan.elsewhere, stays, stay))
    if plan.before:
        parts.append(f"{counted(plan.before, 'was', 'were')} withdrawn before")
    return f"batch {visible(batch_id)}: {', '.join(parts)}"


def print_withdrawn(receipts: Iterator[WithdrawnOrder], output: Output) -> None:
    """Print a receipt for each order of a cancelled batch in the wanted format; for people, those that are left."""
    from ordercli.bulk.batch_cancellation import WithdrawnOrder  # `batch list` cancels nothing

    if output.format is Format.JSON or (output.format is Format.AUTO and not output.on_terminal):
        for _ in receipts:
            pass
    elif output.format is not Format.AUTO:
        print_results(receipts, WithdrawnOrder, output)
    else:
        left: list[WithdrawnOrder] = []
        for receipt in receipts:
            if receipt.outcome == "conflict" and len(left) < _SHOWN:
                left.append(receipt)
        if left:
            print_results(left, WithdrawnOrder, output)


def print_cancellation(result: BatchCancellation, output: Output) -> None:
    """Print what became of a batch that was cancelled: as an object for programs, in words for people."""
    if output.shown_store:
        result.store = output.shown_store
    if output.format is Format.JSON or (output.format is Format.AUTO and not output.on_terminal):
        print_result(result, output)
    if result.dry_run is True:
        output.note("dry run, nothing was done")
    elif output.stderr_on_terminal:
        counts = (
            f"{counted(result.discarded, 'entry', 'entries')} discarded, {counted(result.cancelled, 'order')} cancelled"
        )
        asked = f", {result.requested} wait for approval" if result.requested else ""
        output.summarize(f"{counts}{asked}, {result.conflicts} left as they are")


_WATCHED = ("status", "read", "accepted", "rejected", "waiting", "created", "failed", "cancelled")


def watched_members(batch: BatchDetails, output: Output) -> dict[str, Any]:
    """Return the members of a batch that a person watches, with how far its orders are; all of them for programs."""
    members = batch.members()
    if output.format_of_one() is not Format.TABLE:
        return members
    done = f"{1 - batch.waiting / batch.accepted:.0%}" if batch.accepted else ""
    return {"batchId": batch.batch_id, **{name: members[name] for name in _WATCHED}, "done": done}


def _next_step(batch: Batch | BatchDetails, output: Output) -> Iterator[str]:
    if batch.status != INTERRUPTED:
        return
    if any(map(is_read_once, batch.inputs)):
        yield f"batch {batch.batch_id} was interrupted, and its input cannot be read again: {SEND_AGAIN}"
    else:
        yield output.advice.line("interrupted, go on", *_resume(batch))


def next_command(batch: Batch | BatchDetails, output: Output) -> str | None:
    """Return the command that goes on with an interrupted batch; None if there is nothing to go on with."""
    can_go_on = batch.status == INTERRUPTED and not any(map(is_read_once, batch.inputs))
    return output.advice.command(*_resume(batch)) if can_go_on else None


def _resume(batch: Batch | BatchDetails) -> tuple[str, str, str]:
    return "batch", "resume", batch.batch_id


def _print_hints(hints: list[str], output: Output) -> None:
    for hint in hints:
        output.note(hint)
