"""Memory does not grow with the input: a quarter of a gigabyte is read in a small part of that."""

from __future__ import annotations

import gzip
import subprocess
import sys
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads its peak of memory from /proc"),
    pytest.mark.slow,
]

ORDER = b'{"externalId": "CRM-1", "note": [{"text": "' + b"x" * 100_000 + b'"}]}'
LETTERS = b"x" * 1_000_000

READ = """
from pathlib import Path
from ordercli.intake.reader import read_records

def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

before = peak()
lengths = [len(record.data) for record in read_records(["-"])]
print(len(lengths), *set(lengths), (peak() - before) // 1024)
"""


def read(content: Iterable[bytes]) -> tuple[list[int], int]:
    """How many records a process of its own found on standard input and how long they were, and the MiB it took."""
    with subprocess.Popen([sys.executable, "-c", READ], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdin
        assert reader.stdout
        with suppress(BrokenPipeError):  # what is broken is not read to its end
            for piece in content:
                reader.stdin.write(piece)
            reader.stdin.close()
        *found, mebibytes = map(int, reader.stdout.read().split())
    return found, mebibytes


def test_an_array_is_read_element_by_element() -> None:
    found, mebibytes = read(chain([b"[", ORDER], repeat(b",\n" + ORDER, 2499), [b"]"]))

    assert found == [2500, len(ORDER)]
    assert mebibytes < 10


def test_packed_lines_are_read_line_by_line() -> None:
    found, mebibytes = read(repeat(gzip.compress((ORDER + b"\n") * 100), 25))

    assert found == [2500, len(ORDER)]
    assert mebibytes < 10


@pytest.mark.parametrize(
    "content",
    [
        repeat(LETTERS, 250),
        chain([b'{"a": "'], repeat(LETTERS, 250)),
        chain([b'{\n"a": "'], repeat(LETTERS, 250)),
        chain([b'["'], repeat(LETTERS, 250)),
        chain([b"["], repeat(b"1" * 1_000_000, 250)),
        chain([b"\x1e"], repeat(LETTERS, 250)),
        [gzip.compress(b"x" * 250_000_000, 1)],
    ],
    ids=["garbage", "line", "document", "element", "number", "text", "packed"],
)
def test_a_document_without_an_end_is_not_held(content: Iterable[bytes]) -> None:
    found, mebibytes = read(content)

    assert found == [1, 1024]
    assert mebibytes < 60
