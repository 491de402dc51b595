"""`ordercli convert`: sheets become orders, and findings have the row and the column of the sheet."""

from __future__ import annotations

import json
import tomllib
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook, load_workbook

from ordercli.intake import workbook_scan, workbooks

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli, Result

SAMPLES = Path(__file__).parents[2] / "samples"
OFF = "reference rules are off: no reference data is loaded; `ordercli reference import --help` tells how to load it\n"
MAP = """
group = "Order"
dates = "%d.%m.%Y"
timezone = "Europe/Berlin"
decimal = ","
thousands = "."
[columns]
Order = "/externalId"
Customer = "/relatedParty/0/id"
Due = {at = "/requestedCompletionDate", type = "time"}
Offering = "/productOrderItem/*/productOffering/id"
Qty = {at = "/productOrderItem/*/quantity", type = "number", default = 1}
[constants]
"/orderCurrency" = "EUR"
"/relatedParty/0/@referredType" = "Customer"
"/productOrderItem/*/action" = "add"
"/productOrderItem/*/product/productSpecification/id" = "fibre-access"
"""
HEADER = "Order;Customer;Due;Offering;Qty\n"


def item(number: str, offering: str = "HF1000", **members: Any) -> Json:
    return {
        "id": number,
        "productOffering": {"id": offering},
        "quantity": 1,
        "action": "add",
        "product": {"productSpecification": {"id": "fibre-access"}},
        **members,
    }


def order(external_id: str, *items: Json, due: str = "2026-03-20T00:00:00+01:00") -> Json:
    return {
        "externalId": external_id,
        "relatedParty": [{"id": "customer-12", "@referredType": "Customer"}],
        "requestedCompletionDate": due,
        "orderCurrency": "EUR",
        "productOrderItem": list(items),
    }


def convert(ordercli: Ordercli, sheet: str | bytes, columns: str = MAP, name: str = "orders.csv") -> Result:
    Path(name).write_bytes(sheet.encode() if isinstance(sheet, str) else sheet)
    Path("map.toml").write_text(columns)
    return ordercli("convert", name, "--map", "map.toml", "--format", "concise")


def orders(result: Result) -> list[Json]:
    """The orders, without the rows that they come from."""
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return [{name: member for name, member in each.items() if name != "$origin"} for each in found]


def findings(result: Result) -> list[str]:
    """The findings, without the counts that end them."""
    return result.stderr.partition(OFF)[0].splitlines()


def test_rows_with_the_same_value_are_one_order(ordercli: Ordercli) -> None:
    result = convert(
        ordercli,
        HEADER + "A;customer-12;20.03.2026;HF1000;\nA;;;HF500;1.234,50\n\nB;customer-12;2026-03-20;HF1000;007\n",
    )

    assert orders(result) == [
        order("A", item("1"), item("2", "HF500", quantity=1234.5)),
        order("B", item("1", quantity=7)),
    ]
    assert b"1234.50" in result.stdout.encode()
    assert (result.exit_code, result.stderr) == (0, f"{OFF}2 orders in 1 file: 2 converted, 0 errors, 0 warnings\n")


@pytest.mark.parametrize(
    "sheet",
    [
        b'\xef\xbb\xbfOrder,Customer,Due,Offering,Qty\r\n"A",customer-12,20.03.2026,"HF ""1000""",2\r\n',
        b'Order\tCustomer\tDue\tOffering\tQty\nA\t customer-12 \t20.03.2026\t"HF ""1000"""\t2\n',
        b'Qty|Offering|Due|Customer|Order\n2|"HF ""1000"""|20.03.2026|customer-12|A',
        'Order;Customer;Due;Offering;Qty\nA;customer-12;20.03.2026;"HF ""1000""";2\n'.encode("utf-16"),
        b'\xef\xbb\xbfsep=;\r\nOrder;Customer;Due;Offering;Qty\r\nA;customer-12;20.03.2026;"HF ""1000""";2\r\n',
        b'"SEP=#"\nOrder#Customer#Due#Offering#Qty\nA#customer-12#20.03.2026#"HF ""1000"""#2\n',
        b'sep=\t\nOrder\tCustomer\tDue\tOffering\tQty\nA\tcustomer-12\t20.03.2026\t"HF ""1000"""\t2\n',
    ],
)
def test_the_form_of_a_sheet_is_found_out(ordercli: Ordercli, sheet: bytes) -> None:
    result = convert(ordercli, sheet)

    assert orders(result) == [order("A", item("1", 'HF "1000"', quantity=2))]


