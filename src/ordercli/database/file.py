"""The path of a file of SQLite becomes an open, checked and up-to-date database."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from ordercli.database import faults
from ordercli.database.address import where
from ordercli.database.driver import BUSY_TIMEOUT_SECONDS, connect, journal_settings, sqlite
from ordercli.database.place import find_file, is_writable, may, nearest_folder, open_read_only, refuse_network
from ordercli.database.schema import APPLICATION_ID, SCHEMA_VERSION, refuse_newer
from ordercli.database.transaction import snapshot
from ordercli.errors import BadDatabaseError, NoDatabaseError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection, FileConnection

PATIENCE_SECONDS = 0.2
PAUSE_SECONDS = 0.01
_MAKERS = "submit and reference import make one; is the path right, and its disk mounted?"


def open_file(database: str) -> Connection:
    """Open the database file that is there, for reading and writing, with its schema up to date.

    Raises:
        NoDatabaseError: there is no such file, or a new one of 0 bytes.
        BadDatabaseError: another program's, made by a newer ordercli, or corrupt; left untouched.
        TryAgainError: locked, read-only, disk full, or another trouble with the surroundings.
        UsageError: a folder, or a network file system, where SQLite's locks cannot be trusted.
    """
    if find_file(database) is None:
        raise no_database(database)
    if not may(database, os.W_OK):  # never opened to see: closing it would drop the locks of this process
        raise TryAgainError(f"Cannot write {database}: {os.strerror(errno.EACCES)}")
    with _told(database):
        return _opened(database)


def open_or_make(database: str) -> tuple[Connection, bool]:
    """Open the database file as `open_file`, or make it (0600, its folder 0700); whether it was made.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_file`.
    """
    if find_file(database) is None:
        _make(database)
        with _told(database):
            return _opened(database), True
    return open_file(database), False


def read_file(database: str) -> Connection:
    """Open the database file that is there, for reading; where it may be written its schema is brought up to date.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `open_file`.
        UnreadableDatabaseError: this user may not read it.
    """
    if find_file(database) is None:
        raise no_database(database)
    if is_writable(database):
        return open_file(database)
    with _told(database):
        connection = open_read_only(database)
        try:
            _refuse_other_schema(schema_version(connection, database), database)
        except BaseException:
            connection.close()
            raise
        return connection


def open_as_it_is(database: str) -> FileConnection:
    """Open a database that is there, whatever its schema, for reading: nothing is made, upgraded or written.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `read_file`.
    """
    if find_file(database) is None:
        raise no_database(database)
    with _told(database):
        connection = connect(database) if is_writable(database) else open_read_only(database)
        try:
            connection.execute("PRAGMA query_only = ON")
            schema_version(connection, database)
        except BaseException:
            connection.close()
            raise
        return connection


def no_database(database: str) -> NoDatabaseError:
    """What is said where there is no database file."""
    return NoDatabaseError(f"there is no database {where(database)}", hint=_MAKERS)


@contextmanager
def _told(database: str) -> Iterator[None]:
    """Turn an error of the driver into one that a user understands."""
    try:
        yield
    except faults.driver_errors() as error:
        raise faults.explain(error, database) or error from error
    except UnicodeDecodeError as error:  # the driver cannot even tell what SQLite says of a damaged schema
        raise faults.corrupt(database) from error


def _refuse_other_schema(version: int, database: str) -> None:
    refuse_newer(version, database)
    if version < SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{database} has the older schema {version}, and cannot be written here; the current one is"
            f" {SCHEMA_VERSION}",
            hint="run `ordercli db upgrade` as a user who may write it, or on a copy of it",
        )


def look_into(path: str) -> Connection:
    """A connection that reads the file as it is, and gives up soon where it cannot.

    Raises:
        DriverError: there is none, or it cannot be read at once.
    """
    uri = f"{Path(path).absolute().as_uri()}?mode=ro"
    opened: Connection = sqlite.connect(uri, uri=True, timeout=PATIENCE_SECONDS)
    return opened


def schema_version(connection: Connection, path: str) -> int:
    """The version of its schema, which may be newer than this program; 0 of an empty file.

    Raises:
        BadDatabaseError: it is another program's.
    """
    with snapshot(connection):  # another process may be making the tables at this moment
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if application == APPLICATION_ID:
        return version
    if application or tables:
        raise BadDatabaseError(f"{path} is a database of another program", hint="name another file with --database")
    return 0


def _opened(path: str) -> Connection:
    connection = connect(path)
    try:
        version = schema_version(connection, path)
        refuse_newer(version, path)
        if version < SCHEMA_VERSION:
            from ordercli.database.migrate import upgrade  # noqa: PLC0415 - Alembic is slow to import, and rarely needed

            upgrade(path)
        _make_durable(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_durable(connection: Connection) -> None:
    journal, synchronous = journal_settings(sqlite.sqlite_version_info)
    if connection.execute("PRAGMA journal_mode").fetchone()[0].upper() != journal:
        _change_journal(connection, journal)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA cache_size = -32000")


def _change_journal(connection: Connection, journal: str) -> None:
    """Wait for others on the way into WAL, which all take who open a new file: there SQLite itself fails at once.

    Out of WAL nobody gets while another has the file open, however long that takes.
    """
    until = monotonic() + (BUSY_TIMEOUT_SECONDS if journal == "WAL" else 0)
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {journal}")
        except faults.driver_errors() as error:
            if faults.classify(error) is not faults.Fault.PASSING or monotonic() > until:
                raise
            sleep(PAUSE_SECONDS)
        else:
            return


def _make(database: str) -> None:
    """Make an empty file, and its folder, unless they are there; on a network file system make nothing."""
    file = Path(database)
    try:
        refuse_network(database, nearest_folder(database).stat())
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise TryAgainError(f"Cannot write {database}: {error.strerror}") from error
