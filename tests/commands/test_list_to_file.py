"""`list --to`: the same list as CSV or as a workbook."""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from ordercli.output import workbook
from support.builders import encoded, ndjson, product_order
from support.stored import rows

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

NAMES = ("id", "externalId", "state", "orderDate")


@pytest.fixture(autouse=True)
def _folder(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ordercli.folder)


def sheets(name: str) -> list[list[tuple[Any, ...]]]:
    """Return the rows of every sheet of a workbook, and check that no cell is a formula or an error."""
    book = openpyxl.load_workbook(name)
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


def written(ordercli: Ordercli, *options: str) -> list[tuple[Any, ...]]:
    """Return the rows of the first sheet."""
    result = ordercli("list", "--to", "list.xlsx", "--force", *options)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    return sheets("list.xlsx")[0]


def test_a_workbook_has_the_rows_of_csv(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=ndjson(product_order("A"), product_order("B", orderCurrency="USD"), product_order("C")))
    found = rows(connection, "customer_order")[::-1]

    book = ordercli("list", "--to", "orders.xlsx")
    narrow = ordercli("list", "--to", "narrow.xlsx", "--fields", "orderCurrency,externalId", "--limit", "2")

    assert (book.exit_code, book.stdout, book.stderr) == (0, "", "3 orders written to orders.xlsx\n")
    assert sheets("orders.xlsx") == [
        [NAMES, *((row["order_id"], row["external_id"], row["state"], row["created_at"]) for row in found)]
    ]
    assert (narrow.exit_code, narrow.stderr) == (
        0,
        "2 orders written to narrow.xlsx\nshowing 2 of 3; --limit 0 shows all\n",
    )
    hrefs = [each["href"] for each in ordercli("list", "--fields", "href").ndjson]
    assert sheets("narrow.xlsx") == [
        [
            ("id", "href", "orderCurrency", "externalId"),
            (found[0]["order_id"], hrefs[0], "EUR", "C"),
            (found[1]["order_id"], hrefs[1], "USD", "B"),
        ]
    ]


@pytest.mark.parametrize("options", ["", "-o csv-safe", "--fields externalId,productOrderItem", "-o json"])
def test_a_csv_file_is_what_csv_prints(ordercli: Ordercli, options: str) -> None:
    ordercli("submit", stdin=ndjson(product_order("=1+1"), product_order("B")))
    printed = ordercli("list", *(options if "safe" in options else f"{options} -o csv").split())

    done = ordercli("list", "--to", "orders.CSV", *options.split())

    note = '{"severity":"note","message":"2 orders written to orders.CSV"}' if "json" in options else None
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{note or '2 orders written to orders.CSV'}\n"
    assert Path("orders.CSV").read_bytes().decode() == printed.stdout


def test_a_workbook_on_a_pipe_is_the_same_as_in_a_file(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order("A")))

    piped = ordercli.process("list", "--to", "/dev/stdout")

    assert (piped.exit_code, piped.stdout) == (0, ordercli("list", "-o", "csv").stdout)


@pytest.mark.of_a_file
@pytest.mark.parametrize(
    ("external_id", "cell"),
    [
        ("=1+1", "=1+1"),
        ("+CMD|'/c calc'!A0", "+CMD|'/c calc'!A0"),
        ("-2+3", "-2+3"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("#REF!", "#REF!"),
        ("0012", "0012"),
        ("a\x07\x1b[2J", "a\\x07\\x1b[2J"),
        ("a\ufffe\uffff", "a\\ufffe\\uffff"),
        ("a\rb", "a\\rb"),
        (" two\tlines\n ", " two\tlines\n "),
        ("_x0041_", "_x005F_x0041_"),  # as the format writes this text; plain, a spreadsheet would show A
        ("\U0001f600<&>", "\U0001f600<&>"),
    ],
)
def test_texts_are_cells_that_nothing_evaluates(ordercli: Ordercli, external_id: str, cell: str) -> None:
    ordercli("submit", stdin=ndjson(product_order(external_id)))

    assert written(ordercli)[1][1] == cell


def test_truth_values_are_such_and_what_holds_more_is_json(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order("A", disableCharValueValidation=True)))

    (names, values) = written(ordercli, "--fields", "disableCharValueValidation,relatedParty,description")

    assert (names[2:], values[2], values[4]) == (
        ("disableCharValueValidation", "relatedParty", "description"),
        True,
        None,
    )
    assert json.loads(values[3]) == ordercli("show", "A").json["relatedParty"]