def test_rows_are_counted_as_a_spreadsheet_shows_them(ordercli: Ordercli) -> None:
    """Excel does not show the line that names the delimiter, so that row 1 is the header."""
    result = convert(ordercli, "sep=;\n" + HEADER + "A;customer-12;20.03.2026;HF1000;many\n")

    assert findings(result) == ["orders.csv:2:5: ORD701 'many' in column 'Qty' is no number"]


def test_the_delimiter_of_the_map_counts(ordercli: Ordercli) -> None:
    columns = MAP.replace('group = "Order"', 'group = "Order"\ndelimiter = ";"')

    assert orders(convert(ordercli, f"sep=,\n{HEADER}A;customer-12;20.03.2026;HF1000;1\n", columns)) == [
        order("A", item("1"))
    ]


def test_the_map_names_the_encoding_and_the_header(ordercli: Ordercli) -> None:
    sheet = "our orders\n\n" + HEADER + "Ä;customer-12;20.03.2026;HF1000;1\n"
    columns = MAP.replace('group = "Order"', 'group = "Order"\nencoding = "cp1252"\nheader = 3\ndelimiter = ";"')

    assert orders(convert(ordercli, sheet.encode("cp1252"), columns)) == [order("Ä", item("1"))]


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("utf-16", "row 1 or one soon after it is not utf-16"),
        ("base64", "there is no encoding base64"),
        ("klingon", "there is no encoding klingon"),
    ],
)
def test_an_encoding_that_the_sheet_does_not_have_is_named(ordercli: Ordercli, encoding: str, message: str) -> None:
    result = convert(ordercli, HEADER, f'encoding = "{encoding}"\n{MAP}')

    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr.startswith(f"error: orders.csv: {message}\n")


def test_a_service_order_has_its_own_items(ordercli: Ordercli) -> None:
    columns = """
group = "Order"
[columns]
Order = "/externalId"
Service = "/serviceOrderItem/*/service/serviceSpecification/id"
What = {at = "/serviceOrderItem/*/action", values = {neu = "add", weg = "delete"}}
On = {at = "/serviceOrderItem/*/service/isServiceEnabled", type = "boolean"}
[constants]
"/relatedParty" = [{id = "customer-12", "@referredType" = "Customer"}]
"""
    result = convert(ordercli, "Order,Service,What,On\nS,access,neu,Yes\n", columns)

    item = {"id": "1", "service": {"serviceSpecification": {"id": "access"}, "isServiceEnabled": True}, "action": "add"}
    party = {"id": "customer-12", "@referredType": "Customer"}
    assert orders(result) == [{"externalId": "S", "relatedParty": [party], "serviceOrderItem": [item]}]


