"""Count the entries of each target, and tell which targets are paused."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from ordercli.clock import now, timestamp
from ordercli.counted import counted
from ordercli.database.opening import read_database
from ordercli.database.store import snapshot
from ordercli.forwarding import following, pauses
from ordercli.queue import target_claims
from ordercli.result_types import Count, Result, Seconds, Time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.database.store import Store
    from ordercli.forwarding.pauses import TargetPauseRow


class TargetStatus(Result):
    """The number of entries for a target in each state, and whether it is paused.

    `uncertain` entries wait for `forward resolve`: nobody knows whether their orders arrived. `troubled` are the
    orders there that must be looked at (`list --trouble`).
    """

    columns = ("target", "new", "inProgress", "pending", "uncertain", "completed", "error", "cancelled", "paused")
    identified_by = "target"

    target: str
    new: Count
    in_progress: Count
    pending: Count
    uncertain: Count
    completed: Count
    error: Count
    cancelled: Count
    troubled: Count
    oldest_due_age_seconds: Seconds | None
    paused: bool
    paused_since: Time | None
    paused_until: Annotated[Time | None, Meta(description="null while only `forward resume` ends the pause")]
    reason: str | None

    def alarms(self, max_age: float, max_error: int) -> list[str]:
        """Return what is wrong: entries due for more than `max_age` seconds, errors, entries that wait for a person."""
        found = []
        if self.oldest_due_age_seconds is not None and self.oldest_due_age_seconds > max_age:
            found.append(f"the oldest due entry has waited for {self.oldest_due_age_seconds:.0f} s")
        if self.error > max_error:
            found.append(f"{counted(self.error, 'entry is', 'entries are')} in error, more than {max_error}")
        if self.uncertain:
            found.append(
                f"nobody knows whether {counted(self.uncertain, 'order')} arrived;"
                " see `ordercli forward list --uncertain`"
            )
        if self.troubled:
            found.append(f"{counted(self.troubled, 'order')} there must be looked at; see `ordercli list --trouble`")
        if self.paused and self.paused_until is None:
            found.append(f"paused since {self.paused_since}: {self.reason}")
        return [f"target {self.target}: {each}" for each in found]


def target_status(database: str, names: Sequence[str]) -> list[TargetStatus]:
    """Return the status of these targets, and of any other for which there are entries."""
    with closing(read_database(database)) as store, snapshot(store):
        return status_of(store, names)


def status_of(store: Store, names: Sequence[str] = (), at: datetime | None = None) -> list[TargetStatus]:
    """Return the status of targets, at a moment that is now or just before, within a snapshot."""
    at = at or now()
    counts, paused, there = target_claims.count_by_state(store), pauses.every(store), following.count_troubled(store)
    return [
        _status(store, at, name, counts.get(name, {}), paused.get(name), there.get(name, 0))
        for name in sorted({*names, *counts, *there})
    ]


def _status(
    store: Store, at: datetime, name: str, counts: dict[str, int], pause: TargetPauseRow | None, troubled: int
) -> TargetStatus:
    oldest = target_claims.oldest_due(store, name, timestamp(at))
    age = None if oldest is None else round((at - datetime.fromisoformat(oldest)).total_seconds(), 3)
    in_force = pause if pause and (pause.until is None or pause.until > timestamp(at)) else None
    states = ("new", "in_progress", "pending", "uncertain", "completed", "error", "cancelled")
    return TargetStatus(
        target=name,
        troubled=troubled,
        oldest_due_age_seconds=age,
        paused=in_force is not None,
        paused_since=in_force.paused_at if in_force else None,
        paused_until=in_force.until if in_force else None,
        reason=in_force.reason if in_force else None,
        **{state: counts.get(state, 0) for state in states},
    )
