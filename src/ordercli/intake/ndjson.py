"""Newline-delimited JSON goes in, a record per line that is not blank comes out."""

from __future__ import annotations

from collections.abc import Iterator

from ordercli.intake.bounded import BLANKS, BoundedText, is_document, missing_document, record_of
from ordercli.intake.record import Record


def read_ndjson(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Cut at line ends; nothing is parsed, so a broken line is a record like any other."""
    number = 0
    for line_number, line in enumerate(_lines(chunks, max_bytes), start=1):
        data = line.strip(BLANKS)
        if data and len(line) <= max_bytes and line[0] not in BLANKS:
            number += 1
            yield Record(data, file, line_number, 1, number)
        elif is_document(line, max_bytes):
            number += 1
            yield record_of(line, file, line_number, 1, number, max_bytes)
    if not number:
        yield missing_document(file)


def _lines(chunks: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """The lines without their line feeds, one at a time: to split a whole chunk takes twice as long."""
    unfinished = BoundedText(max_bytes)
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if start:
                yield chunk[start:end]
            else:
                unfinished.add(chunk[:end])
                yield unfinished.take()
            start = end + 1
        unfinished.add(chunk[start:])
    yield unfinished.take()
