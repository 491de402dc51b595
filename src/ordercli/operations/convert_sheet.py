"""Convert the rows of a spreadsheet to orders, each row a line item, and find the cells that findings are about."""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import groupby
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Self, TypeGuard

import msgspec
from msgspec import Raw

from ordercli.errors import BadInputError
from ordercli.intake import json_text
from ordercli.intake.inputs import BytesRead, printable
from ordercli.intake.record import Record
from ordercli.intake.sheet_rows import CellFault, Row, refusal
from ordercli.intake.sheets import read_rows
from ordercli.operations.sheet_map import EACH, SheetMap, Way, is_index
from ordercli.operations.sheet_places import Place, SheetCells, Target, at
from ordercli.operations.sheet_values import NAMES, SheetValues, text_of
from ordercli.orders.changes import escaped, segments
from ordercli.resources.common.rules.sheets import MERGED_CELL, MISPLACED_ROW, UNREADABLE_CELL
from ordercli.rulebook.document import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.rulebook.rule import Finding

MOST_KNOWN = 4_000_000  # stretches of rows of an order, of which it is noticed that they stand apart
_BUCKETS = 256
_ROOT: Way = ()
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Row).decode


class _Names:
    """The names of orders by the rows of a sheet, given in turn; a merged cell is the name of all its rows."""

    def __init__(self, group: int) -> None:
        self._group = group
        self._last: str | None = None

    def of(self, row: Row) -> str | None:
        """Return the name of the order that the row belongs to; None if it names none."""
        cell = _cell(row, self._group)
        if not _is_merged(cell):
            self._last = text_of(cell)
        return self._last


class _Kept:
    """The rows of a sheet in a temporary file, so that orders whose rows stand apart are known before the first one.

    An error that ends the sheet is raised after the rows before it.
    """

    def __init__(self, rows: Iterator[Row], group: int) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self._error: BadInputError | None = None
        # Hashes of names, one for each stretch of rows with the same name, by their lowest byte: 8 bytes each, where a
        # set takes 80.
        stretches = [array("q") for _ in range(_BUCKETS)]
        count, last, names = 0, None, _Names(group)
        try:
            for row in rows:
                self._file.write(_encode(row) + b"\n")
                name = hash(names.of(row))
                if name != last and count < MOST_KNOWN:
                    stretches[name % _BUCKETS].append(name)
                    count += 1
                last = name
        except BadInputError as error:
            self._error = error
        self._apart = {name for each in stretches for name, times in Counter(each).items() if times > 1}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def is_apart(self, name: str | None) -> bool:
        """Return whether other rows stand between those of an order."""
        return hash(name) in self._apart

    def rows(self) -> Iterator[Row]:
        """Yield the rows.

        Raises:
            BadInputError: the sheet could not be read to its end.
        """
        self._file.seek(0)
        yield from map(_decode, self._file)
        if self._error:
            raise self._error


