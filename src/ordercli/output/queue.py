"""Print the results of commands that change entries of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.counted import counted
from ordercli.exit_codes import ExitCode
from ordercli.operations.change_entries import EntryReceipt
from ordercli.output.advice import path_word
from ordercli.output.rows import print_object, print_result, print_results
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format
from ordercli.queue.entries import EntryState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.operations.change_entries import EntriesChanged
    from ordercli.operations.purge_entries import EntriesPurged
    from ordercli.operations.queue_status import PauseState, QueueStatus
    from ordercli.output.stream import Output
    from ordercli.output_files.output_file import OutputFile


def print_status(status: QueueStatus, output: Output) -> None:
    """Print the status of the queue; a table has the counts of other kinds than product orders, CSV those of all."""
    if output.format_of_one() not in {Format.TABLE, Format.CSV}:
        print_result(status, output)
        return
    print_object(status_members(status, output), output)


def status_members(status: QueueStatus, output: Output) -> dict[str, Any]:
    """Return the members of a status as the format of the output has them."""
    if output.format_of_one() not in {Format.TABLE, Format.CSV}:
        return status.members()
    members = {name: member for name, member in status.members().items() if name not in {"byResource", "targets"}}
    if output.format_of_one() is Format.TABLE:
        members |= {str(state): _by_kind(status, state) for state in EntryState}
    return members


def print_pause(state: PauseState, output: Output) -> None:
    """Print on stdout what was paused or resumed, if a format is asked for."""
    if output.format is not Format.AUTO:
        print_result(state, output)


def _by_kind(status: QueueStatus, state: EntryState) -> str:
    counts = {kind: counts[state] for kind, counts in status.by_resource.items() if counts[state]}
    parts = ", ".join(f"{kind} {n}" for kind, n in counts.items())
    return f"{getattr(status, state)} ({parts})" if set(counts) - {"productOrder"} else str(getattr(status, state))


def print_receipts(receipts: Sequence[EntryReceipt], output: Output) -> None:
    """Print a receipt for each id on stdout, and the first error of each on stderr."""
    shown = [each for each in receipts if each.order_id or output.format_of_many() is not Format.ID]
    print_results(shown, EntryReceipt, output)
    for each in receipts:
        for error in each.errors[:1]:
            output.note(visible(f"  {each.id}: {error.code or ''} {error.message}"))


def end_of(receipts: Sequence[EntryReceipt]) -> ExitCode:
    """Return the exit code of the command: the worst of its receipts."""
    return max(map(_end_of_one, receipts), default=ExitCode.OK)


def _end_of_one(receipt: EntryReceipt) -> ExitCode:
    if receipt.outcome == "postponed":
        return ExitCode.TRY_AGAIN
    return ExitCode.REJECTED if receipt.errors else ExitCode.OK


def print_changed(changed: EntriesChanged, output: Output) -> None:
    """Print how many entries were changed."""
    if output.shown_store:
        changed.store = output.shown_store
    print_result(changed, output)
    if not changed.matched and output.stderr_on_terminal:
        output.note("no entry matches the filters; nothing was done")
    if changed.skipped:
        output.note(
            f"{counted(changed.skipped, 'entry stays as it is', 'entries stay as they are')}: changed meanwhile, or"
            " another order holds the externalId"
        )


def print_purged(result: EntriesPurged, output: Output, *, dry_run: bool) -> None:
    """Print the counts on stdout if asked for, or in a dry run; else as text on stderr, on a terminal or with -v."""
    if output.shown_store:
        result.store = output.shown_store
    if output.format is not Format.AUTO or dry_run:
        print_result(result, output)
    elif output.stderr_on_terminal or output.verbose:
        by_state = {"completed": result.completed, "error": result.error, "cancelled": result.cancelled}
        counts = ", ".join(f"{count} {state}" for state, count in by_state.items() if count)
        output.summarize(
            f"{counted(result.total, 'entry', 'entries')} deleted in {result.elapsed_seconds:.1f} s"
            f" ({counts or 'nothing was due'})"
        )


def print_exported(lines: Iterable[bytes], to: OutputFile | None, output: Output, *, may_be_sent: bool) -> None:
    """Write the lines to stdout, or to a file (mode 0600) that appears only when it is complete, with a note on stderr.

    `may_be_sent` tells whether all lines can replace their entries.

    Raises:
        OutputFileError: the file cannot be written.
    """
    if to is None:
        output.stdout.writelines(lines)
        return
    with to.complete() as write:
        count = sum(1 for line in lines if write(line))
    if not count:
        output.note("no orders exported")
        return
    then = "lines of entries that have not failed cannot be sent: these entries still become orders, or have"
    if may_be_sent:
        then = output.advice.line("repair and send again", "submit", path_word(to.path))
    is_file = to.stream is None  # what a pipe has read cannot be sent again by that name
    output.note(f"{counted(count, 'order')} exported{f'; {then}' if is_file or not may_be_sent else ''}")
