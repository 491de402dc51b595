"""Results of the queue commands."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ordercli.errors import ExitCode
from ordercli.output.advice import path_word
from ordercli.output.rows import print_result, print_results
from ordercli.output.stream import Format
from ordercli.output.visible import visible
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ordercli.operations.change_entries import EntriesChanged, EntryReceipt
    from ordercli.operations.drain import QueueRun
    from ordercli.operations.purge_entries import EntriesPurged
    from ordercli.output.log import Log
    from ordercli.output.progress import Display
    from ordercli.output.stream import Output
    from ordercli.output_files.output_file import OutputFile
    from ordercli.run_control import OnProgress


def print_receipts(receipts: Sequence[EntryReceipt], output: Output) -> None:
    """Print a receipt for each id on stdout, and the first error of each on stderr."""
    from ordercli.operations.change_entries import EntryReceipt  # noqa: PLC0415 - an idle run from cron prints no receipts

    shown = [each for each in receipts if each.order_id or output.format_of_many() is not Format.ID]
    print_results(shown, EntryReceipt, output)
    for each in receipts:
        for error in each.errors[:1]:
            output.note(visible(f"  {each.id}: {error.code or ''} {error.message}"))


def end_of(receipts: Sequence[EntryReceipt]) -> ExitCode:
    """Return the exit code of the command: the worst of its receipts."""
    return max((each.exit_code for each in receipts), default=ExitCode.OK)


def print_changed(changed: EntriesChanged, output: Output) -> None:
    """Print how many entries were changed."""
    print_result(changed, output)
    if not changed.matched and output.stderr_on_terminal:
        output.note("no entry matches the filters; nothing was done")
    if changed.skipped:
        output.note(
            f"{changed.skipped} were left as they are: changed meanwhile, or their externalId is held by another order"
        )


def print_run(result: QueueRun | None, output: Output, exit_code: ExitCode) -> None:
    """Print the counts of a run on stdout, if an output format is asked for."""
    if output.wanted not in {Format.AUTO, Format.ID}:
        from ordercli.operations.drain import QueueRun  # noqa: PLC0415 - an idle run from cron prints nothing

        print_result(replace(result or QueueRun(), exit_code=exit_code), output)


def report_run(result: QueueRun | None, output: Output, log: Log) -> None:
    """Report a run in the log, and on stderr; without a terminal or -v, only if an order failed, as cron needs it."""
    if result is None:
        return
    if result.paused:
        if output.verbose or output.stderr_on_terminal:
            since = f"the queue is paused since {result.paused_since}, {result.remaining} are waiting"
            output.note(f"{since}; {output.advice.completed('`ordercli queue resume` lets it go on')}")
        return
    if result.failed or output.stderr_on_terminal or output.verbose:
        _print_summary(result, output)
    for order_id, body in result.failures:
        log.event("order failed", {"orderId": order_id, **_details(body)[0]}, failed=True)
    log.event("queue run", result.members(), failed=bool(result.exit_code))


def _print_summary(result: QueueRun, output: Output) -> None:
    output.note(
        f"{result.completed} orders created in {result.elapsed_seconds:.1f} s,"
        f" {result.failed} failed, {result.retried} to be tried again, {result.remaining} remaining"
    )
    for order_id, body in result.failures:
        output.note(f"  {order_id}: {_reason(body)}")
    if result.failed:
        output.note(f"  {output.advice.line('look at them', 'queue', 'list', '--state', 'error')}")


def _reason(body: str) -> str:
    """Return the code and the message of a stored error body, with its second detail where that says more."""
    details = _details(body)
    said = dict.fromkeys(detail["message"] for detail in details[:2] if detail["rule"] == details[0]["rule"])
    value = f" ({details[0]['value']})" if "value" in details[0] else ""
    return visible(f"{details[0]['rule']} {': '.join(said)}{value}")


def _details(body: str) -> list[dict[str, str]]:
    import json  # noqa: PLC0415 - only after a failure

    details: list[dict[str, str]] = json.loads(body)["details"]
    return details


def run_follower(display: Display | None) -> OnProgress | None:
    """Return what shows the progress of a run; None where nobody looks."""
    return display.show if display else None


def print_purged(result: EntriesPurged, output: Output, *, dry_run: bool) -> None:
    """Nothing on stdout unless asked for, or nothing was done; in words on stderr on a terminal."""
    if output.wanted is not Format.AUTO or dry_run:
        print_result(result, output)
    elif output.stderr_on_terminal or output.verbose:
        by_state = {"completed": result.completed, "error": result.error, "cancelled": result.cancelled}
        counts = ", ".join(f"{count} {state}" for state, count in by_state.items() if count)
        output.note(f"{result.total} entries deleted in {result.elapsed_seconds:.1f} s ({counts or 'nothing was due'})")


def purge_follower(display: Display | None, total: int) -> Callable[[EntriesPurged], None] | None:
    """Return what shows the progress of a purge of `total` entries; None where nobody looks."""
    if display is None:
        return None
    return lambda result: display.show(Progress(result.total, result.total, 0, total))


def print_exported(lines: Iterable[bytes], to: OutputFile | None, output: Output, *, may_be_sent: bool) -> None:
    """Write the lines; into a file (mode 0600), which is there whole or not at all, with a word on stderr about it.

    `may_be_sent` tells whether all lines can take the place of their entries.

    Raises:
        OutputFileError: the file cannot be written.
    """
    if to is None:
        output.stdout.writelines(lines)
        return
    count = _written(lines, to)
    if not count:
        output.note("no orders exported")
        return
    then = "lines of entries that have not failed cannot be sent: these entries still become orders, or have"
    if may_be_sent:
        then = output.advice.line("repair and send again", "submit", path_word(to.path))
    output.note(f"{count} orders exported; {then}")


def _written(lines: Iterable[bytes], to: OutputFile) -> int:
    if to.stream is not None:
        with to.trouble(), os.fdopen(to.make(), "wb") as stream:
            return sum(1 for line in lines if stream.write(line))
    with to.whole() as draft, to.trouble(), draft.open("wb") as file:
        return sum(1 for line in lines if file.write(line))
