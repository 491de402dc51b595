"""The schema on a server, brought from any released version to the current one."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from ordercli.database.address import masked
from ordercli.database.migrate import run_missing
from ordercli.database.postgres.engine import server_engine
from ordercli.database.schema import APPLICATION_ID
from ordercli.errors import BadDatabaseError
from ordercli.failpoints import failpoint


def upgrade_server(url: str) -> None:
    """Run the missing migrations in one transaction; of several processes one does it, the others find it done.

    Raises:
        DriverError: the server is in trouble, or the user has no right to make tables; nothing was changed.
        BadDatabaseError: the database does not hold texts in UTF-8.
    """
    engine = server_engine(url)
    try:
        with engine.begin() as connection:
            # What others have made while this one waited for the lock must be seen, whatever the server's default is.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION_ID})")
            if connection.exec_driver_sql("SHOW server_encoding").scalar_one() != "UTF8":  # a pooler does not tell
                raise BadDatabaseError(f"{masked(url)} does not hold texts in UTF-8", hint="make it with ENCODING UTF8")
            run_missing(connection)
            failpoint("migration-before-commit")
        failpoint("migration-after-commit")
    except DBAPIError as error:
        raise error.orig or error from error
    finally:
        engine.dispose()
