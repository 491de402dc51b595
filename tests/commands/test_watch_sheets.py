"""`submit --watch-folder --map`: sheets that are put into a folder are submitted; rows and columns are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from openpyxl import Workbook

from ordercli.output.schemas import schema
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli, Result

ONCE = ("submit", "--watch-folder", "in", "--once", "--settle", "0s", "--map", "map.toml")
MAP = """
group = "Order"
[columns]
Order = "/externalId"
Customer = "/relatedParty/0/id"
[constants]
"/relatedParty/0/@referredType" = "Customer"
"""
OF_PRODUCTS = """
"/orderCurrency" = "EUR"
"/productOrderItem/*/action" = "add"
"/productOrderItem/*/product/productSpecification/id" = "fibre-access"
[columns.Offering]
at = "/productOrderItem/*/productOffering/id"
[columns.Qty]
at = "/productOrderItem/*/quantity"
type = "number"
"""
OF_SERVICES = """
"/serviceOrderItem/*/action" = "add"
[columns.Offering]
at = "/serviceOrderItem/*/service/serviceSpecification/id"
[columns.Qty]
at = "/serviceOrderItem/*/quantity"
type = "number"
"""
COLUMNS = ["Order", "Customer", "Offering", "Qty"]
GOOD: list[list[Any]] = [["A", "customer-12", "HF1000", 1], ["A", "", "HF500", 2], ["B", "customer-12", "HF500", 1]]
BAD = [*GOOD[:2], ["B", "customer-12", "HF500", "many"]]


@pytest.fixture
def folder(ordercli: Ordercli) -> Path:
    (ordercli.folder / "in").mkdir()
    use(OF_PRODUCTS)
    return Path("in")


def use(places: str) -> None:
    Path("map.toml").write_text(MAP + places)


def csv(*rows: list[Any], columns: list[str] = COLUMNS) -> bytes:
    return "".join(";".join(map(str, row)) + "\n" for row in (columns, *rows)).encode()


def write_csv(path: Path, *rows: list[Any]) -> Path:
    path = path.with_suffix(".csv")
    path.write_bytes(csv(*rows))
    return path


def write_xlsx(path: Path, *rows: list[Any]) -> Path:
    path = path.with_suffix(".xlsx")
    book = Workbook()
    for row in (COLUMNS, *rows):
        book["Sheet"].append(row)
    book.save(path)
    return path


def receipt(folder: Path, name: str) -> Any:
    found = json.loads((folder / f"{name}.receipt.json").read_bytes())
    assert [each.message for each in Draft202012Validator(schema("file-receipt")).iter_errors(found)] == []
    return found


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("[!.]*") if each.is_file())


@pytest.mark.every_engine
@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("places", [OF_PRODUCTS, OF_SERVICES])
@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_the_orders_of_a_sheet_are_accepted_once(
    ordercli: Ordercli, folder: Path, connection: Store, write: Any, places: str
) -> None:
    use(places)
    data = (path := write(folder / "night", *GOOD)).read_bytes()
    first = ordercli(*ONCE, "--source", "crm")
    path.write_bytes(data)

    again = ordercli(*ONCE, "--source", "crm", "-o", "ndjson")

    assert (first.exit_code, first.stdout, first.stderr) == (0, "", "")
    (repeated,) = again.ndjson
    assert (again.exit_code, repeated["file"], repeated["submission"]["repeated"]) == (0, f"night.2{path.suffix}", True)
    found = receipt(folder, f"done/{path.name}")
    assert (found["outcome"], found["submission"]["accepted"], found["submission"]["read"]) == ("done", 2, 2)
    orders = (folder / f"done/{path.name}.orders.ndjson").read_text().splitlines()
    assert [json.loads(each)["externalId"] for each in orders] == ["A", "B"]
    assert column(connection, "customer_order", "external_id") == ["A", "B"]


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_refused_order_is_told_by_row_and_column_and_can_be_repaired(
    ordercli: Ordercli, folder: Path, connection: Store, write: Any
) -> None:
    name = write(folder / "night", *BAD).name

    done = ordercli(*ONCE)
    rejects = f"in/failed/{name}.rejects.ndjson"
    (rejected,) = map(json.loads, Path(rejects).read_text().splitlines())
    fixed = ordercli("rejects", "fix", rejects, "--code", "ORD701", "--set", "productOrderItem.1.quantity=4")
    sent = ordercli("rejects", "submit", rejects, "-o", "json")

    assert (done.exit_code, receipt(folder, f"failed/{name}")["submission"]["rejectsFile"]) == (1, rejects)
    (error,) = rejected["$reject"]["errors"]
    told = (rejected["$reject"]["file"], error["code"], error["line"], error["column"])
    assert told == (f"in/{name}", "ORD701", 4, 4)
    assert (fixed.exit_code, sent.json["accepted"]) == (0, 1)
    assert column(connection, "customer_order", "external_id") == ["A", "B"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("cut.csv", csv(*GOOD)[:-1], "in/cut.csv: line 4 has no end, so that a part of it may be missing"),
        ("cut.csv", csv(*GOOD).decode().encode("utf-16")[:-2], "in/cut.csv: line 4 has no end, so that"),
        ("cut.csv", csv(*GOOD) + b'C;"customer-\n', "in/cut.csv: row 5: unexpected end of data"),
        ("cut.xlsx", b"PK\3\4\x14\0\6\0", "in/cut.xlsx: "),
        ("few.csv", csv(columns=COLUMNS[:3]), "in/few.csv: row 1 has no column 'Qty'"),
        ("none.csv", b"", "in/none.csv: row 1 is empty, and should have the names of the columns"),
        ("orders.ndjson", b'{"externalId": "A"}\n', "in/orders.ndjson: JSON, where a sheet is expected"),
    ],
)
def test_of_an_incomplete_sheet_nothing_is_accepted_and_it_can_be_sent_again(
    ordercli: Ordercli, folder: Path, connection: Store, name: str, data: bytes, message: str
) -> None:
    (folder / name).write_bytes(data)

    done = ordercli(*ONCE)

    found = receipt(folder, f"failed/{name}")
    assert (done.exit_code, found["exitCode"], found["submission"], found["batchId"]) == (1, 6, None, None)
    assert found["error"]["message"].startswith(message)
    assert files(folder) == [f"failed/{name}", f"failed/{name}.receipt.json"]
    assert column(connection, "batch", "id") == []


def test_columns_without_a_place_are_in_the_receipt_of_their_sheet(ordercli: Ordercli, folder: Path) -> None:
    (folder / "a.csv").write_bytes(csv(columns=[*COLUMNS, "Colour"]))
    ordercli(*ONCE)
    (folder / "b.csv").write_bytes(csv(*GOOD))

    ordercli(*ONCE)

    ignored = [receipt(folder, f"done/{name}.csv").get("ignoredColumns") for name in ("a", "b")]
    assert ignored == [["Colour"], None]


def test_a_run_that_was_killed_is_continued_with_the_rows_of_its_sheet(
    ordercli: Ordercli, folder: Path, connection: Store
) -> None:
    write_csv(folder / "night", *BAD)
    killed = ordercli.process(*ONCE, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="folder-accepted:kill")

    done = ordercli(*ONCE)

    assert (killed.exit_code, done.exit_code) == (-9, 1)
    (rejected,) = map(json.loads, (folder / "failed/night.csv.rejects.ndjson").read_text().splitlines())
    assert (rejected["$reject"]["file"], rejected["$reject"]["line"]) == ("in/night.csv", 4)
    assert column(connection, "customer_order", "external_id") == ["A"]


@pytest.mark.usefixtures("connection")
def test_the_same_sheet_with_another_map_is_another_run(ordercli: Ordercli, folder: Path) -> None:
    write_csv(folder / "night", *GOOD)
    ordercli(*ONCE)
    write_csv(folder / "night", *GOOD)
    use(OF_SERVICES)

    done = ordercli(*ONCE)

    assert (done.exit_code, receipt(folder, "failed/night.2.csv")["error"]["code"]) == (1, "ORD420")


def test_a_dry_run_tells_what_would_become_of_a_sheet(ordercli: Ordercli, folder: Path) -> None:
    write_csv(folder / "night", *BAD)

    done = ordercli(*ONCE, "--dry-run", "-o", "ndjson")

    (found,) = done.ndjson
    counts = found["submission"]
    assert (done.exit_code, counts["accepted"], counts["rejected"], found["dryRun"]) == (1, 1, 1, True)
    assert files(folder) == ["night.csv"]


def run_with_map(ordercli: Ordercli, path: str) -> Result:
    return ordercli(*ONCE[:-1], path)


def test_the_map_must_not_lie_in_the_folder(ordercli: Ordercli, folder: Path) -> None:
    Path("map.toml").rename(folder / "map.toml")

    done = run_with_map(ordercli, "in/map.toml")

    assert (done.exit_code, done.stderr) == (
        2,
        "error: the map is in in, where every file is taken for orders\n  hint: move it\n",
    )
