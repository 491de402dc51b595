"""Read the rows of XLSX files, one at a time, in bounded memory; macros, links and formulas are not looked at."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from math import isfinite
from tempfile import TemporaryFile
from typing import IO, Any
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
        from openpyxl import load_workbook
    except ImportError as error:
        raise refusal(file, "an XLSX file", hint=INSTALL) from error

    warnings.filterwarnings("ignore", module="openpyxl")  # it warns of every feature that it leaves out
    with TemporaryFile() as copy:
        for chunk in chunks:
            copy.write(chunk)
        try:
            _check_parts(file, copy)
            book = load_workbook(copy, read_only=True, data_only=True, keep_links=False)
            chosen = _chosen(file, book, sheet)
            with zipfile.ZipFile(copy) as archive, archive.open(chosen._worksheet_path) as part:  # noqa: SLF001 - nothing else tells it
                valueless = ValuelessCells(part)
            yield from _rows(file, chosen, valueless)
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


def _chosen(file: str, book: Any, name: str | None) -> Any:
    sheets: list[Any] = [each for each in book.worksheets if hasattr(each, "reset_dimensions")]
    if not sheets:
        raise refusal(file, "the workbook has no sheet with cells")
    if name is None:
        return next((each for each in sheets if each.sheet_state == "visible"), sheets[0])
    for each in sheets:
        if each.title == name:
            return each
    has = ", ".join(repr(each.title) for each in sheets)
    raise refusal(file, f"there is no sheet {name!r}", hint=f"the workbook has {has}")


def _rows(file: str, sheet: Any, valueless: ValuelessCells) -> Iterator[Row]:
    sheet.reset_dimensions()  # the sheet may claim to have any size
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number > MOST_ROWS:
            raise refusal(file, f"the sheet has more than {MOST_ROWS:,} rows")
        found = [_value(cell) for cell in cells]
        valueless.put_into(number, found)
        if any(each is not None for each in found):
            yield Row(number, found)


def _value(cell: Any) -> Cell:
    value = cell.value
    match value:
        case float() if not isfinite(value):
            return CellFault(str(value))
        case None | bool() | int() | float():
            return value
        case str():
            return CellFault(value) if cell.data_type == "e" else value
        case datetime():
            text = value.isoformat()
            return text.removesuffix("T00:00:00")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
