from __future__ import annotations

import pytest

from ordercli.intake import json_values
from ordercli.intake.json_values import read_array
from ordercli.intake.record import Problem, Record
from ordercli.intake.texts import end_of_value


def read(data: bytes, chunk_size: int = 10_000, limit: int = 3000) -> list[Record]:
    chunks = (data[start : start + chunk_size] for start in range(0, len(data), chunk_size))
    return list(read_array(chunks, "f", limit))


def not_json(data: bytes, place: tuple[int, int], reason: str, at: tuple[int, int] | None = None) -> Record:
    problem = Problem("not-json", f"{reason}; nothing after it was read", *(at or place))
    return Record(data, "f", *place, 2, problem=problem)


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 1000])
def test_each_element_is_a_record_with_its_bytes_as_they_stand(chunk_size: int) -> None:
    data = b'\n[ {"price": 19.90} ,\r\n\t{"a":\n"\xc3\xa4]"},"\xe2\x82\xac",-1.5E+3, 0,null,[[],{}] ]\n'

    records = read(data, chunk_size)

    assert records == [
        Record(b'{"price": 19.90}', "f", 2, 3, 1),
        Record(b'{"a":\n"\xc3\xa4]"}', "f", 3, 2, 2),
        Record(b'"\xe2\x82\xac"', "f", 4, 7, 3),
        Record(b"-1.5E+3", "f", 4, 11, 4),
        Record(b"0", "f", 4, 20, 5),
        Record(b"null", "f", 4, 22, 6),
        Record(b"[[],{}]", "f", 4, 27, 7),
    ]


@pytest.mark.parametrize("data", [b"[]", b" [\r\n] \n"])
def test_an_empty_array_has_no_records(data: bytes) -> None:
    assert read(data) == []


@pytest.mark.parametrize("element", [b"9" * 2900, b'"\x01\xff\xed\xa0\x80"', b"NaN", b'{"a":' * 60 + b"1" + b"}" * 60])
def test_what_is_wrong_inside_an_element_is_for_others_to_validate(element: bytes) -> None:
    records = read(b"[" + element + b",2]")

    assert [record.data for record in records] == [element, b"2"]
    assert [record.problem for record in records] == [None, None]


@pytest.mark.parametrize("chunk_size", [1, 5, 1000])
@pytest.mark.parametrize(
    ("rest", "broken"),
    [
        (b"", not_json(b"", (2, 4), "Expecting ',' or ']'")),
        (b" \n", not_json(b"", (3, 1), "Expecting ',' or ']'")),
        (b",", not_json(b"", (2, 5), "Expecting value")),
        (b", ]", not_json(b"]", (2, 6), "Expecting value")),
        (b",,3]", not_json(b",3]", (2, 5), "Expecting value")),
        (b" 3]\n", not_json(b"3]", (2, 5), "Expecting ',' or ']'")),
        (b"}", not_json(b"}", (2, 4), "Expecting ',' or ']'")),
        (b"] x", not_json(b"x", (2, 6), "Extra data after the array")),
        (b"]\n[3]\n", not_json(b"[3]", (3, 1), "Extra data after the array")),
        (b',{"a": "\xc3\xa4" 3}, 4]', not_json(b'{"a": "\xc3\xa4" 3}, 4]', (2, 5), "Expecting ',' delimiter", (2, 15))),
        (b',{"a":\n 1 3}, 4]', not_json(b'{"a":\n 1 3}, 4]', (2, 5), "Expecting ',' delimiter", (3, 4))),
        (b',{"a": 3', not_json(b'{"a": 3', (2, 5), "Expecting ',' delimiter", (2, 12))),
        (b',"abc', not_json(b'"abc', (2, 5), "Unterminated string")),
        (b',"a\\qc", 4]', not_json(b'"a\\qc", 4]', (2, 5), "Invalid \\escape", (2, 7))),
    ],
)
def test_a_syntax_error_is_the_last_record(rest: bytes, broken: Record, chunk_size: int) -> None:
    records = read('[\n"€"'.encode() + rest, chunk_size)

    assert records == [Record('"€"'.encode(), "f", 2, 1, 1), broken]


@pytest.mark.parametrize("data", [b'{"id": 1}', b"]", b"\xff\xfe[\x00"])
def test_what_is_no_array_is_one_broken_record(data: bytes) -> None:
    records = read(data)

    problem = Problem("not-json", "Expecting '['; nothing after it was read", 1, 1)
    assert records == [Record(data, "f", 1, 1, 1, problem=problem)]


@pytest.mark.parametrize("chunk_size", [100, 5000, 500_000])
@pytest.mark.parametrize("element", [b'"' + b"x" * 2999 + b'"', b'"' + b"x" * 9000], ids=["whole", "endless"])
def test_an_element_that_is_too_large_is_the_last_record(element: bytes, chunk_size: int) -> None:
    records = read(b"[1,\n " + element + b", 3]", chunk_size)

    problem = Problem("too-large", "longer than 3000 bytes; nothing after it was read", 2, 2)
    assert records == [Record(b"1", "f", 1, 2, 1), Record(element[:1024], "f", 2, 2, 2, problem=problem)]


def test_an_element_may_be_as_large_as_the_limit() -> None:
    largest = b'"' + b"x" * 2998 + b'"'

    records = read(b"[" + largest + b"," + largest + b"]")

    assert records == [Record(largest, "f", 1, 2, 1), Record(largest, "f", 1, 3003, 2)]


@pytest.mark.parametrize("chunk_size", [5000, 5_000_000])
@pytest.mark.parametrize("level", [b"[", b'{"a":'])
def test_an_element_that_is_nested_too_deeply_is_the_last_record(level: bytes, chunk_size: int) -> None:
    element = level * 500_000

    records = read(b"[1,\n " + element, chunk_size, limit=5_000_000)

    problem = Problem("too-large", "nested too deeply; nothing after it was read", 2, 2)
    assert records == [Record(b"1", "f", 1, 2, 1), Record(element[:1024], "f", 2, 2, 2, problem=problem)]


def test_a_long_element_that_comes_in_small_chunks_is_not_scanned_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[int] = []

    def scan(text: str, start: int) -> int:
        scanned.append(start)
        return end_of_value(text, start)

    monkeypatch.setattr(json_values, "end_of_value", scan)

    read(b'["' + b"x" * 100_000 + b'"]', chunk_size=100, limit=200_000)

    assert len(scanned) < 20
