"""Upgrade the schema of a PostgreSQL database from any released version to the current one."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ordercli.database.address import masked
from ordercli.database.migrate import run_missing
from ordercli.database.postgres import connect
from ordercli.database.store import APPLICATION_ID
from ordercli.errors import BadDatabaseError
from ordercli.failpoints import ARMED, failpoint


def server_engine(url: str) -> Engine:
    """Return a SQLAlchemy engine for the database of a server."""
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(url, autocommit=False),
        poolclass=NullPool,
        use_native_hstore=False,  # asks the server for a type that nobody uses
    )


def upgrade_server(url: str) -> None:
    """Run the missing migrations in one transaction. If several processes try, one does it and the others wait.

    Raises:
        DriverError: the server fails, or the user has no right to make tables; nothing was changed.
        BadDatabaseError: the encoding of the database is not UTF-8.
    """
    engine = server_engine(url)
    try:
        with engine.begin() as connection:
            # After the wait for the lock, see what other processes committed, whatever isolation level is the default.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION_ID})")
            if connection.exec_driver_sql("SHOW server_encoding").scalar_one() != "UTF8":  # a pooler does not tell
                raise BadDatabaseError(f"{masked(url)} does not hold texts in UTF-8", hint="make it with ENCODING UTF8")
            run_missing(connection)
            if ARMED:
                failpoint("migration-before-commit")
        if ARMED:
            failpoint("migration-after-commit")
    except DBAPIError as error:
        raise error.orig or error from error
    finally:
        engine.dispose()
