"""Accept orders that go to a target: the external ids that they have there, and the rows that keep them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ordercli.forwarding import forwards
from ordercli.forwarding.forwards import ForwardRow
from ordercli.operations.results import taken_at_target
from ordercli.targets import target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.database.store import Store
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.rulebook.rule import Finding
    from ordercli.settings import Settings


class OrdersForTarget:
    """The orders of one transaction that go to a target; two of one kind cannot have the same external id there.

    Unless it is a dry run, the target is locked until the transaction ends.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        name: str,
        source: str,
        orders: Sequence[ValidatedOrder],
        *,
        dry_run: bool,
    ) -> None:
        self.name = name
        self._store = store
        self._target = target(settings, name)
        self._source = source
        self._taken: set[tuple[str, str]] = set()
        if not dry_run:
            store.lock(f"target {name}")
        for resource in dict.fromkeys(each.resource for each in orders):
            names = [self._id_of(each, "") for each in orders if each.resource == resource and each.external_id]
            taken = forwards.taken_ids(store, name, resource, json.dumps(names))
            self._taken |= {(resource, external_id) for external_id in taken}

    def _id_of(self, order: ValidatedOrder, order_id: str) -> str:
        return self._target.external_id_of(order_id, order.external_id, self._source)

    def conflict(self, order: ValidatedOrder) -> Finding | None:
        """Return the finding that another order for the target has this order's external id there."""
        external_id = self._id_of(order, "")
        if order.external_id and (order.resource, external_id) in self._taken:
            return taken_at_target(self.name, external_id)
        return None

    def forward(self, order: ValidatedOrder, order_id: str) -> ForwardRow:
        """Return the row of an order that goes to the target."""
        external_id = self._id_of(order, order_id)
        self._taken.add((order.resource, external_id))
        return ForwardRow(order_id, self.name, order.resource, external_id)

    def keep(self, rows: Sequence[ForwardRow]) -> None:
        """Write the rows of orders that were accepted."""
        forwards.add(self._store, rows)
