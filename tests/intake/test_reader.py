from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from ordercli.errors import BadInputError
from ordercli.intake.inputs import BytesRead
from ordercli.intake.reader import MAX_BYTES, cut_records, read_records
from ordercli.intake.record import Problem, Record

if TYPE_CHECKING:
    from ordercli.intake.reader import InputFormat

WriteFile = Callable[[str, bytes], str]

MARK = b"\xef\xbb\xbf"
MEBIBYTE = 1024 * 1024


def cut(data: bytes, input_format: InputFormat | None = None, max_bytes: int = MAX_BYTES) -> list[Record]:
    return list(cut_records(iter([data]), "orders.json", input_format=input_format, max_bytes=max_bytes))


def test_inputs_are_read_one_after_the_other_each_in_its_format(write_file: WriteFile) -> None:
    inputs = [
        write_file("lines.ndjson", b'{"id": 1}\r\n\r\n{"id": 2}\r\n'),
        write_file("array.json", b'[{"id": 3},\n {"id": 4}]'),
        write_file("document.json", b'{\n  "id": 5\n}\n'),
        write_file("sequence", b'\x1e{"id": 6}\n'),
        write_file("packed", gzip.compress(b'{"id": 7}')),
        write_file("none.json", b"[ ]"),
        write_file("empty.json", b""),
    ]

    records = list(read_records(inputs))

    assert records == [
        Record(b'{"id": 1}', "lines.ndjson", 1, 1, 1),
        Record(b'{"id": 2}', "lines.ndjson", 3, 1, 2),
        Record(b'{"id": 3}', "array.json", 1, 2, 1),
        Record(b'{"id": 4}', "array.json", 2, 2, 2),
        Record(b'{\n  "id": 5\n}', "document.json", 1, 1, 1),
        Record(b'{"id": 6}', "sequence", 1, 2, 1),
        Record(b'{"id": 7}', "packed", 1, 1, 1),
        Record(b"", "empty.json", 1, 1, 1),
    ]


@pytest.mark.parametrize("input_format", [None, "json", "array", "ndjson", "json-seq"])
@pytest.mark.parametrize("data", [b"", b" \r\n\t\n"])
def test_an_input_of_nothing_but_blanks_is_one_record_without_data(
    data: bytes, input_format: InputFormat | None
) -> None:
    records = cut(data, input_format)

    assert records == [Record(b"", "orders.json", 1, 1, 1)]


@pytest.mark.parametrize("input_format", [None, "ndjson", "json"])
def test_a_byte_order_mark_is_no_data_and_is_said_of_the_first_record(input_format: InputFormat | None) -> None:
    records = cut(MARK + b'{"id": 1}\n{"id": 2}\n', input_format)

    assert records == [
        Record(b'{"id": 1}', "orders.json", 1, 1, 1, byte_order_mark=True),
        Record(b'{"id": 2}', "orders.json", 2, 1, 2),
    ]


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b"", [Record(b"", "orders.json", 1, 1, 1, byte_order_mark=True)]),
        (b"[]", []),
        (b"[1]", [Record(b"1", "orders.json", 1, 2, 1, byte_order_mark=True)]),
        (b"\x1e1", [Record(b"1", "orders.json", 1, 2, 1, byte_order_mark=True)]),
    ],
)
def test_a_byte_order_mark_hides_no_format(data: bytes, records: list[Record]) -> None:
    assert cut(MARK + data) == records


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\0\0\xfe\xff"])
def test_a_mark_alone_tells_the_encoding(mark: bytes) -> None:
    (record,) = cut(mark)

    assert record.problem
    assert record.problem.kind == "not-utf8"


def test_of_a_long_input_in_another_encoding_the_beginning_is_kept() -> None:
    data = ("x" * 4000).encode("utf-16")

    (record,) = cut(data, max_bytes=5000)

    assert (record.data, record.problem and record.problem.kind) == (data[:1024], "not-utf8")


@pytest.mark.parametrize("data", [b"\0\0", b"{\0\0}", b"ab\0c", b"\xff", b"\xfe{}\n", b"1"])
def test_bytes_that_are_only_strange_are_a_document_as_ever(data: bytes) -> None:
    assert [(each.data, each.problem) for each in cut(data)] == [(data.strip(), None)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ['{"id": 1}', '{\n  "id": 1\n}', '{"id": 1}\n{"id": 2}'])
