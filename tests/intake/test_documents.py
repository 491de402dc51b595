from __future__ import annotations

import pytest

from ordercli.intake.json_values import read_documents
from ordercli.intake.record import Problem, Record

LIMIT = 3000


def read(data: bytes, chunk_size: int = 10_000) -> list[Record]:
    chunks = (data[start : start + chunk_size] for start in range(0, len(data), chunk_size))
    return list(read_documents(chunks, "f", LIMIT))


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 1000])
def test_documents_follow_each_other(chunk_size: int) -> None:
    data = b'\r\n{\r\n"id": 1\r\n} {\n"a": "\xc3\xa4"}[]12.50 -3e+2 true\n'

    records = read(data, chunk_size)

    assert records == [
        Record(b'{\r\n"id": 1\r\n}', "f", 2, 1, 1),
        Record(b'{\n"a": "\xc3\xa4"}', "f", 4, 3, 2),
        Record(b"[]", "f", 5, 10, 3),
        Record(b"12.50", "f", 5, 12, 4),
        Record(b"-3e+2", "f", 5, 18, 5),
        Record(b"true", "f", 5, 24, 6),
    ]


@pytest.mark.parametrize("chunk_size", [1, 100, 10_000])
@pytest.mark.parametrize(
    "broken",
    [b'{\n"id": 2,\n}\n{\n"id": 3\n}', b'{"id":', b'"abc', b"}", b"garbage", b"\x00\xff\n\xfe", b'{"a":' * 500],
    ids=repr,
)
def test_all_that_is_left_is_the_record_of_a_broken_document(broken: bytes, chunk_size: int) -> None:
    records = read(b'{\n"id": 1\n}\n' + broken + b"\r\n", chunk_size)

    assert records == [Record(b'{\n"id": 1\n}', "f", 1, 1, 1), Record(broken, "f", 4, 1, 2)]


@pytest.mark.parametrize("chunk_size", [1, 100, 10_000])
@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (b'{"a": 1 "b": "' + b"x" * 5000 + b'"}', Problem("not-json", "Expecting ',' delimiter", 2, 9)),
        (b'{"a": "' + b"x" * 5000 + b'"}', Problem("too-large", "longer than 3000 bytes", 2, 1)),
        (b'{"a": "' + b"x" * 5000, Problem("too-large", "longer than 3000 bytes", 2, 1)),
        (b"9" * 5000, Problem("too-large", "longer than 3000 bytes", 2, 1)),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_of_a_broken_document_that_is_too_large_the_first_bytes_are_kept(
    broken: bytes, problem: Problem, chunk_size: int
) -> None:
    records = read(b"1\n" + broken, chunk_size)

    assert records == [Record(b"1", "f", 1, 1, 1), Record(broken[:1024], "f", 2, 1, 2, problem=problem)]


def test_a_document_that_is_nested_too_deeply_comes_whole_within_the_limit() -> None:
    records = list(read_documents(iter([b"[" * 500_000]), "f", 500_000))

    assert records == [Record(b"[" * 500_000, "f", 1, 1, 1)]


def test_of_a_document_that_is_nested_too_deeply_and_too_large_the_first_bytes_are_kept() -> None:
    records = list(read_documents(iter([b"[" * 500_001]), "f", 500_000))

    problem = Problem("too-large", "nested too deeply", 1, 1)
    assert records == [Record(b"[" * 1024, "f", 1, 1, 1, problem=problem)]
