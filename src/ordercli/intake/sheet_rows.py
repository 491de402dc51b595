"""The rows of spreadsheets, whatever file they are from."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ordercli.errors import BadInputError
from ordercli.intake.inputs import input_name, printable


class CellFault(Struct, frozen=True):
    """What a cell has in place of a value.

    An error: such as `#REF!`; also a number that JSON has no place for. Merged: it is part of a merged cell (`text`),
    whose value is at another row and column. A formula: one that was never calculated.
    """

    text: str
    kind: Literal["error", "merged", "formula"] = "error"
    value_at: tuple[int, int] | None = None


# A date or a time is the text of ISO 8601.
Cell = str | int | float | bool | CellFault | None


class Row(Struct, frozen=True):
    """The cells of a row, and its number in the sheet, from 1."""

    number: int
    cells: list[Cell]


def refusal(file: str, reason: str, hint: str | None = None) -> BadInputError:
    """Return the error for a sheet that cannot be read."""
    return BadInputError(f"{input_name(file)}: {reason}", hint=hint, file=printable(file))
