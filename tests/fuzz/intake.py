"""Any bytes, in any chunks, are cut into records at their true places, and nothing is lost between them.

The first four bytes of the input say how the others are read.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fuzz import seeds as known
from ordercli.intake.reader import cut_records, detect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.reader import InputFormat
    from ordercli.intake.record import Record

FORMATS: tuple[InputFormat | None, ...] = (None, "json", "array", "ndjson", "json-seq")
EXCERPT = 1024
MARK = b"\xef\xbb\xbf"
BLANKS = b" \t\r\n"
SEPARATORS = {"json": BLANKS, "ndjson": BLANKS, "array": BLANKS + b"[],", "json-seq": BLANKS + b"\x1e"}
NAMES = ("orders", "orders.ndjson")


def seeds() -> Iterator[bytes]:
    """The samples, in a format that is looked for and in all others."""
    for data in known.sample_files():
        yield b"\x00\xff\xff\x00" + data
        yield b"\x00\x10\x05\x01" + data
    for n in range(1, len(FORMATS)):
        yield bytes([n, 7, 200, 0]) + b'\x1e[{"a": 1},\r\n {"b": [2]}]\n\x1e{"c": "\xc3\xa4"}'


def check(data: bytes) -> None:
    """Cut the input twice, and hold the records against the bytes."""
    wanted, size, limit, name = (*data[:4], 0, 0, 0, 0)[:4]
    content, file = data[4:], NAMES[name % 2]
    input_format = FORMATS[wanted % len(FORMATS)]
    max_bytes = limit * 16 + 1

    records = list(cut_records(iter([content]), file, input_format=input_format, max_bytes=max_bytes))

    in_chunks = (content[at : at + size + 1] for at in range(0, len(content), size + 1))
    assert records == list(cut_records(in_chunks, file, input_format=input_format, max_bytes=max_bytes))
    assert [record.record for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert len(record.data) <= (
            1024 if record.problem and record.problem.kind == "too-large" else max(max_bytes, 1024)
        )
    if b'"$reject"' not in content:
        text = content.removeprefix(MARK)
        _account_for(text, records, input_format or detect(iter([text]), file)[0])


def _account_for(text: bytes, records: list[Record], input_format: InputFormat) -> None:
    """Every record stands where it says, and only separators stand between them."""
    offsets = _offsets(text)
    at = 0
    for n, record in enumerate(records):
        if not record.data and not record.problem:
            assert not text.strip(SEPARATORS[input_format])
            return
        starts = [each for each in offsets[record.line, record.column] if each >= at]
        start = next(each for each in starts if text.startswith(record.data, each))
        assert not text[at:start].strip(SEPARATORS[input_format]), (n, text[at:start])
        at = start + len(record.data)
        if record.problem:  # an excerpt; the rest of its line or text was passed over, or all that follows
            following = records[n + 1 : n + 2]
            at = offsets[following[0].line, following[0].column][0] if following else len(text)
    assert not text[at:].strip(SEPARATORS[input_format]), text[at:]


def _offsets(text: bytes) -> dict[tuple[int, int], list[int]]:
    """Line and column of every byte, counted one by one; a byte that goes on with a character has the next one's."""
    found = defaultdict(list)
    line = column = 1
    for at, byte in enumerate(text):
        found[line, column].append(at)
        if byte == 0x0A:
            line, column = line + 1, 1
        elif not 0x80 <= byte < 0xC0:
            column += 1
    found[line, column].append(len(text))
    return found
