"""Read inputs as records: detect encoding and format, and split the text into documents."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from ordercli.errors import BadInputError
from ordercli.intake.inputs import BytesRead, peek, printable, read_chunks
from ordercli.intake.record import (
    BLANKS,
    EXCERPT,
    LONGEST_TOKEN,
    BoundedText,
    BrokenValueError,
    Problem,
    Record,
    ValueReader,
    advance,
    end_of_value,
    is_document,
    may_be_cut_off,
    missing_document,
    record_of,
)
from ordercli.run_control import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ordercli.intake.envelopes import OrderPath
    from ordercli.run_control import Stop


LOOKED_AT = 4

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


def other_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if an input that begins with these bytes is in one of them, None otherwise."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return _ZEROS.get(tuple(byte == 0 for byte in head))


InputFormat = Literal["json", "array", "ndjson", "json-seq"]

_LINES_BY_NAME = re.compile(r"\.(ndjson|jsonl)(\.gz|\.zst)?$", re.IGNORECASE)
_COMMENTS = (b"//", b"/*", b"#")
_FAR_ENOUGH = 256 * 1024


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
    return "ndjson" if _first_fault(text) < reach else "json"


def _first_fault(text: bytes) -> int:
    """Return the offset of the first character that does not continue the value; the length if it is unfinished."""
    try:
        return end_of_value(text.decode("latin-1"))
    except json.JSONDecodeError as error:
        return len(text) if error.msg.startswith("Unterminated string") else error.pos
    except RecursionError:
        return 0


def _look(head: bytes, *, lines_by_name: bool) -> InputFormat | None:
    """Return the format, or None if more of the input is needed to tell."""
    text = _after_comments(head.lstrip(BLANKS))
    if text.startswith(SEPARATOR):
        return "json-seq"
    if text.startswith(b"["):
        return "array"
    first, line_end, others = text.partition(b"\n")
    if line_end and _begins_with_value(first):
        return "ndjson"
    second = others.lstrip(BLANKS)
    if not second:
        return None
    if not lines_by_name and not second.startswith((b"{", b"[")):
        return "json"
    spanning = _begins_with_value(text)
    return None if spanning is None else "json" if spanning else "ndjson"


def _after_comments(text: bytes) -> bytes:
    """Return the text after the comments at the beginning; nothing if a comment does not end in it."""
    while text.startswith(_COMMENTS):
        end = b"*/" if text.startswith(b"/*") else b"\n"
        text = text.partition(end)[2].lstrip(BLANKS)
    return text


def _begins_with_value(text: bytes) -> bool | None:
    """Return whether a complete JSON value begins here; None if the text may end too early to tell."""
    try:
        end_of_value(text.decode("latin-1"))
    except json.JSONDecodeError as error:
        return None if may_be_cut_off(error, len(text)) else False
    except RecursionError:
        return False
    return True


def read_array(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Yield the elements of an array as records; an element without an end is the last one."""
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
    """Yield the elements, each with the line and column of its first byte."""
    for _ in values.inside("["):
        yield values.line, values.column, values.value()
    if values.next_character():
        raise values.broken("Extra data after the array")


def read_documents(chunks: Iterator[bytes], file: str, max_bytes: int, at: OrderPath | None = None) -> Iterator[Record]:
    """Yield the documents as records; a document without an end takes the rest of the input.

    Of a document that is too large, yield the orders at the path `at`.
    """
    values = ValueReader(chunks, max_bytes)
    number = 0
    while values.next_character():
        number += 1
        place = values.line, values.column
        try:
            data = values.value()
        except BrokenValueError as broken:
            if at and broken.problem.kind == "too-large":
                from ordercli.intake.envelopes import stream_orders  # few documents are so large

                if (yield from stream_orders(values, file, at)):
                    continue
                return
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
    at: OrderPath | None = None,
    progress: BytesRead | None = None,
    whole_arrays: bool = False,
) -> Iterator[Record]:
    """Read the inputs that `expand_paths` returned, in their order and in bounded memory.

    A document that is broken, or has more than `max_bytes`, is a record with a problem. A blank input yields one
    record without data, an empty array none. Lines of a rejects file yield the orders inside them. With `at`, other
    documents yield the orders at that path. `progress` is kept up to date. With `whole_arrays` an array is one record.

    Raises:
        BadInputError: An input cannot be read or is damaged; the records before the damage have been yielded.
    """
    for file in inputs:
        chunks = read_chunks(file, progress or BytesRead())
        records = cut_records(
            chunks, file, input_format=input_format, max_bytes=max_bytes, at=at, whole_arrays=whole_arrays
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
) -> Iterator[Record]:
    """Yield the records of one input, which is given in chunks of any size, in any format.

    With `at`, a document that is too large yields the orders at that path; other documents are not opened.
    """
    head, chunks = peek(chunks, LOOKED_AT)
    if encoding := other_encoding(head):
        yield _in_other_encoding(chunks, printable(file), encoding, max_bytes)
        return
    marked = head.startswith(_BYTE_ORDER_MARK)
    if marked:
        chunks = chain([next(chunks)[len(_BYTE_ORDER_MARK) :]], chunks)
    if input_format is None:
        input_format, chunks = detect(chunks, file, long_document=at is not None)
    if whole_arrays and input_format == "array":
        input_format = "json"
    if at and input_format == "json":
        records = read_documents(chunks, printable(file), max_bytes, at)
    else:
        records = _READERS[input_format](chunks, printable(file), max_bytes)
    if marked:
        for first in islice(records, 1):
            yield _opened(first._replace(byte_order_mark=True))
    for record in records:
        # Searching one byte is 20 times faster than searching `$reject`, and few orders have a dollar sign.
        yield _opened(record) if b"$" in record.data else record


def _opened(record: Record) -> Record:
    """Return the order in a line of a rejects file; any other record as it is."""
    from ordercli.intake.envelopes import open_reject_line  # few lines have a dollar sign

    return open_reject_line(record)


def _in_other_encoding(chunks: Iterator[bytes], file: str, encoding: str, max_bytes: int) -> Record:
    """Return the single record of an input that is not UTF-8; its data is complete if not longer than `max_bytes`."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > max_bytes:
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
