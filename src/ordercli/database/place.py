"""A database file as the file system sees it; files that may only be read."""

from __future__ import annotations

import os
import re
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ordercli.database import faults
from ordercli.database.address import where
from ordercli.database.driver import BUSY_TIMEOUT_SECONDS, sqlite
from ordercli.database.faults import RESTORE
from ordercli.errors import BadDatabaseError, TryAgainError, UnreadableDatabaseError, UsageError

if TYPE_CHECKING:
    from ordercli.database.driver import FileConnection


_MOUNTS = Path("/proc/self/mountinfo")
# File systems that several hosts can mount at once, or that a host shares with its guests: SQLite's locks do not
# reach from one to the other, and its shared memory does not exist there.
_NETWORK = re.compile(
    r"nfs4?|cifs|smb3|smbfs|ncpfs|9p|virtiofs|lustre|gpfs|beegfs|ceph|glusterfs|pvfs2|orangefs|panfs|wekafs"
    r"|vboxsf|vmhgfs|prl_fs|afs|coda|davfs"
    r"|fuse\.(?:sshfs|glusterfs|ceph|ceph-fuse|s3fs|goofys|mountpoint-s3|mount-s3|gcsfuse|blobfuse2?|rclone|davfs2?"
    r"|curlftpfs|smbnetfs|juicefs|mfs|moosefs|lizardfs|saunafs|seaweedfs|hdfs|gvfsd-fuse|vmhgfs-fuse|osxfs"
    r"|grpcfuse|prl_fsd|afpfs)"
)
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")


def find_file(database: str) -> os.stat_result | None:
    """Return the status of the file of a store; None where there is no store: no file, or a new one of 0 bytes.

    Raises:
        BadDatabaseError: the file has several names, or is empty though it held a store.
        UnreadableDatabaseError: its folder may not be looked into.
        TryAgainError: another trouble with the surroundings.
        UsageError: it is a folder or no regular file, or it lies on a network file system.
    """
    leftover = _companion_of_a_store(database)  # before the size: a new file grows before anything stands beside it
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
        from shlex import quote  # noqa: PLC0415 - hardly ever

        raise BadDatabaseError(
            f"{database} has {status.st_nlink} names (hard links): what is written through one is lost to the others",
            hint="stop what uses it, keep the name that has a -wal file beside it, and remove the others"
            f" (find {quote(_mount_point(database))} -xdev -samefile {quote(database)})",
        )
    if status.st_size == 0 and leftover is not None:
        raise BadDatabaseError(f"{database} is empty, although it held a store: {leftover} is there", hint=RESTORE)
    return status if status.st_size else None


def may(path: str | Path, access: int) -> bool:
    """Whether this process may do that to a file or folder, with the user and the capabilities that it has now."""
    return os.access(path, access, effective_ids=os.access in os.supports_effective_ids)


def beside(database: str, suffix: str) -> Path:
    """The path of a file that belongs to a database, such as `-wal`; SQLite follows links to find it."""
    return Path(f"{os.path.realpath(database)}{suffix}")


def refuse_network(database: str, status: os.stat_result) -> None:
    """Refuse a file or folder on a network file system, unless the settings allow that.

    Raises:
        UsageError: it lies on one.
    """
    if getattr(database, "allows_network", False):
        return
    kind = file_system_of(status.st_dev)
    if kind and _NETWORK.fullmatch(kind):
        raise UsageError(
            f"{database} lies on a network file system ({kind}), where SQLite's locks cannot be trusted",
            hint="choose a local disk, or set allow_network_file_system (ORDERCLI_ALLOW_NETWORK_FILE_SYSTEM=1)",
        )


def file_system_of(device: int) -> str | None:
    """The type of the mounted file system with this device number, where the system tells (Linux)."""
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
    """The folder that is there, or will be made, nearest above the file."""
    folder = Path(os.path.realpath(database)).parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _mount_point(database: str) -> str:
    """Return the top of the file system of a file: all names of the file are below it."""
    folder = Path(os.path.realpath(database)).parent
    return str(next(each for each in (folder, *folder.parents) if each.is_mount()))


def _companion_of_a_store(database: str) -> Path | None:
    """What only a database that held a store has beside it."""
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
    """Whether a rollback journal belongs to a database that had pages: SQLite writes one for an empty one, too."""
    try:
        with journal.open("rb") as file:
            header = file.read(20)
    except OSError:
        return False
    return len(header) == 20 and header.startswith(_JOURNAL_MAGIC) and struct.unpack(">I", header[16:])[0] > 0  # noqa: PLR2004


def is_writable(database: str) -> bool:
    """Whether this user may write the file, and the files beside it that SQLite needs."""
    file = Path(os.path.realpath(database))
    return may(file, os.W_OK) and may(file.parent, os.W_OK | os.X_OK)


def open_read_only(database: str) -> FileConnection:
    """Open the file without writing anything, nor beside it.

    Where SQLite would have to make files beside it, it is told that nobody changes the database; when it is closed the
    file is looked at again.

    Raises:
        UnreadableDatabaseError: this user may not read it, or changes stand beside it that only a writer can take in.
        DriverError: it is no database, or damaged.
    """
    if not may(database, os.R_OK):
        raise UnreadableDatabaseError(f"Cannot read {database}: Permission denied")
    connection = _connected(database, "mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except faults.driver_errors() as error:
        connection.close()
        if not faults.needs_files_beside(error):
            raise
    else:
        return connection
    for log in (beside(database, "-wal"), beside(database, "-journal")):
        if log.exists() and log.stat().st_size:
            raise UnreadableDatabaseError(
                f"{where(database)} cannot be read: {log.name} holds changes that only a user who may write can apply",
                hint="let such a user run `ordercli db info`, or make a backup (`ordercli db backup PATH`)",
            )
    return _connected(database, "mode=ro&immutable=1", factory=_Watched)


def _connected(database: str, how: str, **options: Any) -> FileConnection:  # noqa: ANN401 - passed on
    uri = f"{Path(database).absolute().as_uri()}?{how}"
    opened: FileConnection = sqlite.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, **options
    )
    opened.execute("PRAGMA query_only = ON")
    if isinstance(opened, _Watched):
        opened.watch(database)
    return opened


class _Watched(sqlite.Connection):  # type: ignore[misc]
    """A connection without locks: what was read through it counts only if nobody wrote meanwhile."""

    def watch(self, database: str) -> None:
        """Remember how the file is now, before anything is read."""
        self._database = database
        self._before = _signature(database)

    def close(self) -> None:
        """Close the connection.

        Raises:
            TryAgainError: somebody has changed the file since it was opened.
        """
        super().close()
        if _signature(self._database) != self._before:
            raise TryAgainError(
                f"{where(self._database)} was changed while it was read, without the right to lock it",
                hint="run the command again, or as a user who may write to its folder",
            )


def _signature(database: str) -> tuple[int, ...]:
    status = Path(database).stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
