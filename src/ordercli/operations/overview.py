"""Summarize what an operator asks first: what waits, what failed, what came in, and what was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ordercli.clock import now, timestamp
from ordercli.operations.queue_status import QueueStatus, status_of
from ordercli.orders import order_list
from ordercli.queue import batch_findings, entry_list
from ordercli.queue.entries import EntryState, QueueEntry
from ordercli.queue.entry_list import EntryFilter
from ordercli.resources.all_rules import find_rule

if TYPE_CHECKING:
    from ordercli.database.store import Store

HOURS = 24
FINDINGS_OF_DAYS = 7
# More orders of a state, or more failed entries, are not counted: "100,000+" tells as much.
MOST_COUNTED = 100_000
_MOST_CODES = 8
_MOST_FAILED = 5


class Hour(NamedTuple):
    """What happened in an hour that begins at `start`."""

    start: datetime
    created: int
    failed: int


class CodeCount(NamedTuple):
    """How often a rule was broken; `title` names the fault."""

    code: str
    title: str
    total: int


class StateCount(NamedTuple):
    """The number of orders in a state; `has_more` where there are more than are counted."""

    state: str
    total: int
    has_more: bool


class Overview(NamedTuple):
    """The state of a store at a moment; the newest failed entries come first, the hours in their order."""

    at: datetime
    queue: QueueStatus
    hours: list[Hour]
    states: list[StateCount]
    failures: list[CodeCount]
    findings: list[CodeCount]
    failed: list[QueueEntry]


def overview(store: Store) -> Overview:
    """Return the state of a store; every count is over an index, and bounded or over a day."""
    at = now()
    newest = entry_list.list_entries(store, EntryFilter(states=(EntryState.ERROR,)), limit=_MOST_FAILED, offset=0)
    since = timestamp(at - timedelta(days=FINDINGS_OF_DAYS))
    return Overview(
        at,
        status_of(store),
        _hours(store, at),
        _states(store),
        named_counts(entry_list.failures_by_code(store, MOST_COUNTED, _MOST_CODES)),
        named_counts(batch_findings.findings_since(store, since, _MOST_CODES)),
        [QueueEntry.of(entry) for entry in newest],
    )


def _hours(store: Store, at: datetime) -> list[Hour]:
    first = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    created = order_list.created_by_hour(store, timestamp(first))
    failed = entry_list.failed_by_hour(store, timestamp(first))
    found = []
    for start in (first + timedelta(hours=n) for n in range(HOURS)):
        key = timestamp(start)[: order_list.HOUR]
        found.append(Hour(start, created.get(key, 0), failed.get(key, 0)))
    return found


def _states(store: Store) -> list[StateCount]:
    counts = order_list.count_by_state(store, MOST_COUNTED + 1)
    return [StateCount(state, min(n, MOST_COUNTED), n > MOST_COUNTED) for state, n in counts.items() if n]


def named_counts(counts: list[tuple[str, int]]) -> list[CodeCount]:
    """Return numbers of findings by code, with what each code means."""
    return [CodeCount(code, _title(code), n) for code, n in counts]


def _title(code: str) -> str:
    rule = find_rule(code)
    return rule.about.partition("\n")[0] if rule else ""
