"""Rules for sheets (`--map`): what keeps the rows of a spreadsheet from becoming an order."""

from __future__ import annotations

from ordercli.rulebook.rule import INVALID_BODY, INVALID_FIELD, Level, Rule

_SOURCE = "ordercli, docs/how-to/spreadsheets.md"

UNREADABLE_CELL = Rule(
    level=Level.ORDER,
    code="ORD701",
    name="unreadable-cell",
    about="""A cell of a spreadsheet has no value of the type that the map gives its column.

    Such as a date in a form that the map does not list, a number with another decimal separator, or the error of a
    formula. Correct the cell, or what the map says (`type`, `dates`, `decimal`, `thousands`, `values`). In a rejects
    file the order lacks the value: it is refused until `rejects fix --code ORD701 --set PATH=VALUE` or `rejects edit`
    sets it.
    """,
    says="{value} in column {name} is no {type}",
    details={
        "error": "Column {name} has the error {value}",
        "formula": "The formula in column {name} was never calculated: open the workbook and save it",
    },
    source=_SOURCE,
    error=INVALID_FIELD,
)

MERGED_CELL = Rule(
    level=Level.ORDER,
    code="ORD703",
    name="merged-cell",
    about="""A cell of a workbook is part of a merged cell, and a value is needed there.

    A merged cell has its value in its first cell only. Whether it stands for each of its cells, only people know.
    Unmerge it, and fill in the values. A value of the order itself may be merged over the rows of this order.
    """,
    says="Column {name} is part of the merged cell {value}, whose value is in its first cell only",
    source=_SOURCE,
    error=INVALID_FIELD,
)

MISPLACED_ROW = Rule(
    level=Level.ORDER,
    code="ORD702",
    name="misplaced-row",
    about="""A row of a spreadsheet does not fit to the order that it belongs to.

    The rows of one order stand together, have the same value in the column of the map's `group`, and do not contradict
    each other in the values of the order itself. Sort the sheet by that column, fill its empty cells, correct values
    that differ, and submit the sheet again: orders that were accepted are not accepted twice. In a rejects file, only a
    value that differs can be corrected.
    """,
    says="The row names no order: column {name} is empty",
    details={
        "apart": "Rows of order {value} stand apart; other rows are between them",
        "differs": "Column {name} has {value}, and {other} in row {row} of the same order",
        "longer": "The row has {cells} cells, and the header has {columns}",
    },
    source=_SOURCE,
    error=INVALID_BODY,
)
