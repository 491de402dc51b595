"""Inputs go in, the records in them come out, one after the other."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from ordercli.intake.detect import LOOKED_AT, InputFormat, detect, other_encoding
from ordercli.intake.formats import read_array, read_documents, read_json_seq, read_ndjson
from ordercli.intake.inputs import printable
from ordercli.intake.record import Problem, Record
from ordercli.intake.rejects import unwrap
from ordercli.intake.source import Progress, peek, read_chunks
from ordercli.intake.values import EXCERPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_BYTES = 16 * 1024 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_READERS: dict[InputFormat, Callable[[Iterator[bytes], str, int], Iterator[Record]]] = {
    "json": read_documents,
    "array": read_array,
    "ndjson": read_ndjson,
    "json-seq": read_json_seq,
}


def read_records(
    inputs: Iterable[str],
    *,
    input_format: InputFormat | None = None,
    max_bytes: int = MAX_BYTES,
    progress: Progress | None = None,
) -> Iterator[Record]:
    """Read the inputs that `expand_paths` gave, in their order; memory does not grow with what is read.

    A document that is broken, or has more than `max_bytes`, is a record like others. An input of nothing but blanks
    gives one record without data, an empty array none. The lines of a rejects file give the orders inside them.
    `progress` is kept up to date.

    Raises:
        BadInputError: An input cannot be read or is damaged; the records before the damage have been given out.
    """
    for file in inputs:
        chunks = read_chunks(file, progress or Progress())
        yield from cut_records(chunks, file, input_format=input_format, max_bytes=max_bytes)


def cut_records(
    chunks: Iterator[bytes], file: str, *, input_format: InputFormat | None = None, max_bytes: int = MAX_BYTES
) -> Iterator[Record]:
    """The records of one input that comes in chunks of any size, whichever way it is written."""
    head, chunks = peek(chunks, LOOKED_AT)
    if encoding := other_encoding(head):
        yield _in_other_encoding(chunks, printable(file), encoding, max_bytes)
        return
    marked = head.startswith(_BYTE_ORDER_MARK)
    if marked:
        chunks = chain([next(chunks)[len(_BYTE_ORDER_MARK) :]], chunks)
    if input_format is None:
        input_format, chunks = detect(chunks, file)
    records = _READERS[input_format](chunks, printable(file), max_bytes)
    if marked:
        for first in islice(records, 1):
            yield unwrap(first._replace(byte_order_mark=True))
    for record in records:
        # One byte is found 20 times faster than the whole mark, and few orders have a dollar sign.
        yield unwrap(record) if b"$" in record.data else record


def _in_other_encoding(chunks: Iterator[bytes], file: str, encoding: str, max_bytes: int) -> Record:
    """Return the one record of an input that is not in UTF-8, whole if it is no longer than a document may be."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > max_bytes:
            del data[EXCERPT:]
            break
    problem = Problem("not-utf8", f"the input is {encoding}; save it as UTF-8", 1, 1)
    return Record(bytes(data), file, 1, 1, 1, problem=problem)
