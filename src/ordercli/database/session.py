"""SQLModel sessions for ordinary reads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from ordercli.database.connection import open_database
from ordercli.database.driver import connect, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def reading(path: str) -> Iterator[Session]:
    """A session whose statements all see one state of the database; it writes nothing.

    Raises:
        BadDatabaseError, TryAgainError: as `open_database`.
        DriverError: the database turns out to be damaged, or its surroundings are in trouble.
    """
    open_database(path).close()
    engine = create_engine("sqlite://", creator=lambda: connect(path), module=sqlite, poolclass=NullPool)
    try:
        with Session(engine) as session:
            session.connection().exec_driver_sql("BEGIN")
            yield session
    except DBAPIError as error:
        raise error.orig or error from error
    finally:
        engine.dispose()
