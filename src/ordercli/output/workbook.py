"""Write rows into a workbook (XLSX), one at a time, in bounded memory; nothing in it is a formula."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from ordercli.intake import json_text
from ordercli.intake.workbooks import MOST_ROWS
from ordercli.output.safe_text import inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.cell import Cell

    from ordercli.intake.json_text import JsonValue

_LONGEST_CELL = 32_767  # characters, by the format
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what the format reads as an escaped character
_WIDTH = 28  # of a column, in characters


class Workbook:
    """A workbook with a heading and rows; more rows than a sheet has go to another sheet.

    `cut` is the number of values that are longer than a cell can be.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.cut = 0
        self._columns = columns
        self._book = openpyxl.Workbook(write_only=True)
        self._begin_sheet()

    def append(self, values: Sequence[JsonValue]) -> None:
        """Write a row."""
        if self._rows == MOST_ROWS:
            self._sheet.close()
            self._begin_sheet()
        self._sheet.append([self._cell(value) for value in values])
        self._rows += 1

    @contextmanager
    def saved(self) -> Iterator[IO[bytes]]:
        """Yield the complete workbook as an open temporary file; a workbook cannot be written from front to back."""
        with TemporaryFile() as copy:
            self._book.save(copy)
            copy.seek(0)
            yield copy

    def close(self) -> None:
        """Close what is open of a workbook that is not saved, because an error came between."""
        if not self._sheet.closed:
            with suppress(OSError, StopIteration):  # the error may be that its temporary file cannot be written
                self._sheet.close()

    def _begin_sheet(self) -> None:
        self._sheet = self._book.create_sheet()
        self._sheet.freeze_panes = "A2"
        for n in range(len(self._columns)):
            self._sheet.column_dimensions[get_column_letter(n + 1)].width = _WIDTH
        names = [self._text(name) for name in self._columns]
        for each in names:
            each.font = Font(bold=True)
        self._sheet.append(names)
        self._rows = 1

    def _cell(self, value: JsonValue) -> Cell | int | None:
        """Return the cell of a value: nothing, a truth value or a whole number as such, all else as text."""
        return value if value is None or isinstance(value, int) else self._text(json_text.shown_value(value))

    def _text(self, text: str) -> Cell:
        shown = _NOT_XML.sub(lambda found: visible(found[0]), inert(text))
        shown = _ESCAPE.sub("_x005F_", shown)
        if len(shown) > _LONGEST_CELL:
            shown = f"{shown[: _LONGEST_CELL - 1]}…"
            self.cut += 1
        cell = WriteOnlyCell(self._sheet, shown)
        cell.data_type = "s"  # openpyxl takes what begins with = for a formula, and #REF! for an error
        return cell
