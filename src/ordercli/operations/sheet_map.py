"""The map of a spreadsheet: which column, constant or default goes where in an order."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct, field

from ordercli.errors import BadInputError, UsageError
from ordercli.intake.sheets import Delimiter, SheetForm
from ordercli.orders.changes import segments
from ordercli.resources.registry import RESOURCES

EACH = "*"
_INDEX = re.compile(r"0|[1-9][0-9]{0,3}")
_ITEMS = tuple(each.items for each in RESOURCES.values())
_MOST_BYTES = 1 << 20
_EXAMPLE = datetime(2026, 12, 24, 17, 30, tzinfo=UTC)

ColumnType = Literal["text", "number", "boolean", "time"]
Way = tuple[str, ...]


class Column(Struct, forbid_unknown_fields=True, frozen=True):
    """Where the values of a column go, and what they are; `default` stands for an empty cell.

    `values` translates what cells have, such as `Neu` to `add`.
    """

    at: str
    type: ColumnType = "text"
    default: str | int | float | bool | None = None
    values: dict[str, str | int | float | bool] = {}

    @property
    def path(self) -> Way:
        """The segments of the pointer."""
        return tuple(segments(self.at))


class SheetMap(Struct, forbid_unknown_fields=True):
    """What `--map` names: the column that groups rows to orders, and where each column goes.

    `dates` are formats of `strptime`; a time without an offset is one of `timezone`. `header` is the row with the names
    of the columns.
    """

    group: str
    columns: dict[str, str | Column]
    constants: dict[str, Any] = {}
    dates: str | list[str] = field(default_factory=list)
    timezone: str = "UTC"
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", "'", " "] = ""
    header: Annotated[int, Meta(ge=1, le=1000)] = 1
    delimiter: Delimiter | None = None
    encoding: str | None = None
    sheet: str | None = None

    def of_columns(self) -> dict[str, Column]:
        """Return the columns by their names."""
        return {name: Column(each) if isinstance(each, str) else each for name, each in self.columns.items()}

    @property
    def date_formats(self) -> list[str]:
        """The formats of dates."""
        return [self.dates] if isinstance(self.dates, str) else self.dates

    @property
    def form(self) -> SheetForm:
        """How the sheet is written."""
        return SheetForm(self.delimiter, self.encoding, self.sheet)

    @property
    def items(self) -> str:
        """The member that has the line items: each row is one of them."""
        return next(path[0] for path in self.paths() if EACH in path)

    def paths(self) -> list[Way]:
        """Return all places of the map."""
        places = [*(each.at for each in self.of_columns().values()), *self.constants]
        return [tuple(segments(place)) for place in places]


def read_map(path: str) -> SheetMap:
    """Return the map in a file.

    Raises:
        BadInputError: the file cannot be read.
        UsageError: it is no map, or its places contradict each other.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {error.strerror}", file=path) from error
    try:
        found = msgspec.convert(tomllib.loads(data.decode(), parse_float=_finite), SheetMap)
        _check(found)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error
    except (ValueError, RecursionError) as error:  # also msgspec.ValidationError and UnicodeDecodeError
        hint = "`ordercli convert --init SHEET` proposes a map"
        raise UsageError(f"{path} is no map of a sheet: {error}", hint=hint) from error
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"JSON has no number {text}")
    return number


def _check(found: SheetMap) -> None:
    """Check what the types do not say.

    Raises:
        ValueError: there is no such time zone or form of dates, a place is no pointer, two places contradict each
            other, or no place is in a line item.
    """
    try:
        ZoneInfo(found.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {found.timezone!r}") from error
    _check_forms(found.date_formats)
    if found.decimal == found.thousands:
        raise ValueError(f"decimal and thousands are both {found.decimal!r}")
    places = [*(each.at for each in found.of_columns().values()), *found.constants]
    for place in places:
        if not re.fullmatch(r"(/(?:[^~/]|~[01])+)+", place):
            raise ValueError(f"{place!r} is no JSON Pointer to a member of an order")
    paths = found.paths()
    _check_items(paths)
    known: set[Way] = set()
    for place, path in zip(places, paths, strict=True):
        if path in known:
            raise ValueError(f"two values go to {place}")
        known.add(path)
    for path in paths:
        for end in range(1, len(path)):
            if path[:end] in known:
                raise ValueError(f"a value goes to /{'/'.join(path[:end])} and another one below it")
    _check_lists(paths)


def _check_forms(forms: list[str]) -> None:
    for form in forms:
        try:
            datetime.strptime(_EXAMPLE.strftime(form), form)  # noqa: DTZ007 - only whether it can be read
        except (ValueError, re.error) as error:
            raise ValueError(f"{form!r} in dates is no format of strptime: {error}") from error


def _check_items(paths: list[Way]) -> None:
    found = {path[0] for path in paths if EACH in path}
    for path in paths:
        if EACH in path and (path[0] not in _ITEMS or path.index(EACH) != 1 or path.count(EACH) != 1 or not path[2:]):
            shown = "/".join(path)
            raise ValueError(f"/{shown}: `*` stands for the line item of a row, as in /{_ITEMS[0]}/*/action")
    if len(found) != 1:
        wanted = " or ".join(f"/{each}/*" for each in _ITEMS)
        raise ValueError(f"each row is a line item, so some places must begin with either {wanted}")


def _check_lists(paths: list[Way]) -> None:
    """Check that a place is a list or an object, and that no element of a list is left out."""
    below: dict[Way, set[str]] = {}
    for path in paths:
        for end in range(len(path)):
            below.setdefault(path[:end], set()).add(path[end])
    for path, names in below.items():
        numbers = sorted(int(name) for name in names if _INDEX.fullmatch(name))
        if numbers and (len(numbers) < len(names) or numbers != list(range(len(numbers)))):
            shown = "/".join(path)
            raise ValueError(f"/{shown} has the members {', '.join(sorted(names))}: elements of a list count from 0")


def is_index(name: str) -> bool:
    """Return whether a segment of a place is an element of a list."""
    return _INDEX.fullmatch(name) is not None
