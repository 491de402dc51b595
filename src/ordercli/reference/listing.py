"""Which records of reference data there are, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import col

from ordercli.reference.tables import ReferenceRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlmodel import Session

_PAGE = 500


def count_records(session: Session, record_type: str) -> int:
    """How many records there are of the type."""
    statement = select(func.count()).select_from(ReferenceRecord).where(col(ReferenceRecord.type) == record_type)
    total: int = session.execute(statement).scalar_one()
    return total


def list_records(session: Session, record_type: str, *, limit: int, offset: int) -> Iterator[bytes]:
    """The bodies of the records of a type, sorted by id; `limit` 0 gives all."""
    statement = select(col(ReferenceRecord.body)).where(col(ReferenceRecord.type) == record_type)
    statement = statement.order_by(col(ReferenceRecord.id)).offset(offset).limit(limit or None)
    for (body,) in session.execute(statement.execution_options(yield_per=_PAGE)):
        yield body