class SheetReader:
    """Reads the orders of sheets, one after the other; `ignored` are the columns that the map does not name."""

    def __init__(self, sheet_map: SheetMap, max_bytes: int) -> None:
        self.map = sheet_map
        self._values = SheetValues(sheet_map)
        self._max_bytes = max_bytes
        self._items = sheet_map.items
        constants = {tuple(segments(place)): _constant(value) for place, value in sheet_map.constants.items()}
        self._is_numbered = (self._items, EACH, "id") not in sheet_map.paths()
        self._of_order = {path: value for path, value in constants.items() if EACH not in path}
        self._of_item = {path: value for path, value in constants.items() if EACH in path}
        self.ignored: list[str] = []

    @classmethod
    def of_text(cls, sheet_map: str, max_bytes: int) -> Self:
        """Return the reader for the map that `map_as_text` returned."""
        return cls(msgspec.json.decode(sheet_map, type=SheetMap), max_bytes)

    def map_as_text(self) -> str:
        """Return the map as JSON."""
        return _encode(self.map).decode()

    def records(self, file: str, read: BytesRead) -> Iterator[Record]:
        """Yield the orders of a file, with their cells.

        Raises:
            BadInputError: the file cannot be read to its end, or lacks columns; the orders before were yielded.
        """
        rows = read_rows(file, self.map.form, read)
        header = self._header(file, rows)
        targets, group = self._columns(file, header)
        with _Kept(rows, group) as kept:
            orders = groupby(kept.rows(), key=_Names(group).of)
            for number, (name, rows_of_order) in enumerate(orders, 1):
                apart = kept.is_apart(name)
                first = Place(0, group + 1)
                data, cells = self._order(name, rows_of_order, targets, first, len(header.cells), is_apart=apart)
                yield Record(data, printable(file), *cells.first, number, sheet=cells)

    def require_whole(self, file: str) -> None:
        """Read a file to its end without making orders of it.

        Raises:
            BadInputError: a part of it may be missing, it lacks columns, or it is no sheet.
        """
        rows = read_rows(file, self.map.form, BytesRead(), whole=True)
        self._columns(file, self._header(file, rows))
        for _ in rows:
            pass

    def _header(self, file: str, rows: Iterator[Row]) -> Row:
        header = next((row for row in rows if row.number >= self.map.header), None)
        if header is None or header.number > self.map.header:
            raise refusal(file, f"row {self.map.header} is empty, and should have the names of the columns")
        return header

    def _columns(self, file: str, header: Row) -> tuple[list[Target], int]:
        names = [None if _is_merged(cell) else text_of(cell) for cell in header.cells]
        while names and names[-1] is None:
            names.pop()
        counts = Counter(names)
        wanted = self.map.of_columns()
        for name in (self.map.group, *wanted):
            if name not in counts:
                has = ", ".join(repr(each) for each in names if each)
                raise refusal(file, f"row {header.number} has no column {name!r}", hint=f"it has {has}")
            if counts[name] > 1:
                at = " and ".join(str(n) for n, each in enumerate(names, 1) if each == name)
                raise refusal(file, f"row {header.number} has the column {name!r} more than once: columns {at}")
        self.ignored += [each for each in names if each and each not in {*wanted, self.map.group, *self.ignored}]
        targets = [Target(names.index(name), name, each, each.path) for name, each in wanted.items()]
        return targets, names.index(self.map.group)

    def _order(
        self, name: str | None, rows: Iterator[Row], targets: list[Target], group: Place, width: int, *, is_apart: bool
    ) -> tuple[bytes, SheetCells]:
        faults: list[Finding] = []
        values: dict[Way, tuple[Any, int]] = {}
        items: list[dict[Way, Any]] = []
        numbers: list[int] = []
        size = 0
        for row in rows:
            numbers.append(row.number)
            if _is_merged(cell := _cell(row, group.column - 1)):
                faults.append(at(_merged(cell, self.map.group), group._replace(row=row.number)))
            size += sum(len(cell) if isinstance(cell, str) else 8 for cell in row.cells)
            if size > self._max_bytes:
                continue
            faults += self._faults_of_row(row, width)
            items.append(self._item(row, numbers, targets, values, faults))
        first = group._replace(row=numbers[0])
        cells = SheetCells(targets, self._items, numbers, first)
        if size > self._max_bytes:
            finding = TOO_LARGE.finding(reason=f"its rows are longer than {self._max_bytes} bytes")
            cells.faults, cells.is_unknown = [at(finding, first)], True
            return b"{}", cells
        if name is None:
            wrong = MISPLACED_ROW.finding(name=repr(self.map.group))
            faults = [at(wrong, group._replace(row=number)) for number in numbers]
        elif is_apart:
            faults.insert(0, at(MISPLACED_ROW.finding(detail="apart", value=repr(name)), first))
        cells.faults, cells.is_unknown = faults, name is None
        return self._built(values, items, cells), cells

    def _faults_of_row(self, row: Row, width: int) -> Iterator[Finding]:
        longer = next((n for n in range(len(row.cells), width, -1) if text_of(row.cells[n - 1]) is not None), None)
        if longer:
            finding = MISPLACED_ROW.finding(detail="longer", cells=longer, columns=width)
            yield at(finding, Place(row.number, width + 1))

    def _item(
        self,
        row: Row,
        rows: list[int],
        targets: list[Target],
        values: dict[Way, tuple[Any, int]],
        faults: list[Finding],
    ) -> dict[Way, Any]:
        """Return the values of the line item of the last of `rows`, and add those of the order to `values`."""
        found: dict[Way, Any] = {}
        n = len(rows) - 1
        for target in targets:
            cell = _cell(row, target.at)
            if _is_merged(cell) and EACH not in target.path and _is_of_order(cell, target, rows):
                continue
            place = Place(row.number, target.at + 1)
            try:
                value = self._values.value(cell, target.column)
            except ValueError:
                faults.append(at(_unreadable(cell, target, n), place))
                continue
            if value is None:
                continue
            if EACH in target.path:
                found[target.path] = value
                continue
            known, row_of_known = values.setdefault(target.path, (value, row.number))
            if known != value:
                shown, other = (json_text.shown_value(each) for each in (value, known))
                names = {"name": repr(target.name), "value": shown, "other": other, "row": row_of_known}
                faults.append(at(MISPLACED_ROW.finding(_pointer(target, n), detail="differs", **names), place))
        return found

    def _built(self, values: dict[Way, tuple[Any, int]], items: list[dict[Way, Any]], cells: SheetCells) -> bytes:
        of_columns = [each.path for each in cells.targets]
        order = _tree({path: value for path, (value, _) in values.items()}, self._of_order, of_columns)
        lines = []
        for n, item in enumerate(items):
            line = _tree(item, self._of_item, of_columns).get(self._items, {}).get(EACH, {})
            if self._is_numbered:
                line = {"id": str(n + 1), **line}
            lines.append(_listed(line, (self._items, str(n)), cells.moved))
        return json_text.encode({**_listed(order, _ROOT, cells.moved), self._items: lines})


