"""Detect the format of inputs by their beginnings, and read them as records, in chunks."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import nullcontext
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from ordercli.errors import BadInputError
from ordercli.intake.inputs import BytesRead, peek, printable, read_chunks
from ordercli.intake.record import BLANKS, EXCERPT, Problem, Record
from ordercli.intake.texts import (
    LONGEST_TOKEN,
    SEPARATOR,
    begins_with_value,
    first_fault,
    read_json_seq,
    read_ndjson,
)
from ordercli.run_control import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ordercli.intake.envelopes import OrderPath
    from ordercli.run_control import Stop

InputFormat = Literal["json", "array", "ndjson", "json-seq"]
_LINES_BY_NAME = re.compile(r"\.(ndjson|jsonl)(\.gz|\.zst)?$", re.IGNORECASE)
_COMMENTS = (b"//", b"/*", b"#")
_FAR_ENOUGH = 256 * 1024

MAX_BYTES = 16 * 1024 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_records(
    inputs: Iterable[str],
    *,
    input_format: InputFormat | None = None,
    max_bytes: int = MAX_BYTES,
    at: OrderPath | None = None,
    progress: BytesRead | None = None,
    whole_arrays: bool = False,
) -> Iterator[Record]:
    """Read the inputs that `expand_paths` returned, in their order and in bounded memory.

    A document that is broken, or has more than `max_bytes`, is a record with a problem. A blank input yields one
    record without data, an empty array none. Lines of a rejects file yield the orders inside them. With `at`, other
    documents yield the orders at that path. Orders that were made from a sheet (`$origin`) have their places there, and
    are counted there: no two of them are the same record of a sheet, whichever inputs they are in. `progress` is kept
    up to date. With `whole_arrays` an array is one record.

    Raises:
        BadInputError: An input cannot be read or is damaged; the records before the damage have been yielded.
    """
    of_sheets: Counter[str] | None = Counter() if at is None else None
    for file in inputs:
        chunks = read_chunks(file, progress or BytesRead())
        records = cut_records(
            chunks,
            file,
            input_format=input_format,
            max_bytes=max_bytes,
            at=at,
            whole_arrays=whole_arrays,
            of_sheets=of_sheets,
        )
        if at:
            from ordercli.intake.envelopes import open_envelopes  # most inputs hold plain orders

            records = open_envelopes(records, at)
        yield from records


def cut_records(
    chunks: Iterator[bytes],
    file: str,
    *,
    input_format: InputFormat | None = None,
    max_bytes: int = MAX_BYTES,
    at: OrderPath | None = None,
    whole_arrays: bool = False,
    of_sheets: Counter[str] | None = None,
) -> Iterator[Record]:
    """Yield the records of one input, which is given in chunks of any size, in any format.

    With `at`, a document that is too large yields the orders at that path; other documents are not opened. With
    `of_sheets`, the place of an order that was made from a sheet is that in the sheet; it counts those of each sheet.
    """
    head, chunks = peek(chunks, _LOOKED_AT)
    if encoding := _other_encoding(head):
        yield _in_other_encoding(chunks, printable(file), encoding, max_bytes)
        return
    marked = head.startswith(_BYTE_ORDER_MARK)
    if marked:
        chunks = chain([next(chunks)[len(_BYTE_ORDER_MARK) :]], chunks)
    if input_format is None:
        input_format, chunks = detect(chunks, file, long_document=at is not None)
    if whole_arrays and input_format == "array":
        input_format = "json"
    records = _reader(input_format, at)(chunks, printable(file), max_bytes)
    if marked:
        records = chain((first._replace(byte_order_mark=True) for first in islice(records, 1)), records)
    for record in records:
        # Searching one byte is 20 times faster than searching `$reject`, and few orders have a dollar sign.
        yield _opened(record, of_sheets) if b"$" in record.data else record


def _reader(input_format: InputFormat, at: OrderPath | None) -> Callable[[Iterator[bytes], str, int], Iterator[Record]]:
    """Return the function that reads this format."""
    if input_format == "ndjson":
        return read_ndjson
    if input_format == "json-seq":
        return read_json_seq
    from ordercli.intake.json_values import read_array, read_documents  # large inputs are lines

    if input_format == "array":
        return read_array
    if at is None:
        return read_documents
    from ordercli.intake.envelopes import stream_orders  # most inputs hold plain orders

    return partial(read_documents, stream_orders=partial(stream_orders, path=at))


def _opened(record: Record, of_sheets: Counter[str] | None) -> Record:
    """Return the order in a line of a rejects file, or in one that `convert` wrote; any other record as it is."""
    from ordercli.intake.envelopes import open_reject_line  # few lines have a dollar sign
    from ordercli.intake.origins import without_origin

    order = without_origin(open_reject_line(record), at_sheet=of_sheets is not None)
    if of_sheets is None or order.sheet is None:
        return order
    of_sheets[order.file] += 1
    return order._replace(record=of_sheets[order.file])


_LOOKED_AT = 4
# The longer marks come first, because the mark of UTF-16 LE begins that of UTF-32 LE.
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
# Without a mark: which of the first four bytes are zero (RFC 4627, section 3).
_ZEROS: Mapping[tuple[bool, ...], str] = {
    (True, True, True, False): "UTF-32",
    (False, True, True, True): "UTF-32",
    (True, False, True, False): "UTF-16",
    (False, True, False, True): "UTF-16",
}


def _other_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if an input that begins with these bytes is in one of them, None otherwise."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return _ZEROS.get(tuple(byte == 0 for byte in head))


def _in_other_encoding(chunks: Iterator[bytes], file: str, encoding: str, max_bytes: int) -> Record:
    """Return the single record of an input that is not UTF-8; its data is complete if not longer than `max_bytes`."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > max(max_bytes, EXCERPT):
            del data[EXCERPT:]
            break
    problem = Problem("not-utf8", f"the input is {encoding}; save it as UTF-8", 1, 1)
    return Record(bytes(data), file, 1, 1, 1, problem=problem)


