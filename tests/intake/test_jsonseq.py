from __future__ import annotations

import pytest

from ordercli.intake.record import Problem, Record
from ordercli.intake.texts import read_json_seq

LIMIT = 20


def read(data: bytes, chunk_size: int = 1000) -> list[Record]:
    chunks = (data[start : start + chunk_size] for start in range(0, len(data), chunk_size))
    return list(read_json_seq(chunks, "f", LIMIT))


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 1000])
def test_each_text_between_separators_is_a_record(chunk_size: int) -> None:
    data = b'\x1e{"id":\n 1}\n\x1e\r\n{"a": "\xc3\xa4"}\x1e[2\x1e\x1e\n\x1e3'

    records = read(data, chunk_size)

    assert records == [
        Record(b'{"id":\n 1}', "f", 1, 2, 1),
        Record(b'{"a": "\xc3\xa4"}', "f", 4, 1, 2),
        Record(b"[2", "f", 4, 12, 3),
        Record(b"3", "f", 5, 2, 4),
    ]


def test_what_stands_before_the_first_separator_is_a_record_too() -> None:
    records = read(b'{"id": 1}\n\x1e{"id": 2}\n')

    assert records == [Record(b'{"id": 1}', "f", 1, 1, 1), Record(b'{"id": 2}', "f", 2, 2, 2)]


@pytest.mark.parametrize("chunk_size", [1, 7, 1000])
def test_a_text_that_is_too_large_does_not_stop_the_others(chunk_size: int) -> None:
    records = read(b"\x1e1\n\x1e\n" + b"xxxx\n" * 100 + b"\x1e3\n", chunk_size)

    problem = Problem("too-large", "longer than 20 bytes", 3, 1)
    assert records == [
        Record(b"1", "f", 1, 2, 1),
        Record(b"xxxx\nxxxx\nxxxx\nxxxx\nxxx", "f", 3, 1, 2, problem=problem),
        Record(b"3", "f", 103, 2, 3),
    ]
