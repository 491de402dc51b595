from __future__ import annotations

import io
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


def test_a_narrow_terminal_breaks_long_words_but_no_id_and_no_date() -> None:
    assert printed(NAMES, ORDERS, 40).splitlines() == [
        "id                                externalId  state  orderDate",
        "01a22a60473571d3aafa6030a7816a27  PO-1        new    2026-03-01",
        "                                                     08:00:00Z",
        "01a22a60473571d3aafa602f307205b3  PO-2 of     await  2026-03-01",
        "                                  Anna        ing_i  08:00:00Z",
        "                                              nform",
        "                                              ation",
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

    shown = "".join(lines).replace(" ", "")
    assert sorted(shown) == sorted("".join((*names, *("".join(row) for row in rows))).replace(" ", ""))
    least = sum(max(11, len(name)) for name in names) + 2 * len(names)
    assert all(cell_len(line) <= max(width, least) for line in lines)


@pytest.mark.parametrize("width", [10, 33, 34, 40, 80])
def test_an_id_is_never_broken(width: int) -> None:
    found = printed(NAMES, ORDERS, width)

    assert all(found.count(row[0]) == 1 for row in ORDERS)
