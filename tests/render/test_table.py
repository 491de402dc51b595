from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ordercli.output.console import DataConsole
from ordercli.output.table import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("id", "externalId", "state", "orderDate")
ORDERS = [
    ("01a22a60473571d3aafa6030a7816a27", "PO-1", "new", "2026-03-01 08:00:00Z"),
    ("01a22a60473571d3aafa602f307205b3", "PO-2 of Anna", "awaiting_information", "2026-03-01 08:00:00Z"),
]


def printed(names: tuple[str, ...], rows: Sequence[tuple[str, ...]], width: int) -> str:
    console = DataConsole(file=io.StringIO())
    print_table(names, rows, console, width)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def test_a_wide_terminal_has_a_line_for_each_row() -> None:
    assert printed(NAMES, ORDERS, 120).splitlines() == [
        "id                                externalId    state                 orderDate",
        "01a22a60473571d3aafa6030a7816a27  PO-1          new                   2026-03-01 08:00:00Z",
        "01a22a60473571d3aafa602f307205b3  PO-2 of Anna  awaiting_information  2026-03-01 08:00:00Z",
    ]


def test_a_narrower_terminal_breaks_between_words() -> None:
    assert printed(NAMES, ORDERS, 80).splitlines() == [
        "id                                externalId   state                 orderDate",
        "01a22a60473571d3aafa6030a7816a27  PO-1         new                   2026-03-01",
        "                                                                     08:00:00Z",
        "01a22a60473571d3aafa602f307205b3  PO-2 of      awaiting_information  2026-03-01",
        "                                  Anna                               08:00:00Z",
    ]


def test_a_table_that_does_not_fit_becomes_lines_of_name_and_cell() -> None:
    assert printed(NAMES, ORDERS, 40).splitlines() == [
        "id",
        "  01a22a60473571d3aafa6030a7816a27",
        "externalId  PO-1",
        "state       new",
        "orderDate   2026-03-01 08:00:00Z",
        "",
        "id",
        "  01a22a60473571d3aafa602f307205b3",
        "externalId  PO-2 of Anna",
        "state       awaiting_information",
        "orderDate   2026-03-01 08:00:00Z",
    ]


def test_empty_cells_are_left_out_of_such_lines_and_long_cells_are_folded() -> None:
    names = ("key", "a-very-long-name-of-a-column", "words")

    assert printed(names, [("1", "", "all the words of a sentence"), ("2", "x", "")], 40).splitlines() == [
        "key                           1",
        "words                         all the",
        "                              words of a",
        "                              sentence",
        "",
        "key                           2",
        "a-very-long-name-of-a-column  x",
    ]


def test_a_long_word_is_broken_between_its_parts() -> None:
    rows = [("in/a-long-folder/a-file-of-tonight.ndjson", "ProductOrderCreateEvent", "x" * 25)]

    assert printed(("file", "eventType", "digest"), rows, 58).splitlines() == [
        "file               eventType          digest",
        "in/a-long-folder/  ProductOrder       xxxxxxxxxxxxxxxxxxxx",
        "a-file-of-         CreateEvent        xxxxx",
        "tonight.ndjson",
    ]


def test_a_table_without_rows_has_its_names() -> None:
    assert printed(("id", "state"), [], 80) == "id  state\n"


def test_the_columns_of_a_long_table_grow_where_longer_cells_come() -> None:
    rows = [("1", "a")] * 1000 + [("2", "long"), ("3", "b")]

    lines = printed(("n", "x"), rows, 80).splitlines()

    assert lines == ["n  x", *["1  a"] * 1000, "2  long", "3  b"]


def test_wide_characters_take_two_columns() -> None:
    assert printed(("name", "x"), [("日本語", "1"), ("abc", "2")], 80) == "name    x\n日本語  1\nabc     2\n"


@given(
    st.integers(1, 60),
    st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[st.text("ab 日é-", max_size=30)] * n), max_size=5)),
)
def test_no_character_is_lost_and_lines_fit_where_words_do(width: int, rows: list[tuple[str, ...]]) -> None:
    names = tuple(f"c{n}" for n in range(len(rows[0]) if rows else 2))

    lines = printed(names, rows, width).splitlines()

    shown = re.sub(r"c\d| ", "", "".join(lines))
    assert sorted(shown) == sorted("".join("".join(row) for row in rows).replace(" ", ""))
    longest_part = 20  # of a word, which is not broken; it stands behind an indent of 2
    assert all(cell_len(line) <= max(width, 2 + longest_part) for line in lines)


@pytest.mark.parametrize("width", [10, 33, 34, 40, 80])
def test_an_id_is_never_broken(width: int) -> None:
    found = printed(NAMES, ORDERS, width)

    assert all(found.count(row[0]) == 1 for row in ORDERS)
