from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, write_orders
from support.printed import outcomes, read_rejects
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


BAD = product_order("BAD", orderCurrency=...)


def test_the_rejects_file_is_to_the_byte_as_documented(ordercli: Ordercli, connection: Store) -> None:
    pretty = json.dumps(BAD, indent=2).encode()
    Path("orders.json").write_bytes(b"[" + pretty + b",\r\n" + encoded(BAD).replace(b"EUR", b"\\u0000") + b"]")

    ordercli("submit", "orders.json", "--source", "crm")

    (batch,) = column(connection, "batch", "id")
    second_line = pretty.count(b"\n") + 2

    def reject(where: str, record: int, column_: int, order: bytes) -> bytes:
        return (
            (
                f'{{"$reject":{{"batchId":"{batch}","request":"submit","source":"crm",'
                f'"profile":"servicenow","resource":"productOrder","mode":"sync","target":null,'
                f'"file":"orders.json",{where},"record":{record},'
                f'"errors":[{{"code":"ORD113","pointer":"/orderCurrency",{where},"column":{column_},'
                f'"message":"Invalid payload: orderCurrency is required","suggestion":null}}]}},"order":'
            ).encode()
            + order
            + b"}\n"
        )

    rejects = Path("orders.json.rejects.ndjson")
    assert rejects.read_bytes() == reject('"line":1', 1, 2, pretty.replace(b"\n", b" ")) + reject(
        f'"line":{second_line}', 2, 1, encoded(BAD)
    )
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600


def test_what_is_no_json_is_kept_as_text(ordercli: Ordercli) -> None:
    documents = [b"no json", b'{"externalId": "\xff"}', b'{"a": 1} {"b": 2}', b"[1,2", b"5"]
    write_orders(Path("orders.ndjson"), *documents)

    ordercli("submit", "orders.ndjson")

    kept = [list(each.items())[1] for each in read_rejects(Path("orders.ndjson.rejects.ndjson"))]
    assert kept == [
        ("raw", "no json"),
        ("raw", '{"externalId": "\ufffd"}'),
        ("raw", '{"a": 1} {"b": 2}'),
        ("raw", "[1,2"),
        ("order", 5),
    ]


def test_repaired_rejects_go_straight_back_in(ordercli: Ordercli, connection: Store) -> None:
    write_orders(Path("orders.ndjson"), product_order("PO-1"), BAD, b'{"externalId": "BROKEN"')
    ordercli("submit", "orders.ndjson")
    rejects = Path("orders.ndjson.rejects.ndjson")
    lines = rejects.read_text().splitlines()
    repaired = lines[0].replace('"externalId":"BAD"', '"externalId":"BAD","orderCurrency":"EUR"')
    whole = {**json.loads(lines[1]), "raw": json.dumps(product_order("BROKEN"))}
    rejects.write_text("\n".join([repaired, json.dumps(whole)]) + "\n")

    result = ordercli("submit", str(rejects), "-o", "ndjson")

    assert outcomes(result) == [("BAD", "accepted", 201), ("BROKEN", "accepted", 201)]
    assert column(connection, "customer_order", "external_id") == ["PO-1", "BAD", "BROKEN"]
    assert not Path(f"{rejects}.rejects.ndjson").exists()


def test_rejects_that_were_not_repaired_are_rejected_again(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD, b"no json", b"")
    ordercli("submit", "orders.ndjson")

    again = ordercli("submit", "orders.ndjson.rejects.ndjson", "-o", "ndjson")

    assert [[error["code"] for error in each["errors"]] for each in again.ndjson] == [["ORD113"], ["ORD001"]]
    assert Path("orders.ndjson.rejects.ndjson.rejects.ndjson").is_file()


def test_a_later_run_over_the_same_input_leaves_the_rejects_of_the_first(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD, {**BAD, "externalId": "BAD-2"})
    ordercli("submit", "orders.ndjson")
    first = Path("orders.ndjson.rejects.ndjson").read_bytes()
    write_orders(Path("orders.ndjson"), {**BAD, "externalId": "BAD-3"})

    second, third = ordercli("submit", "orders.ndjson"), ordercli("submit", "orders.ndjson")

    assert Path("orders.ndjson.rejects.ndjson").read_bytes() == first
    for result, path in ((second, "orders.ndjson.rejects.2.ndjson"), (third, "orders.ndjson.rejects.3.ndjson")):
        assert result.json["rejectsFile"] == path
        assert result.stderr == "note: orders.ndjson.rejects.ndjson is of an earlier run and was left as it is\n"
        assert [each["order"]["externalId"] for each in read_rejects(Path(path))] == ["BAD-3"]


def test_a_clean_run_tells_of_the_rejects_of_an_earlier_one(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD)
    ordercli("submit", "orders.ndjson")
    write_orders(Path("orders.ndjson"), product_order("PO-1"))

    result = ordercli("submit", "orders.ndjson")

    assert (result.exit_code, result.json["rejectsFile"]) == (0, None)
    assert result.stderr == "note: orders.ndjson.rejects.ndjson is of an earlier run and was left as it is\n"


def test_a_clean_run_makes_no_rejects_file(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), product_order())

    ordercli("submit", "orders.ndjson")

    assert not list(Path().glob("*rejects*"))


@pytest.mark.parametrize("options", [("--rejects", "none"), ("--dry-run",)])
def test_rejects_are_not_written_where_nobody_wants_them(ordercli: Ordercli, options: tuple[str, ...]) -> None:
    write_orders(Path("orders.ndjson"), BAD)

    result = ordercli("submit", "orders.ndjson", *options)

    assert (result.exit_code, result.json["rejectsFile"]) == (1, None)
    assert not list(Path().glob("*rejects*"))


def test_the_rejects_of_a_glob_lie_beside_the_file_that_it_found(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), BAD)

    result = ordercli("submit", "ord*.ndjson")

    assert result.json["rejectsFile"] == "orders.ndjson.rejects.ndjson"


@pytest.mark.parametrize("option", ["--rejects", "--accepted"])
@pytest.mark.parametrize("path", ["folder/orders.ndjson", "./folder/../folder/orders.ndjson", "link.ndjson"])
@pytest.mark.parametrize("given", ["folder/orders.ndjson", "folder", "folder/*.ndjson"])
def test_no_input_is_ever_overwritten(ordercli: Ordercli, option: str, path: str, given: str) -> None:
    Path("folder").mkdir()
    write_orders(Path("folder/orders.ndjson"), BAD)
    Path("link.ndjson").symlink_to("folder/orders.ndjson")

    result = ordercli("submit", given, option, path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {option} {path} would overwrite an input\n  hint: choose another file\n"
    assert Path("folder/orders.ndjson").read_bytes() == ndjson(BAD)
