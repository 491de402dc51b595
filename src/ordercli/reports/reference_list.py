"""The records of reference data of one type, as documents."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ordercli.database.session import reading
from ordercli.intake import exact
from ordercli.reference.listing import count_records, list_records
from ordercli.reports.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def records(database: str, record_type: str, *, limit: int, offset: int) -> Iterator[Page]:
    """The records of a type, sorted by id, read while the page is open, in bounded memory."""
    with reading(database) as session:
        found = list_records(session, record_type, limit=limit, offset=offset)
        yield Page(map(exact.decode, found), lambda: count_records(session, record_type), limit)
