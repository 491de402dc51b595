"""Paths, folders and globs of the command line go in, the inputs they stand for come out."""

from __future__ import annotations

import errno
import glob
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NoReturn

from ordercli.errors import BadInputError
from ordercli.intake.record import STDIN

_ORDERS = tuple(kind + packed for kind in (".json", ".jsonl", ".ndjson") for packed in ("", ".gz", ".zst"))
_SIDECARS = (".rejects.ndjson", ".expect.json")


def expand_paths(paths: Iterable[str]) -> list[str]:
    """Every input that the paths name, in the order given; `-` is standard input.

    A folder stands for the order files in it and below, a glob for what matches, both sorted. Rejects and expectations
    (`*.rejects.ndjson`, `*.expect.json`) and hidden files are read only when they are named. A file that is named
    twice is read once.

    Raises:
        BadInputError: A file is missing or unreadable, a folder has no orders, a glob matches nothing.
    """
    inputs: dict[str, str] = {}
    for path in paths:
        try:
            files = _files(path)
        except OSError as error:
            raise BadInputError(f"{printable(error.filename or path)}: {error.strerror}") from error
        for file in files:
            inputs.setdefault(file if file == STDIN else os.path.realpath(file), file)
    return list(inputs.values())


def total_bytes(inputs: Iterable[str]) -> int | None:
    """How much there is to read in all, packed as it lies there; None when a pipe is among the inputs."""
    try:
        found = [os.fstat(sys.stdin.fileno()) if file == STDIN else Path(file).stat() for file in inputs]
    except (AttributeError, OSError, ValueError):  # standard input may be closed, or no real file
        return None
    if not all(stat.S_ISREG(status.st_mode) for status in found):
        return None
    return sum(status.st_size for status in found)


def printable(path: str) -> str:
    """The path, with what is no UTF-8 in it escaped: neither JSON nor a terminal could take that."""
    return path.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _files(path: str) -> list[str]:
    if path == STDIN:
        return [path]
    if not path:
        raise BadInputError("A path is empty")
    if Path(path).is_dir():
        return _in_folder(path) or _refuse(path, "no orders in this folder")
    if glob.has_magic(path) and not Path(path).exists():
        return _matching(path) or _refuse(path, "no file matches")
    return [_readable(path)]


def _in_folder(folder: str) -> list[str]:
    return [_readable(file) for file in sorted(_walk(folder)) if _holds_orders(file)]


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (str(Path(parent, name)) for name in names if not name.startswith("."))


def _holds_orders(file: str) -> bool:
    return file.lower().endswith(_ORDERS) and not file.endswith(_SIDECARS)


def _matching(pattern: str) -> list[str]:
    files: list[str] = []
    for path in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute pattern
        if Path(path).is_dir():
            files += _in_folder(path)
        elif pattern.endswith(_SIDECARS) or not path.endswith(_SIDECARS):
            files.append(_readable(path))
    return files


def _readable(file: str) -> str:
    """The file itself: trouble is better met before the first order is accepted than after."""
    Path(file).stat()
    if not os.access(file, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), file)
    return file


def _raise(error: OSError) -> NoReturn:
    raise error


def _refuse(path: str, reason: str) -> NoReturn:
    raise BadInputError(f"{printable(path)}: {reason}")
