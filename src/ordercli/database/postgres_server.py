"""Open and check a PostgreSQL database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from ordercli.database import postgres_faults
from ordercli.database.address import masked, where
from ordercli.database.postgres import PostgresStore, connect
from ordercli.database.store import APPLICATION_ID, SCHEMA_VERSION, refuse_newer
from ordercli.errors import BadDatabaseError, NoDatabaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store


def open_server(url: str) -> Store:
    """Connect to a database that has tables of ordercli, and upgrade its schema.

    Raises:
        NoDatabaseError: it has no tables of ordercli.
        BadDatabaseError: it belongs to another program or a newer ordercli, is damaged, or is not in UTF-8. It is left
            untouched.
        TryAgainError: the server cannot be reached, or fails.
        UsageError: the address is invalid, or the server refuses the user.
    """
    with _errors_explained(url):
        return _opened(url, may_make=False)[0]


def open_or_make(url: str) -> tuple[Store, bool]:
    """Connect as `open_server` does, or make the tables if there are none; also return whether they were made.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_server`.
    """
    with _errors_explained(url):
        return _opened(url, may_make=True)


def open_as_it_is(url: str) -> Store:
    """Connect to a database that has tables of ordercli, for reading, whatever its schema; nothing is upgraded.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `open_server`.
    """
    with _errors_explained(url):
        connection = _connected(url)
        try:
            _refuse_none(schema_version(connection, url), url)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def _errors_explained(url: str) -> Iterator[None]:
    """Turn an error of the driver into one that a user understands."""
    try:
        yield
    except psycopg.ProgrammingError as error:
        if error.sqlstate is None:
            raise UsageError("--database is not an address that PostgreSQL understands", hint=_FORM) from None
        raise postgres_faults.explain(error, url) or error from error
    except psycopg.Error as error:
        raise postgres_faults.explain(error, url) or error from error


_FORM = "postgresql://USER@HOST:PORT/DATABASE; the password may stand in PGPASSWORD or ~/.pgpass"


def _opened(url: str, *, may_make: bool) -> tuple[PostgresStore, bool]:
    connection = _connected(url)
    try:
        version = schema_version(connection, url)
        refuse_newer(version, masked(url))
        if not may_make:
            _refuse_none(version, url)
        if version < SCHEMA_VERSION:
            from ordercli.database.postgres_upgrade import (
                upgrade_server,  # Alembic is slow to import, and rarely needed
            )

            try:
                upgrade_server(url)
            except psycopg.errors.InsufficientPrivilege as error:
                raise _not_upgraded(url, version) from error
    except BaseException:
        connection.close()
        raise
    return connection, version == 0


def _connected(url: str) -> PostgresStore:
    """Connect, and check the encoding if it is known: a pooler may not report it."""
    raw = connect(url)
    encoding = raw.info.parameter_status("server_encoding") or "UTF8"
    if encoding != "UTF8":
        raw.close()
        raise BadDatabaseError(
            f"{where(url)} stores texts as {encoding}, which cannot hold or check every order",
            hint="make a database with ENCODING 'UTF8' TEMPLATE template0, and move its tables there with pg_dump",
        )
    return PostgresStore(raw)


def _refuse_none(version: int, url: str) -> None:
    if version == 0:
        raise NoDatabaseError(
            f"{where(url)} has no tables of ordercli",
            hint="check the address; `ordercli db upgrade` makes the tables",
        )


def _not_upgraded(url: str, version: int) -> UsageError:
    found = f"has the older schema {version}; the current one is {SCHEMA_VERSION}" if version else "has no tables yet"
    return UsageError(
        f"{masked(url)} {found}, and this user may not change that",
        hint="the owner of the tables has to run `db upgrade` first; docs/how-to/postgresql.md says which rights a user"
        " needs",
    )


def look_into(url: str) -> Store:
    """Connect for reading, with a short timeout.

    Raises:
        DriverError: the server cannot be reached.
    """
    return PostgresStore(connect(url, connect_timeout="2"))


def schema_version(connection: Store, url: str) -> int:
    """Return the version of the schema, which may be newer than this program; 0 if there are no tables yet.

    Raises:
        BadDatabaseError: the database belongs to another program.
    """
    try:
        rows = connection.execute(_VERSION).fetchall()
    except psycopg.errors.UndefinedTable:
        rows = _rows_after_makers(connection)
    if not rows:
        return 0
    version, has_entries = rows[0]
    if not (has_entries and version.isdecimal() and len(rows) == 1):
        raise BadDatabaseError(
            f"{masked(url)} holds the tables of another program", hint="name another database with --database"
        )
    return int(version)


_VERSION = "SELECT version_num, to_regclass('inbound_entry') FROM alembic_version"
_TABLES = "SELECT to_regclass('alembic_version'), to_regclass('inbound_entry'), to_regclass('batch')"


def _rows_after_makers(connection: Store) -> list[Any]:
    """Look for the version again, after waiting for any process that is making the tables at this moment."""
    connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
    try:
        connection.execute("SELECT pg_advisory_xact_lock_shared(?)", (APPLICATION_ID,))
        versions, *others = connection.execute(_TABLES).fetchone()
        if versions:
            return connection.execute(_VERSION).fetchall()
        return [("another program's", None)] if any(others) else []
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
