"""Count what a store took in, created and failed in each hour, day or week of a period."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from ordercli.clock import first_id, timestamp
from ordercli.orders import order_list
from ordercli.queue import entry_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.database.store import Store

Unit = Literal["hour", "day", "week"]
# A longer period is divided into longer intervals.
_MOST_HOURS = timedelta(days=3)
_MOST_DAYS = timedelta(days=92)
_DAYS = {"day": 1, "week": 7}


class Interval(NamedTuple):
    """What happened from `start` on, until the next interval begins."""

    start: datetime
    taken_in: int
    created: int
    failed: int


class Period(NamedTuple):
    """A period that is divided into intervals; `edges` are their beginnings and the end of the last one."""

    unit: Unit
    edges: list[datetime]


def last_hours(at: datetime, count: int) -> Period:
    """Return the hour that `at` is in, and those before it."""
    first = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=count - 1)
    return Period("hour", [first + timedelta(hours=n) for n in range(count + 1)])


def period(since: datetime, until: datetime, zone: tzinfo | None = None) -> Period:
    """Divide a period at full hours of `zone` (None: local time), or at midnights if it is long.

    The first interval begins at `since`, the last one ends at `until`.
    """
    length = until - since
    unit: Unit = "hour" if length <= _MOST_HOURS else "day" if length <= _MOST_DAYS else "week"
    edges, n = [since], 1
    while (edge := _edge(since, unit, n, zone)) < until:
        edges.append(edge)
        n += 1
    return Period(unit, [*edges, until])


def _edge(since: datetime, unit: Unit, n: int, zone: tzinfo | None) -> datetime:
    """Return the beginning of the interval `n` after the one that has `since` in it."""
    first = since.astimezone(zone)
    if unit == "hour":
        # Not in the time zone, whose clock may go back or forth meanwhile.
        return first.replace(minute=0, second=0, microsecond=0).astimezone(UTC) + timedelta(hours=n)
    midnight = datetime.combine(first.date() + timedelta(days=n * _DAYS[unit]), time())
    return midnight.astimezone() if zone is None else midnight.replace(tzinfo=zone)


def activity(store: Store, found: Period, batch_id: str | None = None) -> list[Interval]:
    """Count the orders of a store, or of a batch, in each interval; every count is over an index."""
    return [_interval(store, start, end, batch_id) for start, end in pairwise(found.edges)]


def _interval(store: Store, start: datetime, end: datetime, batch_id: str | None) -> Interval:
    ids, times = (first_id(start), first_id(end)), (timestamp(start), timestamp(end))
    return Interval(
        start,
        taken_in=order_list.count_of_ids(store, *ids, batch_id) + entry_figures.count_of_ids(store, *ids, batch_id),
        created=order_list.count_created(store, *times, batch_id),
        failed=entry_figures.count_failed(store, *times, batch_id),
    )


def total(intervals: Sequence[Interval]) -> tuple[int, int, int]:
    """Return how many orders were taken in, created and failed in all intervals."""
    return (
        sum(each.taken_in for each in intervals),
        sum(each.created for each in intervals),
        sum(each.failed for each in intervals),
    )
