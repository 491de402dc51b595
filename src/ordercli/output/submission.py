"""Print the results of a run of submit, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from ordercli.bulk.batches import Followers
from ordercli.bulk.submission import SEND_AGAIN, Listener, Run, Submission
from ordercli.counted import counted
from ordercli.intake.inputs import printable
from ordercli.intake.record import STDIN
from ordercli.output.finding_groups import group_lines
from ordercli.output.rows import print_array, print_object, print_rows
from ordercli.output.safe_text import visible
from ordercli.output.stream import FileFailures, Format, Output, print_coverage, print_problem
from ordercli.output_files.output_file import OutputFile, is_stream
from ordercli.queue.batches import Counts
from ordercli.rulebook.document import REQUEST_BODY_MISSING
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from ordercli.output.advice import Advice
    from ordercli.output.progress import Display

_MOST_FREQUENT = 5


@contextmanager
def open_followers(
    output: Output, run: Run, failures: FileFailures, *, accepted: OutputFile | None = None, full: bool = False
) -> Iterator[Followers]:
    """Yield the followers of a run of submit: receipts or ids on stdout, the file of `--accepted`, progress on stderr.

    A dry run accepts nothing, and has no such file.
    """
    with following(output, run.track_id, full=full) as followers:
        if accepted is None or run.dry_run:
            yield followers
            return
        from ordercli.output.listeners import AcceptedFile  # most runs tell only how they ended

        with closing(AcceptedFile(accepted, failures)) as listener:
            yield followers._replace(listeners=[listener, *followers.listeners], files=[accepted])


@contextmanager
def following(output: Output, track_id: str | None = None, *, full: bool = False) -> Iterator[Followers]:
    """Yield the followers without files: receipts or ids on stdout, progress on stderr; at the end, the only order."""
    only = None
    with ExitStack() as stack:
        display = stack.enter_context(output.progress("submit"))
        waiting: list[Display | None] = []

        def on_wait(done: Progress) -> None:
            """Replace the bar of the input by one of the queue."""
            if not waiting:
                if display:
                    display.clear()
                waiting.append(stack.enter_context(output.progress("create", bad="failed")))
            if waiting[0]:
                waiting[0].show(done)

        listeners: list[Listener] = []
        if output.format in {Format.NDJSON, Format.ID}:
            from ordercli.output.listeners import OrderIds, Receipts

            ids = output.format is Format.ID
            listeners.append(OrderIds(output) if ids else Receipts(output, track_id, full=full))
        elif output.stderr_on_terminal and not output.quiet:
            from ordercli.output.listeners import OnlyOrder

            only = OnlyOrder()
            listeners.append(only)
        yield Followers(listeners, display.show if display else None, on_wait=on_wait)
    if only:
        only.print(output)


def print_submission(result: Submission, output: Output) -> None:
    """Print the summary on stdout for programs, as text on stderr for people.

    For programs it is an object, or an array if the orders had several contexts.
    """
    if (
        output.format is Format.JSON
        or (output.format is Format.AUTO and not output.on_terminal)
        or output.format in {Format.CSV, Format.TABLE}
    ):
        _print_objects([each.as_json() for each in result.batches], output)
    in_words = output.stderr_on_terminal and not output.quiet
    _print_batches(result, output, in_words=in_words)
    if in_words:
        for command in dict.fromkeys(_next_commands(result, output.advice)):
            output.note(f"  {command}")
    elif result.unfinished and not result.error:
        output.note(_next_step(result, output.advice))
    if result.coverage and (in_words or output.verbose):  # otherwise cron would send a mail for every run
        print_coverage(result.coverage, output)
    for note in result.notes:
        output.note(visible(note), "note: ")
    for fault in result.unread:
        print_problem(fault, output.advice, as_json=output.wants_json)
    if result.error:
        print_problem(result.error, output.advice, as_json=output.wants_json)


def _print_batches(result: Submission, output: Output, *, in_words: bool) -> None:
    for each in result.batches:
        _print_batch(each, output, in_words=in_words)
    if reached := _over_limit(result):
        output.note(f"  {reached}" if in_words else reached)


def _print_batch(result: Submission, output: Output, *, in_words: bool) -> None:
    if in_words:
        _print_summary(result, output)
    else:
        for ending in filter(None, (_where_it_stopped(result), _no_orders(result))):
            output.note(ending)
    if not (result.error and output.wants_json):  # in that case standard error must be one JSON document
        for warning in _known_elsewhere(result):
            output.warn(warning)


def _print_objects(summaries: list[dict[str, object]], output: Output) -> None:
    if len(summaries) == 1:
        print_object(summaries[0], output)
    elif output.format is Format.AUTO:
        print_array(summaries, output)
    else:
        print_rows(summaries, tuple(summaries[0]), output, id_member="batchId")


def _known_elsewhere(result: Submission) -> Iterator[str]:
    """Return a warning for each other source with the same external ids: `--source` may have been forgotten."""
    for source, count in result.known_elsewhere.most_common():
        known = f"{count} of {counted(result.external_ids, 'external id is', 'external ids are')} known from source"
        yield f"{known} {visible(source)}; these orders are of source {visible(result.run.source)}"


def _print_summary(result: Submission, output: Output) -> None:
    done = result.own_counts.read and not result.repeated
    rate = f" ({result.own_counts.read / result.elapsed_seconds:.0f}/s)" if result.elapsed_seconds and done else ""
    batch = "" if result.run.dry_run else f", batch {result.batch_id}"
    output.summarize(f"{_headline(result)} in {result.elapsed_seconds:.1f} s{rate}{batch}")
    output.note(f"  {_in_words(result.own_counts)}")
    if result.before:
        output.note(f"  the whole batch: {_in_words(result.counts)}")
    if result.queue_counts:
        output.note(f"  in the queue: {result.queue_counts.waiting} still waiting, {result.queue_counts.failed} failed")
    if result.without_external_id:
        output.note(f"  {result.without_external_id} without externalId: sent again, they would be created again")
    if result.codes:
        frequent = ", ".join(f"{code} {n}" for code, n in result.codes.most_common(_MOST_FREQUENT))
        output.note(f"  most frequent: {frequent}; see `ordercli explain {result.codes.most_common(1)[0][0]}`")
        for line in group_lines(result.groups.largest(), result.groups.others()) if result.groups else ():
            output.note(f"  {line}")
        if result.rejects_file and result.counts.rejected > 1 and not is_stream(result.rejects_file):
            from ordercli.output.advice import path_word  # most runs refuse no order

            by_value = output.advice.line("by code and value", "rejects", "show", path_word(result.rejects_file))
            output.note(f"  {by_value}")
    for ending in filter(None, (_where_it_stopped(result), _no_orders(result))):
        output.note(f"  {ending}")


def _in_words(counts: Counts) -> str:
    return (
        f"read {counts.read}, accepted {counts.accepted}, duplicates {counts.duplicates},"
        f" conflicts {counts.conflicts}, rejected {counts.rejected}, warnings {counts.warnings}"
    )


def _where_it_stopped(result: Submission) -> str | None:
    if result.stopped_at is None:
        return None
    place = f"{visible(result.stopped_at.file)}:{result.stopped_at.line}"
    return f"stopped at {place}; nothing after it was accepted"


def _over_limit(result: Submission) -> str | None:
    """Return a message if the limit of rejects was reached at the end of the run, or before it began."""
    if any(each.stopped_at for each in result.batches) or not result.over_limit:
        return None
    counts = result.of_run(result.counts)
    refused = counts.rejected + counts.conflicts
    of_all = counted(counts.read, "order was", "orders were")
    reached = f"{refused} of {of_all} refused, as many as --max-rejects allows or more"
    return f"{reached}; nothing more was read" if result.stopped else reached


def _no_orders(result: Submission) -> str | None:
    """Return a message if the inputs hold no orders: empty lists, empty documents (ORD101), or sheets without rows."""
    if result.unfinished or result.error or result.counts.read > result.codes[REQUEST_BODY_MISSING.code]:
        return None
    named = ", ".join("standard input" if each == STDIN else visible(printable(each)) for each in result.run.inputs)
    found = "the names of columns" if result.run.sheets else "empty lists, empty documents or white space"
    return f"no orders in {named}: nothing but {found}"


def _headline(result: Submission) -> str:
    accepted, read = result.own_counts.accepted, result.own_counts.read
    if result.repeated:
        return (
            f"Done before: with this idempotency key {accepted} of {counted(read, 'order was', 'orders were')} accepted"
        )
    if result.run.dry_run:
        return f"Dry run: {accepted} of {counted(read, 'order')} would be accepted"
    return f"{accepted} of {counted(read, 'order')} {'queued' if result.run.mode == 'async' else 'created'}"


def _next_commands(result: Submission, advice: Advice) -> Iterator[str]:
    """Yield the commands to run next; resuming the first batch of a run resumes all."""
    if result.unfinished and not result.error:
        yield _next_step(result, advice)
    if rejects_file := next((each.rejects_file for each in result.batches if each.rejects_file), None):
        from ordercli.output.advice import send_again  # most runs refuse no order

        ways = {way for each in result.batches for way in each.again}  # they have one rejects file
        yield from send_again(advice, rejects_file, ways, "submit")
    for each in result.batches:
        if each.queue_counts and each.queue_counts.failed:
            yield advice.line("look at what failed", "queue", "list", "--state", "error", "--batch", each.batch_id)
        elif each.run.mode == "async" and each.counts.accepted and not (each.run.dry_run or each.queue_counts):
            yield advice.line("create the orders", "queue", "run")


def _next_step(result: Submission, advice: Advice) -> str:
    if not result.can_be_resumed:
        return f"batch {result.batch_id} is unfinished, and its input cannot be read again: {SEND_AGAIN}"
    # With the same limit, the resumed run would stop before its first order.
    limit = ("--max-rejects", "100%") if result.stopped and result.over_limit else ()
    return advice.line("go on", "batch", "resume", result.batch_id, *limit)
