"""Report what a store did in a period, or what became of one batch: the figures of `ordercli report`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Annotated, Literal, NamedTuple

from msgspec import UNSET, Meta, UnsetType

from ordercli.clock import timestamp
from ordercli.database.opening import read_database
from ordercli.database.store import Store, snapshot
from ordercli.operations.activity import Interval, activity, period, total
from ordercli.operations.batch_reports import (
    Batch,
    BatchDetails,
    batch_details,
    ended_workers,
    find_batch,
    newest_batches,
)
from ordercli.operations.finding_totals import CodeFindings, findings_of, title_of
from ordercli.operations.queue_status import QueueStatus, status_of
from ordercli.orders import order_list
from ordercli.orders.order_list import GroupBy, OrderFilter
from ordercli.queue import batches, entry_figures
from ordercli.queue.entries import EntryState
from ordercli.result_types import Code, Count, Id, Result, Seconds, StoreName, Time

# Each list is cut to its largest or newest rows, so that a report is short whatever it is about.
_MOST_RUNS = 20
_MOST_CODES = 15
_MOST_VALUES = 5
_MOST_GROUPS = 10
_MOST_MINUTES = 5
_MOST_WAITING = 5
_MOST_FAILED = 100_000


class ReportInterval(Result):
    """What happened from `start` on, until the next interval begins."""

    start: Time
    taken_in: Annotated[Count, Meta(description="orders that were accepted")]
    created: Annotated[Count, Meta(description="orders that were created, at once or from the queue")]
    failed: Annotated[Count, Meta(description="entries of the queue that failed and have not been retried")]


class OrdersWith(Result):
    """How many of the orders that were created have a value; null: they have none."""

    value: str | None
    orders: Count


class FailedWith(Result):
    """How many entries of the queue failed with a code and have not been retried."""

    code: Code
    title: str
    entries: Count


class SlowMinute(Result):
    """A minute in which orders of the queue were created, and the longest time that one of them took until then."""

    start: Time
    orders: Count
    longest_seconds: Seconds


class WaitingEntry(Result):
    """An entry of the queue that waits, and for how long."""

    order_id: Id
    external_id: str | None
    source: str
    state: EntryState
    target: str | None
    waiting_seconds: Seconds


class Report(Result, kw_only=True):
    """What a store did from `since` until `until`, or what became of one batch.

    Each list has its largest, newest or oldest rows only.
    """

    at: Annotated[Time, Meta(description="when the report was made")]
    since: Time
    until: Time
    batch: Annotated[BatchDetails, Meta(description="with --batch: the batch of the report")] | UnsetType = UNSET
    queue: Annotated[QueueStatus, Meta(description="the queue as it is now; not with --batch")] | UnsetType = UNSET
    taken_in: Count
    created: Count
    failed: Count
    interval: Literal["hour", "day", "week"]
    intervals: list[ReportInterval]
    states: list[OrdersWith]
    by_source: list[OrdersWith]
    by_channel: list[OrdersWith]
    by_kind: list[OrdersWith]
    findings: list[CodeFindings]
    more_findings: Annotated[bool, Meta(description="there are findings of more codes than these")]
    failures: list[FailedWith]
    slowest_minutes: list[SlowMinute]
    oldest_waiting: list[WaitingEntry]
    runs: Annotated[list[Batch], Meta(description="what was submitted or received in the period, the newest first")]
    more_runs: Annotated[bool, Meta(description="there are more runs in the period than these")]
    store: StoreName = UNSET


class _Scope(NamedTuple):
    """What a report is about: the orders since then, or those of a batch."""

    since: datetime
    until: datetime
    batch_id: str | None = None

    @property
    def begins(self) -> str:
        return timestamp(self.since)


def report_since(
    database: str, is_at_work: Callable[[str], bool], since: str, at: datetime, zone: tzinfo | None = None
) -> Report:
    """Return the report of a store at a moment; `zone` (None: local time) is that of its hours and days."""
    with closing(read_database(database)) as store:
        ended = ended_workers(batches.newest(store, _MOST_RUNS + 1, 0, served_too=True), is_at_work)
        with snapshot(store):
            newest = newest_batches(store, ended, _MOST_RUNS + 1, served_too=True)
            runs = list(takewhile(lambda run: run.started_at >= since, newest))
            first = min(batches.first_start(store) or timestamp(at), timestamp(at))
            scope = _Scope(datetime.fromisoformat(max(since, first)), at)
            return _report(store, scope, at, zone, runs, queue=status_of(store, at))


def report_of_batch(
    database: str, is_at_work: Callable[[str], bool], batch_id: str, at: datetime, zone: tzinfo | None = None
) -> Report:
    """Return the report of a batch, from its start until the last of its orders was created or failed.

    Raises:
        NotFoundError: there is no such batch.
    """
    with closing(read_database(database)) as store:
        ended = ended_workers([find_batch(store, batch_id)], is_at_work)
        with snapshot(store):
            found = batch_details(store, ended, batch_id)
            known = (
                found.finished_at,
                order_list.last_created(store, batch_id),
                entry_figures.last_finished(store, batch_id),
            )
            since = datetime.fromisoformat(found.started_at)
            last = max((datetime.fromisoformat(each) for each in known if each), default=at)
            scope = _Scope(since, max(last, since) + timedelta(milliseconds=1), batch_id)
            return _report(store, scope, at, zone, [], batch=found)


def _report(
    store: Store,
    scope: _Scope,
    at: datetime,
    zone: tzinfo | None,
    runs: Sequence[Batch],
    *,
    queue: QueueStatus | UnsetType = UNSET,
    batch: BatchDetails | UnsetType = UNSET,
) -> Report:
    divided = period(scope.since, scope.until, zone)
    intervals = activity(store, divided, scope.batch_id)
    findings = findings_of(store, _MOST_CODES + 1, _MOST_VALUES, since=scope.begins, batch_id=scope.batch_id)
    taken_in, created, failed = total(intervals)
    return Report(
        at=timestamp(at),
        since=scope.begins,
        until=timestamp(scope.until),
        batch=batch,
        queue=queue,
        taken_in=taken_in,
        created=created,
        failed=failed,
        interval=divided.unit,
        intervals=[_interval(each) for each in intervals],
        states=_groups(store, scope, GroupBy.STATE),
        by_source=_groups(store, scope, GroupBy.SOURCE),
        by_channel=_groups(store, scope, GroupBy.CHANNEL),
        by_kind=_groups(store, scope, GroupBy.RESOURCE),
        findings=findings[:_MOST_CODES],
        more_findings=len(findings) > _MOST_CODES,
        failures=_failures(store, scope),
        slowest_minutes=_slowest_minutes(store, scope),
        oldest_waiting=_oldest_waiting(store, scope, at),
        runs=list(runs[:_MOST_RUNS]),
        more_runs=len(runs) > _MOST_RUNS,
    )


def _interval(each: Interval) -> ReportInterval:
    return ReportInterval(timestamp(each.start), each.taken_in, each.created, each.failed)


def _groups(store: Store, scope: _Scope, by: GroupBy) -> list[OrdersWith]:
    """Return how many orders have each value, the largest groups first; the orders of the period are read for it."""
    wanted = OrderFilter(since=scope.begins) if scope.batch_id is None else OrderFilter(batch_id=scope.batch_id)
    return [OrdersWith(value, n) for (value,), n in islice(order_list.count_by(store, wanted, [by]), _MOST_GROUPS)]


def _failures(store: Store, scope: _Scope) -> list[FailedWith]:
    counts = entry_figures.failures_by_code(store, _MOST_FAILED, _MOST_CODES, scope.begins, scope.batch_id)
    return [FailedWith(code, title_of(code), n) for code, n in counts]


def _slowest_minutes(store: Store, scope: _Scope) -> list[SlowMinute]:
    return [
        SlowMinute(*each) for each in entry_figures.slowest_minutes(store, scope.begins, _MOST_MINUTES, scope.batch_id)
    ]


def _oldest_waiting(store: Store, scope: _Scope, at: datetime) -> list[WaitingEntry]:
    return [
        WaitingEntry(
            order_id=each.order_id,
            external_id=each.external_id,
            source=each.source,
            state=EntryState(each.state),
            target=each.target,
            waiting_seconds=max(round((at - datetime.fromisoformat(each.created_at)).total_seconds(), 3), 0),
        )
        for each in entry_figures.oldest_waiting(store, _MOST_WAITING, scope.batch_id)
    ]
