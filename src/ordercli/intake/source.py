"""A file or standard input goes in, plain, gzip or zstd; its plain bytes come out in chunks."""

from __future__ import annotations

import io
import re
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ordercli.errors import BadInputError
from ordercli.intake.inputs import printable
from ordercli.intake.record import STDIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import WriteableBuffer

CHUNK = 128 * 1024

_GZIP = b"\x1f\x8b"
_ZSTD = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")  # a frame, or a skippable one (RFC 8878)
_MAGIC_LENGTH = 4


@dataclass(slots=True)
class Progress:
    """How many bytes of the inputs have been read, packed as they lie there, and of how many (None: nobody knows)."""

    read: int = 0
    total: int | None = None


def read_chunks(file: str, progress: Progress) -> Iterator[bytes]:
    """Open an input and unpack it as its first bytes ask for.

    Raises:
        BadInputError: The input cannot be read, or is damaged; the chunks before the damage have been given out.
    """
    head, packed = peek(_packed(file, progress), _MAGIC_LENGTH)
    if head.startswith(_GZIP):
        return _gunzip(packed, file)
    if _ZSTD.match(head):
        return _unzstd(packed, file)
    return packed


def peek(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first `size` bytes (fewer at the end of the input), and the chunks with nothing taken away."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= size:
            break
    return head[:size], chain([head], chunks)


def _packed(file: str, progress: Progress) -> Iterator[bytes]:
    try:
        with _open(file) as stream:
            while chunk := stream.read1(CHUNK):
                progress.read += len(chunk)
                yield chunk
    except OSError as error:
        raise _refusal(file, error.strerror or str(error)) from error


def _open(file: str) -> AbstractContextManager[io.BufferedIOBase]:
    if file != STDIN:
        return Path(file).open("rb")
    if sys.stdin is None:
        raise _refusal(file, "closed")
    return nullcontext(cast("io.BufferedIOBase", sys.stdin.buffer))


def _gunzip(packed: Iterator[bytes], file: str) -> Iterator[bytes]:
    import gzip  # noqa: PLC0415 - most inputs are plain
    import zlib  # noqa: PLC0415

    unpacker = gzip.GzipFile(fileobj=io.BufferedReader(_Stream(packed), CHUNK))
    return _unpacked(unpacker, file, "gzip", (zlib.error, gzip.BadGzipFile))


def _unzstd(packed: Iterator[bytes], file: str) -> Iterator[bytes]:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd  # noqa: PLC0415
        else:
            from backports import zstd  # noqa: PLC0415
    except ImportError as error:
        raise _refusal(
            file,
            "zstd data",
            hint="install backports.zstd into the environment of ordercli: pip install backports.zstd",
        ) from error

    unpacker = zstd.ZstdFile(io.BufferedReader(_Stream(packed), CHUNK))
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


class _Stream(io.RawIOBase):
    """Chunks as the file that the unpackers want."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        self._left = self._left or next(self._chunks, b"")
        with memoryview(buffer) as room:
            taken = self._left[: len(room)]
            room[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def _refusal(file: str, reason: str, hint: str | None = None) -> BadInputError:
    name = "standard input" if file == STDIN else printable(file)
    return BadInputError(f"{name}: {reason}", hint=hint, file=printable(file))
