"""Packed input, whole or damaged, gives its plain bytes or is refused in words.

The first three bytes say how the others are packed, where that is cut, and which byte of it is another.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from fuzz import seeds as known
from ordercli.errors import BadInputError
from ordercli.intake.inputs import BytesRead, read_chunks

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST = 1 << 20  # a bomb is not unpacked to its end
PACKERS: tuple[Callable[[bytes], bytes], ...] = (bytes, gzip.compress, zstd.compress)


def seeds() -> Iterator[bytes]:
    """The samples in every packing, whole and damaged, and packed data as it lies in a file."""
    for data in known.sample_files():
        for n, pack in enumerate(PACKERS):
            yield bytes([n, 0, 0]) + data[:200]
            yield bytes([n, 30, 40]) + data[:200]
            yield bytes([0, 0, 0]) + pack(data[:200]) + pack(data[200:400])


def check(data: bytes) -> None:
    """Pack, damage, read; what was not damaged must come back."""
    how, cut, other = (*data[:3], 0, 0, 0)[:3]
    plain = data[3:]
    packed = bytearray(PACKERS[how % len(PACKERS)](plain))
    if other and packed:
        packed[other % len(packed)] ^= 0x55
    if cut:
        del packed[cut:]

    with NamedTemporaryFile(dir=_folder()) as file:
        file.write(packed)
        file.flush()
        try:
            found = _read(file.name)
        except BadInputError:
            assert how % len(PACKERS) == 0 or cut or other
            return

    if how % len(PACKERS) and not (cut or other):
        assert found == plain


def _read(file: str) -> bytes:
    found = bytearray()
    for chunk in read_chunks(file, BytesRead()):
        found += chunk
        if len(found) > MOST:
            break
    return bytes(found)


def _folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a file in memory, with a name of its own