def test_every_finding_has_its_cell_and_the_order_is_left_out(ordercli: Ordercli) -> None:
    result = convert(
        ordercli,
        HEADER
        + "A;customer-12;31.02.2026;HF1000;1\n"
        + "A;customer-13;;HF1000;1.50\n"
        + ";customer-12;20.03.2026;HF1000;1\n"
        + "B;customer-12;20.03.2026;HF1000;1\n"
        + "C;customer-12;20.03.2026;HF1000;0;;more\n"
        + "B;customer-12;20.03.2026;HF1000;1\n"
        + "D;customer-12;20.03.2026;HF1000;1\n"
        + "E;;20.03.2026;;1\n",
    )

    assert findings(result) == [
        "orders.csv:2:3: ORD701 '31.02.2026' in column 'Due' is no date of a known form",
        "orders.csv:3:2: ORD702 Column 'Customer' has customer-13, and customer-12 in row 2 of the same order",
        "orders.csv:3:5: ORD701 '1.50' in column 'Qty' is no number",
        "orders.csv:4:1: ORD702 The row names no order: column 'Order' is empty",
        "orders.csv:5:1: ORD702 Rows of order 'B' stand apart; other rows are between them",
        "orders.csv:6:6: ORD702 The row has 7 cells, and the header has 5",
        "orders.csv:6:5: ORD209 The quantity of a line item must be more than 0, not 0",
        "orders.csv:7:1: ORD702 Rows of order 'B' stand apart; other rows are between them",
        "orders.csv:9:4: ORD105 Invalid payload: productOrderItem productOffering is missing",
        "orders.csv:9:2: ORD111 Invalid payload: relatedParty is missing",
    ]
    assert (orders(result), result.exit_code) == ([order("D", item("1"))], 1)


def test_programs_get_the_cell_of_a_finding_as_line_and_column(ordercli: Ordercli) -> None:
    Path("orders.csv").write_text(HEADER + "A;customer-12;20.03.2026;HF1000;many\n")
    Path("map.toml").write_text(MAP)

    result = ordercli("convert", "orders.csv", "--map", "map.toml", "--to", "orders.ndjson", "-o", "json")

    [found] = result.json["diagnostics"]
    assert found == {
        "file": "orders.csv",
        "line": 2,
        "column": 5,
        "endLine": 2,
        "endColumn": 6,
        "record": 1,
        "externalId": "A",
        "pointer": "/productOrderItem/0/quantity",
        "code": "ORD701",
        "name": "unreadable-cell",
        "severity": "error",
        "message": "'many' in column 'Qty' is no number",
        "suggestion": None,
    }
    assert (result.json["orders"], result.json["converted"], Path("orders.ndjson").read_bytes()) == (1, 0, b"")


