"""The address of a server becomes an open, checked and up-to-date database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from ordercli.database.address import masked
from ordercli.database.postgres import faults
from ordercli.database.postgres.connection import PostgresConnection, connect
from ordercli.database.schema import SCHEMA_VERSION
from ordercli.errors import BadDatabaseError, UsageError

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


def open_server(url: str) -> Connection:
    """Connect to the database, and bring its schema up to date.

    Raises:
        BadDatabaseError: another program's, made by a newer ordercli, or damaged; left untouched.
        TryAgainError: the server cannot be reached, or is in trouble.
        UsageError: the address is none, or the server refuses the user.
    """
    try:
        connection = _opened(url)
    except psycopg.ProgrammingError as error:
        if error.sqlstate is None:
            raise UsageError("--database is no address that PostgreSQL understands", hint=_FORM) from None
        raise faults.explain(error, url) or error from error
    except psycopg.Error as error:
        raise faults.explain(error, url) or error from error
    return connection


_FORM = "postgresql://USER@HOST:PORT/DATABASE; the password may stand in PGPASSWORD or ~/.pgpass"


def _opened(url: str) -> PostgresConnection:
    connection = PostgresConnection(connect(url))
    try:
        if schema_version(connection, url) < SCHEMA_VERSION:
            from ordercli.database.postgres.upgrading import upgrade_server  # noqa: PLC0415 - Alembic is slow to import

            upgrade_server(url)
    except BaseException:
        connection.close()
        raise
    return connection


def look_into(url: str) -> Connection:
    """Connect as somebody who wants to know at once, and changes nothing.

    Raises:
        DriverError: the server cannot be reached.
    """
    return PostgresConnection(connect(url, connect_timeout="2"))


def has_tables(url: str) -> bool:
    """Whether the database holds our tables already.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_server`.
    """
    try:
        connection = PostgresConnection(connect(url))
        try:
            return schema_version(connection, url) > 0
        finally:
            connection.close()
    except psycopg.Error as error:
        raise faults.explain(error, url) or error from error


def schema_version(connection: PostgresConnection, url: str) -> int:
    """The schema of the database; 0 where there is none yet.

    Raises:
        BadDatabaseError: another program's, or made by a newer ordercli.
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
    if int(version) > SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{masked(url)} has schema {int(version)}; this ordercli knows schemas up to {SCHEMA_VERSION}",
            hint="install a newer ordercli",
        )
    return int(version)
