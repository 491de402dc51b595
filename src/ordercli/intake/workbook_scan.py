"""Find the cells of a sheet whose value is not their own: those of merged cells, and formulas never calculated.

openpyxl tells neither while it reads row by row, and merged cells stand behind all rows. So the part of the sheet is
searched as text before: in XML, `<` stands nowhere but at the beginning of markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, NamedTuple

from ordercli.intake.sheet_rows import Cell, CellFault

MOST_MARKS = 100_000  # of a sheet, kept in memory
MOST_IN_A_ROW = 1000
_PIECE = 1 << 20
_LONGEST_CELL = 1 << 16
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
# A formula whose result is a text may have an empty one.
_NEVER_CALCULATED = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*?\st="str")[^>]*?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>'
    rb"<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


class Area(NamedTuple):
    """A merged cell: its rows and columns from 1, and its name, such as A2:A4."""

    top: int
    left: int
    bottom: int
    right: int
    name: str


class TooManyError(ValueError):
    """A sheet has more such cells than are kept in memory."""


class ValuelessCells:
    """The cells of one sheet, whose part is read to its end.

    Raises:
        TooManyError: there are too many of them.
    """

    def __init__(self, part: IO[bytes]) -> None:
        areas: set[Area] = set()
        self._formulas: dict[int, set[int]] = {}
        count = 0
        for text in _pieces(part):
            areas |= {_area(*each.groups()) for each in _MERGED.finditer(text)}
            if b"<f" in text or b":f" in text:
                for column, row in _NEVER_CALCULATED.findall(text):
                    self._formulas.setdefault(int(row), set()).add(_number(column))
                    count += 1
            if len(areas) + count > MOST_MARKS:
                raise TooManyError(f"more than {MOST_MARKS:,} merged cells and formulas that were never calculated")
        self._coming = sorted(areas, reverse=True)
        self._open: list[Area] = []

    def put_into(self, row: int, cells: list[Cell]) -> None:
        """Replace cells of the next row whose value is not their own by faults.

        Raises:
            TooManyError: the row has too many merged cells.
        """
        for column in self._formulas.get(row, ()):
            _put(cells, column, CellFault("formula", "formula"))
        if not self._coming and not self._open:
            return
        self._open = [each for each in self._open if each.bottom >= row]
        while self._coming and self._coming[-1].top <= row:
            area = self._coming.pop()
            # An empty merged cell is only a form, and so is what is above the first row that is read.
            if area.top == row and area.left <= len(cells) and cells[area.left - 1] is not None:
                self._open.append(area)
        if len(self._open) > MOST_IN_A_ROW:
            raise TooManyError(f"row {row} has more than {MOST_IN_A_ROW:,} merged cells")
        for area in self._open:
            for column in range(area.left + (row == area.top), area.right + 1):
                _put(cells, column, CellFault(area.name, "merged", (area.top, area.left)))


def _put(cells: list[Cell], column: int, fault: CellFault) -> None:
    cells += [None] * (column - len(cells))
    cells[column - 1] = fault


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """Yield the text in pieces that are cut before the beginning of a cell; a piece may overlap the next one."""
    rest = b""
    while data := part.read(_PIECE):
        text = rest + data
        cut = max(text.rfind(b"<c "), text.rfind(b"<mergeCell "))
        if cut <= 0:
            yield text
            rest = text[-_LONGEST_CELL:]
        else:
            yield text[:cut]
            rest = text[cut:]
    yield rest


def _area(left: bytes, top: bytes, right: bytes, bottom: bytes) -> Area:
    name = f"{left.decode()}{top.decode()}:{right.decode()}{bottom.decode()}"
    return Area(int(top), _number(left), int(bottom), _number(right), name)


def _number(letters: bytes) -> int:
    """Return the number of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
