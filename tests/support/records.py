"""Build records of reference data, and import them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ordercli.intake.reader import chunks
from ordercli.operations.import_reference import load_reference
from ordercli.run_control import Stop
from support.builders import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.operations.diagnostics import Diagnostic
    from support.builders import Json

Refusal = tuple[int, str, str, str]


def offering(record_id: str = "fiber", specification: str | None = "access", **members: Any) -> Json:
    """Return a product offering."""
    named = {"productSpecification": {"id": specification}} if specification else {}
    return {"@type": "ProductOffering", "id": record_id, **named, **members}


def specification(
    record_id: str = "access",
    children: Sequence[str] = (),
    parents: Sequence[str] = (),
    **members: Any,
) -> Json:
    """Return a product specification with its relations."""
    relations = [{"id": each, "relationshipType": "HasChild"} for each in children]
    relations += [{"id": each, "relationshipType": "HasParent"} for each in parents]
    return {"@type": "ProductSpecification", "id": record_id, "productSpecificationRelationship": relations, **members}


def characteristic(name: str, *values: Any, **members: Any) -> Json:
    """Return a characteristic of a specification with these allowed values."""
    return {"name": name, "productSpecCharacteristicValue": [{"value": value} for value in values], **members}


def product(record_id: str = "inventory-1", status: str | None = "active", **members: Any) -> Json:
    """Return a product of the inventory."""
    return {"@type": "Product", "id": record_id, "status": status, **members}


def customer(record_id: str = "customer-1", **members: Any) -> Json:
    """Return a customer account, by default the one in `builders.product_order`."""
    return {"@type": "Customer", "id": record_id, **members}


def currency(code: str = "EUR", status: str | None = "active") -> Json:
    """Return a currency."""
    return {"@type": "Currency", "id": code, "status": status}


@dataclass
class Refusals:
    """Collects refused records: number of the document, code, pointer and message of each fault."""

    received: list[Refusal] = field(default_factory=list)

    def refused(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.received += [(each.record, each.code, each.pointer, each.message) for each in diagnostics]


def numbered(documents: Sequence[Json | bytes]) -> Iterator[list[Record]]:
    """Return the documents as the batches that are read from a file."""
    return chunks((record(each, n, "reference.ndjson") for n, each in enumerate(documents, 1)), Stop())


def load(connection: Store, *documents: Json | bytes) -> list[Refusal]:
    """Import records, the first one as document 1, and return the refused ones."""
    listener = Refusals()
    load_reference(connection, numbered(documents), listener.refused)
    return listener.received


def loaded(connection: Store, *documents: Json | bytes) -> dict[str, int]:
    """Import records, and return the counts: read, inserted, updated, unchanged, refused."""
    found = load_reference(connection, numbered(documents), Refusals().refused)
    return {name: getattr(found, name) for name in ("read", "inserted", "updated", "unchanged", "refused")}
