"""CSV is what the module csv writes, whatever the cells hold, in a block of plain rows or not."""

from __future__ import annotations

import csv
import io

import pytest

from ordercli.output.rows import csv_lines
from ordercli.output.safe_text import inert

COLUMNS = ["id", "externalId", "state"]
PLAIN = {"id": "0198", "externalId": "PO-1", "state": "new"}


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("plain", "plain"),
        (' a "quoted" word', ' a "quoted" word'),
        ("a,b", "a,b"),
        ("two\nlines", "two\nlines"),
        ("a\r", "a\\r"),
        ("a\x1b[2J", "a\\x1b[2J"),
        ("##[group]", "\\x23#[group]"),
        ("::error::", "\\x3a:error::"),
        ("Käse\N{NO-BREAK SPACE}", "Käse\N{NO-BREAK SPACE}"),
        ("", ""),
        (None, ""),
        (1.5, "1.5"),
        ({"a": [1, "b"]}, '{"a":[1,"b"]}'),
    ],
)
@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS[1:2]])
def test_csv_has_the_bytes_that_the_module_csv_writes(columns: list[str], value: object, cell: str) -> None:
    rows = [PLAIN] * 300 + [{**PLAIN, "externalId": value}] + [PLAIN] * 300
    shown = [PLAIN] * 300 + [{**PLAIN, "externalId": cell}] + [PLAIN] * 300
    expected = io.StringIO(newline="")
    csv.writer(expected).writerows([columns, *([row[name] for name in columns] for row in shown)])

    written = b"".join(csv_lines(rows, columns, inert, for_spreadsheet=False))

    assert written.decode() == expected.getvalue()
