"""Name the process that owns a claim, and tell whether the owner of another claim is still alive."""

from __future__ import annotations

import fcntl
import os
import stat
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ordercli.clock import later, timestamp
from ordercli.database.address import beside, is_server
from ordercli.errors import TryAgainError

# A worker that holds its lock is alive, however slow. It is treated as hung this long after its claim has expired.
HUNG_SECONDS = 900


class Worker:
    """This process as the owner of claims.

    It has a name, and beside a database file a locked file that tells other processes of this host that it is alive. A
    server has workers on other hosts too: there, a claim belongs to its owner until it expires.
    """

    def __init__(self, database: str, token: str) -> None:
        self.name = f"{os.uname().nodename}-{os.getpid()}-{token[-8:]}"
        self._locks = None if is_server(database) else _LockFiles(database)

    def __enter__(self) -> Self:
        if self._locks:
            self._locks.acquire(self.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._locks:
            self._locks.release(self.name)

    def has_lost(self, owner: str, expires_at: str, at: datetime) -> bool:
        """Return whether a claim may be taken from its owner.

        On a database file that needs an owner that has ended, or a claim that expired 900 s ago; on a server, a claim
        that has expired.
        """
        if owner == self.name:
            return False
        if self._locks:
            return self.is_gone(owner) or expires_at < later(at, -HUNG_SECONDS)
        return expires_at < timestamp(at)

    def is_gone(self, name: str) -> bool:
        """Return whether the worker of that name has ended.

        A worker on another host counts as ended: what it still writes is refused, because its claim is lost.
        """
        if name == self.name:
            return False
        return self._locks.remove_if_free(name) if self._locks else not _is_other_process_here(name)


class _LockFiles:
    """Lock files in a folder beside the database, one for each worker.

    The system drops the lock when the process ends. Everybody who may use the database may use the files:
    like the files of SQLite itself, they get the mode of the database, and those that root makes are given to its
    owner.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._folder = beside(database, "-workers")  # the same folder for every path to the database
        self._lock: int | None = None

    def acquire(self, name: str) -> None:
        """Make the lock file of this process, and lock it.

        Raises:
            TryAgainError: this user may not write the folder, or the disk reports an error.
        """
        try:
            like = Path(self._database).stat()
            self._make_folder(like)
            self._lock = os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            _share(self._lock, like, like.st_mode & 0o666)
        except PermissionError as error:
            raise TryAgainError(
                f"Cannot write {self._folder}: {error.strerror}",
                hint=f"give it to the owner of the database: chown -R --reference={self._database} {self._folder}",
            ) from error
        except OSError as error:
            raise TryAgainError(f"Cannot write {self._folder}: {error.strerror}") from error
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def _make_folder(self, like: os.stat_result) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            readable = like.st_mode & 0o444
            _share(folder, like, like.st_mode & 0o666 | readable >> 2)  # a folder that may be read may be searched
        finally:
            os.close(folder)

    def release(self, name: str) -> None:
        """Remove the lock file of this process, and unlock it."""
        self._path(name).unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)

    def remove_if_free(self, name: str) -> bool:
        """Return whether nobody holds the lock of that name, and remove the file that a dead worker has left.

        A file of another user that cannot be opened counts as locked.
        """
        try:
            lock = os.open(self._path(name), os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            return True
        except PermissionError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            self._path(name).unlink(missing_ok=True)
            return True
        finally:
            os.close(lock)

    def locked_names(self) -> list[str]:
        """Return the names whose locks are held."""
        return sorted(lock.stem for lock in self._folder.glob("*.lock") if _is_held(lock))

    def is_held(self, name: str) -> bool:
        """Return whether the lock of that name is held, or cannot be read."""
        try:
            return _is_held(self._path(name))
        except PermissionError:
            return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


def _share(opened: int, like: os.stat_result, mode: int) -> None:
    """Set the mode of an open file or folder and, as root, its owner; skip what belongs to another user."""
    status = os.fstat(opened)
    if status.st_uid != os.geteuid():
        return
    if status.st_mode & 0o777 != mode:
        os.fchmod(opened, mode | status.st_mode & stat.S_ISGID)  # keep the setgid bit of a folder
    if os.geteuid() == 0 and (status.st_uid, status.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(opened, like.st_uid, like.st_gid)


def _is_held(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except PermissionError:  # a file of another user, whose worker may be alive
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _is_other_process_here(name: str) -> bool:
    host, process, _ = name.rsplit("-", 2)
    if host != os.uname().nodename or int(process) == os.getpid():  # a restarted container reuses its process ids
        return False
    return _is_alive(int(process))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # a process of another user
        return True
    return True


def is_at_work(database: str, name: str) -> bool:
    """Return whether the worker of that name is alive, as far as this process can tell; change nothing.

    Workers on other hosts, and locks that may not be read, count as alive: to take them for dead would start a second
    run beside theirs.
    """
    if not is_server(database):
        return _LockFiles(database).is_held(name)
    host, process, _ = name.rsplit("-", 2)
    return host != os.uname().nodename or _is_alive(int(process))


def workers_at_work(database: str) -> list[str]:
    """Return the names of the workers that are alive on a database file; change nothing."""
    return _LockFiles(database).locked_names()
