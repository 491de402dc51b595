"""Find, make, open and check a database file."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from ordercli.database import faults
from ordercli.database.address import beside, where
from ordercli.database.sqlite import BUSY_TIMEOUT_SECONDS, SqliteStore, connect, journal_settings, sqlite
from ordercli.database.store import APPLICATION_ID, SCHEMA_VERSION, Store, refuse_newer, snapshot
from ordercli.errors import (
    RESTORE,
    BadDatabaseError,
    NoDatabaseError,
    TryAgainError,
    UnreadableDatabaseError,
    UsageError,
)

_MOUNTS = Path("/proc/self/mountinfo")
# File systems that several hosts can mount at once, or that a host shares with its guests. SQLite's locks and shared
# memory do not work across hosts.
_OF_KERNEL = (
    "nfs nfs4 cifs smb3 smbfs ncpfs 9p virtiofs lustre gpfs beegfs ceph glusterfs pvfs2 orangefs panfs wekafs"
    " vboxsf vmhgfs prl_fs afs coda davfs"
)
_OF_FUSE = (
    "sshfs glusterfs ceph ceph-fuse s3fs goofys mountpoint-s3 mount-s3 gcsfuse blobfuse blobfuse2 rclone davfs davfs2"
    " curlftpfs smbnetfs juicefs mfs moosefs lizardfs saunafs seaweedfs hdfs gvfsd-fuse vmhgfs-fuse osxfs grpcfuse"
    " prl_fsd afpfs"
)
_NETWORK = frozenset([*_OF_KERNEL.split(), *(f"fuse.{name}" for name in _OF_FUSE.split())])
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def find_file(database: str) -> os.stat_result | None:
    """Return the status of the database file; None if there is no file, or a new one of 0 bytes.

    Raises:
        BadDatabaseError: the file has several hard links, or is empty although it held a database.
        UnreadableDatabaseError: this user may not read its folder.
        TryAgainError: the system reports another error.
        UsageError: it is not a regular file, or it lies on a network file system.
    """
    leftover = _companion_of_a_store(database)  # before the size, in case another process makes the file meanwhile
    try:
        status = Path(database).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise UnreadableDatabaseError(f"Cannot read {database}: {error.strerror}") from error
    except OSError as error:
        raise TryAgainError(f"Cannot read {database}: {error.strerror}") from error
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{database} is a folder, not a database file")
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{database} is not a regular file")
    refuse_network(database, status)
    if status.st_nlink > 1:
        from shlex import quote  # rarely needed

        raise BadDatabaseError(
            f"{database} has {status.st_nlink} names (hard links): what is written through one is lost to the others",
            hint="stop what uses it, keep the name that has a -wal file beside it, and remove the others"
            f" (find {quote(_mount_point(database))} -xdev -samefile {quote(database)})",
        )
    if status.st_size == 0 and leftover is not None:
        raise BadDatabaseError(f"{database} is empty, although it held a store: {leftover} is there", hint=RESTORE)
    return status if status.st_size else None


def may(path: str | Path, access: int) -> bool:
    """Return whether this process, with its current user and capabilities, has this access to a file or folder."""
    return os.access(path, access, effective_ids=os.access in os.supports_effective_ids)


def refuse_network(database: str, status: os.stat_result) -> None:
    """Refuse a file or folder on a network file system, unless the settings allow it.

    Raises:
        UsageError: it lies on a network file system.
    """
    if getattr(database, "allows_network", False):
        return
    kind = file_system_of(status.st_dev)
    if kind in _NETWORK:
        raise UsageError(
            f"{database} lies on a network file system ({kind}), where SQLite's locks cannot be trusted",
            hint="choose a local disk, or set allow_network_file_system (ORDERCLI_ALLOW_NETWORK_FILE_SYSTEM=1)",
        )


def file_system_of(device: int) -> str | None:
    """Return the type of the mounted file system with this device number; None where it cannot be found (not Linux)."""
    try:
        mounts = _MOUNTS.read_bytes()
    except OSError:
        return None
    found = mounts.find(b" %d:%d " % (os.major(device), os.minor(device)))
    if found < 0:
        return None
    kind = mounts.index(b" - ", found) + 3
    return mounts[kind : mounts.index(b" ", kind)].decode()


def nearest_folder(database: str) -> Path:
    """Return the nearest existing folder above the file."""
    folder = Path(os.path.realpath(database)).parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _mount_point(database: str) -> str:
    """Return the mount point of the file's file system; all hard links of the file are below it."""
    folder = Path(os.path.realpath(database)).parent
    return str(next(each for each in (folder, *folder.parents) if each.is_mount()))


def _companion_of_a_store(database: str) -> Path | None:
    """Return a companion file that shows that an empty file once held a database; None if there is none."""
    try:
        if Path(database).stat().st_size:
            return None
    except OSError:
        return None
    workers, log, journal = (beside(database, suffix) for suffix in ("-workers", "-wal", "-journal"))
    if workers.is_dir():
        return workers
    if log.is_file() and log.stat().st_size:
        return log
    return journal if _had_pages(journal) else None


def _had_pages(journal: Path) -> bool:
    """Return whether a rollback journal is of a database that had pages; SQLite makes one for an empty database too."""
    try:
        with journal.open("rb") as file:
            header = file.read(20)
    except OSError:
        return False
    return len(header) == 20 and header.startswith(_JOURNAL_MAGIC) and struct.unpack(">I", header[16:])[0] > 0  # noqa: PLR2004


def is_writable(database: str) -> bool:
    """Return whether this user may write the file, and the files beside it that SQLite needs."""
    file = Path(os.path.realpath(database))
    return may(file, os.W_OK) and may(file.parent, os.W_OK | os.X_OK)


