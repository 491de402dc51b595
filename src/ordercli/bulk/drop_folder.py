"""A drop folder: the files that others put into it, and where they go when they are taken.

A file goes from the folder to `taken/`, then to `taken/KEY/`, where KEY is made from its bytes, and at last to `done/`
or `failed/`. Each step is one rename, so that a run that was killed is continued from where its files are.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ordercli import clock
from ordercli.errors import BadInputError, TryAgainError, UsageError
from ordercli.failpoints import ARMED, failpoint
from ordercli.intake.inputs import printable
from ordercli.output_files.output_file import locked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TAKEN: Final = "taken"
DONE: Final = "done"
FAILED: Final = "failed"
LOCK = ".ordercli.lock"
RECEIPT, ORDERS, REJECTS = ".receipt.json", ".orders.ndjson", ".rejects.ndjson"

_KEY_LENGTH = 32
_UNREADABLE = "unreadable"
_UNFINISHED = (".tmp", ".part")
_PACKED = {".gz", ".zst"}
# What is added to a name must fit into the 255 bytes of a file name.
_LONGEST_NAME = 200


class Mark(NamedTuple):
    """What tells that a file was changed."""

    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Mark:
        """Return the mark of a file."""
        status = path.lstat()
        return cls(status.st_size, status.st_mtime_ns)


class TakenFile(NamedTuple):
    """A file that this run has taken: where it is now, its key, and its bytes as the key stands for them.

    `name` is the name that it gets in `done/` or `failed/`, in UTF-8. `key` is None if the file cannot be read.
    """

    path: Path
    name: str
    key: str | None
    is_changed: bool = False


class DropFolder:
    """A folder into which others put files of orders."""

    def __init__(self, path: str, settle_seconds: float) -> None:
        """Look at the folder; change nothing.

        Raises:
            BadInputError: there is no such folder, or it cannot be read.
            UsageError: the path is empty, which Path takes for the working folder.
        """
        if not path:
            raise UsageError("--watch-folder needs a path, and the one given is empty")
        self.path = Path(path)
        self._settle_seconds = settle_seconds
        self.left: dict[str, str] = {}
        try:
            os.scandir(self.path).close()
        except OSError as error:
            raise BadInputError(f"Cannot watch {path}: {error.strerror}", hint="name an existing folder") from error

    def refuse_to_hold(self, files: Iterable[tuple[str, str]]) -> None:
        """Refuse a folder in which one of these files lies, as it would be taken for a file of orders.

        Raises:
            UsageError: a file lies there; `files` are paths with the word for each.
        """
        here = os.path.realpath(self.path)
        for path, word in files:
            if os.path.dirname(os.path.realpath(path)) == here:  # noqa: PTH120 - the file need not exist
                raise UsageError(f"{word} is in {self.path}, where every file is taken for orders", hint="move it")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of the folder, and make the folders in it.

        Raises:
            BadInputError: this user may not write there.
            TryAgainError: another run has the folder.
        """
        try:
            for each in (TAKEN, DONE, FAILED):
                (self.path / each).mkdir(exist_ok=True)
                self._require_beside(self.path / each)
            lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise BadInputError(f"Cannot use {error.filename}: {error.strerror}") from error
        try:
            if not locked(lock):
                raise TryAgainError(
                    f"another run watches {self.path}", hint="one run at a time takes the files of a folder"
                )
            yield
        finally:
            os.close(lock)

    def ready(self) -> list[Path]:
        """Return the files that nobody has changed for the time to settle, the oldest first; note others in `left`."""
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    if self._is_settled(status):
                        found.append((status.st_mtime_ns, entry.name))
                elif not stat.S_ISDIR(status.st_mode):
                    kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a regular file"
                    self.left.setdefault(entry.name, kind)
        return [self.path / name for _, name in sorted(found)]

    def take_all(self) -> Iterator[TakenFile]:
        """Yield the files that an earlier run has taken and left, then take those that are ready, one at a time."""
        for folder in sorted(each for each in (self.path / TAKEN).iterdir() if each.is_dir()):
            files = [each for each in folder.iterdir() if each.is_file()]
            yield from (self._recovered(each) for each in files)
            if not files:
                folder.rmdir()
        begun = [each for each in (self.path / TAKEN).iterdir() if each.is_file()]
        for path in chain(begun, self.ready()):
            if found := self._take(path):
                yield found

    def place(self, file: TakenFile, to: Literal["done", "failed"]) -> Path:
        """Return the path of a file in `done/` or `failed/`, with another name if somebody has used its own there."""
        target = self.path / to / file.name
        return self.path / to / self._free(file.name) if os.path.lexists(target) else target

    def move(self, file: TakenFile, target: Path) -> None:
        """Move a file to its place."""
        file.path.rename(target)
        if ARMED:
            failpoint("folder-moved")
        with suppress(OSError):
            file.path.parent.rmdir()

    def _require_beside(self, folder: Path) -> None:
        """Raise OSError unless files can be renamed into this folder."""
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_dev != self.path.stat().st_dev:
            raise OSError(None, "it must be a folder on the same file system", str(folder))

    def _is_settled(self, status: os.stat_result) -> bool:
        # Renaming and writing change the ctime, whatever time a copying program gives the file.
        return clock.now().timestamp() - status.st_ctime >= self._settle_seconds

    def _take(self, path: Path) -> TakenFile | None:
        """Take a file under a key that is made from its bytes; None if it is gone, or still changes."""
        begun = self.path / TAKEN / path.name
        try:
            if path != begun:
                if os.path.lexists(begun):
                    return None
                path.rename(begun)
            elif not self._is_settled(path.stat()):
                return None
            before = Mark.of(begun)
            key = key_of(begun)
            if Mark.of(begun) != before:
                return None
        except FileNotFoundError:
            return None
        folder = self.path / TAKEN / (key or _UNREADABLE)
        name = printable(begun.name)
        name = self._free(name if len(name.encode()) <= _LONGEST_NAME else f"{folder.name}-long-name")
        folder.mkdir(exist_ok=True)
        begun.rename(folder / name)
        return TakenFile(folder / name, name, key)

    def _recovered(self, path: Path) -> TakenFile:
        folder, key = path.parent.name, key_of(path)
        if folder == _UNREADABLE or key is None:
            return TakenFile(path, path.name, key)
        return TakenFile(path, path.name, folder, is_changed=key != folder)

    def _free(self, name: str) -> str:
        """Return this name, or `orders.2.ndjson` and so on, if it or a name made from it is in use."""
        path = Path(name)
        ending = "".join(path.suffixes[-2:] if path.suffix in _PACKED else path.suffixes[-1:])
        stem = name.removesuffix(ending)
        return next(
            each for each in chain([name], (f"{stem}.{n}{ending}" for n in count(2))) if not self._is_in_use(each)
        )

    def _is_in_use(self, name: str) -> bool:
        return any(
            os.path.lexists(self.path / folder / f"{name}{added}")
            for folder in (DONE, FAILED)
            for added in ("", RECEIPT, ORDERS, REJECTS)
        )


def key_of(path: Path) -> str | None:
    """Return the idempotency key of a file, the beginning of the SHA-256 of its bytes; None if it cannot be read."""
    try:
        with path.open("rb") as stream:
            return file_digest(stream, sha256).hexdigest()[:_KEY_LENGTH]
    except FileNotFoundError:
        raise
    except OSError:
        return None
