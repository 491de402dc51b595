from __future__ import annotations

import pytest

from ordercli.intake.record import Problem, Record
from ordercli.intake.texts import read_ndjson

LIMIT = 20
LONG = "longer than 20 bytes"


def read(data: bytes, chunk_size: int = 1000) -> list[Record]:
    chunks = (data[start : start + chunk_size] for start in range(0, len(data), chunk_size))
    return list(read_ndjson(chunks, "f", LIMIT))


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 1000])
def test_each_line_is_a_record_whatever_stands_in_it(chunk_size: int) -> None:
    data = b'{"id": 1}\ngarb\x00age\xff\r\n\n \t\n  {"id": 2} \n\xc3\xa4 {\n\r\n[3]'

    records = read(data, chunk_size)

    assert records == [
        Record(b'{"id": 1}', "f", 1, 1, 1),
        Record(b"garb\x00age\xff", "f", 2, 1, 2),
        Record(b'{"id": 2}', "f", 5, 3, 3),
        Record(b"\xc3\xa4 {", "f", 6, 1, 4),
        Record(b"[3]", "f", 8, 1, 5),
    ]


@pytest.mark.parametrize("chunk_size", [1, 7, 1000, 10_000])
@pytest.mark.parametrize(
    ("line", "record"),
    [
        (b"x" * 20, Record(b"x" * 20, "f", 2, 1, 2)),
        (b"x" * 20 + b"\r", Record(b"x" * 20, "f", 2, 1, 2)),
        (b" " + b"x" * 20, Record(b"x" * 20, "f", 2, 2, 2)),
        (b"x" * 21, Record(b"x" * 21, "f", 2, 1, 2, problem=Problem("too-large", LONG, 2, 1))),
        (b"  " + b"x" * 21, Record(b"x" * 21, "f", 2, 3, 2, problem=Problem("too-large", LONG, 2, 3))),
        (b"x" * 5000, Record(b"x" * 23, "f", 2, 1, 2, problem=Problem("too-large", LONG, 2, 1))),
        (b" " * 22 + b"x", Record(b"x", "f", 2, 23, 2, problem=Problem("too-large", LONG, 2, 23))),
        (b" " * 5000 + b"x", Record(b"", "f", 2, 24, 2, problem=Problem("too-large", LONG, 2, 24))),
    ],
)
def test_a_line_that_is_too_large_does_not_stop_the_others(line: bytes, record: Record, chunk_size: int) -> None:
    records = read(b"1\n" + line + b"\n3\n", chunk_size)

    assert records == [Record(b"1", "f", 1, 1, 1), record, Record(b"3", "f", 3, 1, 3)]


def test_of_a_line_that_is_too_large_the_first_1024_bytes_are_kept() -> None:
    records = list(read_ndjson(iter([b"x" * 5000]), "f", 2000))

    problem = Problem("too-large", "longer than 2000 bytes", 1, 1)
    assert records == [Record(b"x" * 1024, "f", 1, 1, 1, problem=problem)]
