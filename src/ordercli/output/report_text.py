"""Write a report as Markdown that can be read as it is, in a mail or a terminal."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from ordercli.output.durations import age, wait
from ordercli.output.run_inputs import input_in_words
from ordercli.output.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ordercli.operations.batch_reports import Batch, BatchDetails
    from ordercli.operations.finding_totals import RefusedValue
    from ordercli.operations.queue_status import QueueStatus
    from ordercli.operations.report import OrdersWith, Report, ReportInterval, WaitingEntry
    from ordercli.operations.target_status import TargetStatus

_LONGEST = 100


def report_text(report: Report, title: str, offset: str, zone: tzinfo | None) -> str:
    """Return a report as Markdown; times are those of `zone` (None: local time), whose `offset` it tells."""
    return "\n".join([*_Text(zone).lines(report, title, offset), ""])


def code(text: str | None) -> str:
    """Return a text as a code span, in which Markdown means nothing; for None, the word `none`."""
    if text is None:
        return "none"
    shown = visible(text, _LONGEST)
    ticks = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if not shown.strip() or shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def no_findings(report: Report) -> str:
    """Return the sentence that stands where a report has no findings."""
    if not report.batch:
        return "Runs that began in this period have none."
    if report.batch.rejected or report.batch.conflicts:
        return "An older version, which counted no findings, took this batch in."
    return "Every order was sound." if report.batch.read else "No order was read."


def _cell(value: object) -> str:
    """Return a value in which no character ends the cell of a table, not even in a code span."""
    return str(value).replace("|", "\\|")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[int] = ()) -> Iterator[str]:
    """Yield the lines of a table whose columns are as wide as their cells; `numbers` are aligned to the right."""
    cells = [list(head), *([f"{each:,}" if isinstance(each, int) else _cell(each) for each in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for n, row in enumerate(cells):
        padded = (
            text.rjust(width) if column in numbers else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"| {' | '.join(padded)} |"
        if n == 0:
            rules = (
                f"{'-' * (width - 1)}:" if column in numbers else "-" * width for column, width in enumerate(widths)
            )
            yield f"| {' | '.join(rules)} |"


class _Text:
    """Writes the sections of a report."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone

    def lines(self, report: Report, title: str, offset: str) -> Iterator[str]:
        """Yield the lines of the whole report."""
        yield f"# {title}"
        yield ""
        yield f"{self._at(report.since)} to {self._at(report.until)}. Times are local, {offset}."
        if report.batch:
            yield from self._batch(report.batch)
        if report.queue:
            yield from _section("Orders of this period")
            yield f"{report.taken_in:,} taken in, {report.created:,} created, {report.failed:,} failed"
            yield from _section("Queue, now")
            yield from self._queue(report.queue)
            if report.queue.targets:
                yield from _section("Targets, now")
                yield from self._targets(report.queue.targets)
        yield from _section(f"By {report.interval}")
        yield from self._intervals(report.intervals)
        yield from _section("Findings")
        yield from self._findings(report)
        if report.more_findings:
            yield ""
            yield "More rules were broken less often."
        yield from _section("Failed in the queue")
        yield from _or_nothing(
            ("Rule", "What is wrong", "Entries"),
            [(each.code, each.title, each.entries) for each in report.failures],
            "No entry has failed.",
            numbers=(2,),
        )
        for name, groups in (
            ("state", report.states),
            ("source", report.by_source),
            ("channel", report.by_channel),
            ("kind", report.by_kind),
        ):
            yield from _section(f"Created orders by {name}")
            yield from _groups(name, groups, report.created)
        yield from _section("Waiting longest")
        yield from _waiting(report.oldest_waiting)
        yield from _section("Slowest minutes of the queue")
        yield from _or_nothing(
            ("Minute", "Orders", "Longest wait"),
            [(self._at(each.start), each.orders, wait(each.longest_seconds)) for each in report.slowest_minutes],
            "No orders were created from the queue.",
            numbers=(1, 2),
        )
        if not report.batch:
            yield from _section("Runs")
            yield from self._runs(report.runs, more=report.more_runs)

    def _at(self, time: str) -> str:
        return f"{datetime.fromisoformat(time).astimezone(self._zone):%Y-%m-%d %H:%M:%S}"

    def _batch(self, batch: BatchDetails) -> Iterator[str]:
        yield from _section("Batch")
        yield f"- id: `{batch.batch_id}`, {batch.status}"
        yield f"- source: {code(batch.source)}, {batch.mode}, profile {batch.profile}"
        if batch.inputs:
            yield f"- input: {', '.join(map(code, batch.inputs))}"
        if batch.rejects_file:
            yield f"- rejects file: {code(batch.rejects_file)}"
        if batch.next_command:
            yield f"- go on with: {code(batch.next_command)}"
        yield (
            f"- read {batch.read:,}: {batch.accepted:,} accepted, {batch.duplicates:,} known already,"
            f" {batch.conflicts:,} conflicts, {batch.rejected:,} refused"
        )
        yield (
            f"- of the accepted: {batch.created:,} created, {batch.waiting:,} waiting, {batch.failed:,} failed,"
            f" {batch.cancelled:,} discarded"
        )

    def _queue(self, queue: QueueStatus) -> Iterator[str]:
        yield (
            f"{queue.new:,} waiting, {queue.pending:,} waiting for a retry, {queue.in_progress:,} in progress,"
            f" {queue.error:,} failed, {queue.completed:,} completed, {queue.cancelled:,} discarded"
        )
        if queue.oldest_due_age_seconds is not None:
            yield ""
            yield f"The oldest due entry has waited for {age(queue.oldest_due_age_seconds)}."
        if queue.paused_since:
            yield ""
            actor = f" by {code(queue.paused_by)}" if queue.paused_by else ""
            reason = f": {code(queue.pause_reason)}" if queue.pause_reason else ""
            yield f"The queue is paused since {self._at(queue.paused_since)}{actor}{reason}."

    def _targets(self, targets: Sequence[TargetStatus]) -> Iterator[str]:
        """Yield a row for each target, and what pauses it; the queue has the counts of no target."""
        head = ("Target", "Waiting", "In progress", "Uncertain", "Failed", "To look at", "Waits for")
        rows = [
            (
                code(each.target),
                each.new + each.pending,
                each.in_progress,
                each.uncertain,
                each.error,
                each.troubled,
                age(each.oldest_due_age_seconds),
            )
            for each in targets
        ]
        yield from _table(head, rows, numbers=(1, 2, 3, 4, 5, 6))
        for each in targets:
            if each.paused_since:
                until = f" until {self._at(each.paused_until)}" if each.paused_until else ""
                yield ""
                yield (
                    f"Nothing is sent to {code(each.target)}: paused since {self._at(each.paused_since)}{until}:"
                    f" {code(each.reason)}."
                )

    def _intervals(self, intervals: Sequence[ReportInterval]) -> Iterator[str]:
        """Yield a row for each interval in which something happened."""
        rows = [
            (self._at(each.start)[:-3], each.taken_in, each.created, each.failed)
            for each in intervals
            if each.taken_in or each.created or each.failed
        ]
        yield from _or_nothing(
            ("From", "Taken in", "Created", "Failed"),
            rows,
            "Nothing was taken in, created or failed.",
            numbers=(1, 2, 3),
        )

    def _findings(self, report: Report) -> Iterator[str]:
        rows = [(each.code, each.title, each.findings, each.refused) for each in report.findings]
        head = ("Rule", "What is wrong", "Findings", "Orders refused")
        yield from _or_nothing(head, rows, no_findings(report), numbers=(2, 3))
        values = [(each.code, *_value(value)) for each in report.findings for value in each.values]
        if values:
            yield ""
            yield from _table(("Rule", "Value", "Orders refused", "Such as"), values, numbers=(2,))

    def _runs(self, runs: Sequence[Batch], *, more: bool) -> Iterator[str]:
        rows = [
            (
                code(each.track_id or input_in_words(each)),
                each.status,
                code(each.source),
                each.accepted,
                each.rejected + each.conflicts,
                each.duplicates,
                self._at(each.started_at),
                code(each.batch_id),
            )
            for each in runs
        ]
        head = ("Run", "Status", "Source", "Accepted", "Refused", "Known", "Started", "Batch")
        yield from _or_nothing(head, rows, "No run began in this period.", numbers=(3, 4, 5))
        if more:
            yield ""
            yield "There were more runs; `ordercli batch list --all` lists them."


