"""Record formats: array, documents, JSON text sequence, NDJSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ordercli.intake.record import Record, advance
from ordercli.intake.values import (
    BLANKS,
    BoundedText,
    BrokenValueError,
    ValueReader,
    is_document,
    missing_document,
    record_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_array(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Cut out element after element; one that has no end is the last that is read."""
    values = ValueReader(chunks, max_bytes)
    number = 0
    if not values.next_character():
        yield missing_document(file)
        return
    try:
        for line, column, data in _elements(values):
            number += 1
            yield Record(data, file, line, column, number)
    except BrokenValueError as broken:
        problem = broken.problem._replace(reason=f"{broken.problem.reason}; nothing after it was read")
        place = values.line, values.column
        yield Record(values.excerpt(), file, *place, number + 1, problem=problem)


def _elements(values: ValueReader) -> Iterator[tuple[int, int, bytes]]:
    """The elements, each with the place of its first byte."""
    values.expect("[")
    if values.next_character() == "]":
        values.expect("]")
    else:
        yield values.line, values.column, values.value()
        while values.expect(",", "]") == ",":
            values.next_character()
            yield values.line, values.column, values.value()
    if values.next_character():
        raise values.broken("Extra data after the array")


def read_documents(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Cut out document after document; if one has no end, all the rest is its record."""
    values = ValueReader(chunks, max_bytes)
    number = 0
    while values.next_character():
        number += 1
        place = values.line, values.column
        try:
            data = values.value()
        except BrokenValueError as broken:
            rest = values.rest()
            if rest is None:
                yield Record(values.excerpt(), file, *place, number, problem=broken.problem)
            else:
                yield Record(rest, file, *place, number)
            return
        yield Record(data, file, *place, number)
    if not number:
        yield missing_document(file)


SEPARATOR = b"\x1e"

_NOT_EMPTY = re.compile(rb"[^\x1e \t\r\n]")


def read_json_seq(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Cut at record separators; nothing is parsed, so a truncated text is a record like any other."""
    number = 0
    for line, column, text in _texts(chunks, max_bytes):
        if is_document(text, max_bytes):
            number += 1
            yield record_of(text, file, line, column, number, max_bytes)
    if not number:
        yield missing_document(file)


def _texts(chunks: Iterator[bytes], max_bytes: int) -> Iterator[tuple[int, int, bytes]]:
    """The texts between the separators, each with the place of its first byte; what is empty is passed over at once."""
    unfinished = BoundedText(max_bytes)
    start = here = (1, 1)
    begun = False
    for chunk in chunks:
        at = 0
        while at < len(chunk):
            if not begun:
                here, at = _passed(here, chunk, at, _beginning(chunk, at))
                start, begun = here, at < len(chunk)
            end = chunk.find(SEPARATOR, at)
            unfinished.add(chunk[at : end if end >= 0 else len(chunk)])
            here, at = _passed(here, chunk, at, end if end >= 0 else len(chunk))
            if end >= 0:
                yield *start, unfinished.take()
                begun = False
    if begun:
        yield *start, unfinished.take()


def _beginning(chunk: bytes, at: int) -> int:
    """Where the next text begins, past separators and blanks."""
    found = _NOT_EMPTY.search(chunk, at)
    return found.start() if found else len(chunk)


def _passed(here: tuple[int, int], chunk: bytes, at: int, to: int) -> tuple[tuple[int, int], int]:
    return advance(*here, chunk[at:to]), to


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