def test_what_is_in_another_encoding_comes_whole_and_says_so(text: str, encoding: str) -> None:
    data = text.encode(encoding)

    records = cut(data)

    problem = Problem("not-utf8", f"the input is {encoding[:6].upper()}; save it as UTF-8", 1, 1)
    assert records == [Record(data, "orders.json", 1, 1, 1, problem=problem)]


def test_a_format_that_is_given_is_not_looked_for() -> None:
    records = cut(b'[{"id": 1}]\n[{"id": 2}]', "ndjson")

    assert records == [
        Record(b'[{"id": 1}]', "orders.json", 1, 1, 1),
        Record(b'[{"id": 2}]', "orders.json", 2, 1, 2),
    ]


def test_an_order_may_have_sixteen_mebibytes() -> None:
    largest = b'"' + b"x" * (16 * MEBIBYTE - 2) + b'"'

    records = cut(largest + b"\n" + largest + b"\r\n" + b"x" + largest)

    assert records == [
        Record(largest, "orders.json", 1, 1, 1),
        Record(largest, "orders.json", 2, 1, 2),
        Record(
            b'x"' + b"x" * 1022,
            "orders.json",
            3,
            1,
            3,
            problem=Problem("too-large", "longer than 16777216 bytes", 3, 1),
        ),
    ]


@pytest.mark.parametrize(
    ("data", "records"),
    [
        (b'{"id": 1}\n{"id": 2}\n{"id"', [Record(b'{"id": 1}', "f", 1, 1, 1), Record(b'{"id": 2}', "f", 2, 1, 2)]),
        (b'[{"id": 1}\n,{"id": 2}', [Record(b'{"id": 1}', "f", 1, 2, 1), Record(b'{"id": 2}', "f", 2, 2, 2)]),
        (b'\x1e{"id": 1}\n\x1e{"id": 2}\n', [Record(b'{"id": 1}', "f", 1, 2, 1)]),
        (b'{\n"id": 1}\n{"id": 2}\n{"i', [Record(b'{\n"id": 1}', "f", 1, 1, 1), Record(b'{"id": 2}', "f", 3, 1, 2)]),
        (b'[{"id": 1}, 22', [Record(b'{"id": 1}', "f", 1, 2, 1)]),
    ],
)
def test_what_is_whole_before_the_damage_is_read(write_file: WriteFile, data: bytes, records: list[Record]) -> None:
    file = write_file("f", gzip.compress(data)[:-8])  # all of the data, but not its checksum
    found: list[Record] = []

    with pytest.raises(BadInputError) as damage:
        found.extend(read_records([file]))

    assert (found, damage.value.message) == (records, "f: truncated gzip data")


def test_a_long_element_that_ends_just_before_the_damage_is_read() -> None:
    long = b'"' + b"x" * 1000 + b'"'

    def chunks() -> Iterator[bytes]:
        yield b"[" + long[:900]
        yield long[900:] + b", 2,"
        raise BadInputError("f: damaged")

    found: list[Record] = []
    with pytest.raises(BadInputError) as damage:
        found.extend(cut_records(chunks(), "f"))

    assert (found, damage.value.message) == (
        [Record(long, "f", 1, 2, 1), Record(b"2", "f", 1, 1006, 2)],
        "f: damaged",
    )


def test_a_file_name_that_is_no_utf_8_is_escaped_in_its_records(write_file: WriteFile) -> None:
    file = write_file(os.fsdecode(b"auftr\xe4ge.json"), b"{}")

    records = list(read_records([file]))

    assert records == [Record(b"{}", "auftr\\xe4ge.json", 1, 1, 1)]


def test_progress_runs_over_all_inputs(write_file: WriteFile) -> None:
    inputs = [write_file("a.json", b"{}"), write_file("b.json", b"[{}]")]
    progress = BytesRead()

    seen = [(record.file, progress.read) for record in read_records(inputs, progress=progress)]

    assert seen == [("a.json", 2), ("b.json", 6)]
