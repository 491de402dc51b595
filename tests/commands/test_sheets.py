"""`validate --map` and `submit --map` read sheets, and orders that `convert` wrote have their places there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from support.builders import product_order, write_orders
from support.printed import outcomes, read_rejects, summary
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli, Result

MAP = """
group = "Order"
dates = "%d.%m.%Y"
decimal = ","
[columns]
Order = "/externalId"
Customer = "/relatedParty/0/id"
Due = {at = "/requestedCompletionDate", type = "time"}
Offering = "/productOrderItem/*/productOffering/id"
Qty = {at = "/productOrderItem/*/quantity", type = "number"}
[constants]
"/orderCurrency" = "EUR"
"/relatedParty/0/@referredType" = "Customer"
"/productOrderItem/*/action" = "add"
"/productOrderItem/*/product/productSpecification/id" = "fibre-access"
"""
COLUMNS = ["Order", "Customer", "Due", "Offering", "Qty"]
# What is wrong: a number, an offering, a due date that differs within the order.
ROWS: list[list[Any]] = [
    ["A", "customer-12", "20.03.2026", "HF1000", "1,5"],
    ["A", None, None, "HF500", "2"],
    ["B", "customer-12", "20.03.2026", "HF1000", "1"],
    ["B", "customer-12", "20.03.2026", "HF500", "1,5O"],
    ["C", "customer-12", "20.03.2026", None, "1"],
    ["D", "customer-12", "20.03.2026", "HF1000", "1"],
    ["D", "customer-13", "20.03.2026", "HF500", "1"],
    ["E", "customer-12", "20.03.2026", "HF1000", "1"],
]
FINDINGS = [
    (5, 5, "ORD701", "/productOrderItem/1/quantity"),
    (6, 4, "ORD105", "/productOrderItem/0/productOffering"),
    (8, 2, "ORD702", "/relatedParty/0/id"),
]
ALL = [("A", "accepted", 201), ("B", "rejected", 400), ("C", "rejected", 400), ("D", "rejected", 400)]


def write_csv(*rows: list[Any], path: str = "orders.csv") -> str:
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in (COLUMNS, *rows)]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    Path("map.toml").write_text(MAP, encoding="utf-8")
    return path


def write_xlsx(*rows: list[Any], path: str = "orders.xlsx") -> str:
    book = Workbook()
    for row in (COLUMNS, *rows):
        book["Sheet"].append(row)
    book.save(path)
    Path("map.toml").write_text(MAP, encoding="utf-8")
    return path


def submit(ordercli: Ordercli, path: str, *options: str) -> Result:
    return ordercli("submit", path, "--map", "map.toml", "-o", "ndjson", *options)


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_validate_tells_the_cells_of_a_sheet(ordercli: Ordercli, write: Any, jobs: str) -> None:
    path = write(*ROWS)

    result = ordercli("validate", path, "--map", "map.toml", "--jobs", jobs, "-o", "json")

    found = result.json["diagnostics"]
    assert [(each["line"], each["column"], each["code"], each["pointer"]) for each in found] == FINDINGS
    assert {each["file"] for each in found} == {path}
    assert [(each["record"], each["externalId"]) for each in found] == [(2, "B"), (3, "C"), (4, "D")]
    assert (result.exit_code, result.json["orders"]) == (1, 5)


def test_validate_reads_a_sheet_from_a_pipe_and_names_columns_without_a_place(ordercli: Ordercli) -> None:
    write_csv()

    result = ordercli("validate", "-", "--map", "map.toml", stdin=b"Order;Customer;Due;Offering;Qty;Colour\n")

    assert result.exit_code == 0
    assert "columns without a place in the map: Colour\n" in result.stderr


def test_submit_accepts_what_convert_would_write_and_tells_the_cells_of_the_others(
    ordercli: Ordercli, connection: Store
) -> None:
    path = write_csv(*ROWS)
    converted = ordercli("convert", path, "--map", "map.toml").stdout.splitlines()

    result = submit(ordercli, path)

    assert outcomes(result) == [*ALL, ("E", "accepted", 201)]
    assert [(each["file"], each["line"], each["record"]) for each in result.ndjson[:5]] == [
        ("orders.csv", line, record) for record, line in enumerate((2, 4, 6, 7, 9), 1)
    ]
    places = [(each["line"], each["column"], each["code"]) for line in result.ndjson[:5] for each in line["errors"]]
    assert places == [found[:3] for found in FINDINGS]
    stored = [bytes(body).decode() for body in column(connection, "payload", "body")]
    assert stored == ["{" + line.partition("},")[2] for line in converted]


def test_the_orders_of_convert_are_those_of_the_sheet(ordercli: Ordercli) -> None:
    path = write_csv(*ROWS)
    ordercli("convert", path, "--map", "map.toml", "--to", "orders.ndjson")
    submit(ordercli, path, "--rejects", "none")

    result = ordercli("submit", "orders.ndjson", "-o", "ndjson")

    assert outcomes(result) == [("A", "duplicate", 200), ("E", "duplicate", 200)]
    assert [(each["file"], each["line"], each["record"]) for each in result.ndjson] == [
        ("orders.csv", 2, 1),
        ("orders.csv", 9, 2),
    ]


def test_an_order_of_convert_has_its_findings_in_the_rows_of_the_sheet(ordercli: Ordercli) -> None:
    path = write_csv(["A", "customer-12", "20.03.2026", "HF1000", "1"], [], ["A", None, None, "HF500", "1"])
    line = ordercli("convert", path, "--map", "map.toml").stdout
    Path("orders.ndjson").write_text(line.replace('"HF500"', '""').replace('"EUR"', "5"), encoding="utf-8")

    result = ordercli("validate", "orders.ndjson", "-o", "json")
    ordercli("submit", "orders.ndjson")

    assert line.startswith('{"$origin":{"sheet":"orders.csv","row":2,"rows":[2,4]},"externalId":"A",')
    found = [(each["file"], each["line"], each["column"], each["pointer"]) for each in result.json["diagnostics"]]
    assert found == [
        ("orders.csv", 4, 1, "/productOrderItem/1/productOffering/id"),
        ("orders.csv", 2, 1, "/orderCurrency"),
    ]
    (reject,) = read_rejects(Path("orders.ndjson.rejects.ndjson"))
    assert (reject["$reject"]["file"], reject["$reject"]["line"]) == ("orders.csv", 2)
    assert [each["line"] for each in reject["$reject"]["errors"]] == [4, 2]
    assert next(iter(reject["order"])) == "externalId"


def test_orders_of_several_files_that_name_the_same_sheet_are_sent_again_each(ordercli: Ordercli) -> None:
    for name in ("first", "second"):
        path = write_csv([name, "customer-12", "20.03.2026", "HF1000", "1"])
        line = ordercli("convert", path, "--map", "map.toml").stdout
        Path(f"{name}.ndjson").write_text(line.replace('"EUR"', "5"), encoding="utf-8")
    ordercli("submit", "first.ndjson", "second.ndjson", "--rejects", "rejects.ndjson")
    ordercli("rejects", "fix", "rejects.ndjson", "--code", "ORD120", "--set", "orderCurrency=EUR")

    result = ordercli("rejects", "submit", "rejects.ndjson", "-o", "ndjson")

    assert outcomes(result) == [("first", "accepted", 201), ("second", "accepted", 201)]
    assert result.exit_code == 0


def test_a_rejected_order_is_refused_until_the_value_that_could_not_be_read_is_set(
    ordercli: Ordercli, connection: Store
) -> None:
    submit(ordercli, write_csv(*ROWS))
    rejects = "orders.csv.rejects.ndjson"
    again = ordercli("rejects", "submit", rejects, "--rejects", "none", "-o", "ndjson")
    judged = ordercli("validate", rejects, "--format", "concise")

    fixed = [
        ordercli("rejects", "fix", rejects, "--code", "ORD701", "--set", "productOrderItem.2.quantity=1.5"),
        ordercli("rejects", "fix", rejects, "--code", "ORD702", "--set", "relatedParty.0.id=customer-13"),
        ordercli(
            "rejects", "fix", rejects, "--code", "ORD105", "--set", "productOrderItem.1.productOffering.id=HF1000"
        ),
    ]
    last = ordercli("rejects", "submit", rejects, "-o", "ndjson")

    errors = [error for line in again.ndjson for error in line["errors"]]
    assert [(each["code"], each["pointer"]) for each in errors] == [found[2:] for found in FINDINGS]
    assert again.ndjson[0]["errors"][0]["value"] == "1,5O"
    assert [line.split()[1] for line in judged.stdout.splitlines()] == ["ORD701", "ORD105", "ORD702"]
    assert [each.stderr.partition("\n")[0] for each in fixed] == ["1 repaired, 2 unchanged"] * 3
    assert outcomes(last) == [("B", "accepted", 201), ("C", "accepted", 201), ("D", "accepted", 201)]
    stored = [json.loads(body) for body in column(connection, "payload", "body")]
    assert [each["quantity"] for each in stored[2]["productOrderItem"]] == [1, 1.5]


def test_a_fix_of_something_else_leaves_the_error_of_the_sheet(ordercli: Ordercli) -> None:
    submit(ordercli, write_csv(*ROWS))
    rejects = "orders.csv.rejects.ndjson"

    result = ordercli("rejects", "fix", rejects, "--code", "ORD701", "--set", "orderCurrency=USD")

    assert result.stderr.startswith("1 changed, 2 unchanged\n")
    assert [each["code"] for each in read_rejects(Path(rejects))[0]["$reject"]["errors"]] == ["ORD701"]


def test_rows_that_stand_apart_are_corrected_in_the_sheet(ordercli: Ordercli) -> None:
    rows = [[name, "customer-12", "20.03.2026", "HF1000", "1"] for name in "ABA"]
    submit(ordercli, write_csv(*rows))
    again = ordercli("rejects", "submit", "orders.csv.rejects.ndjson", "--rejects", "none", "-o", "ndjson")

    result = submit(ordercli, write_csv(*sorted(rows)))

    assert outcomes(again) == [("A", "rejected", 400)] * 2
    assert outcomes(result) == [("A", "accepted", 201), ("B", "duplicate", 200)]


def test_a_run_that_stopped_goes_on_with_the_map_that_it_had(ordercli: Ordercli) -> None:
    path = write_csv(*ROWS)
    first = ordercli("submit", path, "--map", "map.toml", "--max-rejects", "1", "-o", "json")
    Path("map.toml").unlink()

    result = ordercli("batch", "resume", first.json["batchId"], "--max-rejects", "9", "-o", "json")

    assert (first.exit_code, summary(first, "read", "accepted", "rejected")) == (
        5,
        {"read": 2, "accepted": 1, "rejected": 1},
    )
    assert summary(result, "read", "accepted", "rejected") == {"read": 5, "accepted": 2, "rejected": 3}
    assert [each["$reject"]["line"] for each in read_rejects(Path("orders.csv.rejects.ndjson"))] == [4, 6, 7]


def test_an_idempotency_key_is_that_of_a_sheet_and_its_map(ordercli: Ordercli) -> None:
    path = write_csv(ROWS[0])
    first, again = (submit(ordercli, path, "--idempotency-key", "night", "-o", "json") for _ in range(2))
    Path("map.toml").write_text(MAP.replace('"EUR"', '"USD"'), encoding="utf-8")

    other = submit(ordercli, path, "--idempotency-key", "night", "-o", "json")

    assert (first.json["accepted"], again.json["repeated"], again.json["batchId"]) == (1, True, first.json["batchId"])
    assert other.exit_code == 4


def test_it_is_told_that_a_sheet_has_no_rows(ordercli: Ordercli) -> None:
    result = submit(ordercli, write_csv())

    assert (result.exit_code, result.stdout) == (0, "")
    assert '"no orders in orders.csv: nothing but the names of columns"' in result.stderr


def test_a_dry_run_of_a_sheet_writes_nothing(ordercli: Ordercli) -> None:
    result = submit(ordercli, write_csv(*ROWS), "--dry-run")

    assert outcomes(result) == [*ALL, ("E", "accepted", 201)]
    assert [each.name for each in ordercli.folder.iterdir() if "orders.csv." in each.name] == []


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("validate orders.csv --map map.toml --at order", 2, "--map reads sheets, and --at and --input-format concern"),
        ("submit orders.csv --map map.toml --input-format json", 2, "--map reads sheets, and --at and --input-format"),
        ("submit orders.csv --map none.toml", 6, "Cannot read none.toml: No such file or directory"),
        ("submit orders.csv --map orders.csv", 2, "orders.csv is not TOML"),
        (
            "submit orders.json --map map.toml",
            6,
            "JSON, where a sheet is expected\n  hint: submit orders in JSON without",
        ),
        (
            "validate orders.json --map map.toml",
            6,
            "JSON, where a sheet is expected\n  hint: submit orders in JSON with",
        ),
        ("submit orders.csv --map map.toml --accepted map.toml", 2, "--accepted map.toml would overwrite an input"),
        ("validate orders.csv --map map.toml --report json=map.toml", 2, "--report map.toml would overwrite an input"),
        ("submit map.toml --map map.toml", 6, "map.toml: row 1 is empty, and should have the names"),
        ("validate map.toml --map map.toml", 6, "map.toml: row 1 is empty, and should have the names"),
    ],
)
def test_what_cannot_be_done_is_refused(ordercli: Ordercli, command: str, code: int, message: str) -> None:
    write_csv(*ROWS)
    write_orders(Path("orders.json"), product_order("A"))

    result = ordercli(*command.split())

    assert (result.exit_code, message in result.stderr) == (code, True), result.stderr
    assert Path("map.toml").read_text(encoding="utf-8") == MAP
