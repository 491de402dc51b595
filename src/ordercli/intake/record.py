"""A record of an input: its exact bytes and where they stand."""

from __future__ import annotations

from typing import Literal, NamedTuple

_CONTINUATION = bytes(range(0x80, 0xC0))


def advance(line: int, column: int, data: bytes) -> tuple[int, int]:
    """The place of the byte after `data`, whose first byte stands at `line` and `column`.

    Bytes that continue a UTF-8 character are not counted.
    """
    newlines = data.count(b"\n")
    if newlines:
        data = data[data.rindex(b"\n") + 1 :]
        line, column = line + newlines, 1
    return line, column + (len(data) if data.isascii() else len(data.translate(None, _CONTINUATION)))


STDIN = "-"


class Problem(NamedTuple):
    """Why a document could not be cut out of the input whole.

    `line` and `column` count from 1 in the file, columns in characters.
    """

    kind: Literal["not-json", "not-utf8", "too-large"]
    reason: str
    line: int
    column: int


class Reject(NamedTuple):
    """What a line of a rejects file says of itself; None for what it leaves out or says in another type.

    `first` tells where an order was refused first, that was refused again: batch id, file and record.
    """

    batch_id: str | None = None
    file: str | None = None
    line: int | None = None
    record: int | None = None
    request: str | None = None
    source: str | None = None
    profile: str | None = None
    resource: str | None = None
    mode: str | None = None
    target: str | None = None
    order_id: str | None = None
    first: tuple[str, str, int] | None = None


class Record(NamedTuple):
    """One document as it came.

    `data` holds the document's bytes alone: no line end, no separator, no byte order mark; for a document
    that is too large, its first 1,024 bytes. `file` is the path as given (`-` for standard input).
    `line` and `column` (from 1, in characters) say where `data` begins, `record` counts the documents of
    the file from 1. `reject` is there where the document stood in a line of a rejects file.
    """

    data: bytes
    file: str
    line: int
    column: int
    record: int
    byte_order_mark: bool = False
    problem: Problem | None = None
    reject: Reject | None = None