def _constant(value: Any) -> Any:  # noqa: ANN401 - any value of TOML
    return Raw(json_text.encode(value)) if isinstance(value, dict | list) else value


def _cell(row: Row, index: int) -> Any:  # noqa: ANN401 - a cell
    return row.cells[index] if index < len(row.cells) else None


def _is_merged(cell: Any) -> TypeGuard[CellFault]:  # noqa: ANN401 - a cell
    return isinstance(cell, CellFault) and cell.value_at is not None


def _is_of_order(cell: CellFault, target: Target, rows: list[int]) -> bool:
    """Return whether a merged cell has its value in the same column, in a row of the same order."""
    row, column = cell.value_at or (0, 0)
    return row in rows and column == target.at + 1


def _merged(cell: CellFault, name: str, pointer: str = "") -> Finding:
    return MERGED_CELL.finding(pointer, name=repr(name), value=cell.text)


def _pointer(target: Target, n: int) -> str:
    return "".join(f"/{n if name == EACH else escaped(name)}" for name in target.path)


def _unreadable(cell: Any, target: Target, n: int) -> Finding:  # noqa: ANN401 - a cell
    pointer = _pointer(target, n)
    names = {"value": repr(text_of(cell)), "name": repr(target.name), "named": text_of(cell)}
    if _is_merged(cell):
        return _merged(cell, target.name, pointer)
    if isinstance(cell, CellFault):
        return UNREADABLE_CELL.finding(pointer, detail=cell.kind, **names)
    return UNREADABLE_CELL.finding(pointer, type=NAMES[target.column.type], **names)


def _tree(values: dict[Way, Any], constants: dict[Way, Any], of_columns: list[Way]) -> dict[str, Any]:
    """Return values and constants as nested objects, lists too.

    A constant is left out where columns go into the same object and none of them has a value.
    """
    root: dict[str, Any] = {}
    for path, value in values.items():
        _put(root, path, value)
    for path, value in constants.items():
        holder = path[:-1]
        if len(holder) > (2 if EACH in holder else 0):
            below = [each for each in of_columns if each[: len(holder)] == holder]
            if below and not any(each in values for each in below):
                continue
        _put(root, path, value)
    return root


def _put(node: dict[str, Any], path: Way, value: Any) -> None:  # noqa: ANN401 - any value of JSON
    *names, last = path
    for name in names:
        node = node.setdefault(name, {})
    node[last] = value


def _listed(node: dict[str, Any], path: Way, moved: dict[Way, str]) -> Any:  # noqa: ANN401 - an object or a list
    """Return the objects whose members are numbers as lists; note elements that move up, as others have no value."""
    if not all(is_index(name) for name in node) or not node:
        return {
            name: _listed(each, (*path, name), moved) if isinstance(each, dict) else each for name, each in node.items()
        }
    elements = []
    for n, name in enumerate(sorted(node, key=int)):
        at = (*path, str(n))
        each = node[name]
        elements.append(_listed(each, at, moved) if isinstance(each, dict) else each)
        if name != str(n):
            moved[at] = name
    return elements
