"""A file that a run writes beside its database: its path, and how it is made, appended to or replaced."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import stat
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from ordercli.errors import BadInputError, OutputFileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import ReadableBuffer

    Failed = Callable[[OutputFileError], None]

# Two paths name the same file if they share a key: the resolved path, or device and inode.
Keys = frozenset[str | tuple[int, int]]


def keys_of(path: str) -> Keys:
    """Return the keys of a file; none for a terminal or another device, which may be used several times."""
    name = os.path.realpath(path)
    try:
        found = _inode(os.stat(path))  # a name that Path would tidy up is still the user's
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


class Stream(io.RawIOBase):
    """A stream that writes to an open descriptor and closes it."""

    def __init__(self, file: int, on_failure: Callable[[OSError], None]) -> None:
        self._file = file
        self._on_failure = on_failure
        self.failed = False

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all data; do nothing after a write has failed."""
        with memoryview(data) as whole:
            rest = whole.cast("B")
            while len(rest) and not self.failed:
                try:
                    rest = rest[os.write(self._file, rest) :]
                except OSError as error:
                    self._fail(error)
            return whole.nbytes

    def close(self) -> None:
        """Close the descriptor; some file systems report a failed write only now."""
        if not self.closed:
            super().close()
            try:
                os.close(self._file)
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        if not self.failed:
            self.failed = True
            self._on_failure(error)


