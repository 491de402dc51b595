"""Print lists of objects as a table, JSON, NDJSON, CSV or ids, page by page."""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import suppress
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from ordercli.errors import UsageError
from ordercli.output.safe_text import inert, inert_json, is_plain, visible
from ordercli.output.stream import Format
from ordercli.result_types import Page, chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.table import Table

    from ordercli.intake.json_text import JsonValue
    from ordercli.output.stream import Output
    from ordercli.result_types import Result


_R = TypeVar("_R", bound="Result")
_TIMESTAMP = r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3}Z"
_TIMESTAMP_LENGTH = 24
_QUOTED = '",\r\n'
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def print_result(result: Result, output: Output) -> None:
    """Print one result; a table has one line per member."""
    print_object(result.members(), output, id_member=result.identified_by)


def print_results(results: Iterable[Result], kind: type[Result], output: Output) -> None:
    """Print results of one kind; tables and CSV show its columns, the other formats whole objects."""
    print_rows((each.members() for each in results), kind.columns, output, id_member=kind.identified_by)


def print_rows(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], output: Output, *, id_member: str = "id"
) -> None:
    """Print objects in the wanted format; tables and CSV show the named columns, the other formats whole objects."""
    match output.format_of_many():
        case Format.TABLE:
            _print_table(rows, columns, output)
        case Format.JSON:
            print_array(rows, output)
        case Format.CSV:
            _print_csv(rows, columns, output)
        case Format.ID:
            show = partial(visible, limit=None)
            for block in chunks(rows):
                ids = _shown([[str(row[id_member])] for row in block], show)
                output.stdout.write("".join([f"{each}\n" for (each,) in ids]).encode())
        case _:
            output.stdout.writelines(_json(row) + b"\n" for row in rows)


def print_object(row: dict[str, Any], output: Output, *, id_member: str = "id") -> None:
    """Print one object; a table has one line per member."""
    match output.format_of_one():
        case Format.TABLE:
            _print_members(row, output)
        case Format.NDJSON:
            output.stdout.write(_json(row) + b"\n")
        case Format.CSV:
            _print_csv([row], list(row), output)
        case Format.ID:
            output.stdout.write(f"{visible(_id_of(row, id_member), limit=None)}\n".encode())
        case _:
            output.stdout.write(_indented(_json(row)) + b"\n")


def _json(row: dict[str, Any]) -> bytes:
    """Return an object on one line."""
    return inert_json(_encoded(row))


def _id_of(row: dict[str, Any], id_member: str) -> str:
    """Return the id of an object; for an order that still waits, the id of its queue entry."""
    found: str | None = row.get(id_member) or row.get("queueEntry", {}).get("orderId")
    if found is None:
        raise UsageError("this result has no id", hint="choose another format with -o")
    return found


def _print_table(rows: Iterable[dict[str, Any]], columns: Sequence[str], output: Output) -> None:
    from ordercli.output.table import print_table

    show = partial(visible, limit=None)
    blocks = (_shown(_cells(columns, block), show) for block in chunks(rows))
    cells = ([*map(_with_short_time, row)] for row in chain.from_iterable(blocks))
    print_table([*map(visible, columns)], cells, output.console(), table_width(output))


def _shown(cells: list[Sequence[str]], show: Callable[[str], str]) -> list[Sequence[str]]:
    """Return the cells of many rows; `show` escapes characters, which few of them have."""
    is_shown = is_plain(" ".join(chain.from_iterable(cells)))
    return cells if is_shown else [[*map(show, row)] for row in cells]


def _cells(columns: Sequence[str], rows: list[dict[str, Any]]) -> list[Sequence[str]]:
    if len(columns) > 1:
        with suppress(KeyError):  # most lists have a text in each cell
            cells: list[Sequence[str]] = [*map(itemgetter(*columns), rows)]
            if {*map(type, chain.from_iterable(cells))} == {str}:
                return cells
    return [[_cell(row.get(column)) for column in columns] for row in rows]


def table_width(output: Output) -> int:
    """Return how wide a table may be: a program that reads one, such as grep, wants whole rows."""
    is_narrow = output.on_terminal or "COLUMNS" in os.environ
    return output.console().width if is_narrow else sys.maxsize


def _with_short_time(cell: str) -> str:
    """Return a cell, or the time that it is in seconds, so that a row fits on a narrow terminal.

    Times inside a longer text are not shortened.
    """
    if len(cell) != _TIMESTAMP_LENGTH or not (found := re.fullmatch(_TIMESTAMP, cell)):
        return cell
    return f"{found[1]} {found[2]}Z"


def json_line(row: dict[str, Any]) -> bytes:
    """Return an object as a line of JSON."""
    return _json(row) + b"\n"


def _print_members(row: dict[str, Any], output: Output) -> None:
    output.console().print(member_table(row))


