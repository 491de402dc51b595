"""Large inputs of nothing, which pack into a small file, cost no more than reading them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.intake.inputs import CHUNK
from ordercli.intake.reader import cut_records

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from ordercli.intake.reader import InputFormat
    from ordercli.intake.record import Record

SIZE = 16 * CHUNK
MAX_BYTES = 4 * CHUNK
NOTHINGS = {
    "line feeds": b"\n",
    "line ends": b"\r\n",
    "blank lines": b" \t\n",
    "spaces": b" ",
    "carriage returns": b"\r",
    "separators": b"\x1e",
    "byte order marks": b"\xef\xbb\xbf",
    "opening brackets": b"[",
    "closing brackets": b"]",
    "opening braces": b"{",
    "nul bytes": b"\x00",
    "commas": b",",
}


def executed_lines(call: Callable[[], object]) -> int:
    """How many lines of Python a call executes."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def read(data: bytes, input_format: InputFormat | None) -> list[Record]:
    pieces = (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))
    return list(cut_records(pieces, "orders", input_format=input_format, max_bytes=MAX_BYTES))


@pytest.mark.parametrize("input_format", [None, "json", "array", "ndjson", "json-seq"])
@pytest.mark.parametrize("name", NOTHINGS)
def test_what_it_costs_goes_by_the_chunk_and_not_by_the_byte(name: str, input_format: InputFormat | None) -> None:
    unit = NOTHINGS[name]
    data = unit * (SIZE // len(unit))
    records: list[Record] = []
    read(b"{}", input_format)  # what is imported for a format costs once

    lines = executed_lines(lambda: records.extend(read(data, input_format)))

    assert len(records) <= 2
    assert lines < 100 * SIZE // CHUNK


@pytest.mark.parametrize(
    ("blank", "input_format", "line", "column"),
    [
        (b"\n" * SIZE, "ndjson", SIZE + 1, 1),
        (b"\n" * SIZE, None, SIZE + 1, 1),
        (b" \r\n" * CHUNK, "ndjson", CHUNK + 1, 1),
        (b"\x1e" * SIZE, "json-seq", 1, SIZE + 1),
        (b"\x1e \n" * CHUNK + b"\x1e", None, CHUNK + 1, 2),
        (b"\n" * SIZE, "json", SIZE + 1, 1),
    ],
)
def test_what_follows_stands_at_its_place(
    blank: bytes, input_format: InputFormat | None, line: int, column: int
) -> None:
    [found] = read(blank + b'{"a": 1}', input_format)

    assert (found.data, found.line, found.column, found.record) == (b'{"a": 1}', line, column, 1)


@pytest.mark.parametrize("cut", range(1, 12))
def test_blank_lines_between_orders_count_wherever_the_chunks_end(cut: int) -> None:
    data = b'\n\n{"a":1}\n \r\n\t\n\n{"b":2}  \n\n   {"c":3}\n\n'
    pieces = (data[at : at + cut] for at in range(0, len(data), cut))

    found = list(cut_records(pieces, "orders", input_format="ndjson"))

    assert [(each.data, each.line, each.column, each.record) for each in found] == [
        (b'{"a":1}', 3, 1, 1),
        (b'{"b":2}', 7, 1, 2),
        (b'{"c":3}', 9, 4, 3),
    ]


@pytest.mark.parametrize("cut", range(1, 12))
def test_separators_and_blanks_between_texts_count_wherever_the_chunks_end(cut: int) -> None:
    data = b'\x1e\x1e \n\x1e{"a":1}\n\x1e\x1e\n\n \x1e  {"b":\n2}\x1e'
    pieces = (data[at : at + cut] for at in range(0, len(data), cut))

    found = list(cut_records(pieces, "orders", input_format="json-seq"))

    assert [(each.data, each.line, each.column, each.record) for each in found] == [
        (b'{"a":1}', 2, 2, 1),
        (b'{"b":\n2}', 5, 5, 2),
    ]
