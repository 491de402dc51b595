"""The address of a server becomes an open, checked and up-to-date database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from ordercli.database.address import masked
from ordercli.database.postgres import faults
from ordercli.database.postgres.connection import PostgresConnection, connect
from ordercli.database.schema import SCHEMA_VERSION, refuse_newer
from ordercli.errors import BadDatabaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection


def open_server(url: str) -> Connection:
    """Connect to the database, and bring its schema up to date.

    Raises:
        BadDatabaseError: another program's, made by a newer ordercli, or damaged; left untouched.
        TryAgainError: the server cannot be reached, or is in trouble.
        UsageError: the address is none, or the server refuses the user.
    """
    with _told(url):
        return _opened(url)


def open_as_it_is(url: str) -> Connection:
    """Connect to a database, whatever its schema, for reading: nothing is made or upgraded.

    Raises:
        BadDatabaseError: another program's.
        TryAgainError, UsageError: as `open_server`.
    """
    with _told(url):
        connection = PostgresConnection(connect(url))
        try:
            schema_version(connection, url)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def _told(url: str) -> Iterator[None]:
    """An error of the driver becomes one that a user understands."""
    try:
        yield
    except psycopg.ProgrammingError as error:
        if error.sqlstate is None:
            raise UsageError("--database is no address that PostgreSQL understands", hint=_FORM) from None
        raise faults.explain(error, url) or error from error
    except psycopg.Error as error:
        raise faults.explain(error, url) or error from error


_FORM = "postgresql://USER@HOST:PORT/DATABASE; the password may stand in PGPASSWORD or ~/.pgpass"


def _opened(url: str) -> PostgresConnection:
    connection = PostgresConnection(connect(url))
    try:
        version = schema_version(connection, url)
        refuse_newer(version, masked(url))
        if version < SCHEMA_VERSION:
            from ordercli.database.postgres.upgrading import upgrade_server  # noqa: PLC0415 - Alembic is slow to import

            try:
                upgrade_server(url)
            except psycopg.errors.InsufficientPrivilege as error:
                raise _not_upgraded(url, version) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _not_upgraded(url: str, version: int) -> UsageError:
    found = f"has the older schema {version}; the current one is {SCHEMA_VERSION}" if version else "has no tables yet"
    return UsageError(
        f"{masked(url)} {found}, and this user may not change that",
        hint="the owner of the tables has to run `db upgrade` first; docs/how-to/postgresql.md says which rights a user"
        " needs",
    )


def look_into(url: str) -> Connection:
    """Connect as somebody who wants to know at once, and changes nothing.

    Raises:
        DriverError: the server cannot be reached.
    """
    return PostgresConnection(connect(url, connect_timeout="2"))


def schema_version(connection: Connection, url: str) -> int:
    """The version of its schema, which may be newer than this program; 0 where there is none yet.

    Raises:
        BadDatabaseError: it is another program's.
    """
    try:
        rows = connection.execute("SELECT version_num, to_regclass('inbound_entry') FROM alembic_version").fetchall()
    except psycopg.errors.UndefinedTable:
        ours = connection.execute("SELECT to_regclass('inbound_entry'), to_regclass('batch')").fetchone()
        rows = [("another program's", None)] if any(ours) else []
    if not rows:
        return 0
    version, has_entries = rows[0]
    if not (has_entries and version.isdecimal() and len(rows) == 1):
        raise BadDatabaseError(
            f"{masked(url)} holds the tables of another program", hint="name another database with --database"
        )
    return int(version)
