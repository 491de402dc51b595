"""Store when the records of each type were last imported, and from which file."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import astuple

from ordercli.database.statements import Row, select, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.database.store import Store


class ImportRow(Row, frozen=True, gc=False):
    """The last import that had records of a type: how many, and the file of the last one of them."""

    TABLE: ClassVar = "reference_import"

    type: str
    imported_at: str
    file: str
    records: int


def note_imports(store: Store, imports: Iterable[ImportRow]) -> None:
    """Replace what is known of earlier imports of these types."""
    store.executemany(upsert(ImportRow, "type"), map(astuple, imports))


def last_imports(store: Store) -> dict[str, ImportRow]:
    """Return the last import of each type; that of an ordercli before schema 23 is not known."""
    rows = store.execute(select(ImportRow, "ORDER BY type"))
    return {row[0]: ImportRow(*row) for row in rows}
