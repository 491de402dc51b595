"""Summarize what an operator asks first: what waits, what failed, what came in, and what was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ordercli.clock import now, timestamp
from ordercli.operations.activity import Interval, activity, last_hours
from ordercli.operations.finding_totals import CodeFindings, findings_of, title_of
from ordercli.operations.queue_status import QueueStatus, status_of
from ordercli.orders import order_list
from ordercli.queue import entry_figures, entry_list
from ordercli.queue.entries import EntryState, QueueEntry
from ordercli.queue.entry_list import EntryFilter

if TYPE_CHECKING:
    from ordercli.database.store import Store

HOURS = 24
FINDINGS_OF_DAYS = 7
# More orders of a state, or more failed entries, are not counted: "100,000+" tells as much.
MOST_COUNTED = 100_000
_MOST_CODES = 8
_MOST_FAILED = 5


class CodeCount(NamedTuple):
    """How many entries failed with a code; `title` names the fault."""

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
    hours: list[Interval]
    states: list[StateCount]
    failures: list[CodeCount]
    findings: list[CodeFindings]
    failed: list[QueueEntry]


def overview(store: Store) -> Overview:
    """Return the state of a store; every count is over an index, and bounded or over a day."""
    at = now()
    newest = entry_list.list_entries(store, EntryFilter(states=(EntryState.ERROR,)), limit=_MOST_FAILED, offset=0)
    since = timestamp(at - timedelta(days=FINDINGS_OF_DAYS))
    return Overview(
        at,
        status_of(store, at),
        activity(store, last_hours(at, HOURS)),
        _states(store),
        named_counts(entry_figures.failures_by_code(store, MOST_COUNTED, _MOST_CODES)),
        findings_of(store, _MOST_CODES, 0, since=since),
        [QueueEntry.of(entry) for entry in newest],
    )


def _states(store: Store) -> list[StateCount]:
    counts = order_list.count_by_state(store, MOST_COUNTED + 1)
    return [StateCount(state, min(n, MOST_COUNTED), n > MOST_COUNTED) for state, n in counts.items() if n]


def named_counts(counts: list[tuple[str, int]]) -> list[CodeCount]:
    """Return numbers of failed entries by code, with what each code means."""
    return [CodeCount(code, title_of(code), n) for code, n in counts]
