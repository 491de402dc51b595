"""SQLModel sessions for ordinary reads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from ordercli.database.address import is_server
from ordercli.database.connection import open_database
from ordercli.database.driver import connect, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@contextmanager
def reading(database: str) -> Iterator[Session]:
    """A session whose statements all see one state of the database; it writes nothing.

    Raises:
        BadDatabaseError, TryAgainError: as `open_database`.
        DriverError: the database turns out to be damaged, or its surroundings are in trouble.
    """
    open_database(database).close()
    engine = _server_engine(database) if is_server(database) else _file_engine(database)
    try:
        with Session(engine) as session:
            yield session
    except DBAPIError as error:
        raise error.orig or error from error
    finally:
        engine.dispose()


def _file_engine(path: str) -> Engine:
    made = create_engine("sqlite://", creator=lambda: connect(path), module=sqlite, poolclass=NullPool)
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return made


def _server_engine(url: str) -> Engine:
    from ordercli.database.postgres.engine import server_engine  # noqa: PLC0415 - an extra

    return server_engine(url).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