def test_a_text_that_is_longer_than_a_cell_is_cut_with_a_warning(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order("A", description="d" * 32_768)))

    result = ordercli("list", "--to", "list.xlsx", "--fields", "description")

    assert sheets("list.xlsx")[0][1][2] == "d" * 32_766 + "…"
    assert result.stderr == (
        "warning: values cut off because a cell of XLSX has no room for them: 1; CSV has them whole\n"
        "1 order written to list.xlsx\n"
    )


def test_more_orders_than_a_sheet_has_rows_go_to_another_sheet(
    ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    ordercli("submit", stdin=ndjson(*(product_order(each) for each in "ABCDE")))

    ordercli("list", "--to", "list.xlsx", "--ascending")

    assert [[row[1] for row in sheet] for sheet in sheets("list.xlsx")] == [
        ["externalId", "A", "B"],
        ["externalId", "C", "D"],
        ["externalId", "E"],
    ]


def test_groups_and_searches_are_written_too(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=ndjson(product_order("A"), product_order("B", orderCurrency="USD"), product_order("C")))

    groups = ordercli("list", "--group-by", "currency", "--to", "groups.xlsx")

    assert (groups.exit_code, groups.stdout, groups.stderr) == (0, "", "2 groups written to groups.xlsx\n")
    assert sheets("groups.xlsx") == [[("currency", "orders"), ("EUR", 2), ("USD", 1)]]
    assert [row[1] for row in written(ordercli, "--where", "orderCurrency=USD")] == ["externalId", "B"]
    assert written(ordercli, "--state", "cancelled") == [NAMES]


def test_a_name_without_a_format_is_refused(ordercli: Ordercli) -> None:
    result = ordercli("list", "--to", "orders.ods")

    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "error: --to orders.ods is no name of a spreadsheet\n  hint: end it in .csv or .xlsx\n",
    )


def test_without_the_package_xlsx_is_refused_before_anything_is_done(
    ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordercli("submit", stdin=encoded(product_order("A")))
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    refused = ordercli("list", "--to", "orders.xlsx")
    as_csv = ordercli("list", "--to", "orders.csv")

    assert (refused.exit_code, refused.stdout, refused.stderr) == (
        2,
        "",
        (
            "error: an XLSX file needs a package that is not installed (openpyxl)\n  hint: install openpyxl into the"
            " environment of ordercli: pip install 'openpyxl>=3.1.5'; CSV (.csv) needs nothing\n"
        ),
    )
    assert (as_csv.exit_code, Path("orders.csv").exists(), Path("orders.xlsx").exists()) == (0, True, False)


@pytest.mark.parametrize("name", ["orders.xlsx", "orders.csv"])
def test_a_list_that_fails_leaves_no_file(ordercli: Ordercli, connection: Store, name: str) -> None:
    ordercli("submit", stdin=encoded(product_order("A")))
    connection.execute("UPDATE payload SET body = sha256")
    before = sorted(Path().iterdir())

    result = ordercli("list", "--to", name, "--fields", "description")

    assert (result.exit_code, result.stdout, result.stderr[:6]) == (6, "", "error:"), result.stderr
    assert sorted(Path().iterdir()) == before


@pytest.mark.of_a_file
def test_memory_does_not_grow_with_the_number_of_rows() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        book = workbook.Workbook(["a", "b"])
        for n in range(count):
            book.append([f"text {n}", n])
        with book.saved() as copy:
            assert copy.read(2) == b"PK"
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(3000) < peak(300) + 200_000


def test_force_without_a_file_is_a_mistake(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=encoded(product_order("A")))

    result = ordercli("list", "--force")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--force replaces the file of --to, and no file is named" in result.stderr
