"""Sheets of any length are read in the same memory."""

from __future__ import annotations

import gc
import io
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from openpyxl import Workbook

from ordercli.intake.inputs import BytesRead
from ordercli.intake.sheets import SheetForm, read_rows

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 3_000


def test_rows_that_were_read_are_forgotten(tmp_path: Path) -> None:
    book = Workbook(write_only=True)  # such a book does not tell the size of its sheet
    sheet = book.create_sheet()
    for n in range(ROWS):
        sheet.append([n])
    written = io.BytesIO()
    book.save(written)
    (tmp_path / "rows.xlsx").write_bytes(written.getvalue())

    most = count = 0
    for row in read_rows(str(tmp_path / "rows.xlsx"), SheetForm(), BytesRead()):
        count += 1
        assert row.cells == [row.number - 1]
        if row.number % 1000 == 0:
            most = max(most, sum(type(each) is Element for each in gc.get_objects()))

    assert count == ROWS
    assert most < 2_500  # those of the piece of the file that was parsed last
