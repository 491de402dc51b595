"""Find the inputs that paths name, and read their bytes, decompressed if needed."""

from __future__ import annotations

import errno
import glob
import io
import os
import re
import stat
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

from ordercli.errors import BadInputError
from ordercli.intake.record import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from _typeshed import WriteableBuffer


_ORDERS = tuple(kind + packed for kind in (".json", ".jsonl", ".ndjson") for packed in ("", ".gz", ".zst"))
_is_expectation = re.compile(r"\.expect\.json$").search
_is_rejects = re.compile(r"\.rejects(\.\d+)?\.ndjson$").search
_STANDARD_INPUT = re.compile(r"/dev/stdin|(/dev/fd|/proc/(self|thread-self|\d+)/fd)/0")


def expand_paths(paths: Iterable[str], unread: list[BadInputError] | None = None) -> list[str]:
    """Return every input that the paths name, in the order given; `-`, `/dev/stdin` and `/dev/fd/0` are standard input.

    A folder stands for the order files in it and below, a glob for its matches, both sorted. Rejects files
    (`*.rejects.ndjson`, `*.rejects.2.ndjson`) and hidden files are read only when they are named. Files of
    expectations (`*.expect.json`) are never read, because a shell's glob names them too. A file that is named twice is
    read once.

    Files of a folder or a glob that cannot be read (a dangling link, a pipe) are added to `unread`, so that the other
    files can be read.

    Raises:
        BadInputError: A file is missing or unreadable, a folder has no orders, a glob matches nothing, or only
            expectations are named.
    """
    inputs: list[str] = []
    for path in without_expectations(paths):
        try:
            inputs += _files(path, unread)
        except OSError as error:
            raise _unreadable(error, path) from error
    return _once_each(inputs)


def without_expectations(paths: Iterable[str]) -> list[str]:
    """Return the paths that do not name a file of expectations.

    Raises:
        BadInputError: all paths name files of expectations.
    """
    named = list(paths)
    found = [path for path in named if not _is_expectation(path)]
    if named and not found:
        _refuse(named[0], "this file lists expected findings and holds no orders")
    return found


def readable(paths: Iterable[str]) -> list[str]:
    """Return the paths that name existing inputs; the others are left out without an error."""
    found: list[str] = []
    for path in paths:
        with suppress(BadInputError):
            found += expand_paths([path], [])
    return _once_each(found)


def current_folder() -> Path:
    """Return the working folder, or the root if it was deleted; only absolute paths work then."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def total_bytes(inputs: Iterable[str]) -> int | None:
    """Return the size of all inputs, compressed as they are; None if that of one is unknown."""
    total = 0
    for file in inputs:
        size = _size(file)
        if size is None:
            return None
        total += size
    return total


def largest_size(inputs: Iterable[str]) -> int:
    """Return the size of the largest input, compressed as it is; inputs of unknown size count as empty."""
    return max((size or 0 for size in map(_size, inputs)), default=0)


_LARGE = 4 * 1024 * 1024


def is_large(size: int | None) -> bool:
    """Return whether inputs of this size (None: unknown) are worth several processes that validate them."""
    return size is not None and size >= _LARGE


def _size(file: str) -> int | None:
    """Return the size of an input; None if it is a pipe."""
    try:
        status = os.fstat(sys.stdin.fileno()) if file == STDIN else os.stat(file)
    except (AttributeError, OSError, ValueError):  # standard input may be closed, or have no file descriptor
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def is_read_once(path: str) -> bool:
    """Return whether the input is standard input or a pipe, which cannot be read a second time."""
    if path == STDIN or _STANDARD_INPUT.fullmatch(os.path.normpath(path)):
        return True
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def printable(path: str) -> str:
    """Return the path with bytes that are not UTF-8 escaped, as neither JSON nor a terminal accepts them."""
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
    """Return the readable files of a folder or a glob. Raise the first error if `unread` is None or none is readable.

    A pipe may never end, so it is read only when it is named.
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
        beside = str(Path(parent, "_"))[:-1]
        yield from (beside + name for name in names if not name.startswith("."))


