"""Open a database by its path or address; the engine is chosen here."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from typing import Any

from ordercli.database import sqlite_file
from ordercli.database.address import is_server, masked
from ordercli.database.sqlite import Timer
from ordercli.database.sqlite_file import find_file, may
from ordercli.database.store import SCHEMA_VERSION, Listener, Store, refuse_newer
from ordercli.errors import BadDatabaseError, NoDatabaseError, UnreadableDatabaseError, UsageError


def open_database(database: str) -> Store:
    """Open an existing database for reading and writing, and upgrade its schema.

    Raises:
        NoDatabaseError: there is no file, or the server has no tables of ordercli. Nothing is made.
        BadDatabaseError: it belongs to another program or a newer ordercli, or is corrupt. It is left untouched.
        TryAgainError: it is locked, read-only or out of reach, the disk is full, or the disk or server fails.
        UsageError: the address is invalid, the server refuses the user, the driver is not installed, or the file lies
            on a network file system.
    """
    opened: Store = _server().open_server(database) if is_server(database) else sqlite_file.open_file(database)
    return opened


def make_database(database: str, made: Callable[[str], None] | None = None) -> Store:
    """Open a database as `open_database` does, or make it; `made` is called with its name if it was made.

    A file gets mode 0600, its folder 0700. On a server the database must exist; the tables are made in it.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_database`.
    """
    opened: Store
    opened, is_new = _engine(database).open_or_make(database)
    if is_new and made:
        made(database)
    return opened


def read_database(database: str) -> Store:
    """Open an existing database for reading; a file with the current schema need not be writable.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `open_database`.
        UnreadableDatabaseError: this user may not read the file.
    """
    opened: Store = _server().open_server(database) if is_server(database) else sqlite_file.read_file(database)
    return opened


def open_as_it_is(database: str) -> Store:
    """Open an existing database for reading, whatever its schema; nothing is made, upgraded or written.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `read_database`.
    """
    opened: Store = _engine(database).open_as_it_is(database)
    return opened


def look_into(database: str) -> Store:
    """Connect to a database for reading, whatever its schema, with a short timeout.

    Raises:
        DriverError, OSError, UsageError: there is no database, or it cannot be read at once.
    """
    opened: Store = _engine(database).look_into(database)
    return opened


def schema_version(connection: Store, database: str) -> int:
    """Return the version of the schema, which may be newer than this program; 0 if there are no tables.

    Raises:
        BadDatabaseError: the database belongs to another program.
    """
    version: int = _engine(database).schema_version(connection, database)
    return version


def exists(database: str) -> bool:
    """Return whether there is a database: a file that is not empty, or tables of ordercli on a server.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_as_it_is`.
    """
    if is_server(database):
        return found_version(database) > 0
    if find_file(database) is None:
        return False
    if not may(database, os.R_OK):
        raise UnreadableDatabaseError(f"Cannot read {database}: Permission denied")
    return True


def found_version(database: str) -> int:
    """Return the version of the schema; 0 if there is no database. Nothing is made, upgraded or written.

    Raises:
        BadDatabaseError: the database belongs to another program or a newer ordercli.
        TryAgainError, UsageError: as `open_database`.
    """
    try:
        with closing(open_as_it_is(database)) as connection:
            version = schema_version(connection, database)
    except NoDatabaseError:
        return 0
    refuse_newer(version, masked(database))
    return version


def open_current(database: str) -> Store:
    """Open an existing database for reading, if it has the current schema; it is never upgraded.

    Raises:
        BadDatabaseError: there is no database, or it has another schema; also as `read_database`.
    """
    with closing(open_as_it_is(database)) as connection:
        version = schema_version(connection, database)
    refuse_newer(version, masked(database))
    if version < SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{masked(database)} has the older schema {version}; the current one is {SCHEMA_VERSION}",
            hint="run `ordercli db upgrade`",
        )
    return read_database(database)


def listen(database: str, channel: str) -> Listener:
    """Return a listener for the notifications of a channel; for a database file it only waits for the timeout.

    Raises:
        DriverError: the server cannot be reached.
    """
    if not is_server(database):
        return Timer()
    _server()  # reports that the driver is missing
    from ordercli.database.postgres import ServerListener  # an extra

    return ServerListener(database, channel)


def _engine(database: str) -> Any:  # a module
    return _server() if is_server(database) else sqlite_file


def _server() -> Any:  # a module that is imported only where it is needed
    try:
        from ordercli.database import postgres_server
    except ImportError as error:
        raise UsageError(
            "PostgreSQL needs the package psycopg, which is not installed",
            hint="install it into the environment of ordercli: pip install 'psycopg[binary]'",
        ) from error
    return postgres_server
