"""Paths, folders and globs of the command line go in, the inputs they stand for come out."""

from __future__ import annotations

import errno
import glob
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ordercli.errors import BadInputError
from ordercli.intake.record import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ORDERS = tuple(kind + packed for kind in (".json", ".jsonl", ".ndjson") for packed in ("", ".gz", ".zst"))
_is_expectation = re.compile(r"\.expect\.json$").search
_is_rejects = re.compile(r"\.rejects(\.\d+)?\.ndjson$").search
_STANDARD_INPUT = re.compile(r"/dev/stdin|(/dev/fd|/proc/(self|thread-self|\d+)/fd)/0")


def expand_paths(paths: Iterable[str], unread: list[BadInputError] | None = None) -> list[str]:
    """Every input that the paths name, in the order given; `-` (or `/dev/stdin`, `/dev/fd/0`) is standard input.

    A folder stands for the order files in it and below, a glob for what matches, both sorted. Rejects
    (`*.rejects.ndjson`, `*.rejects.2.ndjson`) and hidden files are read only when they are named, expectations
    (`*.expect.json`) never: a shell's glob names them too. A file that is named twice is read once.

    What a folder or a glob holds and cannot be read (a dangling link, a pipe) goes into `unread`, so that the rest can
    be read all the same.

    Raises:
        BadInputError: A file is missing or unreadable, a folder has no orders, a glob matches nothing, or expectations
            are all that is named.
    """
    inputs: list[str] = []
    for path in without_expectations(paths):
        try:
            inputs += _files(path, unread)
        except OSError as error:
            raise _unreadable(error, path) from error
    return _once_each(inputs)


def without_expectations(paths: Iterable[str]) -> list[str]:
    """The paths that do not name a sidecar of expectations.

    Raises:
        BadInputError: they all do.
    """
    named = list(paths)
    found = [path for path in named if not _is_expectation(path)]
    if named and not found:
        _refuse(named[0], "it says which findings are expected of an order, and holds none")
    return found


def readable(paths: Iterable[str]) -> list[str]:
    """Return the inputs among the paths that are there; what is wrong with the others is not told."""
    found: list[str] = []
    for path in paths:
        with suppress(BadInputError):
            found += expand_paths([path], [])
    return _once_each(found)


def current_folder() -> Path:
    """Return the working folder; the root where it was deleted, when only absolute paths lead anywhere."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def total_bytes(inputs: Iterable[str]) -> int | None:
    """How much there is to read in all, packed as it lies there; None when a pipe is among the inputs."""
    try:
        found = [os.fstat(sys.stdin.fileno()) if file == STDIN else Path(file).stat() for file in inputs]
    except (AttributeError, OSError, ValueError):  # standard input may be closed, or no real file
        return None
    if not all(stat.S_ISREG(status.st_mode) for status in found):
        return None
    return sum(status.st_size for status in found)


def is_read_once(path: str) -> bool:
    """Return whether the input is standard input or a pipe, which nobody can read a second time."""
    if path == STDIN or _STANDARD_INPUT.fullmatch(os.path.normpath(path)):
        return True
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def printable(path: str) -> str:
    """The path, with what is no UTF-8 in it escaped: neither JSON nor a terminal could take that."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _once_each(files: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for file in files:
        found.setdefault(file if file == STDIN else os.path.realpath(file), file)
    return list(found.values())


def _files(path: str, unread: list[BadInputError] | None) -> list[str]:
    if path == STDIN or _STANDARD_INPUT.fullmatch(os.path.normpath(path)):
        return [STDIN]
    if not path:
        raise BadInputError("A path is empty")
    if Path(path).is_dir():
        return _those_that_can_be_read(_in_folder(path), unread) or _refuse(path, "no orders in this folder")
    if glob.has_magic(path) and not Path(path).exists():
        return _those_that_can_be_read(_matching(path), unread) or _refuse(path, "no file matches")
    return [_readable(path)]


def _those_that_can_be_read(files: Sequence[str], unread: list[BadInputError] | None) -> list[str]:
    """The files that were found by looking; where none of them can be read, that is told as of a named file.

    A pipe, which may never end, is read only when it is named.
    """
    found = []
    faults = []
    for file in files:
        try:
            found.append(_readable(file, regular=True))
        except OSError as error:
            faults.append(error)
    if faults and (unread is None or not found):
        raise faults[0]
    if unread is not None:
        unread += [_unreadable(error, "") for error in faults]
    return found


def _in_folder(folder: str) -> list[str]:
    return [file for file in sorted(_walk(folder)) if _holds_orders(file)]


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (str(Path(parent, name)) for name in names if not name.startswith("."))


def _holds_orders(file: str) -> bool:
    return file.lower().endswith(_ORDERS) and not _is_rejects(file) and not _is_expectation(file)


def _matching(pattern: str) -> list[str]:
    files: list[str] = []
    for path in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute pattern
        if Path(path).is_dir():
            files += _in_folder(path)
        elif not _is_expectation(path) and (_is_rejects(pattern) or not _is_rejects(path)):
            files.append(path)
    return files


def _readable(file: str, *, regular: bool = False) -> str:
    """The file itself: trouble is better met before the first order is accepted than after."""
    mode = Path(file).stat().st_mode
    if regular and not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file, and is read only when it is named", file)
    if not os.access(file, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), file)
    return file


def _raise(error: OSError) -> NoReturn:
    raise error


def _refuse(path: str, reason: str) -> NoReturn:
    raise BadInputError(f"{printable(path)}: {reason}", file=printable(path))


def _unreadable(error: OSError, path: str) -> BadInputError:
    file = printable(error.filename or path)
    return BadInputError(f"{file}: {error.strerror}", file=file)