def _holds_orders(file: str) -> bool:
    return file.lower().endswith(_ORDERS) and not _is_rejects(file) and not _is_expectation(file)


def _matching(pattern: str) -> list[str]:
    files: list[str] = []
    for path in sorted(glob.glob(pattern, recursive=True)):  # Path.glob takes no absolute pattern
        if Path(path).is_dir():
            files += _in_folder(path)
        elif not _is_expectation(path) and (_is_rejects(pattern) or not _is_rejects(path)):
            files.append(path)
    return files


def _readable(file: str, *, regular: bool = False) -> str:
    """Return the file if it can be read. Checking here reports errors before the first order is accepted."""
    mode = os.stat(file).st_mode
    if regular and not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file; to read it, name it", file)
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


CHUNK = 128 * 1024

_GZIP = b"\x1f\x8b"
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")  # a frame, or a skippable one (RFC 8878)
_MAGIC_LENGTH = 4


class BytesRead:
    """The number of bytes read of the (compressed) inputs, and their total; None if the total is unknown."""

    __slots__ = ("read", "total")

    def __init__(self, read: int = 0, total: int | None = None) -> None:
        self.read = read
        self.total = total


def read_chunks(file: str, progress: BytesRead) -> Iterator[bytes]:
    """Open an input and decompress it if its first bytes are those of gzip or Zstandard.

    Raises:
        BadInputError: The input cannot be read, or is damaged; the chunks before the damage have been yielded.
    """
    head, packed = peek(_packed(file, progress), _MAGIC_LENGTH)
    if head.startswith(_GZIP):
        return _gunzip(packed, file)
    if _ZSTD.match(head):
        return _unzstd(packed, file)
    return packed


def peek(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first `size` bytes (fewer at the end of the input), and an iterator over all chunks."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= size:
            break
    return head[:size], chain([head], chunks)


def _packed(file: str, progress: BytesRead) -> Iterator[bytes]:
    try:
        with _open(file) as stream:
            while chunk := stream.read1(CHUNK):
                progress.read += len(chunk)
                yield chunk
    except OSError as error:
        raise _refusal(file, error.strerror or str(error)) from error


def _open(file: str) -> AbstractContextManager[io.BufferedIOBase]:
    if file != STDIN:
        return open(file, "rb")
    if sys.stdin is None:
        raise _refusal(file, "closed")
    return nullcontext(cast("io.BufferedIOBase", sys.stdin.buffer))


def _gunzip(packed: Iterator[bytes], file: str) -> Iterator[bytes]:
    import gzip  # most inputs are plain
    import zlib

    unpacker = gzip.GzipFile(fileobj=io.BufferedReader(ChunkStream(packed), CHUNK))
    return _unpacked(unpacker, file, "gzip", (zlib.error, gzip.BadGzipFile))


def _unzstd(packed: Iterator[bytes], file: str) -> Iterator[bytes]:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise _refusal(
            file,
            "zstd data",
            hint="install backports.zstd into the environment of ordercli: pip install backports.zstd",
        ) from error

    unpacker = zstd.ZstdFile(io.BufferedReader(ChunkStream(packed), CHUNK))
    return _unpacked(unpacker, file, "zstd", (zstd.ZstdError,))


def _unpacked(
    unpacker: io.BufferedIOBase, file: str, kind: str, damage: tuple[type[Exception], ...]
) -> Iterator[bytes]:
    with unpacker:
        try:
            while chunk := unpacker.read1(CHUNK):
                yield chunk
        except EOFError as error:
            raise _refusal(file, f"truncated {kind} data") from error
        except damage as error:
            raise _refusal(file, f"broken {kind} data: {error}") from error


class ChunkStream(io.RawIOBase):
    """Chunks as a file object."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Copy as much of the next chunk as fits."""
        self._left = self._left or next(self._chunks, b"")
        with memoryview(buffer) as room:
            taken = self._left[: len(room)]
            room[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def input_name(file: str) -> str:
    """Return the name of an input for messages."""
    return "standard input" if file == STDIN else printable(file)


def _refusal(file: str, reason: str, hint: str | None = None) -> BadInputError:
    return BadInputError(f"{input_name(file)}: {reason}", hint=hint, file=printable(file))