class OutputFile(NamedTuple):
    """A file that an option names: its path, and how it may be written.

    `stream` is the open descriptor of a pipe, a device or `/dev/stdout`; None for a regular file. `force` allows an
    existing file to be replaced. `never` are the files that must not be written: they are checked again when the file
    is opened, as the path may lead to another file by then.
    """

    option: str
    path: str
    stream: int | None = None
    force: bool = False
    never: Keys = frozenset()

    @property
    def name(self) -> str:
        """Return the name of the file for error messages."""
        return named(self.option, self.path)

    def refuse_taken(self) -> None:
        """Refuse a file that has content and must not be replaced.

        Raises:
            UsageError: the file has content.
        """
        if self.stream is None and not self.force and _size(self.path):
            raise UsageError(f"{self.name} is there already", hint="choose another file, or replace it with --force")

    def is_same_as(self, path: str) -> bool:
        """Return whether a path names this file."""
        return bool(keys_of(self.path) & keys_of(path))

    def make(self) -> int:
        """Open the file for this run alone (mode 0600, locked, empty); a link is never followed.

        Raises:
            OutputFileError: it cannot be written, or another run has written to it in the meantime.
        """
        if self.stream is not None:
            return os.dup(self.stream)
        file = self._opened(os.O_NOFOLLOW)
        try:
            self._take(file)
        except BaseException:
            os.close(file)
            raise
        return file

    def _take(self, file: int) -> None:
        with self.errors_explained():
            if not locked(file):
                raise OutputFileError(f"{self.name} is being written by another run")
            if os.fstat(file).st_size and not self.force:
                raise OutputFileError(f"{self.name} was created by another process in the meantime")
            os.ftruncate(file, 0)
            os.fchmod(file, 0o600)

    def made(self, failed: Failed) -> IO[bytes]:
        """Open the file as `make` does; a failing write calls `failed` once, and does not end the run."""
        return self._buffered(self.make(), failed)

    def appended(self, failed: Failed) -> IO[bytes]:
        """Open the file for appending (mode 0600 if new); a failing write calls `failed`, and does not end the run.

        Raises:
            OutputFileError: it cannot be opened.
        """
        if self.stream is not None:
            return self._buffered(os.dup(self.stream), failed)
        return self._buffered(self._opened(os.O_APPEND), failed)

    @contextmanager
    def replaced(self, failed: Failed) -> Iterator[IO[bytes]]:
        """Open a stream whose content replaces the file, or the target of a link, when the block ends.

        If something fails, the file stays as it was, `failed` is called, and the run continues.
        """
        if self.stream is not None:
            with self._buffered(os.dup(self.stream), failed) as stream:
                yield stream
            return
        target = os.path.realpath(self.path)
        draft = f"{Path(target).parent}/.ordercli-{os.urandom(4).hex()}.tmp"
        try:
            with self.errors_explained():
                file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except OutputFileError as error:
            failed(error)
            yield io.BytesIO()
            return
        raw = Stream(file, lambda error: failed(self.late(error)))
        try:
            with io.BufferedWriter(raw) as stream:
                yield stream
            if not raw.failed:
                with self.errors_explained():
                    Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)

    @contextmanager
    def whole(self) -> Iterator[Path]:
        """Make a draft (mode 0600); sync it and give it the name of the file when the block ends without an exception.

        A file that got this name in the meantime is kept, unless it may be replaced.

        Raises:
            OutputFileError: the disk is full, or another file got the name in the meantime.
        """
        target = Path(self.path)
        with self.errors_explained():
            handle, name = tempfile.mkstemp(prefix=f".{target.name[:200]}.", suffix=".part", dir=target.parent)
            os.close(handle)
        draft = Path(name)
        try:
            yield draft
            with self.errors_explained():
                self._give_name(draft, target)
        finally:
            draft.unlink(missing_ok=True)

    @contextmanager
    def complete(self) -> Iterator[Callable[[bytes], int]]:
        """Yield a function that writes to the file; a regular file (mode 0600) appears only when the block has ended.

        Raises:
            OutputFileError: it cannot be written.
        """
        if self.stream is not None:
            with self._explained(os.fdopen(self.make(), "wb")) as write:
                yield write
            return
        with self.whole() as draft, self._explained(draft.open("wb")) as write:
            yield write

    @contextmanager
    def _explained(self, stream: IO[bytes]) -> Iterator[Callable[[bytes], int]]:
        def write(data: bytes) -> int:
            with self.errors_explained():
                return stream.write(data)

        with closing(stream):
            yield write
            with self.errors_explained():
                stream.close()  # what is buffered is written now

    def _give_name(self, draft: Path, target: Path) -> None:
        _sync(draft)
        if self.force or (target.exists() and not target.stat().st_size):
            draft.replace(target)
        else:
            try:
                os.link(draft, target)
            except OSError:  # a file system without hard links; the error depends on the file system
                if os.path.lexists(target):
                    raise
                draft.rename(target)
        _sync(target.parent)

    def late(self, error: OSError) -> OutputFileError:
        """Return the error for a file that fails after the run has begun."""
        return OutputFileError(f"Cannot write {self.name}: {error.strerror or error}")

    @contextmanager
    def errors_explained(self) -> Iterator[None]:
        """Turn an OSError in the block into an OutputFileError that names the file."""
        try:
            yield
        except OSError as error:
            raise self.late(error) from error

    def _opened(self, how: int) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how
        with self.errors_explained():
            try:
                # Do not check a new file against `never`: it may get the inode of a file that was deleted.
                return os.open(self.path, flags | os.O_EXCL, 0o600)
            except FileExistsError:
                file = os.open(self.path, flags, 0o600)
        if keys_of_descriptor(file) & self.never:
            os.close(file)
            raise OutputFileError(f"{self.name} leads to a file that must not be written")
        return file

    def _buffered(self, file: int, failed: Failed) -> IO[bytes]:
        return io.BufferedWriter(Stream(file, lambda error: failed(self.late(error))))


def named(option: str, path: str) -> str:
    """Return the name of a file for error messages: its option, if it has one, and its path."""
    return f"{option} {path}".lstrip()


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def locked(file: int) -> bool:
    """Lock an open file until the process ends; return False if another process has the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_stream(path: str) -> bool:
    """Return whether the path names a device, a descriptor or an existing pipe, and not a regular file."""
    if os.path.normpath(path).startswith(("/dev/", "/proc/")):
        return True
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def try_new(option: str, path: str, to_do: str = "choose another file") -> None:
    """Check that a file can be made in the folder of the path, or of the target of a link; else tell what `to_do`.

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
        raise unwritable(option, path, error, to_do) from error


def unwritable(option: str, path: str, error: OSError, to_do: str = "choose another file") -> BadInputError:
    """Return the error for a file that cannot be written, raised before the run has begun."""
    reason = error.strerror or str(error)
    hint = f"nothing was done; {to_do}"
    if error.errno == errno.ENOENT:
        hint = "nothing was done; make the folder first"
    elif error.errno == errno.ENXIO:
        reason, hint = "nobody reads this pipe", "nothing was done; start its reader first"
    return BadInputError(f"{option} {path}".lstrip() + f" cannot be written: {reason}", hint=hint)
