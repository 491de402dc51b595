"""Subscribe to events, and list, enable and remove subscriptions."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from msgspec import Meta
from uuid_utils import uuid7

from ordercli.clients import subscriptions
from ordercli.clients.subscriptions import SubscriptionRow
from ordercli.clock import timestamp_now
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import transaction
from ordercli.errors import NotFoundError
from ordercli.orders import history
from ordercli.result_types import Count, Id, Result, Time

if TYPE_CHECKING:
    from ordercli.database.store import Store

MOST = 100


class Subscription(Result):
    """A subscription to events, and the state of its deliveries.

    `failing`: the last delivery failed, and is tried again at `nextAt`. `disabled`: deliveries failed for too long;
    `hub enable` continues after `cursor`.
    """

    columns = ("id", "status", "resource", "profile", "callback", "cursor", "failures", "lastError")

    id: Id
    status: Literal["enabled", "failing", "disabled"]
    resource: Literal["productOrder", "serviceOrder"]
    profile: str
    source: Annotated[str | None, Meta(description="the only source whose events are delivered; null for all")]
    client: str
    callback: str
    query: str
    cursor: Annotated[str, Meta(description="the last event that was delivered")]
    created_at: Time
    failures: Annotated[Count, Meta(description="since the last delivery")]
    failing_since: Time | None
    next_at: Time | None
    last_error: str | None
    disabled_at: Time | None

    @classmethod
    def of(cls, row: SubscriptionRow) -> Subscription:
        """Return the result that describes a stored subscription."""
        status = "disabled" if row.disabled_at else "failing" if row.failing_since else "enabled"
        members = {name: getattr(row, name) for name in row.__struct_fields__}
        return cls(status=status, **members)  # type: ignore[arg-type] # the names are the same


class NewSubscription(NamedTuple):
    """A subscription that a client wants; as `SubscriptionRow` has it."""

    resource: str
    profile: str
    source: str | None
    client: str
    callback: str
    query: str


def subscribe(store: Store, wanted: NewSubscription) -> SubscriptionRow | None:
    """Add a subscription to the events from now on; return it, or None if there are too many.

    If an equal subscription exists, enable and return that, so that a client may subscribe whenever it starts.
    """
    with transaction(store, "hub"):
        last = history.horizon(store)
        known = subscriptions.every(store)
        for each in known:
            if (each.resource, each.profile, each.source, each.callback, each.query) == (*wanted[:3], *wanted[4:]):
                subscriptions.enable(store, each.id)
                return each
        if len(known) >= MOST:
            return None
        made = SubscriptionRow(uuid7().hex, *wanted, cursor=str(last), created_at=timestamp_now())
        subscriptions.add(store, made)
        return made


def subscription_list(database: str) -> list[Subscription]:
    """Return every subscription, the oldest first."""
    with closing(read_database(database)) as store:
        return [Subscription.of(row) for row in subscriptions.every(store)]


def enable_subscription(database: str, subscription_id: str) -> Subscription:
    """Enable a subscription: its deliveries continue after the last event that arrived.

    Raises:
        NotFoundError: there is no subscription with this id.
    """
    with closing(open_database(database)) as store, transaction(store, "hub"):
        subscriptions.enable(store, subscription_id)
        return _found(store, subscription_id)


def remove_subscription(database: str, subscription_id: str) -> Subscription:
    """Remove a subscription, and return it.

    Raises:
        NotFoundError: there is no subscription with this id.
    """
    with closing(open_database(database)) as store, transaction(store, "hub"):
        found = _found(store, subscription_id)
        subscriptions.remove(store, subscription_id)
        return found


def _found(store: Store, subscription_id: str) -> Subscription:
    row = subscriptions.find(store, subscription_id)
    if row is None:
        raise NotFoundError(f"There is no subscription {subscription_id}", hint="see `ordercli hub list`")
    return Subscription.of(row)
