"""Propose a map for a spreadsheet from the names of its columns and its first values."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import NamedTuple

from ordercli.intake.inputs import BytesRead, input_name
from ordercli.intake.sheet_rows import Cell, CellFault, refusal
from ordercli.intake.sheets import SheetForm, read_rows
from ordercli.operations.sheet_values import text_of

_LOOKED_AT = 100  # rows
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_ITEM = "/productOrderItem/*"
_DATE_FORMS = (
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"), "%d.%m.%Y"),
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}"), "%d.%m.%Y %H:%M"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}"), "%d/%m/%Y"),
    (re.compile(r"\d{1,2}-\d{1,2}-\d{4}"), "%d-%m-%Y"),
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_COMMA = re.compile(r"[+-]?\d[\d.]*,\d+")


class _Known(NamedTuple):
    at: str
    type: str = "text"


# Names of columns, in lower case and without other characters than letters and digits.
_KNOWN = {
    **dict.fromkeys(
        ("order", "orderid", "ordernumber", "orderno", "externalid", "auftrag", "auftragsnummer"), _Known("/externalId")
    ),
    **dict.fromkeys(("customer", "customerid", "account", "accountid", "kunde"), _Known("/relatedParty/0/id")),
    **dict.fromkeys(("currency", "ordercurrency", "waehrung"), _Known("/orderCurrency")),
    **dict.fromkeys(("channel", "channelid"), _Known("/channel/0/id")),
    **dict.fromkeys(("description", "beschreibung"), _Known("/description")),
    **dict.fromkeys(
        ("due", "duedate", "completiondate", "requestedcompletiondate", "termin"),
        _Known("/requestedCompletionDate", "time"),
    ),
    **dict.fromkeys(("start", "startdate", "requestedstartdate"), _Known("/requestedStartDate", "time")),
    **dict.fromkeys(("line", "lineid", "item", "itemid", "position", "pos"), _Known(f"{_ITEM}/id")),
    **dict.fromkeys(("action", "aktion"), _Known(f"{_ITEM}/action")),
    **dict.fromkeys(("quantity", "qty", "menge"), _Known(f"{_ITEM}/quantity", "number")),
    **dict.fromkeys(("offering", "offeringid", "productoffering", "offer"), _Known(f"{_ITEM}/productOffering/id")),
    **dict.fromkeys(
        ("specification", "specificationid", "productspecification", "spec"),
        _Known(f"{_ITEM}/product/productSpecification/id"),
    ),
    **dict.fromkeys(("product", "productid", "inventory", "inventoryid"), _Known(f"{_ITEM}/product/id")),
}
_CONSTANTS = {
    f"{_ITEM}/action": "add",
    "/orderCurrency": "EUR",
}


def proposed_map(file: str) -> str:
    """Return the TOML text of a map for a sheet; what has to be completed is a comment.

    Raises:
        BadInputError: it cannot be read, or has no row.
    """
    rows = list(islice(read_rows(file, SheetForm(), BytesRead()), _LOOKED_AT))
    if not rows:
        raise refusal(file, "the sheet is empty")
    header, *body = rows
    names = ["" if isinstance(cell, CellFault) else text_of(cell) or "" for cell in header.cells]
    columns = {name: [row.cells[n] for row in body if n < len(row.cells)] for n, name in enumerate(names) if name}
    if not columns:
        raise refusal(file, f"row {header.number} has no names of columns")
    known = _places(list(columns))
    group = next((name for name, each in known.items() if each and each.at == "/externalId"), next(iter(columns)))
    lines = [
        f"# A map of {input_name(file)}; docs/how-to/spreadsheets.md explains it.",
        f"group = {_text(group)}  # rows with the same value are one order",
        *([f"header = {header.number}"] if header.number > 1 else []),
        *_forms([cell for cells in columns.values() for cell in cells]),
        "",
        "[columns]",
        *(_line(name, each) for name, each in known.items()),
        "",
        "[constants]",
    ]
    given = {each.at for each in known.values() if each}
    lines += [f"{_text(at)} = {_text(value)}" for at, value in _CONSTANTS.items() if at not in given]
    if "/relatedParty/0/id" in given:
        lines.append('"/relatedParty/0/@referredType" = "Customer"')
    return "\n".join(lines) + "\n"


def _places(names: list[str]) -> dict[str, _Known | None]:
    """Return the place of each column; None if it is not known, or another column goes there."""
    found: dict[str, _Known | None] = {}
    for name in names:
        known = _KNOWN.get(_NO_LETTER.sub("", name.lower()))
        found[name] = None if known in found.values() else known
    return found


def _forms(cells: list[Cell]) -> list[str]:
    texts = [cell for cell in cells if isinstance(cell, str)]
    dates = [form for pattern, form in _DATE_FORMS if any(pattern.fullmatch(text) for text in texts)]
    lines = [f"dates = {json.dumps(dates)}"] if dates else []
    if dates or any(_ISO.match(text) for text in texts):
        lines.append('timezone = "UTC"  # of dates and times without an offset, such as Europe/Berlin')
    if any(_COMMA.fullmatch(text) for text in texts):
        lines.append('decimal = ","')
    return lines


def _line(name: str, known: _Known | None) -> str:
    if known is None:
        return f'# {_text(name)} = "/…"'
    if known.type == "text":
        return f"{_text(name)} = {_text(known.at)}"
    return f"{_text(name)} = {{ at = {_text(known.at)}, type = {_text(known.type)} }}"


def _text(value: str) -> str:
    """Return a text as a basic string of TOML, which has the escapes of JSON."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
