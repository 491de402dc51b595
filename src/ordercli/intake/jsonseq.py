"""A JSON text sequence (RFC 7464) goes in, a record per text comes out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ordercli.intake.bounded import BoundedText, is_document, missing_document, record_of
from ordercli.intake.place import advance

if TYPE_CHECKING:
    from ordercli.intake.record import Record

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