def test_an_empty_element_of_a_list_is_left_out_with_its_constants(ordercli: Ordercli) -> None:
    columns = MAP.replace("[constants]", 'Contact = "/relatedParty/1/id"\n[constants]')
    columns = columns.replace(
        '"/relatedParty/0/@', '"/relatedParty/1/@referredType" = "CustomerContact"\n"/relatedParty/0/@'
    )
    header = HEADER.replace("Qty", "Qty;Contact")
    result = convert(
        ordercli, header + "A;;20.03.2026;HF1000;1;contact-88\nB;customer-12;20.03.2026;HF1000;1;\n", columns
    )

    assert findings(result) == ["orders.csv:2:2: ORD112 Invalid payload: Customer Account or Consumer is missing"]
    assert orders(result) == [order("B", item("1"))]


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("", "orders.csv: row 1 is empty, and should have the names of the columns"),
        ("Order;Customer\n", "orders.csv: row 1 has no column 'Due'"),
        (HEADER.replace("Offering", "Due"), "orders.csv: row 1 has the column 'Due' more than once: columns 3 and 4"),
        (HEADER + 'A;"customer', "orders.csv: row 2: unexpected end of data"),
        (HEADER + 'A;"x" y;20.03.2026;HF1000;1\n', "orders.csv: row 2: ';' expected after '\"'"),
        (HEADER.encode() + b"\xe4;;;;\n", "orders.csv: row 1 or one soon after it is not utf-8"),
        (HEADER + "x" * (1 << 20), "orders.csv: line 2 is longer than 1,048,576 characters"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "orders.csv: an XLS file, or one with a password"),
        ('{"externalId": "A"}\n', "orders.csv: JSON, where a sheet is expected"),
        (b'\xef\xbb\xbf[\r\n  {\r\n    "externalId": "A"', "orders.csv: JSON, where a sheet is expected"),
        ("[Order];{Customer}\n", "orders.csv: row 1 has no column 'Order'"),
        (b"PK\x03\x04nothing", "orders.csv: a damaged XLSX file: File is not a zip file"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_refused(ordercli: Ordercli, sheet: str | bytes, message: str) -> None:
    result = convert(ordercli, sheet)

    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr.startswith(f"error: {message}\n")


def test_orders_before_damage_are_converted_but_for_the_last(ordercli: Ordercli) -> None:
    rows = [f"{name};customer-12;20.03.2026;HF1000;1\n" for name in "AB"]

    result = convert(ordercli, HEADER + "".join(rows) + 'B;"')

    assert (orders(result), result.exit_code) == ([order("A", item("1"))], 6)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("group", "grup", "Object contains unknown field `grup`"),
        ("[columns]", "[columns", "map.toml is not TOML"),
        ("Europe/Berlin", "Berlin", "there is no time zone 'Berlin'"),
        ("%d.%m.%Y", "%-d.%m.%Y", "'%-d.%m.%Y' in dates is no format of strptime: '-' is a bad directive"),
        ("%d.%m.%Y", "%d.%d.%Y", "'%d.%d.%Y' in dates is no format of strptime: redefinition of group name"),
        ("default = 1", "default = nan", "JSON has no number nan"),
        ('"EUR"', "1e999", "JSON has no number 1e999"),
        ('thousands = "."', 'thousands = ","', "decimal and thousands are both ','"),
        ('"/externalId"', '"externalId"', "'externalId' is no JSON Pointer to a member of an order"),
        ('"/externalId"', '"/orderCurrency"', "two values go to /orderCurrency"),
        ('"/externalId"', '"/relatedParty"', "a value goes to /relatedParty and another one below it"),
        (
            '"/externalId"',
            '"/relatedParty/2/id"',
            "/relatedParty has the members 0, 2: elements of a list count from 0",
        ),
        ('"/externalId"', '"/note/*/text"', "/note/*/text: `*` stands for the line item of a row"),
        ("/productOrderItem/*", "/note/0", "each row is a line item, so some places must begin with either"),
    ],
)
def test_a_map_that_contradicts_itself_is_refused(ordercli: Ordercli, before: str, after: str, message: str) -> None:
    result = convert(ordercli, HEADER, MAP.replace(before, after))

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("orders.csv",), 2, "--map is missing: it names the file that tells where each column goes"),
        (("orders.csv", "--map", "none.toml"), 6, "Cannot read none.toml: No such file or directory"),
        (("orders.csv", "--init", "orders.csv"), 2, "--init takes one sheet, and neither --map nor another path"),
        (("--init", "none.csv"), 6, "none.csv: No such file or directory"),
    ],
)
def test_what_is_missing_is_named(ordercli: Ordercli, options: tuple[str, ...], code: int, message: str) -> None:
    result = ordercli("convert", *options)

    assert (result.exit_code, result.stderr.partition("\n")[0]) == (code, f"error: {message}")


@pytest.mark.parametrize("path", ["orders.csv", "map.toml"])
def test_what_is_read_is_not_overwritten(ordercli: Ordercli, path: str) -> None:
    convert(ordercli, HEADER)
    before = Path(path).read_bytes()

    result = ordercli("convert", "orders.csv", "--map", "map.toml", "--to", path, "--force")

    assert (result.exit_code, Path(path).read_bytes()) == (2, before)
    assert result.stderr.startswith(f"error: --to {path} would overwrite an input\n")


def workbook(*rows: list[Any], path: str = "orders.xlsx") -> bytes:
    book = Workbook()
    book["Sheet"].title = "Notes"
    book["Notes"].sheet_state = "hidden"
    sheet = book.create_sheet("Orders")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return Path(path).read_bytes()


COLUMNS = ["Order", "Customer", "Due", "Offering", "Qty"]


