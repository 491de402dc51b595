from __future__ import annotations

import errno
import gzip
import io
import os
import random
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ordercli.errors import BadInputError, ErrorKind
from ordercli.intake.inputs import CHUNK, BytesRead, peek, read_chunks

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WriteFile = Callable[[str, bytes], str]

# More than a chunk, and hardly smaller when packed.
LONG = random.Random(1).randbytes(3 * CHUNK)  # noqa: S311 - nothing is secret
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
CHECKSUM: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
every_packer = pytest.mark.parametrize("kind", PACKERS)


def read(file: str) -> bytes:
    return b"".join(read_chunks(file, BytesRead()))


def read_until_damage(file: str) -> tuple[bytes, str]:
    """What came before the damage, and the message."""
    found: list[bytes] = []
    with pytest.raises(BadInputError) as damage:
        found.extend(read_chunks(file, BytesRead()))
    assert damage.value.kind is ErrorKind.BAD_INPUT
    return b"".join(found), damage.value.message


@pytest.mark.parametrize("data", [b"", b"{}", b"\x1f", b"\x28\xb5\x2f", LONG], ids=len)
def test_a_plain_file_comes_as_it_is(write_file: WriteFile, data: bytes) -> None:
    file = write_file("orders.json", data)

    assert read(file) == data


@every_packer
@pytest.mark.parametrize("data", [b"", b"{}", b"{}" * CHUNK, LONG], ids=len)
def test_a_packed_file_is_known_by_its_first_bytes_and_not_by_its_name(
    write_file: WriteFile, kind: str, data: bytes
) -> None:
    file = write_file("orders.json", PACKERS[kind](data))

    assert read(file) == data


def test_a_file_that_is_only_named_gz_is_plain(write_file: WriteFile) -> None:
    file = write_file("orders.json.gz", b"{}")

    assert read(file) == b"{}"


@every_packer
def test_packed_files_put_together_are_read_to_the_end(write_file: WriteFile, kind: str) -> None:
    pack = PACKERS[kind]
    file = write_file("orders.json", pack(b"[1") + pack(b"") + pack(LONG) + pack(b",2]"))

    assert read(file) == b"[1" + LONG + b",2]"


def test_zeros_after_gzip_data_are_padding(write_file: WriteFile) -> None:
    file = write_file("orders.json", gzip.compress(b"{}") + bytes(512))

    assert read(file) == b"{}"


def test_a_skippable_zstd_frame_may_come_first(write_file: WriteFile) -> None:
    skippable = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"size"
    file = write_file("orders.json", skippable + zstd.compress(b"{}"))

    assert read(file) == b"{}"


@every_packer
def test_what_is_whole_in_truncated_data_comes_before_the_damage(write_file: WriteFile, kind: str) -> None:
    file = write_file("orders.json", PACKERS[kind](LONG)[: 2 * CHUNK])

    found, message = read_until_damage(file)

    assert (found, message) == (LONG[: len(found)], f"orders.json: truncated {kind} data")
    assert len(found) > CHUNK


@every_packer
@pytest.mark.parametrize("length", [4, 9])
def test_data_that_ends_in_its_header_is_truncated(write_file: WriteFile, kind: str, length: int) -> None:
    file = write_file("orders.json", PACKERS[kind](LONG)[:length])

    found = read_until_damage(file)

    assert found == (b"", f"orders.json: truncated {kind} data")


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (gzip.compress(LONG)[:-8] + bytes(8), f"CRC check failed 0x0 != {zlib.crc32(LONG):#x}"),
        (gzip.compress(LONG) + b"garbage", "Not a gzipped file (b'ga')"),
        (gzip.compress(LONG) + b"\x1f\x8b\x07" + bytes(8), "Unknown compression method"),
        (
            gzip.compress(LONG) + gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 10,
            "Error -3 while decompressing data: invalid block type",
        ),
    ],
)
def test_broken_gzip_data_is_read_as_far_as_it_goes(write_file: WriteFile, packed: bytes, message: str) -> None:
    file = write_file("orders.json", packed)

    found = read_until_damage(file)

    assert found == (LONG, f"orders.json: broken gzip data: {message}")


@pytest.mark.parametrize(
    ("garbage", "message"),
    [
        (b"garbage", "Unknown frame descriptor"),
        (zstd.compress(b"{}", options=CHECKSUM)[:-4] + bytes(4), "Restored data doesn't match checksum"),
    ],
)
def test_broken_zstd_data_is_read_as_far_as_it_goes(write_file: WriteFile, garbage: bytes, message: str) -> None:
    file = write_file("orders.json", zstd.compress(LONG) + garbage)

    found = read_until_damage(file)

    assert found == (LONG, f"orders.json: broken zstd data: Unable to decompress Zstandard data: {message}")


def test_zstd_data_without_its_package_says_what_to_install(
    write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_file("orders.json", zstd.compress(b"{}"))
    for package in ["compression", "backports"]:
        monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(BadInputError) as refusal:
        list(read_chunks(file, BytesRead()))

    assert (refusal.value.message, refusal.value.hint) == (
        "orders.json: zstd data",
        "install backports.zstd into the environment of ordercli: pip install backports.zstd",
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [("gone.json", "gone.json: No such file or directory"), (".", ".: Is a directory")],
)
def test_what_cannot_be_opened_is_bad_input(write_file: WriteFile, file: str, message: str) -> None:
    write_file("orders.json", b"{}")

    found = read_until_damage(file)

    assert found == (b"", message)


def test_a_read_that_fails_is_bad_input_after_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(_Failing(b"[1,2]\n")))

    found = read_until_damage("-")

    assert found == (b"[1,2]\n", "standard input: Input/output error")


def test_standard_input_that_is_closed_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    found = read_until_damage("-")

    assert found == (b"", "standard input: closed")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_a_pipe_on_standard_input_is_read_however_its_bytes_come(
    monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    reading, writing = os.pipe()
    writer = threading.Thread(target=_write_byte_by_byte, args=(writing, pack(b'{"id": 1}\n')))

    with open(reading) as stdin:  # noqa: PTH123 - a descriptor is no path
        monkeypatch.setattr(sys, "stdin", stdin)
        writer.start()
        data = read("-")
    writer.join()

    assert data == b'{"id": 1}\n'


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_progress_counts_packed_bytes_over_all_inputs(write_file: WriteFile, pack: Callable[[bytes], bytes]) -> None:
    file = write_file("orders.json", pack(LONG))
    progress = BytesRead(read=1000)

    seen = [progress.read for _ in read_chunks(file, progress)]

    size = Path(file).stat().st_size
    assert (seen[-1], progress.read) == (1000 + size, 1000 + size)
    assert 1000 < seen[0] < 1000 + size


def test_a_look_ahead_takes_nothing_away() -> None:
    head, chunks = peek(iter([b"ab", b"cd", b"ef"]), 3)

    assert (head, list(chunks)) == (b"abc", [b"abcd", b"ef"])


class _Failing(io.BytesIO):
    """Gives some bytes, and then an error of the disk."""

    def read1(self, size: int | None = -1, /) -> bytes:
        found = super().read1(size)
        if not found:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return found


def _write_byte_by_byte(descriptor: int, data: bytes) -> None:
    for index in range(len(data)):
        os.write(descriptor, data[index : index + 1])
    os.close(descriptor)