def _value(value: RefusedValue) -> tuple[str, int, str]:
    name = "" if value.external_id is None else f"{code(value.external_id)}, "
    place = f" {code(value.pointer)}" if value.pointer else ""
    return code(value.value), value.refused, f"{name}{code(value.file)} line {value.line:,}{place}"


def _section(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _or_nothing(
    head: Sequence[str], rows: Sequence[Sequence[object]], nothing: str, *, numbers: Sequence[int]
) -> Iterator[str]:
    """Yield a table, or a sentence if it has no rows."""
    if rows:
        yield from _table(head, rows, numbers=numbers)
    else:
        yield nothing


def _waiting(oldest: Sequence[WaitingEntry]) -> Iterator[str]:
    return _or_nothing(
        ("Order", "State", "Source", "Waits for"),
        [
            (
                code(each.order_id if each.external_id is None else each.external_id),
                each.state,
                f"{code(each.source)} to {code(each.target)}" if each.target else code(each.source),
                age(each.waiting_seconds),
            )
            for each in oldest
        ],
        "Nothing waits.",
        numbers=(3,),
    )


def _groups(name: str, groups: Sequence[OrdersWith], all_orders: int) -> Iterator[str]:
    rows: list[Sequence[object]] = [(code(each.value), each.orders) for each in groups]
    if (rest := all_orders - sum(each.orders for each in groups)) > 0:
        rows.append(("others", rest))
    yield from _or_nothing((name.capitalize(), "Orders"), rows, "No orders were created.", numbers=(1,))