def test_a_workbook_has_numbers_and_dates(ordercli: Ordercli) -> None:
    sheet = workbook(
        COLUMNS,
        ["A", "customer-12", date(2026, 3, 20), "HF1000", 0.1 + 0.2],
        [4711, "customer-12", datetime.fromisoformat("2026-07-01T14:30"), 500.0, 3],
        [],
        ["B", "customer-12", time(14, 30), True, True],
    )
    result = convert(ordercli, sheet, name="orders.xlsx")

    assert orders(result) == [
        order("A", item("1", quantity=0.3)),
        order("4711", item("1", "500", quantity=3), due="2026-07-01T14:30:00+02:00"),
    ]
    assert findings(result) == [
        "orders.xlsx:5:3: ORD701 '14:30:00' in column 'Due' is no date of a known form",
        "orders.xlsx:5:5: ORD701 'true' in column 'Qty' is no number",
    ]


def test_the_map_names_the_sheet(ordercli: Ordercli) -> None:
    sheet = workbook(COLUMNS)
    named = [convert(ordercli, sheet, f'sheet = "{each}"\n{MAP}', "orders.xlsx") for each in ("Orders", "Notes", "X")]

    assert [each.stderr.partition("\n")[0] for each in named] == [
        OFF.strip(),
        "error: orders.xlsx: row 1 is empty, and should have the names of the columns",
        "error: orders.xlsx: there is no sheet 'X'",
    ]
    assert "hint: the workbook has 'Notes', 'Orders'" in named[2].stderr


def merge(path: str, *areas: str) -> bytes:
    """Merge cells of a workbook; all but the first of each lose their value."""
    book = load_workbook(path)
    for each in areas:
        book["Orders"].merge_cells(each)
    book.save(path)
    return Path(path).read_bytes()


def test_a_merged_cell_is_told_where_its_value_is_needed(ordercli: Ordercli) -> None:
    good = ["customer-12", "20.03.2026", "HF1000", 1]
    workbook(
        COLUMNS,
        ["A", *good],  # row 2: a customer and a due date merged over its rows, which may be
        ["A", *good],
        ["B", *good],  # row 4: a name and a quantity merged over its rows
        ["B", *good],
        ["C", *good],  # row 6: a due date merged with that of the next order
        ["D", *good],
        ["E", "E", "20.03.2026", "HF1000", 1],  # row 8: merged with the customer beside it
        ["F", *good],
    )

    result = convert(
        ordercli,
        merge("orders.xlsx", "B2:B3", "C2:C3", "A4:A5", "E4:E5", "C6:C7", "A8:B8", "G2:H9", "F10:G11"),
        name="orders.xlsx",
    )

    assert [each["externalId"] for each in orders(result)] == ["A", "C", "F"]
    first = "whose value is in its first cell only"
    assert findings(result) == [
        f"orders.xlsx:5:1: ORD703 Column 'Order' is part of the merged cell A4:A5, {first}",
        f"orders.xlsx:5:5: ORD703 Column 'Qty' is part of the merged cell E4:E5, {first}",
        f"orders.xlsx:7:3: ORD703 Column 'Due' is part of the merged cell C6:C7, {first}",
        f"orders.xlsx:8:2: ORD703 Column 'Customer' is part of the merged cell A8:B8, {first}",
    ]


def test_a_merged_name_of_a_column_is_the_name_of_its_first_cell(ordercli: Ordercli) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])

    result = convert(ordercli, merge("orders.xlsx", "C1:D1"), name="orders.xlsx")

    assert result.stderr == (
        "error: orders.xlsx: row 1 has no column 'Offering'\n"
        f"  hint: it has 'Order', 'Customer', 'Due', 'Qty'\n{OFF}"
        "0 orders in 1 file: 0 converted, 0 errors, 0 warnings, 1 unreadable input\n"
    )


