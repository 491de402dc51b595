"""Read the rows of XLSX files, one at a time, in bounded memory; macros, links and formulas are not looked at."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from math import isfinite
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import ParseError

from ordercli.intake.sheet_rows import Cell, CellFault, Row, refusal
from ordercli.intake.workbook_scan import ValuelessCells

MOST_ROWS = 1 << 20  # of a sheet, by the format
LARGEST_SHEET = 1 << 30  # unpacked bytes; a row is read at a time
LARGEST_TEXTS = 256 << 20  # unpacked bytes of the texts that cells share, kept in memory, and of parts not read
LARGEST_PART = 16 << 20  # of every other part that is read, such as the styles
INSTALL = "install openpyxl into the environment of ordercli: pip install 'openpyxl>=3.1.5'"
_SHEETS = "xl/worksheets/"
_TEXTS = (
    "xl/sharedstrings.xml",
    "xl/media/",
    "xl/externallinks/",
    "xl/vbaproject.bin",
    "xl/embeddings/",
    "xl/pivotcache/",
)
# What zipfile and openpyxl raise for damaged files. None of them checks what it reads before it uses it.
_DAMAGE = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def workbook_rows(file: str, chunks: Iterator[bytes], sheet: str | None) -> Iterator[Row]:
    """Yield the rows of a sheet that have a value; by default of the first one that is not hidden.

    A cell with a formula has the value that was calculated last. A cell that is covered by a merged one, or has a
    formula that was never calculated, has a fault.

    Raises:
        BadInputError: openpyxl is not installed, or the file is damaged, unpacks to too much, or has no such sheet.
    """
    try:
        from openpyxl.reader.excel import ExcelReader
    except ImportError as error:
        raise refusal(file, "an XLSX file", hint=INSTALL) from error

    warnings.filterwarnings("ignore", module="openpyxl")  # it warns of every feature that it leaves out
    with TemporaryFile() as copy:
        for chunk in chunks:
            copy.write(chunk)
        try:
            _check_parts(file, copy)
            book: Any = ExcelReader(copy, read_only=True, data_only=True, keep_links=False)
            sheets: list[_Sheet] = []
            book.read_worksheets = lambda: sheets.extend(_sheets(book))
            book.read()
            chosen = _chosen(file, sheets, sheet)
            with book.archive.open(chosen.path) as part:
                valueless = ValuelessCells(part)
            yield from _rows(file, book, chosen, valueless)
        except _DAMAGE as error:
            reason = str(error) or type(error).__name__
            raise refusal(
                file, f"a damaged XLSX file: {reason}", hint="open and save it again, or save it as CSV"
            ) from error


def _check_parts(file: str, copy: IO[bytes]) -> None:
    """Check how large the parts are unpacked; zipfile reads no more of a part than its entry says."""
    with zipfile.ZipFile(copy) as archive:
        for part in archive.infolist():
            name = part.filename.lower()
            most = LARGEST_TEXTS if name.startswith(_TEXTS) else LARGEST_PART
            most = LARGEST_SHEET if name.startswith(_SHEETS) else most
            if part.file_size > most:
                raise refusal(file, f"{part.filename} unpacks to more than {most >> 20} MiB", hint="save it as CSV")


class _Sheet(NamedTuple):
    """A sheet with cells, and its part in the archive."""

    title: str
    state: str
    path: str


def _sheets(book: Any) -> Iterator[_Sheet]:
    """Yield the sheets. openpyxl would read each one to its end where it does not tell its size."""
    for sheet, relation in book.parser.find_sheets():
        if relation.target in book.valid_files and "chartsheet" not in relation.Type:
            yield _Sheet(sheet.name, sheet.state, relation.target)


def _chosen(file: str, sheets: list[_Sheet], name: str | None) -> _Sheet:
    if not sheets:
        raise refusal(file, "the workbook has no sheet with cells")
    if name is None:
        return next((each for each in sheets if each.state == "visible"), sheets[0])
    for each in sheets:
        if each.title == name:
            return each
    has = ", ".join(repr(each.title) for each in sheets)
    raise refusal(file, f"there is no sheet {name!r}", hint=f"the workbook has {has}")


def _rows(file: str, book: Any, sheet: _Sheet, valueless: ValuelessCells) -> Iterator[Row]:
    last = 0
    with book.archive.open(sheet.path) as part:
        for number, cells in _parsed_rows(part, book):
            if number <= last:
                continue
            if number > MOST_ROWS:
                raise refusal(file, f"the sheet has more than {MOST_ROWS:,} rows")
            # Merged cells cover rows that are not there, too.
            for between in range(last + 1, number):
                yield from _filled(between, [], valueless)
            last = number
            found: list[Cell] = [None] * (cells[-1]["column"] if cells else 0)
            for cell in cells:
                if 0 < cell["column"] <= len(found):
                    found[cell["column"] - 1] = _value(cell["value"], cell["data_type"])
            yield from _filled(number, found, valueless)


def _filled(number: int, cells: list[Cell], valueless: ValuelessCells) -> Iterator[Row]:
    valueless.put_into(number, cells)
    if any(each is not None for each in cells):
        yield Row(number, cells)


def _parsed_rows(part: IO[bytes], book: Any) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield the number and the cells of each row.

    openpyxl's own loop keeps an empty element of each row, 90 MB for a million of them; this one forgets it.
    """
    from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
    from openpyxl.xml.functions import iterparse

    parser = WorkSheetParser(
        part,
        book.shared_strings,
        data_only=True,
        epoch=book.wb.epoch,
        date_formats=book.wb._date_formats,  # noqa: SLF001 - nothing else tells them
        timedelta_formats=book.wb._timedelta_formats,  # noqa: SLF001
    )
    rows: Any = None
    for event, element in iterparse(part, ("start", "end")):
        if event == "start":
            rows = element if element.tag == DATA_TAG else rows
        elif element.tag == ROW_TAG:
            yield parser.parse_row(element)
            rows.clear()
            parser.row_dimensions.clear()


def _value(value: Any, data_type: str) -> Cell:
    match value:
        case float() if not isfinite(value):
            return CellFault(str(value))
        case None | bool() | int() | float():
            return value
        case str():
            return CellFault(value) if data_type == "e" else value
        case datetime():
            text = value.isoformat()
            return text.removesuffix("T00:00:00")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
