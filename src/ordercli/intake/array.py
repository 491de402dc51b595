"""A JSON array goes in, a record per element comes out."""

from __future__ import annotations

from collections.abc import Iterator

from ordercli.intake.bounded import missing_document
from ordercli.intake.record import Record
from ordercli.intake.values import BrokenValueError, ValueReader


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
