"""Measure the inbound queue, pause it and resume it."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import UNSET, Meta, UnsetType, field

from ordercli.clients import subscriptions
from ordercli.clock import now, timestamp, timestamp_now
from ordercli.counted import counted
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import snapshot, transaction
from ordercli.operations import target_status
from ordercli.operations.target_status import TargetStatus
from ordercli.queue import claims, entries, entry_counts
from ordercli.resources.registry import RESOURCES
from ordercli.result_types import Count, Result, Seconds, Time

if TYPE_CHECKING:
    from ordercli.database.store import Store


class QueueStatus(Result):
    """The number of entries in each state, and how long the oldest due entry has waited.

    The counts are those of the local queue; `targets` has those of the systems that orders are forwarded to, if any.
    `disabledSubscriptions` is the number of subscriptions whose events are not delivered any more, left out if it is 0.
    """

    new: Count
    in_progress: Count = field(name="in_progress")
    pending: Count
    completed: Count
    error: Count
    cancelled: Count
    oldest_due_age_seconds: Seconds | None
    paused: bool
    paused_since: Time | UnsetType = UNSET
    paused_by: Annotated[str | UnsetType, Meta(description="who paused it; left out if that is not known")] = UNSET
    pause_reason: Annotated[str | UnsetType, Meta(description="why; left out if no reason was given")] = UNSET
    by_resource: Annotated[
        dict[str, dict[str, Count]],
        Meta(description="the number of entries in each state, by kind of order, also one of a newer version"),
    ] = field(default_factory=dict)
    disabled_subscriptions: Count | UnsetType = UNSET
    targets: list[TargetStatus] | UnsetType = UNSET

    @property
    def pause(self) -> claims.Pause | None:
        """The pause of the queue; None while it is not paused."""
        if not self.paused_since:
            return None
        return claims.Pause(self.paused_since, self.paused_by or None, self.pause_reason or None)

    def alarms(self, max_age: float, max_error: int) -> list[str]:
        """Return what is wrong: entries due for more than `max_age` seconds, many errors, disabled subscriptions."""
        found = []
        if self.oldest_due_age_seconds is not None and self.oldest_due_age_seconds > max_age:
            waited = (
                f"the oldest due entry has waited for {self.oldest_due_age_seconds:.0f} s, longer than {max_age:.0f} s"
            )
            pause = self.pause
            found.append(f"{waited}; the queue is paused {pause.in_words()}" if pause else waited)
        if self.error > max_error:
            found.append(f"{counted(self.error, 'entry is', 'entries are')} in error, more than {max_error}")
        if self.disabled_subscriptions:
            disabled = counted(self.disabled_subscriptions, "subscription to events is", "subscriptions to events are")
            found.append(f"{disabled} disabled; see `ordercli hub list`")
        for each in self.targets or ():
            found += each.alarms(max_age, max_error)
        return found


class PauseState(Result):
    """Whether a queue is paused now, and its pause: the one in force, or the one that has just been ended.

    All that is told of the pause is null where there was none.
    """

    target: Annotated[str | None, Meta(description="the system whose orders are not sent; null: the local queue")]
    paused: bool
    paused_since: Time | None
    paused_by: Annotated[str | None, Meta(description="null if that is not known, as of a target")]
    reason: str | None


def queue_status(database: str) -> QueueStatus:
    """Return the current status of the queue."""
    with closing(read_database(database)) as store, snapshot(store):
        return status_of(store)


def status_of(store: Store, at: datetime | None = None) -> QueueStatus:
    """Return the status of the queue, at a moment that is now or just before, within a snapshot."""
    at = at or now()
    oldest = entry_counts.oldest_due(store, timestamp(at))
    age = None if oldest is None else round((at - datetime.fromisoformat(oldest)).total_seconds(), 3)
    pause = claims.find_pause(store)
    counts, others = entry_counts.count_by_state(store), entry_counts.count_by_kind(store)
    disabled = subscriptions.count_disabled(store)
    return QueueStatus(
        **counts,
        oldest_due_age_seconds=age,
        paused=pause is not None,
        paused_since=pause.paused_at if pause else UNSET,
        paused_by=(pause and pause.paused_by) or UNSET,
        pause_reason=(pause and pause.reason) or UNSET,
        disabled_subscriptions=disabled or UNSET,
        targets=target_status.status_of(store, at=at) or UNSET,
        by_resource=_by_resource(counts, others),
    )


def _by_resource(counts: dict[str, int], others: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Return the counts by kind of order; product orders are what the other kinds leave of all entries."""
    first, *known = RESOURCES
    found = {kind: {state: others.get(kind, {}).get(state, 0) for state in counts} for kind in (*known, *others)}
    rest = {state: n - sum(of_kind[state] for of_kind in found.values()) for state, n in counts.items()}
    return {first: rest, **found}


def pause_queue(database: str, actor: str, reason: str | None = None) -> claims.Pause:
    """Pause the queue, so that no run claims entries until it is resumed; return the pause in force.

    That is an earlier one if the queue is paused already.
    """
    with closing(open_database(database)) as store:
        return pause(store, actor, reason)


def pause(store: Store, actor: str, reason: str | None = None) -> claims.Pause:
    """Pause the queue of a store; return the pause in force."""
    at = timestamp_now()
    with transaction(store, "pause"):
        claims.pause(store, at, actor, reason)
        return claims.find_pause(store) or claims.Pause(at, actor, reason)


def resume_queue(database: str) -> claims.Pause | None:
    """Resume the queue; return the pause that this ended, None if it was not paused."""
    with closing(open_database(database)) as store:
        return resume(store)


def resume(store: Store) -> claims.Pause | None:
    """Resume the queue of a store; return the pause that this ended."""
    with transaction(store, "unpause"):
        ended = claims.find_pause(store)
        claims.resume(store)
        entries.notify(store)
        return ended
