"""Store subscriptions to events, the progress of their deliveries, and which server delivers.

One server delivers at a time: the one that holds the lease. Each of its writes requires the number of its lease
(`fence`), which the next holder increases. So a server that has lost its lease without noticing can change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from ordercli.clock import later, timestamp
from ordercli.database.statements import Row, insert_rows, select, upsert
from ordercli.errors import TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ordercli.database.store import Store

LEASE_SECONDS = 30
_SENDER = "sender"


class SubscriptionRow(Row, frozen=True, gc=False):
    """A subscription to the events of the orders of a kind and profile; with `source`, only to those of that source.

    `query` has conditions that events must meet. `cursor` is the last event that was delivered or skipped. While
    deliveries fail, `failing_since` says since when, and `next_at` when the next one is tried.
    """

    TABLE: ClassVar = "hub_subscription"

    id: str
    resource: str
    profile: str
    source: str | None
    client: str
    callback: str
    query: str
    cursor: str
    created_at: str
    failures: int = 0
    failing_since: str | None = None
    next_at: str | None = None
    last_error: str | None = None
    disabled_at: str | None = None


class LeaseRow(Row, frozen=True, gc=False):
    """Who delivers events, and until when; `fence` counts the holders."""

    TABLE: ClassVar = "hub_lease"

    name: str
    owner: str
    fence: int
    expires_at: str


class LeaseLostError(TryAgainError):
    """Another server delivers events now."""


def every(store: Store) -> list[SubscriptionRow]:
    """Return every subscription, the oldest first."""
    return [SubscriptionRow(*row) for row in store.execute(select(SubscriptionRow, "ORDER BY created_at, id"))]


def find(store: Store, subscription_id: str) -> SubscriptionRow | None:
    """Return the subscription with this id, or None."""
    row = store.execute(select(SubscriptionRow, "WHERE id = ?"), (subscription_id,)).fetchone()
    return SubscriptionRow(*row) if row else None


def count_disabled(store: Store) -> int:
    """Return how many subscriptions are disabled."""
    found: int = store.execute("SELECT count(*) FROM hub_subscription WHERE disabled_at IS NOT NULL").fetchone()[0]
    return found


def add(store: Store, subscription: SubscriptionRow) -> None:
    """Add a subscription; the caller commits."""
    insert_rows(store, [subscription])


def remove(store: Store, subscription_id: str) -> bool:
    """Remove a subscription; return whether there was one. The caller commits."""
    return store.execute("DELETE FROM hub_subscription WHERE id = ?", (subscription_id,)).rowcount == 1


def enable(store: Store, subscription_id: str) -> bool:
    """Let deliveries continue after the last event that arrived; return whether the subscription exists."""
    done = store.execute(
        "UPDATE hub_subscription SET failures = 0, failing_since = NULL, next_at = NULL, last_error = NULL,"
        " disabled_at = NULL WHERE id = ?",
        (subscription_id,),
    )
    return done.rowcount == 1


def note_delivery(store: Store, subscription_id: str, cursor: str) -> None:
    """Record that everything up to a cursor was delivered, unless the subscription was removed; the caller commits."""
    store.execute(
        "UPDATE hub_subscription SET cursor = ?, failures = 0, failing_since = NULL, next_at = NULL, last_error = NULL"
        " WHERE id = ?",
        (cursor, subscription_id),
    )


def pass_over(store: Store, subscription_id: str, cursor: str) -> None:
    """Note that the events up to a cursor are not for this subscriber; the caller commits."""
    store.execute("UPDATE hub_subscription SET cursor = ? WHERE id = ?", (cursor, subscription_id))


def note_failure(store: Store, subscription_id: str, error: str, next_at: str, disabled_at: str | None) -> None:
    """Record that a delivery failed, and when it is retried or since when the subscription is disabled.

    The caller commits.
    """
    at = timestamp(store.now())
    store.execute(
        "UPDATE hub_subscription SET failures = failures + 1, failing_since = coalesce(failing_since, ?), next_at = ?,"
        " last_error = ?, disabled_at = ? WHERE id = ?",
        (at, next_at, error, disabled_at, subscription_id),
    )


HasLost: TypeAlias = "Callable[[str, str, datetime], bool]"


def _lease(store: Store) -> LeaseRow | None:
    found = store.execute(select(LeaseRow, "WHERE name = ?"), (_SENDER,)).fetchone()
    return LeaseRow(*found) if found else None


def may_take_lease(store: Store, name: str, has_lost: HasLost) -> bool:
    """Return whether nobody else has the lease; see `take_lease`."""
    lease = _lease(store)
    return lease is None or lease.owner == name or has_lost(lease.owner, lease.expires_at, store.now())


def take_lease(store: Store, name: str, has_lost: HasLost) -> int | None:
    """Take the lease if nobody has it, and return its number; None while another server has it. The caller commits.

    `name` is that of the server. `has_lost` takes an owner, the end of its lease and the current time, and returns
    whether the owner has lost the lease.
    """
    store.lock("hub lease")
    if not may_take_lease(store, name, has_lost):
        return None
    previous, at = _lease(store), store.now()
    fence = previous.fence + 1 if previous else 1
    lease = LeaseRow(_SENDER, name, fence, later(at, LEASE_SECONDS))
    store.execute(upsert(LeaseRow, "name"), [getattr(lease, name) for name in lease.__struct_fields__])
    return fence


def keep_lease(store: Store, fence: int, seconds: float = LEASE_SECONDS) -> None:
    """Extend the lease to `seconds` from now; 0 gives it back. The caller commits.

    Raises:
        LeaseLostError: another server has it.
    """
    kept = store.execute(
        "UPDATE hub_lease SET expires_at = ? WHERE name = ? AND fence = ?",
        (later(store.now(), seconds), _SENDER, fence),
    )
    if kept.rowcount != 1:
        raise LeaseLostError("Another server delivers events now")
