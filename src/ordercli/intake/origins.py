"""The rows of a sheet that an order was made from (`$origin`): `convert` writes them, inputs are read without them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from json import JSONDecoder
from typing import Any, NamedTuple

import msgspec

from ordercli.intake.json_text import shown_nul
from ordercli.intake.record import BLANKS, Record, advance

_BEGINNING = re.compile(rb'\{[ \t\r\n]*"\$origin"[ \t\r\n]*:[ \t\r\n]*')
_GREATEST_ROW = 1 << 31
_LONGEST_NAME = 1000
_decode = JSONDecoder().raw_decode
_encode = msgspec.json.encode
_check = msgspec.json.Decoder(msgspec.Raw).decode


class OriginRows(NamedTuple):
    """The rows of the line items of an order. Of its columns nothing is known."""

    rows: tuple[int, ...]

    def of(self, pointer: str) -> tuple[int, int]:
        """Return the row of a line item, else the first one, and column 1."""
        _, *names = pointer.split("/", 3)
        is_item = len(names) > 1 and names[0].endswith("Item") and names[1].isdecimal()
        return self.rows[min(int(names[1]), len(self.rows) - 1) if is_item else 0], 1


def with_origin(order: bytes, sheet: str, rows: Sequence[int]) -> bytes:
    """Return an order, an object with a member at least, with the rows of a sheet in front of its members."""
    origin: dict[str, Any] = {"sheet": sheet, "row": rows[0]}
    if len(rows) > 1:
        origin["rows"] = rows
    return b'{"$origin":' + _encode(origin) + b"," + order[1:]


def without_origin(record: Record, *, at_sheet: bool) -> Record:
    """Return the order of a document that begins with `$origin` without it, as it was before; others unchanged.

    With `at_sheet` its place is that in the sheet, if `$origin` tells it.
    """
    beginning = _BEGINNING.match(record.data)
    if beginning is None or record.problem:
        return record
    try:
        _check(record.data)
        text = record.data.decode()
        origin, end = _decode(text, beginning.end())
    except (ValueError, RecursionError):  # also msgspec.DecodeError
        return record
    after = text[end:].lstrip(BLANKS.decode())
    rest = after.removeprefix(",").encode()
    line, column = advance(record.line, record.column, record.data[: len(record.data) - len(rest) - 1])
    # The comma before the next member, or the blank before the bracket, stands for the bracket that begins the order.
    order = record._replace(data=b"{" + rest, line=line, column=column)
    place = _place(origin) if at_sheet else None
    if place is None:
        return order
    sheet, rows = place
    return order._replace(file=sheet, line=rows[0], column=1, sheet=OriginRows(rows))


def _place(origin: Any) -> tuple[str, tuple[int, ...]] | None:
    """Return the sheet and the rows that `$origin` names; None if it is not as `with_origin` writes it."""
    if not isinstance(origin, dict):
        return None
    sheet, row = origin.get("sheet"), origin.get("row")
    rows = origin.get("rows", [row])
    if not (isinstance(sheet, str) and 0 < len(sheet) <= _LONGEST_NAME and isinstance(rows, list) and rows):
        return None
    return (shown_nul(sheet), tuple(rows)) if rows[0] == row and all(map(_is_row, rows)) else None


def _is_row(row: Any) -> bool:
    return type(row) is int and 1 <= row <= _GREATEST_ROW
