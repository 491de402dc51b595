"""One document of the input: its exact bytes and where they stand."""

from __future__ import annotations

from typing import Literal, NamedTuple

STDIN = "-"


class Problem(NamedTuple):
    """Why a document could not be cut out of the input whole.

    `line` and `column` count from 1 in the file, columns in characters.
    """

    kind: Literal["not-json", "not-utf8", "too-large"]
    reason: str
    line: int
    column: int


class Record(NamedTuple):
    """One document as it came.

    `data` holds the document's bytes alone: no line end, no separator, no byte order mark; for a document
    that is too large, its first 1,024 bytes. `file` is the path as given (`-` for standard input).
    `line` and `column` (from 1, in characters) say where `data` begins, `record` counts the documents of
    the file from 1.
    """

    data: bytes
    file: str
    line: int
    column: int
    record: int
    byte_order_mark: bool = False
    problem: Problem | None = None
