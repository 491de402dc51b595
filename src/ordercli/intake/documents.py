"""Whole JSON documents go in, mostly one and over many lines; a record per document comes out."""

from __future__ import annotations

from collections.abc import Iterator

from ordercli.intake.bounded import missing_document
from ordercli.intake.record import Record
from ordercli.intake.values import BrokenValueError, ValueReader


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