BATCH = 500
BATCH_BYTES = 16 * 1024 * 1024
_NEVER_STOPPED = nullcontext()


def chunks(records: Iterator[Record], stop: Stop | None = None) -> Iterator[list[Record]]:
    """Group records into chunks of at most 500 records or 16 MiB, until the input ends or a stop is requested.

    Records that were read before an error or a signal are yielded first.

    Raises:
        BadInputError: the input cannot be read to its end.
    """
    while stop is None or not stop.signal:
        chunk: list[Record] = []
        try:
            with stop.waiting() if stop else _NEVER_STOPPED:
                _fill(chunk, records)
        except Interrupted:
            pass
        except BadInputError:
            if chunk:
                yield chunk
            raise
        if not chunk:
            return
        yield chunk


def _fill(chunk: list[Record], records: Iterator[Record]) -> None:
    """Append records until the chunk has 500 of them, or 16 MiB, so that large orders do not fill the memory."""
    size = 0
    for record in records:
        chunk.append(record)
        size += len(record.data)
        if len(chunk) == BATCH or size >= BATCH_BYTES:
            return


def detect(chunks: Iterator[bytes], file: str, *, long_document: bool = False) -> tuple[InputFormat, Iterator[bytes]]:
    """Return the format, and an iterator over all chunks.

    A record separator or `[` at the very beginning decides. A complete document on the first line means NDJSON.
    Otherwise the input holds documents that span lines, even broken ones, unless the second line begins with `{` or
    `[` and no complete document spans it. In a file named `.ndjson` or `.jsonl` only a document without a fault means
    documents that span lines: a complete one, the beginning of a long one, or one that was cut off. Comments before the
    first document are skipped. A first line of more than 256 KiB means NDJSON, but with `long_document` one document.
    """
    head = b""
    lines_by_name = bool(_LINES_BY_NAME.search(file))
    for chunk in chunks:
        head += chunk
        found = _look(head[:_FAR_ENOUGH], lines_by_name=lines_by_name)
        if found or len(head) >= _FAR_ENOUGH:
            return found or _of_beginning(head[:_FAR_ENOUGH], long_line=long_document), chain([head], chunks)
    return _of_beginning(head, is_all=True, long_line=long_document), iter([head])


def _of_beginning(head: bytes, *, is_all: bool = False, long_line: bool = False) -> InputFormat:
    """Return the format of an input that begins with an unfinished document; `is_all` if it ends there.

    If the input ends, a second line that begins with `{` or `[` is the next document, and the first one is broken.
    """
    text = _after_comments(head.lstrip(BLANKS))
    second = text.partition(b"\n")[2].lstrip(BLANKS)
    if (not second and not long_line) or (is_all and second.startswith((b"{", b"["))):
        return "ndjson"
    reach = len(text.rstrip(BLANKS)) if is_all else len(text) - LONGEST_TOKEN
    return "ndjson" if first_fault(text) < reach else "json"


def _look(head: bytes, *, lines_by_name: bool) -> InputFormat | None:
    """Return the format, or None if more of the input is needed to tell."""
    text = _after_comments(head.lstrip(BLANKS))
    if text.startswith(SEPARATOR):
        return "json-seq"
    if text.startswith(b"["):
        return "array"
    first, line_end, others = text.partition(b"\n")
    if line_end and begins_with_value(first):
        return "ndjson"
    second = others.lstrip(BLANKS)
    if not second:
        return None
    if not lines_by_name and not second.startswith((b"{", b"[")):
        return "json"
    spanning = begins_with_value(text)
    return None if spanning is None else "json" if spanning else "ndjson"


def _after_comments(text: bytes) -> bytes:
    """Return the text after the comments at the beginning; nothing if a comment does not end in it."""
    while text.startswith(_COMMENTS):
        end = b"*/" if text.startswith(b"/*") else b"\n"
        text = text.partition(end)[2].lstrip(BLANKS)
    return text
