"""Who works on a claim, and whether that process still lives."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ordercli.clock import later, timestamp
from ordercli.database.address import is_server
from ordercli.database.sqlite_file import beside
from ordercli.errors import TryAgainError
from ordercli.queue.claims import HUNG_SECONDS

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType


class Worker:
    """This process as the owner of claims: a name, and on a database file a lock by which others of this host know it.

    A server has workers on other hosts too: there a claim is its owner's until it expires.
    """

    def __init__(self, database: str, token: str) -> None:
        self.name = f"{os.uname().nodename}-{os.getpid()}-{token[-8:]}"
        self._locks = None if is_server(database) else _LockFiles(database)

    def __enter__(self) -> Self:
        if self._locks:
            self._locks.take(self.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._locks:
            self._locks.let_go(self.name)

    def has_lost(self, owner: str, expires_at: str, at: datetime) -> bool:
        """Whether a claim may be taken from its owner: it has ended or hung since long, or the claim has expired."""
        if owner == self.name:
            return False
        if self._locks:
            return self.is_gone(owner) or expires_at < later(at, -HUNG_SECONDS)
        return expires_at < timestamp(at)

    def is_gone(self, name: str) -> bool:
        """Whether the owner of that name has ended; one on another host is taken for gone, for its work is fenced."""
        if name == self.name:
            return False
        return self._locks.is_free(name) if self._locks else not _is_other_process_of_this_host(name)


class _LockFiles:
    """Files beside the database, one a worker; the system drops its lock when the process ends.

    Whoever may use the database may use them: as SQLite does with its own files, they are made with the mode of the
    database, and what root makes is given to the owner of the database.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._folder = beside(database, "-workers")  # one folder, by whichever name a run comes
        self._lock: int | None = None

    def take(self, name: str) -> None:
        """Hold the lock of this process.

        Raises:
            TryAgainError: this user may not write the folder, or the disk is in trouble.
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

    def let_go(self, name: str) -> None:
        """Let it go, and tidy up."""
        self._path(name).unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)

    def is_free(self, name: str) -> bool:
        """Whether nobody holds the lock of that name: it is free, or was tidied away. One of others counts as held."""
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

    def held(self) -> list[str]:
        """The names whose locks are held."""
        return sorted(lock.stem for lock in self._folder.glob("*.lock") if _is_held(lock))

    def is_held(self, name: str) -> bool:
        """Whether the lock of that name is held, or cannot be looked at."""
        try:
            return _is_held(self._path(name))
        except PermissionError:
            return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


def _share(opened: int, like: os.stat_result, mode: int) -> None:
    """Give an open file or folder the mode, and (as root) the owner; what belongs to others is left alone."""
    status = os.fstat(opened)
    if status.st_uid != os.geteuid():
        return
    if status.st_mode & 0o777 != mode:
        os.fchmod(opened, mode | status.st_mode & stat.S_ISGID)  # of a folder whose files belong to its group
    if os.geteuid() == 0 and (status.st_uid, status.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(opened, like.st_uid, like.st_gid)


def _is_held(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except PermissionError:  # of another user, who may be at work
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _is_other_process_of_this_host(name: str) -> bool:
    host, process, _ = name.rsplit("-", 2)
    if host != os.uname().nodename or int(process) == os.getpid():  # a container has the same again, time after time
        return False
    return _lives(int(process))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, but there
        return True
    return True


def is_at_work(database: str, name: str) -> bool:
    """Return whether the worker of that name lives, as far as this process can tell; changes nothing.

    Workers on other hosts of a server, and locks that may not be read, count as alive: taking them for dead would lead
    to a second run beside theirs.
    """
    if not is_server(database):
        return _LockFiles(database).is_held(name)
    host, process, _ = name.rsplit("-", 2)
    return host != os.uname().nodename or _lives(int(process))


def workers_at_work(database: str) -> list[str]:
    """The names of the processes that work on a database file at this moment; changes nothing."""
    return _LockFiles(database).held()