PATIENCE_SECONDS = 0.2
PAUSE_SECONDS = 0.01
_MAKERS = "submit and reference import make one; is the path right, and its disk mounted?"


def open_file(database: str) -> Store:
    """Open an existing database file for reading and writing, and upgrade its schema.

    Raises:
        NoDatabaseError: there is no such file, or a new one of 0 bytes.
        BadDatabaseError: it belongs to another program or a newer ordercli, or is corrupt. It is left untouched.
        TryAgainError: it is locked or read-only, the disk is full, or the system reports another error.
        UsageError: it is a folder, or lies on a network file system, where SQLite's locks are unreliable.
    """
    if find_file(database) is None:
        raise no_database(database)
    if not may(database, os.W_OK):  # do not open it to find out: closing it would drop the locks of this process
        raise TryAgainError(f"Cannot write {database}: {os.strerror(errno.EACCES)}")
    with _errors_explained(database):
        return _opened(database)


def open_or_make(database: str) -> tuple[Store, bool]:
    """Open the file as `open_file` does, or make it (0600, its folder 0700); also return whether it was made.

    Raises:
        BadDatabaseError, TryAgainError, UsageError: as `open_file`.
    """
    if find_file(database) is None:
        _make(database)
        with _errors_explained(database):
            return _opened(database), True
    return open_file(database), False


def read_file(database: str) -> Store:
    """Open an existing database file for reading; upgrade its schema if the file is writable.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `open_file`.
        UnreadableDatabaseError: this user may not read it.
    """
    if find_file(database) is None:
        raise no_database(database)
    if is_writable(database):
        return open_file(database)
    with _errors_explained(database):
        connection = _connected_for_reading(database)
        try:
            _refuse_other_schema(schema_version(connection, database), database)
        except BaseException:
            connection.close()
            raise
        return connection


def open_as_it_is(database: str) -> SqliteStore:
    """Open an existing database for reading, whatever its schema; nothing is made, upgraded or written.

    Raises:
        NoDatabaseError, BadDatabaseError, TryAgainError, UsageError: as `read_file`.
    """
    if find_file(database) is None:
        raise no_database(database)
    with _errors_explained(database):
        connection = _connected_for_reading(database)
        try:
            connection.execute("PRAGMA query_only = ON")
            schema_version(connection, database)
        except BaseException:
            connection.close()
            raise
        return connection


def no_database(database: str) -> NoDatabaseError:
    """Return the error for a missing database file."""
    return NoDatabaseError(f"there is no database {where(database)}", hint=_MAKERS)


@contextmanager
def _errors_explained(database: str) -> Iterator[None]:
    """Turn an error of the driver into one that a user understands."""
    try:
        yield
    except faults.driver_errors() as error:
        raise faults.explain(error, database) or error from error
    except UnicodeDecodeError as error:  # the driver cannot decode SQLite's message about a damaged schema
        raise faults.corrupt(database) from error


def _connected_for_reading(database: str) -> SqliteStore:
    if is_writable(database):
        return connect(database)
    if not may(database, os.R_OK):
        raise UnreadableDatabaseError(f"Cannot read {database}: Permission denied")
    from ordercli.database.read_only_file import open_read_only  # most users may write

    return open_read_only(database)


def _refuse_other_schema(version: int, database: str) -> None:
    refuse_newer(version, database)
    if version < SCHEMA_VERSION:
        raise BadDatabaseError(
            f"{database} has the older schema {version}, and cannot be written here; the current one is"
            f" {SCHEMA_VERSION}",
            hint="run `ordercli db upgrade` as a user who may write it, or on a copy of it",
        )


def look_into(path: str) -> Store:
    """Connect to the file for reading, whatever its schema, with a short timeout.

    Raises:
        DriverError: there is no file, or it cannot be read at once.
    """
    uri = f"{Path(path).absolute().as_uri()}?mode=ro"
    opened: Store = sqlite.connect(uri, uri=True, timeout=PATIENCE_SECONDS, factory=SqliteStore)
    return opened


def schema_version(connection: Store, path: str) -> int:
    """Return the version of the schema, which may be newer than this program; 0 for an empty file.

    Raises:
        BadDatabaseError: the database belongs to another program.
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


def _opened(path: str) -> Store:
    connection = connect(path)
    try:
        version = schema_version(connection, path)
        refuse_newer(version, path)
        if version < SCHEMA_VERSION:
            from ordercli.database.migrate import upgrade  # Alembic is slow to import, and rarely needed

            upgrade(path)
        _make_durable(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_durable(connection: Store) -> None:
    journal, synchronous = journal_settings(sqlite.sqlite_version_info)
    if connection.execute("PRAGMA journal_mode").fetchone()[0].upper() != journal:
        _change_journal(connection, journal)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA cache_size = -32000")


def _change_journal(connection: Store, journal: str) -> None:
    """Change the journal mode; on the way into WAL, retry while another process has the file locked.

    Several processes may open a new file at once, and SQLite does not wait by itself here. There is no retry for
    leaving WAL: that is impossible as long as another process has the file open.
    """
    until = monotonic() + (BUSY_TIMEOUT_SECONDS if journal == "WAL" else 0)
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {journal}")
        except faults.driver_errors() as error:
            if faults.classify(error) != "passing" or monotonic() > until:
                raise
            sleep(PAUSE_SECONDS)
        else:
            return


def _make(database: str) -> None:
    """Make an empty file and its folder if they are missing; make nothing on a network file system."""
    file = Path(database)
    try:
        refuse_network(database, nearest_folder(database).stat())
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise TryAgainError(f"Cannot write {database}: {error.strerror}") from error
