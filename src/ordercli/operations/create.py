"""Create orders from queue entries: prepare their rows, and write them."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ordercli.clock import timestamp_now
from ordercli.orders import order_store
from ordercli.orders.order_rows import OrderWithLines
from ordercli.queue.claims import Claimed, Failure
from ordercli.queue.entries import digest
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import Accepted, CannotBeCreatedError

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.operations.inventory import InventoryVersions
    from ordercli.reference.lookup import ReferenceData
    from ordercli.settings import Settings


class Prepared(NamedTuple):
    """A prepared entry: it has rows, or the failure that ends it, or an unexpected exception."""

    entry: Claimed
    rows: OrderWithLines | None = None
    failure: Failure | None = None
    fault: Exception | None = None


class Creation:
    """Prepares entries, and writes the orders of those that were prepared.

    It validates entries again if `queue.revalidate` is on, and reads reference data only for that, or for orders that
    change the version of a product or service in the inventory.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._moves_inventory = settings.orders.allow_spec_version_update_in_change_order
        self._revalidation = None
        if settings.queue.revalidate:
            from ordercli.operations.revalidate import Revalidation  # slow to import, off by default

            self._revalidation = Revalidation(settings, self._reference)

    def look_ahead(self, claimed: list[Claimed]) -> None:
        """Fetch what will be looked up when these entries are validated again."""
        if self._revalidation:
            self._revalidation.look_ahead(claimed)

    def prepare(self, entry: Claimed) -> Prepared:
        """Check the payload against its hash, validate it again if asked, and turn it into rows."""
        try:
            return self._prepare(entry)
        except Exception as fault:  # noqa: BLE001 - a bug in one order must not stop the others
            return Prepared(entry, fault=fault)

    def _prepare(self, entry: Claimed) -> Prepared:
        if digest(entry.body) != entry.sha256:
            from ordercli.operations.failures import payload_damaged  # only after a failure

            return Prepared(entry, failure=payload_damaged(entry))
        if self._revalidation:
            notes = self._revalidation.validate(entry)
            if isinstance(notes, Failure):
                return Prepared(entry, failure=notes)
        else:
            notes = tuple((n, text) for n, text in json.loads(entry.work_notes)) if entry.work_notes else ()
        try:
            return Prepared(entry, rows=_rows(entry, notes))
        except CannotBeCreatedError as error:
            from ordercli.operations.failures import creation_failed  # only after a failure

            return Prepared(entry, failure=creation_failed(entry, str(error)))

    def write(self, prepared: list[Prepared]) -> None:
        """Write the orders of these entries, in the transaction of the caller."""
        orders = [each.rows for each in prepared if each.rows]
        if not orders:
            return
        by_actor: dict[str, list[OrderWithLines]] = {}
        for each in prepared:
            if each.rows:
                by_actor.setdefault(each.entry.submitted_by or self._settings.acting, []).append(each.rows)
        for actor, submitted in by_actor.items():
            order_store.create(self._store, submitted, actor)
        if self._moves_inventory and any(rows.version_changes for rows in orders) and self._inventory:
            self._inventory.follow(orders)

    @cached_property
    def _inventory(self) -> InventoryVersions | None:
        from ordercli.operations.inventory import inventory_versions  # few orders move the inventory

        return inventory_versions(self._store, self._reference, self._settings)

    @cached_property
    def _reference(self) -> ReferenceData | None:
        from ordercli.reference.store import reference_data  # slow to import, and seldom asked

        return reference_data(self._store, self._settings)


def _rows(entry: Claimed, notes: tuple[tuple[int, str], ...]) -> OrderWithLines:
    resource = RESOURCES.get(entry.resource)
    if resource is None:
        raise CannotBeCreatedError(f"this version of ordercli cannot create an order of resource {entry.resource!r}")
    accepted = Accepted(
        entry.seq,
        entry.order_id,
        entry.external_id,
        entry.source,
        entry.profile,
        entry.filled_currency,
        entry.batch_id,
        notes,
    )
    return resource.to_rows(accepted, entry.body, timestamp_now())