def member_table(row: dict[str, Any]) -> Table:
    """Return a table with one line per member, as it is drawn on a terminal."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, member in row.items():
        table.add_row(visible(name), _readable(member))
    return table


def _encoded(value: JsonValue) -> bytes:
    from ordercli.intake import json_text  # an idle queue run prints nothing

    return json_text.encode(value)


def _indented(document: bytes) -> bytes:
    from ordercli.intake import json_text

    return json_text.indented(document)


def _readable(member: JsonValue) -> str:
    if isinstance(member, dict | list) or hasattr(member, "__struct_fields__"):
        return "\n".join(visible(line, limit=None) for line in _lines(_encoded(member)))
    return visible(_cell(member), limit=None)


def _lines(document: bytes) -> list[str]:
    """Return a line for each element of a list, or member of an object; JSON if they are nested too deep for that."""
    from ordercli.intake import json_text

    found = json_text.decode(document)
    if isinstance(found, dict):
        texts = {f"{name}: ": _flat(value) for name, value in found.items()}
        lines = [head + text for head, text in texts.items() if text is not None]
    else:
        lines = [text for each in found if (text := _line(each)) is not None]
    return lines if len(lines) == len(found) else _indented(document).decode().split("\n")


def _line(element: JsonValue) -> str | None:
    """Return an object without what is null, a list or a scalar on a line; None if something is nested in it."""
    if not isinstance(element, dict):
        return _flat(element)
    texts = {name: _flat(value) for name, value in element.items() if value is not None}
    return None if None in texts.values() else ", ".join(f"{name}: {text}" for name, text in texts.items())


def _flat(value: JsonValue) -> str | None:
    """Return a scalar or a list of scalars; None for anything else."""
    values = value if isinstance(value, list) else [value]
    is_nested = any(isinstance(each, dict | list) for each in values)
    return None if is_nested else ", ".join(map(_cell, values))


def print_array(rows: Iterable[dict[str, Any]], output: Output) -> None:
    """Print objects as one JSON array."""
    separator = b"[\n"
    for row in rows:
        output.stdout.write(separator + _json(row))
        separator = b",\n"
    output.stdout.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def _print_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str], output: Output) -> None:
    show = partial(visible, limit=None) if output.on_terminal else inert
    output.stdout.writelines(csv_lines(rows, columns, show, for_spreadsheet=output.for_spreadsheet))


def csv_lines(
    rows: Iterable[dict[str, Any]], columns: Sequence[str], show: Callable[[str], str], *, for_spreadsheet: bool
) -> Iterator[bytes]:
    """Yield the columns of the rows as CSV, the names first; `show` escapes characters in a text.

    With `for_spreadsheet`, what a spreadsheet would take for a formula begins with an apostrophe.
    """
    yield _csv_text([[*map(show, columns)]]).encode()
    for block in chunks(rows):
        cells = _cells(columns, block)
        if for_spreadsheet:
            cells = [[*map(_harmless, row)] for row in cells]
        yield _csv_text(_shown(cells, show)).encode()


def _csv_text(rows: list[Sequence[str]]) -> str:
    every = " ".join(chain.from_iterable(rows))
    # The module csv takes five times as long.
    if len(rows[0]) > 1 and not any(character in every for character in _QUOTED):
        return "\r\n".join(map(",".join, rows)) + "\r\n"
    import csv  # few ask for it

    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """Return a cell that a spreadsheet does not read as a formula; numbers stay numbers."""
    if cell.startswith(_FORMULA_STARTS) and not cell.lstrip("+-").replace(".", "", 1).isdigit():
        return f"'{cell}"
    return cell


def _cell(value: JsonValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _encoded(value).decode()


def print_result_page(page: Page[_R], kind: type[_R], output: Output) -> None:
    """Print a page of results of one kind."""
    rows = (each.members() for each in page.rows)
    print_page(Page(rows, page.total, page.limit), kind.columns, output, id_member=kind.identified_by)


def print_page(page: Page[dict[str, Any]], columns: Sequence[str], output: Output, *, id_member: str = "id") -> None:
    """Print the rows of a page; if the page is full, also the total number, and what the page leaves out, on stderr."""
    counting = Counting(page.rows)
    print_rows(counting, columns, output, id_member=id_member)
    print_notes(page, counting.seen, output)


def print_notes(page: Page[Any], seen: int, output: Output) -> None:
    """Print what a page leaves out and, if it is full, the total number, on stderr; `seen` rows of it were shown."""
    for note in page.notes:
        output.warn(visible(note, limit=None))
    if page.limit and seen == page.limit:
        total = page.total()
        if total is None:
            output.note(f"showing {seen}, there may be more; --limit 0 shows all")
        elif total > seen:
            output.note(f"showing {seen} of {total}; --limit 0 shows all")


class Counting:
    """Iterate over rows and count them."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._rows = rows
        self.seen = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return chain.from_iterable(self._counted())

    def _counted(self) -> Iterator[list[dict[str, Any]]]:
        for block in chunks(self._rows):
            self.seen += len(block)
            yield block
