"""The path of a file of SQLite becomes an open, checked and up-to-date database."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

from ordercli.database import faults
from ordercli.database.driver import BUSY_TIMEOUT_SECONDS, connect, journal_settings, sqlite
from ordercli.database.schema import APPLICATION_ID, SCHEMA_VERSION, refuse_newer
from ordercli.database.transaction import snapshot
from ordercli.errors import BadDatabaseError, TryAgainError, UsageError

if TYPE_CHECKING:
    from ordercli.database.driver import Connection, FileConnection

PATIENCE_SECONDS = 0.2
PAUSE_SECONDS = 0.01
NONE_YET = "the first command that writes makes it"
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph", "afs"}


def open_file(path: str) -> Connection:
    """Open the database file at `path`, made (0600, its folder 0700) when there is none, with its schema up to date.

    Raises:
        BadDatabaseError: no database, another program's, made by a newer ordercli, or corrupt; left untouched.
        TryAgainError: locked, read-only, disk full, or another trouble with the surroundings.
        UsageError: the file lies on a network file system, where SQLite's locks cannot be trusted.
    """
    _prepare_file(path)
    try:
        return _opened(path)
    except faults.driver_errors() as error:
        raise faults.explain(error, path) or error from error
    except UnicodeDecodeError as error:  # the driver cannot even tell what SQLite says of a damaged schema
        raise faults.corrupt(path) from error


def open_as_it_is(path: str) -> FileConnection:
    """Open a database that is there, whatever its schema, for reading: nothing is made, upgraded or written.

    Raises:
        BadDatabaseError: no database, or another program's.
        TryAgainError: locked, or another trouble with the surroundings.
    """
    if not Path(path).exists():
        raise BadDatabaseError(f"there is no database {path}", hint=NONE_YET)
    try:
        return _opened_to_read(path)
    except faults.driver_errors() as error:
        raise faults.explain(error, path) or error from error


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


def _opened_to_read(path: str) -> FileConnection:
    connection = connect(path)
    try:
        connection.execute("PRAGMA query_only = ON")
        schema_version(connection, path)
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


def _prepare_file(path: str) -> None:
    if "://" in path:
        raise UsageError("--database takes the path of a file, or an address that begins with postgresql://")
    file = Path(path)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if file.is_dir():
            raise UsageError(f"{path} is a folder, not a database file")
        if not file.exists():
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        elif not os.access(file, os.W_OK):  # never opened to see: closing it would drop the locks of this process
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise TryAgainError(f"Cannot write {path}: {error.strerror}") from error
    if file.stat().st_size == 0:
        _refuse_network_file_system(file)


def _refuse_network_file_system(file: Path) -> None:
    if os.environ.get("ORDERCLI_ALLOW_NETWORK_FILE_SYSTEM"):
        return
    kind = _file_system_of(file.resolve())
    if kind in NETWORK_FILE_SYSTEMS:
        file.unlink()
        raise UsageError(
            f"{file} lies on a network file system ({kind}), where SQLite's locks cannot be trusted",
            hint="choose a local disk, or set ORDERCLI_ALLOW_NETWORK_FILE_SYSTEM=1",
        )


def _file_system_of(file: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """The type of the file system that holds the file, where the system tells (Linux)."""
    if not mounts.exists():
        return None
    table = [line.split(" ")[1:3] for line in mounts.read_text(errors="replace").splitlines()]
    holding = [(len(point), kind) for point, kind in table if file.is_relative_to(point.replace("\\040", " "))]
    return max(holding)[1] if holding else None
