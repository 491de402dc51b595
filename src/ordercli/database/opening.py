"""A path, or the address of a server, becomes an open database: which engine is asked is decided here."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ordercli.database import sqlite_file
from ordercli.database.address import is_server, masked
from ordercli.database.sqlite import Timer
from ordercli.database.sqlite_file import find_file, may
from ordercli.database.store import SCHEMA_VERSION, refuse_newer
from ordercli.errors import BadDatabaseError, NoDatabaseError, UnreadableDatabaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Listener, Store


def open_database(database: str) -> Store:
    """Open a database that is there, for reading and writing, and bring its schema up to date.

    Raises:
        NoDatabaseError: there is none: no file, or no tables on the server. Nothing is made.
        BadDatabaseError: another program's, made by a newer ordercli, or corrupt; left untouched.
        TryAgainError: locked, read-only, disk full, out of reach, or another trouble with the surroundings.
        UsageError: no address, a server that refuses the user or has no driver here, or a network file system.
    """
    opened: Store = _server().open_server(database) if is_server(database) else sqlite_file.open_file(database)
    return opened


def make_database(database: str, made: Callable[[str], None] | None = None) -> Store:
    """Open a database as `open_database`; where there is none it is made, and `made` hears of that.

    A file is made 0600, its folder 0700; a server must have the database, and gets the tables.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_database`.
    """
    opened: Store
    opened, is_new = _engine(database).open_or_make(database)
    if is_new and made:
        made(database)
    return opened


def read_database(database: str) -> Store:
    """Open a database that is there to look into it; a file need not be writable if its schema is the current one.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `open_database`.
        UnreadableDatabaseError: this user may not read the file.
    """
    opened: Store = _server().open_server(database) if is_server(database) else sqlite_file.read_file(database)
    return opened


def open_as_it_is(database: str) -> Store:
    """Open a database that is there, whatever its schema, for reading: nothing is made, upgraded or written.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `read_database`.
    """
    opened: Store = _engine(database).open_as_it_is(database)
    return opened


def look_into(database: str) -> Store:
    """A connection that reads a database as it is, and gives up soon where it cannot.

    Raises:
        DriverError, OSError, UsageError: there is none, or it cannot be read at once.
    """
    opened: Store = _engine(database).look_into(database)
    return opened


def schema_version(connection: Store, database: str) -> int:
    """The version of its schema, which may be newer than this program; 0 of a database without tables.

    Raises:
        BadDatabaseError: it is another program's.
    """
    version: int = _engine(database).schema_version(connection, database)
    return version


def exists(database: str) -> bool:
    """Whether there is a database: a file that is not empty, or tables of ours on a server.

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
    """The schema of the database that is there; 0 where there is none. Nothing is made, upgraded or written.

    Raises:
        BadDatabaseError: another program's, or newer than this one.
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
    """Open a database that is there, with the current schema, for reading; another one is left as it is.

    Raises:
        BadDatabaseError: there is none, or it has another schema; else as `read_database`.
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
    """Return what waits for notifications of a channel; a database file has none, so that the time alone is waited for.

    Raises:
        DriverError: the server cannot be reached.
    """
    if not is_server(database):
        return Timer()
    _server()  # reports that the driver is missing
    from ordercli.database.postgres import ServerListener  # noqa: PLC0415 - an extra

    return ServerListener(database, channel)


def _engine(database: str) -> Any:  # noqa: ANN401 - a module
    return _server() if is_server(database) else sqlite_file


def _server() -> Any:  # noqa: ANN401 - a module that is imported only where it is needed
    try:
        from ordercli.database import postgres_server  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "PostgreSQL needs the package psycopg, which is not installed",
            hint="install it into the environment of ordercli: pip install 'psycopg[binary]'",
        ) from error
    return postgres_server
