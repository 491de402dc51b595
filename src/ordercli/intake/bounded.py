"""Pieces of a document's text go in, its record comes out, with no more held than a document may have."""

from __future__ import annotations

from ordercli.intake.place import advance
from ordercli.intake.record import Problem, Record

BLANKS = b" \t\r\n"
EXCERPT = 1024  # so much of a document that is too large is kept


class BoundedText:
    """The text of one document as it comes in pieces; of one that is too large, enough to know it by."""

    def __init__(self, max_bytes: int) -> None:
        self._most = _most(max_bytes)
        self._text = bytearray()

    def add(self, piece: bytes) -> None:
        """The next bytes of the text."""
        self._text += piece[: self._most - len(self._text)]

    def take(self) -> bytes:
        """The text so far; the next piece begins another."""
        text = bytes(self._text)
        self._text.clear()
        return text


def is_document(text: bytes, max_bytes: int) -> bool:
    """Whether the text is more than blanks; one that is too large counts, for its end was not kept."""
    return len(text) >= _most(max_bytes) or bool(text.strip(BLANKS))


def record_of(text: bytes, file: str, line: int, column: int, number: int, max_bytes: int) -> Record:
    """The document in a text that begins at `line` and `column`."""
    text = text[: _most(max_bytes)]
    data = text.lstrip(BLANKS)
    line, column = advance(line, column, text[: len(text) - len(data)])
    data = data.rstrip(BLANKS)
    if len(data) > max_bytes or len(text) == _most(max_bytes):
        return Record(data[:EXCERPT], file, line, column, number, problem=too_large(max_bytes, line, column))
    return Record(data, file, line, column, number)


def missing_document(file: str) -> Record:
    """What an input gives that has nothing but blanks."""
    return Record(b"", file, 1, 1, 1)


def too_large(max_bytes: int, line: int, column: int) -> Problem:
    """The problem of a document that begins at this place."""
    return Problem("too-large", f"longer than {max_bytes} bytes", line, column)


def _most(max_bytes: int) -> int:
    """The length from which on a text is too large: CR and LF do not count against the limit."""
    return max_bytes + len(b"\r\n") + 1
