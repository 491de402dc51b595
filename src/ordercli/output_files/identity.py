"""Whether two paths name one file: through links, hard links, `..`, or a descriptor."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.database.address import is_server

if TYPE_CHECKING:
    from collections.abc import Iterator

# What SQLite and the workers keep beside a database.
BESIDE = ("-wal", "-shm", "-journal", "-workers")
# Two paths name one file when they share one of these: the place that a path leads to, or device and inode.
Keys = frozenset[str | tuple[int, int]]


def keys_of(path: str) -> Keys:
    """What identifies the file; nothing for a terminal or another device, which may have any number of users."""
    name = os.path.realpath(path)
    try:
        found = _inode(os.stat(path))  # noqa: PTH116 - a name that Path would tidy up is still the user's
    except (OSError, ValueError):
        return frozenset({name})
    return found and found | {name}


def keys_of_descriptor(number: int) -> Keys:
    """What identifies an open file; nothing where it is closed."""
    try:
        return _inode(os.fstat(number))
    except OSError:
        return frozenset()


def _inode(status: os.stat_result) -> Keys:
    return frozenset() if stat.S_ISCHR(status.st_mode) else frozenset({(status.st_dev, status.st_ino)})


def keys_of_database(database: str) -> Iterator[tuple[Keys, str]]:
    """What identifies the database and each file that belongs to it, there or not, with what it is."""
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
    """Whether the path leads into the folder of locks beside the database."""
    folder = f"{os.path.realpath(database)}-workers"
    return not is_server(database) and os.path.realpath(path).startswith(folder + os.sep)