@pytest.mark.parametrize(("name", "most"), [("MOST_MARKS", 1), ("MOST_IN_A_ROW", 1)])
def test_more_merged_cells_than_are_kept_are_refused(
    ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])
    monkeypatch.setattr(workbook_scan, name, most)

    result = convert(ordercli, merge("orders.xlsx", "A2:A3", "B2:B3"), name="orders.xlsx")

    assert (result.exit_code, result.stdout) == (6, "")
    assert "merged cells" in result.stderr.partition("\n")[0]


def test_a_formula_that_was_never_calculated_is_told(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_scan, "_PIECE", 100)  # so that cells are cut apart
    good = ["customer-12", "20.03.2026", "HF1000"]
    workbook(COLUMNS, ["A", *good, 1], ["B", *good, "=1+1"], ["C", *good, "=2"], ["D", *good, 1])
    sheet = "xl/worksheets/sheet2.xml"
    rewrite("orders.xlsx", sheet, b'<c r="E4"><f>2</f><v />', b'<c r="E4"><f>2</f><v>2</v>')
    rewrite("orders.xlsx", sheet, b'<c r="E5" t="n"><v>1</v></c>', b'<c r="E5" t="str"><f>""</f><v></v></c>')

    result = convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")

    assert [each["externalId"] for each in orders(result)] == ["A", "C", "D"]
    formula = "The formula in column 'Qty' was never calculated: open the workbook and save it"
    assert findings(result) == [f"orders.xlsx:3:5: ORD701 {formula}"]


def test_a_formula_has_its_last_value_and_an_error_is_refused(ordercli: Ordercli) -> None:
    workbook(
        COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", "=1+1"], ["B", "customer-12", "20.03.2026", "#REF!", 1]
    )
    rewrite("orders.xlsx", "xl/worksheets/sheet2.xml", b"<v />", b"<v>2</v>")

    result = convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")

    assert orders(result) == [order("A", item("1", quantity=2))]
    assert findings(result)[0] == "orders.xlsx:3:4: ORD701 Column 'Offering' has the error '#REF!'"


