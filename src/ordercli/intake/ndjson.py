"""Newline-delimited JSON goes in, a record per line that is not blank comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ordercli.intake.bounded import BLANKS, BoundedText, is_document, missing_document, record_of
from ordercli.intake.record import Record

_NOT_BLANK = re.compile(rb"[^ \t\r\n]")


def read_ndjson(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Cut at line ends; nothing is parsed, so a broken line is a record like any other."""
    number = 0
    for line_number, line in _lines(chunks, max_bytes):
        data = line.strip(BLANKS)
        if data and len(line) <= max_bytes and line[0] not in BLANKS:
            number += 1
            yield Record(data, file, line_number, 1, number)
        elif is_document(line, max_bytes):
            number += 1
            yield record_of(line, file, line_number, 1, number, max_bytes)
    if not number:
        yield missing_document(file)


def _lines(chunks: Iterator[bytes], max_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Give the lines without their line feeds, with their numbers; most blank ones are left out.

    They come one at a time: to split a whole chunk takes twice as long.
    """
    unfinished = BoundedText(max_bytes)
    number = 1
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if start:
                yield number, chunk[start:end]
            else:
                unfinished.add(chunk[:end])
                yield number, unfinished.take()
            number += 1
            start = end + 1
            if chunk[start : start + 1].isspace():
                next_line = _next_line(chunk, start)
                number += chunk.count(b"\n", start, next_line)
                start = next_line
        unfinished.add(chunk[start:])
    yield number, unfinished.take()


def _next_line(chunk: bytes, start: int) -> int:
    """Where the next line begins that is not blank: a hundred million line feeds pack into half a megabyte."""
    found = _NOT_BLANK.search(chunk, start)
    end = found.start() if found else len(chunk)
    return chunk.rfind(b"\n", start, end) + 1 or start
