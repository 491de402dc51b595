"""Turn the cells of a spreadsheet into values of an order, as its map says."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from msgspec import Raw

from ordercli.intake.sheet_rows import CellFault
from ordercli.resources.common.values import instant

if TYPE_CHECKING:
    from ordercli.intake.sheet_rows import Cell
    from ordercli.operations.sheet_map import Column, SheetMap

_TRUE, _FALSE = {"true", "yes", "1"}, {"false", "no", "0"}
_DIGITS = 15  # what a spreadsheet keeps of a number
_LONGEST_NUMBER = 40
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")
NAMES = {"text": "text", "number": "number", "boolean": "boolean (true or false)", "time": "date of a known form"}


class SheetValues:
    """The values of cells: texts, numbers, booleans and times, in the forms that a map declares."""

    def __init__(self, sheet_map: SheetMap) -> None:
        thousands, decimal = re.escape(sheet_map.thousands), re.escape(sheet_map.decimal)
        whole = rf"\d{{1,3}}(?:{thousands}\d{{3}})+|\d+" if thousands else r"\d+"
        self._number = re.compile(rf"[+-]?(?:{whole})(?:{decimal}\d+)?")
        self._thousands, self._decimal = sheet_map.thousands, sheet_map.decimal
        self._formats = sheet_map.date_formats
        self._zone = ZoneInfo(sheet_map.timezone)

    def value(self, cell: Cell, column: Column) -> Any:  # noqa: ANN401 - of the type of the column
        """Return the value of a cell; None if it is empty and has no default.

        Raises:
            ValueError: the cell has no value of the type of its column.
        """
        shown = text_of(cell)
        if shown is None:
            return column.default
        if isinstance(cell, CellFault):
            raise ValueError(shown)  # noqa: TRY004 - no type is wrong, but a value
        if shown in column.values:
            return column.values[shown]
        match column.type:
            case "text":
                return shown
            case "number":
                return self._number_of(cell, shown)
            case "boolean":
                return _boolean(shown)
            case "time":
                return self._time(shown)

    def _number_of(self, cell: Cell, shown: str) -> Raw:
        if isinstance(cell, bool):
            raise ValueError(shown)  # noqa: TRY004 - no type is wrong, but a value
        if isinstance(cell, str):
            if len(shown) > _LONGEST_NUMBER or not self._number.fullmatch(shown):
                raise ValueError(shown)
            shown = shown.replace(self._thousands, "") if self._thousands else shown
            shown = str(Decimal(shown.replace(self._decimal, ".")))
        return Raw(shown.encode())

    def _time(self, shown: str) -> str:
        """Return a date or time as RFC 3339."""
        if instant(shown) is not None:
            return shown
        moment = self._parsed(shown)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text

    def _parsed(self, text: str) -> datetime:
        if _ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        for form in self._formats:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - the time zone of the map is added
            except ValueError:
                continue
        raise ValueError(text)


def text_of(cell: Cell) -> str | None:
    """Return the text that a cell shows; None if it is empty."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.{_DIGITS}g}"
    if isinstance(cell, CellFault):
        return cell.text
    return None if cell is None else str(cell)


def _boolean(shown: str) -> bool:
    word = shown.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(shown)
    return word in _TRUE