def rewrite(path: str, name: str, old: bytes, new: bytes) -> None:
    """Replace bytes of a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in parts.items():
            archive.writestr(each, data)


def test_a_claim_of_many_rows_and_columns_costs_nothing(ordercli: Ordercli) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])
    rewrite("orders.xlsx", "xl/worksheets/sheet2.xml", b'ref="A1:E2"', b'ref="A1:XFD1048576"')

    result = convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")

    assert orders(result) == [order("A", item("1"))]


def test_rows_beyond_the_format_are_refused(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])
    rewrite("orders.xlsx", "xl/worksheets/sheet2.xml", b'<row r="2">', b'<row r="999999999999">')

    result = convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")

    assert result.exit_code == 6
    assert result.stderr.startswith("error: orders.xlsx: the sheet has more than 3 rows\n")


@pytest.mark.parametrize(
    ("limit", "part"),
    [
        ("LARGEST_SHEET", "xl/worksheets/sheet1.xml"),
        ("LARGEST_TEXTS", "xl/sharedStrings.xml"),
        ("LARGEST_PART", "docProps/app.xml"),
    ],
)
def test_a_part_that_unpacks_to_too_much_is_refused(
    ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch, limit: str, part: str
) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])
    share_texts("orders.xlsx")
    monkeypatch.setattr(workbooks, limit, 60)

    result = convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")

    assert result.exit_code == 6
    assert result.stderr.startswith(f"error: orders.xlsx: {part} unpacks to more than 0 MiB\n")


def share_texts(path: str) -> None:
    """Put a text of a workbook where Excel puts texts: into a part that cells refer to."""
    namespace = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    part = b'<sst xmlns="' + namespace + b'"><si><t>HF1000</t></si></sst>'
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'" /></Types>'
    rewrite(path, "[Content_Types].xml", b"</Types>", override)
    rewrite(path, "xl/worksheets/sheet2.xml", b't="inlineStr"><is><t>HF1000</t></is>', b't="s"><v>0</v>')
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", part)


def test_texts_that_cells_share_are_read(ordercli: Ordercli) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])
    share_texts("orders.xlsx")

    assert orders(convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")) == [order("A", item("1"))]


def test_macros_and_links_are_not_looked_at(ordercli: Ordercli) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])
    with zipfile.ZipFile("orders.xlsx", "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0" * 100)
        archive.writestr("xl/externalLinks/externalLink1.xml", b"not XML")

    assert orders(convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsm")) == [order("A", item("1"))]


def test_a_number_too_large_for_json_is_not_taken_for_an_empty_cell(ordercli: Ordercli) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 12345])
    rewrite("orders.xlsx", "xl/worksheets/sheet2.xml", b"<v>12345</v>", b"<v>1E999</v>")

    result = convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")

    assert (result.exit_code, result.stdout) == (1, "")
    assert findings(result) == ["orders.xlsx:2:5: ORD701 Column 'Qty' has the error 'inf'"]


def test_damaged_xml_is_refused(ordercli: Ordercli) -> None:
    workbook(COLUMNS, ["A", "customer-12", "20.03.2026", "HF1000", 1])
    rewrite("orders.xlsx", "xl/worksheets/sheet2.xml", b"</row>", b"</raw>")

    result = convert(ordercli, Path("orders.xlsx").read_bytes(), name="orders.xlsx")

    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr.startswith("error: orders.xlsx: a damaged XLSX file: mismatched tag")


def test_a_map_is_proposed(ordercli: Ordercli) -> None:
    Path("orders.csv").write_text(
        "\nAuftrag;Kunde;Termin;Menge;Preis;Farbe\nA;customer-12;20.03.2026;1;2,50;red\n", encoding="utf-8"
    )

    result = ordercli("convert", "--init", "orders.csv")

    assert tomllib.loads(result.stdout) == {
        "group": "Auftrag",
        "header": 2,
        "dates": ["%d.%m.%Y"],
        "timezone": "UTC",
        "decimal": ",",
        "columns": {
            "Auftrag": "/externalId",
            "Kunde": "/relatedParty/0/id",
            "Termin": {"at": "/requestedCompletionDate", "type": "time"},
            "Menge": {"at": "/productOrderItem/*/quantity", "type": "number"},
        },
        "constants": {
            "/productOrderItem/*/action": "add",
            "/orderCurrency": "EUR",
            "/relatedParty/0/@referredType": "Customer",
        },
    }
    assert '# "Preis" = "/…"\n# "Farbe" = "/…"\n' in result.stdout
    Path("map.toml").write_text(result.stdout)
    note = ordercli("convert", "orders.csv", "--map", "map.toml").stderr
    assert "columns without a place in the map: Preis, Farbe\n" in note


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("", "the sheet is empty"),
        (";;\n", "the sheet is empty"),
    ],
)
def test_an_empty_sheet_proposes_nothing(ordercli: Ordercli, sheet: str, message: str) -> None:
    Path("orders.csv").write_text(sheet)

    result = ordercli("convert", "--init", "orders.csv")

    assert (result.exit_code, result.stderr) == (6, f"error: orders.csv: {message}\n")


def test_the_sample_can_be_submitted_with_its_reference_data(ordercli: Ordercli) -> None:
    ordercli("reference", "import", str(SAMPLES / "reference.ndjson"))
    sheets = SAMPLES / "sheets"

    result = ordercli("convert", str(sheets / "orders.csv"), "--map", str(sheets / "orders.map.toml"))

    assert (result.exit_code, result.stderr) == (0, "2 orders in 1 file: 2 converted, 0 errors, 0 warnings\n")
    submitted = ordercli("submit", "-", "-o", "json", stdin=result.stdout.encode())
    assert (submitted.json["accepted"], submitted.json["warnings"]) == (2, 0)
