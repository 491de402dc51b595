"""List customer orders: filtered, sorted, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import starmap
from typing import Any, NamedTuple

import msgspec

from ordercli.database.statements import Row, Where
from ordercli.database.store import NO_LIMIT, Store
from ordercli.orders.order_rows import OrderView
from ordercli.orders.states import OrderState


class Sort(StrEnum):
    """The columns by which a list can be sorted; each has an index."""

    CREATED = "created"
    UPDATED = "updated"
    EXTERNAL_ID = "externalId"
    STATE = "state"


# How each is sorted: descending and ascending. An external id can be null; SQLite sorts nulls like this by default.
_ORDER_BY = {
    Sort.CREATED: (
        "ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?",
        "ORDER BY created_at ASC, seq ASC LIMIT ? OFFSET ?",
    ),
    Sort.UPDATED: (
        "ORDER BY updated_at DESC, seq DESC LIMIT ? OFFSET ?",
        "ORDER BY updated_at ASC, seq ASC LIMIT ? OFFSET ?",
    ),
    Sort.EXTERNAL_ID: (
        "ORDER BY external_id DESC NULLS LAST, seq DESC LIMIT ? OFFSET ?",
        "ORDER BY external_id ASC NULLS FIRST, seq ASC LIMIT ? OFFSET ?",
    ),
    Sort.STATE: ("ORDER BY state DESC, seq DESC LIMIT ? OFFSET ?", "ORDER BY state ASC, seq ASC LIMIT ? OFFSET ?"),
}


# Sorts after every time.
OPEN_END = "~"


class OrderFilter(NamedTuple):
    """The orders to select; None, and no state at all, select all. They were created from `since` on, before `until`.

    Times are as in the tables. `external_ids` are keys or further identifiers. `target` is the system that they were
    forwarded to; `is_troubled` selects those whose state there must be looked at.
    """

    resource: str | None = None
    profile: str | None = None
    source: str | None = None
    states: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    customer_id: str | None = None
    currency: str | None = None
    batch_id: str | None = None
    since: str = ""
    until: str = OPEN_END
    target: str | None = None
    is_troubled: bool = False

    def where(self, store: Store) -> Where:
        """Return the filter as conditions of a statement."""
        found = Where()
        found.equal(
            resource=self.resource,
            profile=self.profile,
            source=self.source,
            customer_id=self.customer_id,
            currency=self.currency,
            batch_id=self.batch_id,
        )
        found.one_of("state", self.states)
        if self.external_ids:
            # Each half has an index of its own.
            found.add(
                f"seq IN (SELECT seq FROM order_external_id WHERE id IN (SELECT wanted.value FROM {store.WANTED})"
                " UNION ALL SELECT seq FROM customer_order"
                f" WHERE external_id IN (SELECT wanted.value FROM {store.WANTED}))",
                *(msgspec.json.encode(self.external_ids).decode(),) * 2,
            )
        if self.target is not None:
            found.add(
                "EXISTS (SELECT 1 FROM forward AS f WHERE f.order_id = customer_order.order_id AND f.target = ?"
                " AND f.remote_id IS NOT NULL)",
                self.target,
            )
        if self.is_troubled:
            found.add("order_id IN (SELECT order_id FROM forward WHERE trouble IS NOT NULL)")
        if self.since:
            found.add("created_at >= ?", self.since)
        if self.until != OPEN_END:
            found.add("created_at < ?", self.until)
        return found


def count_orders(store: Store, wanted: OrderFilter) -> int:
    """Return the number of orders that pass the filter."""
    where = wanted.where(store)
    statement = where.count(OrderView)
    count: int = store.execute(statement, where.parameters).fetchone()[0]
    return count


def list_orders(
    store: Store,
    wanted: OrderFilter,
    *,
    sort: Sort = Sort.CREATED,
    ascending: bool = False,
    limit: int = 0,
    offset: int = 0,
) -> Iterator[OrderView]:
    """Yield the orders that pass the filter, sorted, then in the order of acceptance; `limit` 0 means no limit."""
    rows = list_columns(store, wanted, OrderView, sort=sort, ascending=ascending, limit=limit, offset=offset)
    return starmap(OrderView, rows)


def list_columns(
    store: Store,
    wanted: OrderFilter,
    columns: type[Row],
    *,
    sort: Sort,
    ascending: bool,
    limit: int,
    offset: int,
) -> Iterator[tuple[Any, ...]]:
    """Yield these columns of the orders that `list_orders` yields, as tuples.

    Most of the time of a list is reading columns, and making a row of each tuple.
    """
    where = wanted.where(store)
    statement = where.select(columns, _ORDER_BY[sort][ascending])
    return store.stream(statement, (*where.parameters, limit or NO_LIMIT, offset))


class GroupBy(StrEnum):
    """The columns by which orders can be counted, by the names of their members."""

    STATE = "state"
    CURRENCY = "currency"
    SOURCE = "source"
    RESOURCE = "resource"
    PROFILE = "profile"
    CHANNEL = "channel"
    CUSTOMER = "customer"
    BATCH = "batch"


_GROUPED = {GroupBy.CHANNEL: "channel_id", GroupBy.CUSTOMER: "customer_id", GroupBy.BATCH: "batch_id"}


def count_by(
    store: Store, wanted: OrderFilter, by: Sequence[GroupBy], seqs: Sequence[int] | None = None
) -> Iterator[tuple[tuple[str | None, ...], int]]:
    """Yield how many orders have the same values, the largest group first; `seqs` are the keys of the only ones."""
    where = wanted.where(store) if seqs is None else Where()
    if seqs is not None:
        where.add(f"seq {store.IN_LIST}", msgspec.json.encode(list(seqs)).decode())
    statement = where.group(OrderView, [_GROUPED.get(each, str(each)) for each in by])
    return ((tuple(values), n) for *values, n in store.stream(statement, tuple(where.parameters)))


def with_line(store: Store, seqs: str, action: str | None, offering: str | None) -> set[int]:
    """Return the keys of the orders (a JSON list of keys) that have a line item with this action and offering."""
    rows = store.execute(
        f"SELECT DISTINCT order_seq FROM order_line_item WHERE order_seq {store.IN_LIST}"
        " AND (CAST(? AS TEXT) IS NULL OR action = ?) AND (CAST(? AS TEXT) IS NULL OR product_offering_id = ?)",
        (seqs, action, action, offering, offering),
    )
    return {seq for (seq,) in rows}


def with_characteristic(store: Store, seqs: str, name: str, value: str) -> set[int]:
    """Return the keys of the orders (a JSON list of keys) that have a line item with this characteristic."""
    rows = store.execute(
        f"SELECT DISTINCT order_seq FROM order_characteristic_value WHERE order_seq {store.IN_LIST}"
        " AND name = ? AND value = ?",
        (seqs, name, value),
    )
    return {seq for (seq,) in rows}


def due_dates(store: Store, seqs: str) -> list[tuple[int, str | None, str | None]]:
    """Return the keys of orders (a JSON list of keys) with the dates that they were promised and wanted for."""
    rows = store.execute(
        f"SELECT seq, committed_due_date, requested_completion_date FROM customer_order WHERE seq {store.IN_LIST}",
        (seqs,),
    )
    return [(seq, committed, requested) for seq, committed, requested in rows]


def has_currency(store: Store, currency: str) -> bool:
    """Return whether an order is in this currency."""
    return store.execute("SELECT 1 FROM customer_order WHERE currency = ? LIMIT 1", (currency,)).fetchone() is not None


def currencies(store: Store, most: int) -> list[str]:
    """Return the currencies of orders; each is found by one look into an index."""
    found: list[str] = []
    while len(found) < most:
        following: str | None = store.execute(
            "SELECT min(currency) FROM customer_order WHERE currency > ?", (found[-1] if found else "",)
        ).fetchone()[0]
        if following is None:
            break
        found.append(following)
    return found


def count_created(store: Store, since: str, until: str, batch_id: str | None = None) -> int:
    """Return how many orders, or how many of a batch, were created from `since` on, before `until`."""
    found = Where()
    found.add("created_at >= ? AND created_at < ?", since, until)
    return _count(store, found, batch_id)


def count_of_ids(store: Store, first: str, end: str, batch_id: str | None = None) -> int:
    """Return how many orders, or how many of a batch, have an id from `first` on, before `end`.

    Ids begin with the time at which the order was taken in.
    """
    found = Where()
    found.add("order_id >= ? AND order_id < ?", first, end)
    return _count(store, found, batch_id)


def _count(store: Store, where: Where, batch_id: str | None) -> int:
    if batch_id is not None:
        where.add("coalesce(batch_id, '') = ?", batch_id)  # so that the index of the range is used
    statement = where.count(OrderView)
    count: int = store.execute(statement, where.parameters).fetchone()[0]
    return count


def last_created(store: Store, batch_id: str) -> str | None:
    """Return when the last order of a batch was created."""
    found: str | None = store.execute(
        "SELECT max(created_at) FROM customer_order WHERE batch_id = ?", (batch_id,)
    ).fetchone()[0]
    return found


def count_by_state(store: Store, most: int) -> dict[str, int]:
    """Return how many orders are in each state; up to `most` each are counted."""
    one = "SELECT count(*) FROM (SELECT 1 FROM customer_order WHERE state = ? LIMIT ?) AS counted"
    return {str(state): store.execute(one, (state, most)).fetchone()[0] for state in OrderState}
