"""Find the members of a document that stands inside a JSON string, such as a request body that Postman keeps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ordercli.intake.json_text import DocumentText, Place

if TYPE_CHECKING:
    from ordercli.intake.json_text import Excerpt

_HALF = r"\\u[dD][{}][0-9a-fA-F]{{2}}"
# One character of a JSON string, as it is written; a pair of escaped surrogates is one.
_CHARACTER = re.compile(rf"{_HALF.format('89abAB')}{_HALF.format('c-fC-F')}|\\u[0-9a-fA-F]{{4}}|\\.|[^\\]", re.DOTALL)


class EscapedText(DocumentText):
    """The text of a document that is inside a JSON string, whose text begins at `line` and `column` of its file.

    `data` is the document, `escaped` its text as it stands in the file. A JSON string is on one line.
    """

    def __init__(self, data: bytes, line: int, column: int, escaped: bytes) -> None:
        super().__init__(data, line, column)
        self.escaped = escaped.decode("utf-8", errors="replace")
        self._sources: list[int] | None = None
        if "\\" in self.escaped:
            self._sources = [0, *(character.end() for character in _CHARACTER.finditer(self.escaped))]

    def source(self, offset: int) -> int:
        """Return the offset in the escaped text of the character at an offset of the document."""
        return self._sources[offset] if self._sources else offset

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a character, given its line and column (from 1) in the document."""
        return self._starts[line - 1] + column - 1

    def place(self, start: int, end: int) -> Place:
        """Return the place in the file of the characters from offset `start` up to `end`."""
        return Place(self._line, self._column + self.source(start), self._line, self._column + self.source(end))

    def character(self, line: int, column: int) -> Place:
        """Return the place in the file of one character, given its line and column (from 1) in the document."""
        start = min(self.offset(line, column), max(len(self.text) - 1, 0))
        return self.place(start, min(start + 1, len(self.text)))

    def excerpt(self, place: Place) -> Excerpt | None:
        """Return the part of the JSON string around a place; None if the place is on another line."""
        if place.line != self._line:
            return None
        start, end = place.column - self._column, place.end_column - self._column
        return self.cut(self.escaped, 0, start, end, len(self.escaped))
