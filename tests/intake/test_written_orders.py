"""Whatever is written, in whatever format and layout, is read back byte by byte from where it was put."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordercli.intake.reader import cut_records, read_records
from ordercli.intake.record import Record

pytestmark = pytest.mark.slow

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.intake.reader import InputFormat

MARK = b"\xef\xbb\xbf"

Texts = st.SearchStrategy[str]

space = st.text(" \t\r\n", max_size=3)
indents = st.text(" \t", max_size=2)
line_ends = st.sampled_from(["\n", "\r\n", "\n\n", " \r\n\t\n"])
# What stands before, between and after the documents.
LAYOUTS: dict[InputFormat, tuple[Texts, Texts, Texts]] = {
    "ndjson": (indents | line_ends, st.builds("{}{}".format, line_ends, indents), indents | line_ends),
    "json": (space, st.builds("{}\n{}".format, space, space), space),
    "json-seq": (st.builds("{}\x1e{}".format, space, space), st.builds("{}\x1e{}".format, space, space), space),
    "array": (
        st.builds("{}[{}".format, space, space),
        st.builds("{},{}".format, space, space),
        st.builds("{}]{}".format, space, space),
    ),
}

strings = st.text(st.characters(codec="utf-8"), max_size=5)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | strings
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3), max_leaves=6
)
orders = st.dictionaries(strings, values, min_size=1, max_size=3)

# A document and the text before it.
Piece = tuple[str, str]


@st.composite
def inputs(draw: st.DrawFn, input_format: InputFormat, documents: st.SearchStrategy[Any]) -> tuple[list[Piece], str]:
    """The pieces of an input, and the text after the last."""
    before, between, after = LAYOUTS[input_format]
    pieces: list[Piece] = []
    for document in draw(st.lists(documents, min_size=1, max_size=4)):
        indent = 2 if input_format == "json" else draw(st.sampled_from([None, 1])) if input_format != "ndjson" else None
        text = json.dumps(document, ensure_ascii=draw(st.booleans()), indent=indent)
        pieces.append((draw(between if pieces else before), text))
    return pieces, draw(after)


def written(pieces: list[Piece], after: str) -> tuple[bytes, list[Record]]:
    """The bytes of an input, and the records that must be read from it, found by counting characters."""
    so_far = ""
    records = []
    for number, (before, document) in enumerate(pieces, start=1):
        so_far += before
        lines = so_far.split("\n")
        records.append(Record(document.encode(), "-", len(lines), len(lines[-1]) + 1, number))
        so_far += document
    return (so_far + after).encode(), records


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("input_format", LAYOUTS)
@given(data=st.data(), chunk_size=st.integers(1, 40))
@settings(max_examples=80, deadline=None)
def test_any_json_values_are_read_back_in_a_given_format(
    input_format: InputFormat, data: st.DataObject, chunk_size: int
) -> None:
    content, expected = written(*data.draw(inputs(input_format, values)))

    records = list(cut_records(in_chunks(content, chunk_size), "-", input_format=input_format))

    assert records == expected


@pytest.mark.parametrize("input_format", LAYOUTS)
@given(data=st.data(), chunk_size=st.integers(1, 40), mark=st.sampled_from([b"", MARK]))
@settings(max_examples=80, deadline=None)
def test_orders_are_read_back_in_a_format_that_is_found_by_looking(
    input_format: InputFormat, data: st.DataObject, chunk_size: int, mark: bytes
) -> None:
    content, expected = written(*data.draw(inputs(input_format, orders)))
    expected[0] = expected[0]._replace(byte_order_mark=bool(mark))

    records = list(cut_records(in_chunks(mark + content, chunk_size), "-"))

    assert records == expected


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_packed_orders_are_read_back(pack: Callable[[bytes], bytes], data: st.DataObject) -> None:
    content, expected = written(*data.draw(inputs("array", orders)))
    cut = data.draw(st.integers(0, len(content)))

    with TemporaryDirectory() as folder:
        file = Path(folder, "orders")
        file.write_bytes(pack(content[:cut]) + pack(content[cut:]))
        records = [record._replace(file="-") for record in read_records([str(file)])]

    assert records == expected


@given(
    data=st.binary(max_size=60) | st.text('[]{},:"1.e \r\n\x1e\\utrue', max_size=60).map(str.encode),
    chunk_size=st.integers(1, 20),
    input_format=st.sampled_from([None, *LAYOUTS]),
    max_bytes=st.integers(1, 30),
)
@settings(max_examples=500, deadline=None)
def test_the_way_the_bytes_come_makes_no_difference(
    data: bytes, chunk_size: int, input_format: InputFormat | None, max_bytes: int
) -> None:
    records = list(cut_records(in_chunks(data, chunk_size), "-", input_format=input_format, max_bytes=max_bytes))

    assert records == list(cut_records(iter([data]), "-", input_format=input_format, max_bytes=max_bytes))


@given(
    data=st.binary(max_size=60) | st.text('[]{},:"1.e \r\n\\utrue', max_size=60).map(str.encode),
    input_format=st.sampled_from(["ndjson", "json"]),
)
@settings(max_examples=200, deadline=None)
def test_no_byte_is_lost_but_blanks(data: bytes, input_format: InputFormat) -> None:
    records = cut_records(iter([data]), "-", input_format=input_format)

    found = b"".join(record.data for record in records)
    assert found.translate(None, b" \t\r\n") == data.removeprefix(MARK).translate(None, b" \t\r\n")
