"""Update products and services of the inventory to the specification versions that created change orders name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ordercli.database.store import Store
from ordercli.errors import reading
from ordercli.intake import json_text
from ordercli.orders.order_rows import OrderWithLines, VersionChange, WorkNoteRow
from ordercli.orders.order_store import add_work_notes
from ordercli.reference.lookup import ReferenceData, names
from ordercli.reference.record_types import INVENTORY_TYPES
from ordercli.reference.store import StoredRecords, rewrite
from ordercli.resources.common.members import SpecificationRef
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import Inventory
from ordercli.settings import Settings

_Json = dict[str, Any]


def inventory_versions(store: Store, reference: ReferenceData | None, settings: Settings) -> InventoryVersions | None:
    """Return the object that updates the inventory; None if a setting turns that off, or no inventory is loaded."""
    moves = settings.orders.allow_spec_version_update_in_change_order
    return InventoryVersions(store, reference) if moves and reference and reference.loaded & INVENTORY_TYPES else None


class InventoryVersions:
    """Update the inventory when change orders are created.

    ServiceNow Product Order Open API and Service Order Open API, allowSpecVersionUpdateInChangeOrder.
    """

    def __init__(self, store: Store, reference: ReferenceData) -> None:
        self._store = store
        self._reference = reference

    def follow(self, orders: Iterable[OrderWithLines]) -> list[tuple[OrderWithLines, list[WorkNoteRow]]]:
        """Rewrite the records to which these newly created orders give another version of their specification.

        Write a work note on the line item of each, and return the rows of these notes by order. The caller commits.
        """
        moving = [rows for rows in orders if rows.version_changes]
        if moving:
            self._store.lock("inventory")  # each record is read, changed and written
        written = [(rows, list(self._follow(rows))) for rows in moving]
        add_work_notes(self._store, [note for _, notes in written for note in notes])
        return written

    def _follow(self, rows: OrderWithLines) -> Iterator[WorkNoteRow]:
        inventories = RESOURCES[rows.order.resource].inventories
        for change in rows.version_changes:
            if text := self._move(change, inventories):
                n = sum(note.line_n == change.line_n for note in rows.work_notes)
                yield WorkNoteRow(rows.order.seq, change.line_n, n, rows.order.created_at, text)

    def _move(self, change: VersionChange, inventories: tuple[Inventory, ...]) -> str | None:
        """Update the record that a line changes if it has another version, and return the text of the work note."""
        # Do not use the cache of ReferenceData: an order before this one may have changed the record.
        records = StoredRecords(self._store)
        for inventory in inventories:
            if bodies := records.find(inventory.record_type, change.inventory_id):
                return self._move_record(inventory, bodies[0], change)
        return None

    def _move_record(self, inventory: Inventory, body: bytes, change: VersionChange) -> str | None:
        with reading(f"the record {change.inventory_id!r}"):
            record = json_text.decode(body)
        installed = record.get(inventory.specification) or {}
        known, given = _versions(installed, change)
        if known == given:
            return None
        record[inventory.specification] = self._moved(installed, change, inventory.specification_type)
        rewrite(self._store, inventory.record_type, record["id"], json_text.encode(record))
        title = f"{inventory.record_type} inventory {record['id']}"
        return f"{title} was moved from specification version {known} to {given}."

    def _moved(self, installed: _Json, change: VersionChange, specification_type: str) -> _Json:
        """Return the reference to the specification in its new version, completed from the catalogue if it is there."""
        wanted = {"internalVersion": change.internal_version, "version": change.version}
        found = self._reference.specification(
            SpecificationRef(change.specification_id, change.version, change.internal_version), specification_type
        )
        kept = {name: member for name, member in installed.items() if name not in wanted}
        if found:
            wanted["internalVersion"] = wanted["internalVersion"] or found.internal_version
            wanted["version"] = wanted["version"] or found.version
            if installed.get("id") not in names(found):
                types = {name: value for name, value in kept.items() if name in {"@type", "@referredType"}}
                kept = {**types, "id": found.id}
        return kept | {name: version for name, version in wanted.items() if version}


def _versions(installed: _Json, change: VersionChange) -> tuple[str | None, str | None]:
    """Return the installed version and the wanted one: the internal versions if both are given, else the others."""
    for name, wanted in (("internalVersion", change.internal_version), ("version", change.version)):
        if wanted and installed.get(name):
            return installed[name], wanted
    return None, None
