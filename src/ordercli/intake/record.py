"""The records of an input: their exact bytes, their places, and how JSON text is split into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ordercli.errors import BadInputError

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

    For an order that was refused several times, `first` is the first refusal: batch id, file and record.
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
    was in a line of a rejects file, `envelope` if it was inside another document.
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

    def pointer(self, pointer: str) -> str:
        """Return a pointer into the record as a pointer into the document of the file."""
        return self.envelope.at + pointer if self.envelope else pointer


BLANKS = b" \t\r\n"
EXCERPT = 1024  # the bytes that are kept of a document that is too large


class BoundedText:
    """Collect the text of one document from pieces; of a document that is too large, only the beginning."""

    def __init__(self, max_bytes: int) -> None:
        self._most = _most(max_bytes)
        self._text = bytearray()

    def add(self, piece: bytes) -> None:
        """Add the next bytes of the text."""
        self._text += piece[: self._most - len(self._text)]

    def take(self) -> bytes:
        """Return the text so far, and begin another."""
        text = bytes(self._text)
        self._text.clear()
        return text


def is_document(text: bytes, max_bytes: int) -> bool:
    """Return whether the text is more than blanks; True if it is too large, as its end was not kept."""
    return len(text) >= _most(max_bytes) or bool(text.strip(BLANKS))


def record_of(text: bytes, file: str, line: int, column: int, number: int, max_bytes: int) -> Record:
    """Return the record of the document in a text that begins at `line` and `column`; a long one has a problem."""
    text = text[: _most(max_bytes)]
    data = text.lstrip(BLANKS)
    line, column = advance(line, column, text[: len(text) - len(data)])
    data = data.rstrip(BLANKS)
    if len(data) > max_bytes or len(text) == _most(max_bytes):
        return Record(data[:EXCERPT], file, line, column, number, problem=too_large(max_bytes, line, column))
    return Record(data, file, line, column, number)


def missing_document(file: str) -> Record:
    """Return the record of a blank input."""
    return Record(b"", file, 1, 1, 1)


def too_large(max_bytes: int, line: int, column: int) -> Problem:
    """Return the problem of a document that is too large and begins at this place."""
    return Problem("too-large", f"longer than {max_bytes} bytes", line, column)


def _most(max_bytes: int) -> int:
    """Return the length from which a text is too large; CR and LF do not count towards the limit."""
    return max_bytes + len(b"\r\n") + 1


_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_NUMBER_CUT_OFF = re.compile(r"[.eE]?[-+]?")
LONGEST_TOKEN = 16  # an error further from the end is not caused by a token that was cut off

# Only the end of a value is needed. Numbers are not converted, because Python refuses very long ones.
_scan = json.JSONDecoder(strict=False, parse_int=len, parse_float=len).raw_decode


class BrokenValueError(Exception):
    """The end of a value cannot be found."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


def end_of_value(text: str, start: int = 0) -> int:
    """Return the index after the JSON value that begins at `start`.

    Raises:
        json.JSONDecodeError: There is no complete value.
        RecursionError: It is nested too deeply.
    """
    return _scan(text, start)[1]


def may_be_cut_off(error: json.JSONDecodeError, end: int) -> bool:
    """Return whether the error may disappear when the text after `end` is read."""
    return error.msg.startswith("Unterminated string") or error.pos > end - LONGEST_TOKEN


