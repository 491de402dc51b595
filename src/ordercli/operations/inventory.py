"""Update products of the inventory to the specification versions that created change orders name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ordercli.database.faults import reading
from ordercli.database.store import Store
from ordercli.intake import json_text
from ordercli.orders.order_rows import OrderWithLines, VersionChange, WorkNoteRow
from ordercli.orders.order_store import add_work_notes
from ordercli.reference.lookup import ReferenceData, names
from ordercli.reference.store import StoredRecords, rewrite
from ordercli.resources.common.members import SpecificationRef
from ordercli.settings import Settings

_Json = dict[str, Any]


def inventory_versions(store: Store, reference: ReferenceData | None, settings: Settings) -> InventoryVersions | None:
    """Return the object that updates the inventory; None if a setting turns that off, or no inventory is loaded."""
    moves = settings.orders.allow_spec_version_update_in_change_order
    return InventoryVersions(store, reference) if moves and reference and "Product" in reference.loaded else None


class InventoryVersions:
    """Update the inventory when change orders are created.

    ServiceNow Product Order Open API, allowSpecVersionUpdateInChangeOrder.
    """

    def __init__(self, store: Store, reference: ReferenceData) -> None:
        self._store = store
        self._reference = reference

    def follow(self, orders: Iterable[OrderWithLines]) -> list[WorkNoteRow]:
        """Rewrite the products to which these newly created orders give another version of their specification.

        Write a work note on the line item of each, and return the rows of these notes. The caller commits.
        """
        moving = [rows for rows in orders if rows.version_changes]
        if moving:
            self._store.lock("inventory")  # each record is read, changed and written
        notes = [note for rows in moving for note in self._follow(rows)]
        add_work_notes(self._store, notes)
        return notes

    def _follow(self, rows: OrderWithLines) -> Iterator[WorkNoteRow]:
        for change in rows.version_changes:
            if text := self._move(change):
                n = sum(note.line_n == change.line_n for note in rows.work_notes)
                yield WorkNoteRow(rows.order.seq, change.line_n, n, rows.order.created_at, text)

    def _move(self, change: VersionChange) -> str | None:
        """Update one product if it has another version, and return the text of the work note."""
        # Do not use the cache of ReferenceData: an order before this one may have changed the record.
        for body in StoredRecords(self._store).find("Product", change.product_id)[:1]:
            with reading(f"the record {change.product_id!r}"):
                record = json_text.decode(body)
            known, given = _versions(record.get("productSpecification") or {}, change)
            if known != given:
                record["productSpecification"] = self._moved(record["productSpecification"], change)
                rewrite(self._store, "Product", record["id"], json_text.encode(record))
                return f"Product inventory {record['id']} was moved from specification version {known} to {given}."
        return None

    def _moved(self, installed: _Json, change: VersionChange) -> _Json:
        """Return the reference to the specification in its new version, completed from the catalogue if it is there."""
        wanted = {"internalVersion": change.internal_version, "version": change.version}
        found = self._reference.specification(
            SpecificationRef(change.specification_id, change.version, change.internal_version)
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
