"""The cells that the members of an order come from, and what is wrong with its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ordercli.operations.sheet_map import EACH, Way, is_index
from ordercli.orders.changes import segments
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.intake.record import Record
    from ordercli.operations.sheet_map import Column


class Place(NamedTuple):
    """A cell: its row and its column, from 1."""

    row: int
    column: int


class Target(NamedTuple):
    """A column of the sheet that the map names: its index, its name, and where its values go."""

    at: int
    name: str
    column: Column
    path: Way


class SheetCells:
    """The cells of one order.

    `rows` are the numbers of its rows, `moved` the elements of lists that have another index in the order than in the
    map. `faults` are findings about its rows, with row and column as line and column. `is_unknown`: the rows name no
    order, or are too many to be read as one, so there is nothing else to validate.
    """

    def __init__(self, targets: list[Target], items: str, rows: list[int], first: Place) -> None:
        self.targets = targets
        self.rows = rows
        self.first = first
        self.moved: dict[Way, str] = {}
        self.faults: list[Finding] = []
        self.is_unknown = False
        self._items = items

    def of(self, pointer: str) -> Place:
        """Return the cell of a member, else that of one below it, else that of one beside it."""
        given = segments(pointer)
        names = [self.moved.get(tuple(given[: n + 1]), name) for n, name in enumerate(given)]
        row = self.first.row
        if names[:1] == [self._items] and names[1:2] and is_index(names[1]):
            row = self.rows[min(int(names[1]), len(self.rows) - 1)]
            names[1] = EACH
        wanted = tuple(names)
        for end in range(len(wanted), 0, -1):
            if end == 2 and wanted[:2] == (self._items, EACH):  # noqa: PLR2004 - the line item itself: any column is beside it
                break
            for target in self.targets:
                if target.path[:end] == wanted[:end]:
                    return Place(row, target.at + 1)
        return Place(row, self.first.column)


def at(finding: Finding, place: Place) -> Finding:
    """Return a finding about a cell."""
    return finding._replace(line=place.row, column=place.column)


def with_faults(record: Record, findings: Sequence[Finding]) -> list[Finding]:
    """Return what is wrong with the rows that an order was made from, then its other findings.

    A cell has its faults, or other findings. An order that was refused because of its rows is still wrong when it comes
    in a line of a rejects file.
    """
    kept = record.reject.of_sheet if record.reject else ()
    faults = [Finding(each.code, "error", each.pointer, each.message, named=each.value or None) for each in kept]
    cells = record.sheet
    if not isinstance(cells, SheetCells):
        return [*faults, *findings]
    faults += cells.faults
    known = {(each.line, each.column) for each in faults}
    others = [] if cells.is_unknown else [each for each in findings if cells.of(each.pointer) not in known]
    return [*faults, *(each._replace(line=None, column=None) for each in others)]
