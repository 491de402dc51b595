"""Which entries the inbound queue holds, as documents."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.database.session import reading
from ordercli.errors import UsageError
from ordercli.inbound.document import entry_document
from ordercli.inbound.listing import EntryFilter, count_entries, list_entries
from ordercli.inbound.states import EntryState
from ordercli.reports.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def entries(database: str, wanted: EntryFilter, *, limit: int, offset: int) -> Iterator[Page]:
    """The entries that pass the filter, read while the page is open, in bounded memory.

    Raises:
        UsageError: a state that is none.
    """
    for state in wanted.states:
        if state not in set(EntryState):
            raise UsageError(f"no entry state is called {state!r}", hint=f"states: {', '.join(EntryState)}")
    with reading(database) as session:
        found = list_entries(session, wanted, limit=limit, offset=offset)
        yield Page(map(entry_document, found), lambda: count_entries(session, wanted), limit)
