"""Write a list into a file for spreadsheets, CSV or (with the extra `xlsx`) XLSX, row by row, in bounded memory."""

from __future__ import annotations

from contextlib import closing
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from ordercli.errors import UsageError
from ordercli.output.rows import csv_lines
from ordercli.output.safe_text import inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.output.stream import Output
    from ordercli.output_files.output_file import OutputFile

_WORKBOOK = ".xlsx"
_SUFFIXES = (".csv", _WORKBOOK)


class SheetFile(NamedTuple):
    """A file for the rows of a list, and whether it is a workbook (XLSX) or CSV."""

    file: OutputFile
    is_workbook: bool

    @classmethod
    def of(cls, file: OutputFile) -> Self:
        """Return the file in the format that its name asks for; a pipe without one gets CSV.

        Raises:
            UsageError: the name asks for no format, or the package that XLSX needs is not installed.
        """
        suffix = PurePath(file.path).suffix.lower()
        if suffix not in _SUFFIXES and file.stream is None:
            raise UsageError(f"{visible(file.name)} is no name of a spreadsheet", hint="end it in .csv or .xlsx")
        if suffix == _WORKBOOK:
            try:
                import openpyxl  # noqa: F401 - an extra
            except ImportError as error:
                from ordercli.intake.workbooks import INSTALL

                raise UsageError(
                    f"an XLSX file needs a package that is not installed ({error.name})",
                    hint=f"{INSTALL}; CSV (.csv) needs nothing",
                ) from error
        return cls(file, suffix == _WORKBOOK)

    def write(self, rows: Iterable[dict[str, Any]], columns: Sequence[str], output: Output) -> None:
        """Write the columns of the rows; a regular file appears only when it is complete.

        Raises:
            OutputFileError: it cannot be written.
        """
        with self.file.complete() as write:
            if not self.is_workbook:
                for line in csv_lines(rows, columns, inert, for_spreadsheet=output.for_spreadsheet):
                    write(line)
                return
            from ordercli.output.workbook import Workbook  # an extra, and slow to import

            with closing(Workbook(columns)) as book:
                for row in rows:
                    with self.file.errors_explained():
                        book.append([row.get(column) for column in columns])
                with self.file.errors_explained(), book.saved() as copy:
                    while chunk := copy.read(1 << 20):
                        write(chunk)
        if book.cut:
            output.warn(f"values cut off because a cell of XLSX has no room for them: {book.cut}; CSV has them whole")
