"""Find out which file a path names, and whether it can be written, without leaving a trace."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.database.address import is_server
from ordercli.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator


# Suffixes of the files that SQLite and the workers keep beside a database.
BESIDE = ("-wal", "-shm", "-journal", "-workers")
# Two paths name the same file if they share a key: the resolved path, or device and inode.
Keys = frozenset[str | tuple[int, int]]


def keys_of(path: str) -> Keys:
    """Return the keys of a file; none for a terminal or another device, which may be used several times."""
    name = os.path.realpath(path)
    try:
        found = _inode(os.stat(path))  # noqa: PTH116 - a name that Path would tidy up is still the user's
    except (OSError, ValueError):
        return frozenset({name})
    return found and found | {name}


def keys_of_descriptor(number: int) -> Keys:
    """Return the keys of an open file; none if it is closed."""
    try:
        return _inode(os.fstat(number))
    except OSError:
        return frozenset()


def _inode(status: os.stat_result) -> Keys:
    return frozenset() if stat.S_ISCHR(status.st_mode) else frozenset({(status.st_dev, status.st_ino)})


def keys_of_database(database: str) -> Iterator[tuple[Keys, str]]:
    """Yield the keys of the database and of each of its companion files, existing or not, with a description."""
    if is_server(database):
        return
    yield keys_of(database), "the database"
    for name in {os.path.realpath(database), os.path.abspath(database)}:  # noqa: PTH100 - abspath follows no link
        for suffix in BESIDE:
            yield keys_of(f"{name}{suffix}"), f"a file of the database ({Path(name).name}{suffix})"
        with suppress(OSError):
            for lock in Path(f"{name}-workers").iterdir():
                yield keys_of(str(lock)), f"a file of the database ({Path(name).name}-workers)"


def lies_in_workers(path: str, database: str) -> bool:
    """Return whether the path lies in the folder of locks beside the database."""
    folder = f"{os.path.realpath(database)}-workers"
    return not is_server(database) and os.path.realpath(path).startswith(folder + os.sep)


_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/(?:self|thread-self)/fd)/(\d+)")
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_ALWAYS_FULL = (1, 7)  # the numbers of /dev/full


def open_stream(option: str, path: str) -> int | None:
    """Open a pipe, a device, a terminal or `/dev/fd/3` and return its descriptor; return None for a regular file.

    A pipe without a reader is refused, so that the run does not wait for one.

    Raises:
        BadInputError: it cannot be written.
    """
    number = descriptor(path)
    try:
        if number is not None:
            return _duplicate(number)
        status = os.stat(path)  # noqa: PTH116
        if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
            return None
        return _opened(path, status)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unwritable(option, path, error) from error


def refuse_lost_folder(option: str, path: str) -> None:
    """Refuse a relative path if the working folder was deleted.

    Raises:
        BadInputError: the working folder was deleted.
    """
    try:
        os.path.abspath(path)  # noqa: PTH100 - follows no link
    except FileNotFoundError as error:
        lost = OSError(errno.ESTALE, "it is relative to the working folder, which was deleted")
        raise unwritable(option, path, lost) from error


def is_stream(path: str) -> bool:
    """Return whether the path names a device, a descriptor or an existing pipe, and not a regular file."""
    if os.path.normpath(path).startswith(("/dev/", "/proc/")):
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False


def descriptor(path: str) -> int | None:
    """Return the descriptor that a path such as `/dev/stdout` or `/dev/fd/3` names; None for any other path."""
    match = _DESCRIPTOR.fullmatch(os.path.normpath(path))
    return int(match[1]) if match else _STANDARD.get(os.path.normpath(path))


def status_of(option: str, path: str, *, follow: bool = True) -> os.stat_result | None:
    """Return the status of the file at the path; None if there is no file.

    Raises:
        BadInputError: the path is invalid: a name is too long, or a part of it is not a folder.
    """
    try:
        return os.stat(path, follow_symlinks=follow)  # noqa: PTH116
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unwritable(option, path, error) from error


def try_new(option: str, path: str) -> None:
    """Check that a file can be made in the folder of the path, or of the target of a link.

    Raises:
        BadInputError: no file can be made there.
    """
    folder = Path(os.path.realpath(path) if Path(path).is_symlink() else path).parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileNotFoundError as error:
        missing = OSError(errno.ENOENT, f"there is no folder {folder}")
        raise unwritable(option, path, missing) from error
    except OSError as error:
        raise unwritable(option, path, error) from error


def try_existing(option: str, path: str) -> None:
    """Check that an existing file can be written.

    Raises:
        BadInputError: it cannot be written.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        raise unwritable(option, path, error) from error


def unwritable(option: str, path: str, error: OSError) -> BadInputError:
    """Return the error for a file that cannot be written, raised before the run has begun."""
    reason = error.strerror or str(error)
    hint = "nothing was done; choose another file"
    if error.errno == errno.ENOENT:
        hint = "nothing was done; make the folder first"
    elif error.errno == errno.ENXIO:
        reason, hint = "nobody reads this pipe", "nothing was done; start its reader first"
    return BadInputError(f"{option} {path}".lstrip() + f" cannot be written: {reason}", hint=hint)


def _duplicate(number: int) -> int:
    if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "it is open for reading only")
    return os.dup(number)


def _opened(path: str, status: os.stat_result) -> int:
    if stat.S_ISBLK(status.st_mode):
        raise OSError(errno.EINVAL, "it is a disk")
    if stat.S_ISCHR(status.st_mode) and (os.major(status.st_rdev), os.minor(status.st_rdev)) == _ALWAYS_FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    stream = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    os.set_blocking(stream, True)  # the reader may be slow
    return stream
