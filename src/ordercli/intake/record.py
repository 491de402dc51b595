"""The records of an input: their exact bytes, and their places."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

_CONTINUATION = bytes(range(0x80, 0xC0))


def advance(line: int, column: int, data: bytes) -> tuple[int, int]:
    """Return line and column of the byte after `data`, whose first byte is at `line` and `column`.

    Continuation bytes of UTF-8 are not counted.
    """
    newlines = data.count(b"\n")
    if newlines:
        data = data[data.rindex(b"\n") + 1 :]
        line, column = line + newlines, 1
    return line, column + (len(data) if data.isascii() else len(data.translate(None, _CONTINUATION)))


STDIN = "-"


class Problem(NamedTuple):
    """Why a document could not be read completely.

    `line` and `column` count from 1 in the file, columns in characters.
    """

    kind: Literal["not-json", "not-utf8", "too-large", "no-order"]
    reason: str
    line: int
    column: int


class Reject(NamedTuple):
    """The `$reject` data of a line of a rejects file; None for members that are missing or of a wrong type.

    For an order that was refused several times, `first` is the first refusal: batch id, file and record. `of_sheet` are
    errors of the sheet that the order was made from.
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
    of_sheet: tuple[SheetError, ...] = ()


class SheetError(NamedTuple):
    """An error of a line of a rejects file that its sheet had: the order in the line does not show it.

    `value` is what the cell shows, or empty.
    """

    code: str
    pointer: str
    message: str
    value: str


class SheetPlaces(Protocol):
    """The places of an order in the sheet that it was made from."""

    def of(self, pointer: str) -> tuple[int, int]:
        """Return the row and the column, from 1, of the member at a JSON pointer."""


class Line(NamedTuple):
    """The identity of a line: the batch that first refused it, and its place in the input of that batch."""

    batch_id: str
    file: str
    record: int


class Origin(NamedTuple):
    """The origin of a request that was refused before: its line, and for an exported entry the order id."""

    line: Line
    order_id: str | None = None


class Envelope(NamedTuple):
    """The JSON pointer to an order inside the document of the file that holds it.

    If the order was in a JSON string, `escaped` is its text as it stands in the file, with escapes.
    """

    at: str
    escaped: bytes | None = None


class Record(NamedTuple):
    """One document of an input, unchanged.

    `data` is the document without line end, separator and byte order mark; of a document that is too large, the first
    1,024 bytes. `file` is the path as given (`-` for standard input). `line` and `column` (from 1, in characters) are
    the place where `data` begins. `record` counts the documents of the file from 1. `reject` is set if the document
    was in a line of a rejects file, `envelope` if it was inside another document. `sheet` is set if it was made from
    rows of a sheet; then `file` is the sheet, `line` the first row, and `record` counts its orders.
    """

    data: bytes
    file: str
    line: int
    column: int
    record: int
    byte_order_mark: bool = False
    problem: Problem | None = None
    reject: Reject | None = None
    envelope: Envelope | None = None
    sheet: SheetPlaces | None = None

    def pointer(self, pointer: str) -> str:
        """Return a pointer into the record as a pointer into the document of the file."""
        return self.envelope.at + pointer if self.envelope else pointer


BLANKS = b" \t\r\n"
EXCERPT = 1024  # the bytes that are kept of a document that is too large


def missing_document(file: str) -> Record:
    """Return the record of a blank input."""
    return Record(b"", file, 1, 1, 1)


def too_large(max_bytes: int, line: int, column: int) -> Problem:
    """Return the problem of a document that is too large and begins at this place."""
    return Problem("too-large", f"longer than {max_bytes} bytes", line, column)
