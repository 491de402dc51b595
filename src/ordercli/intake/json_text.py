"""JSON text: decode and encode it with exact numbers, and count its lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

# A value of a JSON document, as `decode` returns it.
JsonValue = Any


def _as_it_came(number: str) -> msgspec.Raw:
    return msgspec.Raw(number.encode())


def _by_value(number: str) -> Decimal | str:
    """Return the number, or its text if the exponent is too large for a Decimal."""
    try:
        return Decimal(number)
    except InvalidOperation:
        return number


_as_text = msgspec.json.Decoder(float_hook=_as_it_came)
_as_value = msgspec.json.Decoder(float_hook=_by_value)
_encode = msgspec.json.Encoder().encode


def decode(document: bytes) -> JsonValue:
    """Return a document whose fractional numbers are `msgspec.Raw`, so that they are written as they were read."""
    return _decoded(document, _as_text, _as_it_came)


def encode(value: JsonValue) -> bytes:
    """Return compact JSON for a value from `decode`."""
    return _encode(value)


def indented(document: bytes) -> bytes:
    """Return the document indented over several lines; numbers stay as they are."""
    return msgspec.json.format(document, indent=2)


def decode_values(document: bytes) -> JsonValue:
    """Return a document whose fractional numbers are Decimal, so that 1.0 equals 1 and 0.1 is exact."""
    return _decoded(document, _as_value, _by_value)


def _decoded(document: bytes, decoder: msgspec.json.Decoder[Any], number: Callable[[str], Any]) -> Any:
    try:
        return decoder.decode(document)
    except msgspec.ValidationError:  # an integer of more than 4,300 digits, which only the standard library takes
        import json  # rarely needed

        return json.loads(document, parse_int=number, parse_float=number)


def shown_value(value: JsonValue) -> str:
    """Return a value as work notes show it: a string unchanged, anything else as JSON."""
    return value if isinstance(value, str) else _encode(value).decode()


def without_nulls(value: JsonValue) -> JsonValue:
    """Return the value without object members that are null, as null counts as absent."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(element) for element in value]
    return value


def decode_given(document: bytes) -> JsonValue:
    """Return what `decode` returns, without object members that are null."""
    # Few documents have a null, and making a copy without them takes longer than decoding.
    return without_nulls(decode(document)) if b"null" in document else decode(document)


BLANKS = " \t\n\r\f\v"
_SYMBOL = "\u2400"
_ESCAPED = b"\\u0000"
# After an odd number of backslashes, `\u0000` is not an escape but six characters.
_AN_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def shown_nul(text: str) -> str:
    """Return a text as a column stores it: with U+2400 in place of U+0000."""
    return text.replace("\0", _SYMBOL)


def shown_nuls(document: bytes) -> bytes:
    """Return a JSON document with U+2400 in place of U+0000; the columns are made from it."""
    if _ESCAPED not in document:
        return document
    return _AN_ESCAPE.sub(rb"\1\\u2400", document)


def has_nul(text: str, document: bytes) -> bool:
    """Return whether a text of the document, as `shown_nuls` returned it, held U+0000."""
    return _SYMBOL in text and _ESCAPED in document


LONGEST_KEY_BYTES = 2000

# (external id, source) -> (order id, key of the payload).
Holders = dict[tuple[str, str], tuple[str, int]]


def fits_index(key: str) -> bool:
    """Return whether a key, as a column stores it, is short enough for an index; the same on every engine."""
    return len(shown_nul(key).encode()) <= LONGEST_KEY_BYTES


# Whether a text is empty or only ASCII white space.
is_blank: Callable[[str], bool] = frozenset(BLANKS).issuperset


_LINE_END = re.compile("\n")
_REACH = 240
_CUT = "…"


class Place(NamedTuple):
    """A range of a file: lines and columns from 1, in characters; the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Excerpt(NamedTuple):
    """The source line at a place, shortened with `…` at its ends; `text[start:end]` is the text at the place."""

    text: str
    start: int
    end: int


class DocumentText:
    """The text of one document that begins at `line` and `column` (from 1) of its file.

    CRLF and LF end a line, a tab is one character, and a byte that is not UTF-8 becomes U+FFFD.
    """

    def __init__(self, data: bytes, line: int = 1, column: int = 1) -> None:
        self.text = data.decode("utf-8", errors="replace")
        self._line = line
        self._column = column
        self._starts = [0]
        if "\n" in self.text:  # an order is often one line, in which searching takes long
            self._starts += [end.end() for end in _LINE_END.finditer(self.text)]

    def place(self, start: int, end: int) -> Place:
        """Return the place in the file of the characters from offset `start` up to `end`."""
        return Place(*self._position(start), *self._position(end))

    def character(self, line: int, column: int) -> Place:
        """Return the place in the file of one character, given its line and column (from 1) in the document."""
        column += self._indent(line - 1)
        line += self._line - 1
        return Place(line, column, line, column + 1)

    def excerpt(self, place: Place) -> Excerpt | None:
        """Return the part of a place's first line that belongs to the document; None if it is outside the document."""
        row = place.line - self._line
        if row >= len(self._starts):
            return None
        begin, stop = self._starts[row], self._line_stop(row)
        first = begin - self._indent(row) - 1
        start = min(first + place.column, stop)
        end = min(first + place.end_column, stop) if place.end_line == place.line else stop
        return self.cut(self.text, begin, start, end, stop)

    @staticmethod
    def cut(text: str, begin: int, start: int, end: int, stop: int) -> Excerpt:
        """Return the characters from `start` to `end` with some of the others between `begin` and `stop`."""
        # A line can be as long as the document and have thousands of findings: do not copy it for each.
        left = max(begin, start - _REACH)
        right = min(stop, min(end, start + _REACH) + _REACH)
        head = _CUT if left > begin else ""
        tail = _CUT if right < stop else ""
        shift = len(head) - left
        return Excerpt(f"{head}{text[left:right]}{tail}", start + shift, min(end, right) + shift)

    def _position(self, offset: int) -> tuple[int, int]:
        row = bisect_right(self._starts, offset) - 1
        return self._line + row, offset - self._starts[row] + 1 + self._indent(row)

    def _indent(self, row: int) -> int:
        return self._column - 1 if row == 0 else 0

    def _line_stop(self, row: int) -> int:
        if row + 1 == len(self._starts):
            return len(self.text)
        stop = self._starts[row + 1] - 1
        return stop - 1 if stop and self.text[stop - 1] == "\r" else stop
