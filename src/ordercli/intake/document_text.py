"""A document's bytes become text, and offsets in it lines and columns of the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

_LINE_END = re.compile("\n")
_REACH = 240
_CUT = "…"


class Place(NamedTuple):
    """A stretch of a file: lines and columns from 1, in characters; the end column is the first one after it."""

    line: int
    column: int
    end_line: int
    end_column: int


class Excerpt(NamedTuple):
    """The source line at a place, its far ends cut off with `…`; `text[start:end]` is what stands at the place."""

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
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(self.text))]

    def place(self, start: int, end: int) -> Place:
        """Where the characters from offset `start` up to `end` stand in the file."""
        return Place(*self._position(start), *self._position(end))

    def character(self, line: int, column: int) -> Place:
        """Where one character stands in the file, given its line and column (from 1) inside the document."""
        column += self._indent(line - 1)
        line += self._line - 1
        return Place(line, column, line, column + 1)

    def excerpt(self, place: Place) -> Excerpt | None:
        """The line on which a place begins, as far as it belongs to the document; None where that is not at hand."""
        row = place.line - self._line
        if row >= len(self._starts):
            return None
        begin, stop = self._starts[row], self._line_stop(row)
        first = begin - self._indent(row) - 1
        start = min(first + place.column, stop)
        end = min(first + place.end_column, stop) if place.end_line == place.line else stop
        return self._cut(begin, start, end, stop)

    def _cut(self, begin: int, start: int, end: int, stop: int) -> Excerpt:
        # A line can be as long as the document, and thousands of findings can stand on it.
        left = max(begin, start - _REACH)
        right = min(stop, min(end, start + _REACH) + _REACH)
        head = _CUT if left > begin else ""
        tail = _CUT if right < stop else ""
        shift = len(head) - left
        return Excerpt(f"{head}{self.text[left:right]}{tail}", start + shift, min(end, right) + shift)

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
