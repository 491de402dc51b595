"""A JSON text sequence (RFC 7464) goes in, a record per text comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ordercli.intake.bounded import BoundedText, is_document, missing_document, record_of
from ordercli.intake.place import advance

if TYPE_CHECKING:
    from ordercli.intake.record import Record

SEPARATOR = b"\x1e"


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
    """The texts between the separators, each with the place of its first byte."""
    unfinished = BoundedText(max_bytes)
    start = here = (1, 1)
    for chunk in chunks:
        for index, piece in enumerate(chunk.split(SEPARATOR)):
            if index:  # a separator stands before this piece
                yield *start, unfinished.take()
                start = here = advance(*here, SEPARATOR)
            unfinished.add(piece)
            here = advance(*here, piece)
    yield *start, unfinished.take()
