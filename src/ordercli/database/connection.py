"""A path, or the address of a server, becomes an open database: which engine is asked is decided here."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ordercli.database import file
from ordercli.database.address import is_server, masked
from ordercli.database.schema import SCHEMA_VERSION, refuse_newer
from ordercli.errors import BadDatabaseError, UsageError

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


def open_database(database: str) -> Connection:
    """Open a database, and bring its schema up to date.

    A file is made (0600, its folder 0700) when there is none; a server must have the database, and gets the tables.

    Raises:
        BadDatabaseError: no database, another program's, made by a newer ordercli, or corrupt; left untouched.
        TryAgainError: locked, read-only, disk full, out of reach, or another trouble with the surroundings.
        UsageError: no address, a server that refuses the user or has no driver here, or a network file system.
    """
    opened: Connection = _server().open_server(database) if is_server(database) else file.open_file(database)
    return opened


def open_as_it_is(database: str) -> Connection:
    """Open a database that is there, whatever its schema, for reading: nothing is made, upgraded or written.

    Raises:
        BadDatabaseError: no database, or another program's.
        TryAgainError, UsageError: as `open_database`.
    """
    opened: Connection = _engine(database).open_as_it_is(database)
    return opened


def look_into(database: str) -> Connection:
    """A connection that reads a database as it is, and gives up soon where it cannot.

    Raises:
        DriverError, OSError, UsageError: there is none, or it cannot be read at once.
    """
    opened: Connection = _engine(database).look_into(database)
    return opened


def schema_version(connection: Connection, database: str) -> int:
    """The version of its schema, which may be newer than this program; 0 of a database without tables.

    Raises:
        BadDatabaseError: it is another program's.
    """
    version: int = _engine(database).schema_version(connection, database)
    return version


def exists(database: str) -> bool:
    """Whether there is a database: a file, or tables of ours on a server.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_database`, for a server only.
    """
    return found_version(database) > 0 if is_server(database) else Path(database).exists()


def found_version(database: str) -> int:
    """The schema of the database that is there; 0 where there is none. Nothing is made, upgraded or written.

    Raises:
        BadDatabaseError: another program's, or newer than this one.
        TryAgainError, UsageError: as `open_database`.
    """
    if not is_server(database) and not Path(database).exists():
        return 0
    with closing(open_as_it_is(database)) as connection:
        version = schema_version(connection, database)
    refuse_newer(version, masked(database))
    return version


def open_current(database: str) -> Connection:
    """Open a database that is there, with the current schema; another one is left as it is.

    Raises:
        BadDatabaseError: there is none, or it has another schema; else as `open_database`.
    """
    version = found_version(database)
    if version == 0:
        raise BadDatabaseError(f"there is no database {masked(database)}", hint=file.NONE_YET)
    if version < SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{masked(database)} has the older schema {version}; the current one is {SCHEMA_VERSION}",
            hint="run `ordercli db upgrade`",
        )
    return open_database(database)


def _engine(database: str) -> Any:  # noqa: ANN401 - a module
    return _server() if is_server(database) else file


def _server() -> Any:  # noqa: ANN401 - a module that is imported only where it is needed
    try:
        from ordercli.database.postgres import opening  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "PostgreSQL needs the package psycopg, which is not installed",
            hint="install it into the environment of ordercli: pip install 'psycopg[binary]'",
        ) from error
    return opening
