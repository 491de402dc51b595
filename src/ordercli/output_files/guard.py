"""Check every path that an option writes before anything changes, without leaving a trace."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ordercli.database.address import is_server
from ordercli.errors import UsageError
from ordercli.intake.record import STDIN
from ordercli.output_files.output_file import Keys, OutputFile, keys_of, keys_of_descriptor, named, try_new, unwritable

# Suffixes of the files that SQLite and the workers keep beside a database.
BESIDE = ("-wal", "-shm", "-journal", "-workers")
ANOTHER = "choose another file"


class OutputFiles:
    """The files that one run writes beside its database.

    Call `reads` with the inputs first, then a method for the file of each option. These raise a UsageError for a file
    that must not be written: the database and its companion files, a settings file, an input, the default rejects
    file, the file of another option. They raise a BadInputError for a file that cannot be written. Nothing is made or
    changed until the file is opened.
    """

    def __init__(self, database: str | None, settings: Iterable[Path] = ()) -> None:
        self._database = database
        self._taken: list[tuple[Keys, str]] = [(keys_of(str(path)), "a settings file") for path in settings]

    def reads(self, inputs: Iterable[str]) -> None:
        """Protect the inputs (files, or `-`) from being written."""
        self._taken += [(keys_of_descriptor(0) if path == STDIN else keys_of(path), "an input") for path in inputs]

    def reserve(self, what: str, paths: Iterable[str]) -> None:
        """Protect files that the run may write by itself from being written by an option."""
        self._taken += [(keys_of(path), what) for path in paths]

    def made(self, option: str, path: str, *, force: bool = False, later: bool = False) -> OutputFile:
        """Return a file that is made anew. A file with content is refused unless `force` is given; so is a link.

        With `later`, an existing file is not refused yet; the run may turn out to be a repetition. Call `refuse_taken`
        when it is known.
        """
        file = self._looked_at(option, path)
        if file.stream is None:
            found = status_of(option, path, follow=False)
            if found is None:
                try_new(option, path)
            elif stat.S_ISLNK(found.st_mode):
                raise UsageError(f"{named(option, path)} is a symbolic link", hint="name the file itself")
            else:
                try_existing(option, path)
        file = file._replace(force=force)
        if not later:
            file.refuse_taken()
        return file

    def appended(self, option: str, path: str) -> OutputFile:
        """Return a file to which the run appends."""
        file = self._looked_at(option, path)
        if file.stream is None and status_of(option, path):
            try_existing(option, path)
        elif file.stream is None:
            try_new(option, path)
        return file

    def replaced(self, option: str, path: str) -> OutputFile:
        """Return a file that is replaced as a whole."""
        file = self._looked_at(option, path)
        if file.stream is None:
            if status_of(option, path):
                try_existing(option, path)
            try_new(option, path)
        return file

    def protected(self, option: str, path: str) -> Keys:
        """Return the keys of all protected files, and protect this path from the options that follow.

        Raises:
            BadInputError: the path is relative to a working folder that was deleted.
            UsageError: the path names a protected file.
        """
        if not path:
            raise UsageError(f"{option} needs a path, and the one given is empty")
        refuse_lost_folder(option, path)
        number = descriptor(path)
        keys = keys_of(path) if number is None else keys_of_descriptor(number)
        taken = [*(keys_of_database(self._database) if self._database else ()), *self._taken]
        met = next((what for others, what in taken if keys & others), None)
        if met is None and self._database and is_in_workers_folder(path, self._database):
            met = "a file of the database"
        if met:
            raise UsageError(f"{named(option, path)} would overwrite {met}", hint=ANOTHER)
        self._taken.append((keys, f"the file of {option}".removesuffix(" of ")))
        return frozenset[str | tuple[int, int]]().union(*(others for others, _ in taken))

    def _looked_at(self, option: str, path: str) -> OutputFile:
        """Refuse a file that must not be written; open a pipe or a device."""
        never = self.protected(option, path)
        return OutputFile(option, path, open_stream(option, path), never=never)


def keys_of_database(database: str) -> Iterator[tuple[Keys, str]]:
    """Yield the keys of the database and of each of its companion files, existing or not, with a description."""
    if is_server(database):
        return
    yield keys_of(database), "the database"
    for name in {os.path.realpath(database), os.path.abspath(database)}:  # abspath follows no link
        for suffix in BESIDE:
            yield keys_of(f"{name}{suffix}"), f"a file of the database ({Path(name).name}{suffix})"
        with suppress(OSError):
            for lock in Path(f"{name}-workers").iterdir():
                yield keys_of(str(lock)), f"a file of the database ({Path(name).name}-workers)"


def is_in_workers_folder(path: str, database: str) -> bool:
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
        status = os.stat(path)
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
        os.path.abspath(path)  # follows no link
    except FileNotFoundError as error:
        lost = OSError(errno.ESTALE, "it is relative to the working folder, which was deleted")
        raise unwritable(option, path, lost) from error


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
        return os.stat(path, follow_symlinks=follow)
    except FileNotFoundError:
        return None
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
