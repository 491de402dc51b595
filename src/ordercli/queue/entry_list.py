"""List entries of the inbound queue, filtered, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from ordercli.database.statements import BigInt, Row, Where
from ordercli.database.store import NO_LIMIT, Store
from ordercli.queue.entries import EntryView

# For `EntryFilter.target`; no target has such a name.
LOCAL = ""
ANY_TARGET = "*"


class _EntryKey(Row, frozen=True, gc=False):
    """The key of an entry."""

    TABLE: ClassVar = "inbound_entry"

    seq: BigInt


class EntryFilter(NamedTuple):
    """The entries to select; None, and no state at all, select all.

    `target` is LOCAL, ANY_TARGET or the name of one. `is_uncertain` selects entries that wait for a person.
    """

    states: tuple[str, ...] = ()
    source: str | None = None
    resource: str | None = None
    batch_id: str | None = None
    error_code: str | None = None
    updated_before: str | None = None
    target: str | None = None
    is_uncertain: bool = False

    def where(self) -> Where:
        """Return the filter as conditions of a statement."""
        found = Where()
        found.one_of("state", self.states)
        found.equal(source=self.source, resource=self.resource, batch_id=self.batch_id, error_code=self.error_code)
        if self.target == LOCAL:
            found.add("target IS NULL")
        elif self.target == ANY_TARGET:
            found.add("target > ''")  # so that the index of these entries is used
        else:
            found.equal(target=self.target)
        if self.is_uncertain:
            found.add("target IS NOT NULL AND state = 'pending' AND execute_after IS NULL")
        if self.updated_before is not None:
            found.add("updated_at < ?", self.updated_before)
        return found


def count_entries(store: Store, entry_filter: EntryFilter) -> int:
    """Return the number of entries that pass the filter."""
    where = entry_filter.where()
    statement = where.count(EntryView)
    count: int = store.execute(statement, where.parameters).fetchone()[0]
    return count


def list_entries(store: Store, entry_filter: EntryFilter, *, limit: int, offset: int) -> Iterator[EntryView]:
    """Yield the entries that pass the filter, the newest first; `limit` 0 means no limit."""
    where = entry_filter.where()
    statement = where.select(EntryView, "ORDER BY seq DESC LIMIT ? OFFSET ?")
    rows = store.stream(statement, (*where.parameters, limit or NO_LIMIT, offset))
    return (EntryView(*row) for row in rows)


def keys_of(store: Store, entry_filter: EntryFilter) -> list[int]:
    """Return the keys of the entries that pass the filter, the newest first."""
    where = entry_filter.where()
    statement = where.select(_EntryKey, "ORDER BY seq DESC")
    return [seq for (seq,) in store.execute(statement, where.parameters)]