class ValueReader:
    """Take values from a stream of text; only one value and one chunk are held in memory.

    The text is decoded as Latin-1, in which each byte is one character and every byte is valid.
    """

    def __init__(self, chunks: Iterator[bytes], max_bytes: int, line: int = 1, column: int = 1) -> None:
        self._chunks = chunks
        self._max_bytes = max_bytes
        self._damage: BadInputError | None = None
        self._text = ""
        self._at = 0
        self.line = line
        self.column = column

    def next_character(self) -> str:
        """Skip blanks and return the next character without taking it; return "" at the end of the input."""
        while not (found := _NOT_BLANK.search(self._text, self._at)):
            self._take(len(self._text))
            if not self._read_on():
                return ""
        self._take(found.start())
        return found.group()

    def expect(self, *characters: str) -> str:
        """Take the next character.

        Raises:
            BrokenValueError: The next character is none of these.
        """
        found = self.next_character()
        if found not in characters:
            raise self.broken(f"Expecting {' or '.join(map(repr, characters))}")
        self._take(self._at + 1)
        return found

    def value(self) -> bytes:
        """Take the value that begins at the next character.

        Raises:
            BrokenValueError: It is not JSON, or too large; nothing is taken.
        """
        end = self._end_of_value()
        if end - self._at > self._max_bytes:
            raise self._too_large()
        return self._take(end)

    def inside(self, bracket: Literal["[", "{"]) -> Iterator[str | int]:
        """Take an array or an object; at each index or name that is yielded, the caller takes the value.

        Raises:
            BrokenValueError: The next character is not the bracket, or the text is not JSON.
        """
        self.expect(bracket)
        closing = "]" if bracket == "[" else "}"
        n = 0
        if self.next_character() == closing:
            self.expect(closing)
            return
        while n == 0 or self.expect(",", closing) == ",":
            place: str | int = n
            if bracket == "{":
                self.next_character()
                place = json.loads(self.value())
                self.expect(":")
            self.next_character()
            yield place
            n += 1

    def excerpt(self) -> bytes:
        """Return the first bytes of the remaining text without taking them."""
        return self._look_ahead(EXCERPT)[:EXCERPT].rstrip(BLANKS)

    def rest(self) -> bytes | None:
        """Return all remaining text without taking it; None if it is longer than a document may be."""
        rest = self._look_ahead(self._max_bytes + 1)
        return rest.rstrip(BLANKS) if len(rest) <= self._max_bytes else None

    def broken(self, reason: str, at: int | None = None) -> BrokenValueError:
        """Return the error for the current place, or for another index of the text in memory."""
        before = self._text[self._at : at].encode("latin-1") if at else b""
        return BrokenValueError(Problem("not-json", reason, *advance(self.line, self.column, before)))

    def _end_of_value(self) -> int:
        while True:
            try:
                end = end_of_value(self._text, self._at)
            except json.JSONDecodeError as error:
                self._read_on_after(error)
            except RecursionError:
                raise BrokenValueError(Problem("too-large", "nested too deeply", self.line, self.column)) from None
            else:
                may_go_on = self._text[end - 1].isdigit() and _NUMBER_CUT_OFF.fullmatch(self._text, end)
                if not may_go_on or end - self._at > self._max_bytes or not self._read_on():
                    return end

    def _read_on_after(self, error: json.JSONDecodeError) -> None:
        """Read more if the value seems to continue after the text in memory; else raise the error."""
        too_far = self._at + self._max_bytes + 1
        if may_be_cut_off(error, min(too_far, len(self._text))):
            if len(self._text) >= too_far:
                raise self._too_large() from None
            if self._read_on():
                return
        raise self.broken(error.msg.removesuffix(" starting at").rstrip(": "), error.pos) from None

    def _too_large(self) -> BrokenValueError:
        return BrokenValueError(too_large(self._max_bytes, self.line, self.column))

    def _look_ahead(self, size: int) -> bytes:
        while len(self._text) - self._at < size and self._read_on():
            pass
        return self._text[self._at :].encode("latin-1")

    def _take(self, end: int) -> bytes:
        taken = self._text[self._at : end].encode("latin-1")
        self.line, self.column = advance(self.line, self.column, taken)
        self._at = end
        return taken

    def _read_on(self) -> bool:
        """Double the text in memory, so that a long value is scanned a few times and not once per chunk."""
        if self._damage:
            raise self._damage
        held = self._text[self._at :]
        wanted = max(1, min(len(held), self._max_bytes + 1 - len(held)))
        more: list[str] = []
        try:
            for chunk in self._chunks:
                more.append(chunk.decode("latin-1"))
                wanted -= len(chunk)
                if wanted <= 0:
                    break
        except BadInputError as error:
            self._damage = error
        if more:
            self._text, self._at = "".join((held, *more)), 0
        elif self._damage:
            raise self._damage
        return bool(more)
