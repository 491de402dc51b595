"""List entries of the queue, and choose those that a command changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from ordercli.clock import later, now
from ordercli.database.opening import read_database
from ordercli.database.store import snapshot
from ordercli.errors import UsageError
from ordercli.operations.known_values import check_batch, check_code
from ordercli.operations.scans import OnScan, scanning
from ordercli.queue.entries import EntryState, EntryView, QueueEntry
from ordercli.queue.entry_list import LOCAL, EntryFilter, count_entries, keys_of, list_entries
from ordercli.result_types import Page

# The options of the command line for members of the filter that have no index.
_UNINDEXED = {"source": "--source", "resource": "--resource", "error_code": "--code", "updated_before": "--older-than"}


@contextmanager
def page_of_entries(
    database: str, wanted: EntryFilter, *, limit: int, offset: int, on_scan: OnScan
) -> Iterator[Page[QueueEntry]]:
    """Yield a page of the entries that pass the filter, read while the page is open, in bounded memory.

    Raises:
        UsageError: there is no such state.
    """
    for state in wanted.states:
        if state not in set(EntryState):
            raise UsageError(f"no entry state is called {state!r}", hint=f"states: {', '.join(EntryState)}")
    with closing(read_database(database)) as store, snapshot(store):
        check_batch(store, wanted.batch_id)
        # A state has an index for some of the states only.
        among_all = wanted._replace(states=(), target=wanted.target or None)
        if options := scanning(store, EntryView, among_all, _UNINDEXED):
            on_scan(options)
        found = list_entries(store, wanted, limit=limit, offset=offset)
        yield Page(map(QueueEntry.of, found), lambda: count_entries(store, wanted), limit)


def entry_filter(
    allowed: Sequence[EntryState],
    default: Sequence[EntryState],
    *,
    states: Sequence[str],
    code: str | None,
    batch: str | None = None,
    resource: str | None = None,
    older_than: float | None = None,
    target: str | None = LOCAL,
) -> EntryFilter:
    """Return the filter that the options of a command describe; `older_than` is in seconds since the last change.

    Raises:
        UsageError: the command does not work on entries in one of these states.
    """
    check_code(code)
    for state in states:
        if state not in allowed:
            raise UsageError(f"entries in state {state!r} are not touched", hint=f"states: {', '.join(allowed)}")
    return EntryFilter(
        states=tuple(states or default),
        batch_id=batch,
        resource=resource,
        error_code=code,
        target=target,
        updated_before=None if older_than is None else later(now(), -older_than),
    )


def choose(database: str, wanted: EntryFilter) -> list[int]:
    """Return the keys of the entries that pass the filter, the newest first.

    Raises:
        NotFoundError: there is no such batch.
    """
    with closing(read_database(database)) as store:
        check_batch(store, wanted.batch_id)
        return keys_of(store, wanted)
