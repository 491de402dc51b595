"""Read an input as lines (NDJSON), or as texts between record separators (JSON text sequences, RFC 7464).

Nothing is parsed, but to detect the format of an input: whether a text holds a whole JSON value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ordercli.intake.record import BLANKS, EXCERPT, Record, advance, missing_document, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_BLANK = re.compile(rb"[^ \t\r\n]")


def read_ndjson(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Split at line ends; nothing is parsed, so a broken line is a record like any other."""
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
    """Yield the lines without their line feeds, with their numbers; most blank lines are left out.

    Lines are cut one at a time, because splitting a whole chunk takes twice as long.
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
    """Return the start of the next line that is not blank, in one step: there may be millions of blank lines."""
    found = _NOT_BLANK.search(chunk, start)
    end = found.start() if found else len(chunk)
    return chunk.rfind(b"\n", start, end) + 1 or start


SEPARATOR = b"\x1e"
_NOT_EMPTY = re.compile(rb"[^\x1e \t\r\n]")


def read_json_seq(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Split at record separators; nothing is parsed, so a truncated text is a record like any other."""
    number = 0
    for line, column, text in _texts(chunks, max_bytes):
        if is_document(text, max_bytes):
            number += 1
            yield record_of(text, file, line, column, number, max_bytes)
    if not number:
        yield missing_document(file)


def _texts(chunks: Iterator[bytes], max_bytes: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield the texts between separators, each with the line and column of its first byte; skip empty texts."""
    unfinished = BoundedText(max_bytes)
    start = here = (1, 1)
    in_text = False
    for chunk in chunks:
        at = 0
        while at < len(chunk):
            if not in_text:
                here, at = _passed(here, chunk, at, _beginning(chunk, at))
                start, in_text = here, at < len(chunk)
            end = chunk.find(SEPARATOR, at)
            unfinished.add(chunk[at : end if end >= 0 else len(chunk)])
            here, at = _passed(here, chunk, at, end if end >= 0 else len(chunk))
            if end >= 0:
                yield *start, unfinished.take()
                in_text = False
    if in_text:
        yield *start, unfinished.take()


def _beginning(chunk: bytes, at: int) -> int:
    """Return the index of the next text, after separators and blanks."""
    found = _NOT_EMPTY.search(chunk, at)
    return found.start() if found else len(chunk)


def _passed(here: tuple[int, int], chunk: bytes, at: int, to: int) -> tuple[tuple[int, int], int]:
    return advance(*here, chunk[at:to]), to


class BoundedText:
    """Collect the text of one document from pieces; of a document that is too large, only the beginning."""

    def __init__(self, max_bytes: int) -> None:
        self._most = _most(max_bytes)
        self._text = bytearray()

    def add(self, piece: bytes) -> None:
        """Add the next bytes of the text."""
        self._text += piece[: self._most - len(self._text)]

    def take(self) -> bytes:
        """Return the text so far, and begin another."""
        text = bytes(self._text)
        self._text.clear()
        return text


def is_document(text: bytes, max_bytes: int) -> bool:
    """Return whether the text is more than blanks; True if it is too large, as its end was not kept."""
    return len(text) >= _most(max_bytes) or bool(text.strip(BLANKS))


def record_of(text: bytes, file: str, line: int, column: int, number: int, max_bytes: int) -> Record:
    """Return the record of the document in a text that begins at `line` and `column`; a long one has a problem."""
    text = text[: _most(max_bytes)]
    data = text.lstrip(BLANKS)
    line, column = advance(line, column, text[: len(text) - len(data)])
    data = data.rstrip(BLANKS)
    if len(data) > max_bytes or len(text) == _most(max_bytes):
        return Record(data[:EXCERPT], file, line, column, number, problem=too_large(max_bytes, line, column))
    return Record(data, file, line, column, number)


def _most(max_bytes: int) -> int:
    """Return the length from which a text is too large; CR and LF do not count towards the limit."""
    return max_bytes + len(b"\r\n") + 1


LONGEST_TOKEN = 16  # an error further from the end is not caused by a token that was cut off
# Only the end of a value is needed. Numbers are not converted, because Python refuses very long ones.
_scan = json.JSONDecoder(strict=False, parse_int=len, parse_float=len).raw_decode


def end_of_value(text: str, start: int = 0) -> int:
    """Return the index after the JSON value that begins at `start`.

    Raises:
        json.JSONDecodeError: There is no complete value.
        RecursionError: It is nested too deeply.
    """
    return _scan(text, start)[1]


def may_be_cut_off(error: json.JSONDecodeError, end: int) -> bool:
    """Return whether the error may disappear when the text after `end` is read."""
    return error.msg.startswith("Unterminated string") or error.pos > end - LONGEST_TOKEN


def first_fault(text: bytes) -> int:
    """Return the offset of the first character that does not continue the value; the length if it is unfinished."""
    try:
        return end_of_value(text.decode("latin-1"))
    except json.JSONDecodeError as error:
        return len(text) if error.msg.startswith("Unterminated string") else error.pos
    except RecursionError:
        return 0


def begins_with_value(text: bytes) -> bool | None:
    """Return whether a complete JSON value begins here; None if the text may end too early to tell."""
    try:
        end_of_value(text.decode("latin-1"))
    except json.JSONDecodeError as error:
        return None if may_be_cut_off(error, len(text)) else False
    except RecursionError:
        return False
    return True
