"""Select customer orders for a page of a collection, by the columns that tell them apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database.statements import select
from ordercli.orders.order_rows import OrderView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.database.store import Store


# Sorts after every time.
OPEN_END = "~"


class OrdersWanted(NamedTuple):
    """The orders to select; None selects all. They were created from `since` on, and before `until`."""

    resource: str
    profile: str
    source: str | None = None
    states: Sequence[str] | None = None
    external_ids: Sequence[str] | None = None
    since: str = ""
    until: str = OPEN_END

    def parameters(self) -> list[Any]:
        """Return the parameters of a statement, in its order."""
        states = None if self.states is None else json.dumps(self.states)
        named = [] if self.external_ids is None else [json.dumps(self.external_ids)] * 2
        filters = [self.resource, self.profile, self.since, self.until, self.source, self.source, states, states]
        return [*filters, *named]


_FILTER = (
    "WHERE resource = ? AND profile = ? AND created_at >= ? AND created_at < ?"
    " AND (CAST(? AS TEXT) IS NULL OR source = ?) AND (CAST(? AS TEXT) IS NULL OR state"
)
_OTHER_ID = "OR seq IN (SELECT other.seq FROM order_external_id AS other WHERE other.id"


def count(store: Store, wanted: OrdersWanted) -> int:
    """Return how many orders are wanted."""
    statement = f"SELECT count(*) FROM customer_order {_FILTER} IN (SELECT wanted.value FROM {store.WANTED}))" + (
        ""
        if wanted.external_ids is None
        else f" AND (external_id IN (SELECT wanted.value FROM {store.WANTED})"
        f" {_OTHER_ID} IN (SELECT wanted.value FROM {store.WANTED})))"
    )
    total: int = store.execute(statement, wanted.parameters()).fetchone()[0]
    return total


def page(store: Store, wanted: OrdersWanted, offset: int, limit: int) -> list[OrderView]:
    """Return the wanted orders from `offset` on, the newest first."""
    statement = select(
        OrderView,
        f"{_FILTER} IN (SELECT wanted.value FROM {store.WANTED}))"
        + (
            ""
            if wanted.external_ids is None
            else f" AND (external_id IN (SELECT wanted.value FROM {store.WANTED})"
            f" {_OTHER_ID} IN (SELECT wanted.value FROM {store.WANTED})))"
        )
        + " ORDER BY seq DESC LIMIT ? OFFSET ?",
    )
    return [OrderView(*row) for row in store.execute(statement, [*wanted.parameters(), limit, offset])]
