"""Read the rows of spreadsheets: CSV in any of its dialects, and XLSX; one row at a time."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain, count, islice
from typing import Literal, NamedTuple, cast

from ordercli.intake.inputs import BytesRead, ChunkStream, peek, read_chunks
from ordercli.intake.sheet_rows import Cell, Row, refusal

Delimiter = Literal[",", ";", "\t", "|"]
DELIMITERS: tuple[Delimiter, ...] = (",", ";", "\t", "|")
LONGEST_ROW = 1 << 20  # characters of one line of CSV
_LONGEST_CELL = 1 << 17
_LOOKED_AT = 20  # lines
_HEAD_LENGTH = 64
# The first line of CSV for Excel, which shows it not as a row.
_NAMES_DELIMITER = re.compile(r'"?sep=([^"\r\n])"?\r?\n?', re.IGNORECASE)
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # XLS, or an XLSX file with a password
# A name of a column may begin with a bracket, but not with one before a quotation mark or another bracket.
_JSON = re.compile(rb'(\xef\xbb\xbf)?[\s\x1e]*[\[{]\s*["\[\]{}]')


class SheetForm(NamedTuple):
    """How a sheet is written; None is found out. `sheet` is the name of a sheet of a workbook."""

    delimiter: Delimiter | None = None
    encoding: str | None = None
    sheet: str | None = None


def read_rows(file: str, form: SheetForm, read: BytesRead, *, whole: bool = False) -> Iterator[Row]:
    """Yield the rows of a CSV or XLSX file that have a value.

    With `whole`, the last line of CSV must have an end, because its last cell may be cut off otherwise.

    Raises:
        BadInputError: the file cannot be read to its end, or is neither; the rows before were yielded.
    """
    head, chunks = peek(read_chunks(file, read), _HEAD_LENGTH)
    if head.startswith(_OLE):
        raise refusal(file, "an XLS file, or one with a password", hint="save it as XLSX or CSV, without a password")
    if _JSON.match(head):
        hint = "submit orders in JSON without --map; a folder that is watched takes either sheets or JSON"
        raise refusal(file, "JSON, where a sheet is expected", hint=hint)
    if head.startswith(_ZIP):
        from ordercli.intake.workbooks import workbook_rows  # an extra, needed by few

        yield from workbook_rows(file, chunks, form.sheet)
    else:
        yield from _csv_rows(file, head, chunks, form, whole=whole)


def _csv_rows(file: str, head: bytes, chunks: Iterator[bytes], form: SheetForm, *, whole: bool) -> Iterator[Row]:
    encoding = _encoding(file, head, form.encoding)
    text = io.TextIOWrapper(io.BufferedReader(ChunkStream(chunks)), encoding=encoding, newline="")
    number = count(1)
    row = next(number)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        lines = _lines(text, file, whole=whole)
        first = list(islice(lines, _LOOKED_AT))
        named = _NAMES_DELIMITER.fullmatch(first[0]) if first else None
        if named:
            del first[0]
        delimiter = form.delimiter or (named[1] if named else _delimiter(first))
        reader = csv.reader(chain(first, lines), delimiter=delimiter, strict=True)
        for cells in reader:
            if any(cells):
                yield Row(row, cast("list[Cell]", cells))
            row = next(number)
    except UnicodeError as error:  # not every codec raises UnicodeDecodeError
        hint = 'name its encoding in the map, such as encoding = "cp1252"'
        reason = f"row {row} or one soon after it is not {encoding.removesuffix('-sig')}"
        raise refusal(file, reason, hint=hint) from error
    except csv.Error as error:
        hint = "a quotation mark is opened and not closed, or stands inside a value and is not doubled"
        raise refusal(file, f"row {row}: {error}", hint=hint) from error


def _encoding(file: str, head: bytes, named: str | None) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if named is None or head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=named)
        return codecs.lookup(named).name
    except LookupError as error:  # also for a codec that is not one of texts, such as base64
        raise refusal(file, f"there is no encoding {named}", hint="such as utf-8, cp1252 or latin-1") from error


def _lines(text: io.TextIOWrapper, file: str, *, whole: bool) -> Iterator[str]:
    line = "\n"
    for number in count(1):
        last, line = line, text.readline(LONGEST_ROW)
        if not line and whole and not last.endswith(("\n", "\r")):
            reason = f"line {number - 1} has no end, so that a part of it may be missing"
            raise refusal(file, reason, hint="end the last line with a line break")
        if not line:
            return
        if len(line) == LONGEST_ROW and not line.endswith("\n"):
            raise refusal(file, f"line {number} is longer than {LONGEST_ROW:,} characters")
        yield line


def _delimiter(lines: list[str]) -> Delimiter:
    """Return the delimiter that occurs most often in the first lines, outside of quotation marks."""
    outside = "".join("".join(lines).split('"')[::2])
    return max(DELIMITERS, key=outside.count)
