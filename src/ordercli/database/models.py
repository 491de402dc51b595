"""SQLModel: column types that behave the same on every engine, and sessions for ordinary reads."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, String, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from ordercli.database.address import is_server
from ordercli.database.opening import read_database
from ordercli.database.sqlite import sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Engine

    from ordercli.database.store import Store


def one_of(column: str, words: Iterable[str]) -> str:
    """Return the SQL condition that the column holds one of these words; put the word that new rows have first.

    Not an IN list: SQLite builds a temporary table from it for each inserted row, which took 20 % of the time per
    line item.
    """
    return " OR ".join(f"{column} = {str(word)!r}" for word in words)


# SQLite numbers rows by itself only if the type of the column is INTEGER.
KEY = BigInteger().with_variant(Integer(), "sqlite")
# Texts sort by their code points, whatever the locale of the server.
TEXT = String().with_variant(String(collation="C"), "postgresql")


def where(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


@contextmanager
def reading_session(database: str) -> Iterator[Session]:
    """Open a session for reading; all its statements see one state of the database.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError: as `read_database`.
        DriverError: the database is damaged, or the disk or the server fails.
    """
    if is_server(database):
        read_database(database).close()
        engine = _server_engine(database)
        try:
            yield from _session(engine)
        finally:
            engine.dispose()
    else:
        with closing(read_database(database)) as connection:
            yield from _session(_file_engine(connection))


def _session(engine: Engine) -> Iterator[Session]:
    try:
        with Session(engine) as session:
            yield session
    except DBAPIError as error:
        raise error.orig or error from error


def _file_engine(connection: Store) -> Engine:
    """Return an engine over an open connection; the caller closes the connection."""
    made = create_engine("sqlite://", creator=lambda: connection, module=sqlite, poolclass=StaticPool)
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return made


def _server_engine(url: str) -> Engine:
    from ordercli.database.postgres_server import server_engine  # noqa: PLC0415 - an extra

    return server_engine(url).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
