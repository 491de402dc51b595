"""`reference import --replace TYPE`: what the files lack goes, unless something open refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import line, ndjson, product_order, write_orders
from support.records import currency, customer, offering, specification

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli, Result

pytestmark = pytest.mark.every_engine

OFF: dict[str, Any] = {"ORDERCLI_VALIDATION_REFERENCE": "off"}


def load(ordercli: Ordercli, *records: Json | bytes, options: tuple[str, ...] = ()) -> Result:
    (ordercli.folder / "records.ndjson").write_bytes(ndjson(*records))
    return ordercli("reference", "import", "records.ndjson", *options, "-o", "json")


def replace(ordercli: Ordercli, record_type: str, *records: Json | bytes, options: tuple[str, ...] = ()) -> Result:
    return load(ordercli, *records, options=("--replace", record_type, "--yes", *options))


def kept(ordercli: Ordercli, record_type: str) -> list[str]:
    return ordercli("reference", "list", record_type, "-o", "id").stdout.split()


def replaced(record_type: str, deleted: int, *in_use: tuple[str, str]) -> Json:
    examples = [{"type": record_type, "id": each, "uses": 1, "usedBy": [user]} for each, user in in_use]
    return {"type": record_type, "deleted": deleted, "inUse": len(in_use), "examples": examples}


def submit(ordercli: Ordercli, *orders: Json, mode: str = "sync") -> list[str]:
    write_orders(ordercli.folder / "orders.ndjson", *orders)
    options = ["--async"] if mode == "async" else []
    receipts = ordercli("submit", "orders.ndjson", *options, "-o", "ndjson", **OFF).ndjson
    return [each["orderId"] for each in receipts]


def test_records_of_the_type_that_the_files_lack_are_deleted(ordercli: Ordercli) -> None:
    load(ordercli, customer("c-1"), customer("c-2"), customer("c-3"), currency("EUR"))

    result = replace(ordercli, "customer", customer("c-2"), customer("c-4"))

    assert (result.exit_code, result.json["replaced"]) == (0, replaced("Customer", 2))
    assert (kept(ordercli, "Customer"), kept(ordercli, "Currency")) == (["c-2", "c-4"], ["EUR"])


def test_a_dry_run_counts_and_deletes_nothing(ordercli: Ordercli) -> None:
    load(ordercli, customer("c-1"))

    result = load(ordercli, customer("c-2"), options=("--replace", "Customer", "--dry-run"))

    assert (result.json["replaced"], kept(ordercli, "Customer")) == (replaced("Customer", 1), ["c-1"])
    assert "Customer records that the files lack: 1 would be deleted, 0 in use" in result.stderr


def test_a_dry_run_reads_the_links_of_the_files(ordercli: Ordercli) -> None:
    load(ordercli, specification("s-1"), specification("s-2"), offering("o-1", "s-1"))
    records = [specification("s-2"), offering("o-1", "s-2")]

    tried = load(ordercli, *records, options=("--replace", "ProductSpecification", "--dry-run"))
    done = replace(ordercli, "ProductSpecification", *records)

    assert tried.json["replaced"] == done.json["replaced"] == replaced("ProductSpecification", 1)
    assert kept(ordercli, "ProductSpecification") == ["s-2"]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_what_an_open_order_or_a_waiting_entry_names_stays(ordercli: Ordercli, mode: str) -> None:
    load(ordercli, offering("HF1000", None), offering("old", None), offering("ext", None, externalId="EXT"))
    items = [line("1", productOffering={"id": "HF1000"}), line("2", productOffering={"id": "EXT"})]
    [order_id] = submit(ordercli, product_order("A", items=items), mode=mode)

    result = replace(ordercli, "ProductOffering", offering("new", None))

    user = f"order {order_id}" if mode == "sync" else f"queue entry {order_id}"
    assert result.json["replaced"] == replaced("ProductOffering", 1, ("HF1000", user), ("ext", user))
    assert kept(ordercli, "ProductOffering") == ["HF1000", "ext", "new"]


def test_an_external_id_that_the_files_have_keeps_no_older_version(ordercli: Ordercli) -> None:
    load(ordercli, offering("v1", None, externalId="EXT"))
    submit(ordercli, product_order("A", items=[line("1", productOffering={"id": "EXT"})]))

    result = replace(ordercli, "ProductOffering", offering("v2", None, externalId="EXT"))

    assert (result.json["replaced"], kept(ordercli, "ProductOffering")) == (replaced("ProductOffering", 1), ["v2"])


def test_what_a_record_that_stays_names_stays_too(ordercli: Ordercli) -> None:
    bundled = [{"id": "part"}]
    load(
        ordercli,
        offering("part", None),
        offering("whole", None, bundledProductOffering=bundled),
        offering("other", None, bundledProductOffering=bundled),
        offering("alone", None),
    )
    [order_id] = submit(ordercli, product_order("A", items=[line("1", productOffering={"id": "whole"})]))

    result = replace(ordercli, "ProductOffering", offering("new", None))

    stays = [("whole", f"order {order_id}"), ("part", "ProductOffering whole")]
    assert result.json["replaced"] == replaced("ProductOffering", 2, *stays)
    assert kept(ordercli, "ProductOffering") == ["new", "part", "whole"]


def test_nothing_is_deleted_if_a_record_was_refused(ordercli: Ordercli) -> None:
    load(ordercli, customer("c-1"))

    result = replace(ordercli, "Customer", customer("c-2"), b"{")

    assert (result.exit_code, "replaced" in result.json, kept(ordercli, "Customer")) == (1, False, ["c-1", "c-2"])
    assert "no Customer was deleted, because records were refused" in result.stderr


def test_files_without_the_type_change_nothing(ordercli: Ordercli) -> None:
    load(ordercli, customer("c-1"))

    result = replace(ordercli, "Customer", currency("EUR"))

    assert result.exit_code == 6
    assert "the input has no Customer, so --replace would delete every one" in result.stderr
    assert (kept(ordercli, "Customer"), kept(ordercli, "Currency")) == (["c-1"], [])


def test_without_a_terminal_it_needs_yes(ordercli: Ordercli) -> None:
    load(ordercli, customer("c-1"))

    result = load(ordercli, customer("c-2"), options=("--replace", "Customer"))

    assert (result.exit_code, kept(ordercli, "Customer")) == (2, ["c-1"])
    assert (
        "this deletes every Customer that the files lack and nothing open refers to: this needs --yes" in result.stderr
    )


def test_an_unknown_type_is_refused(ordercli: Ordercli) -> None:
    result = replace(ordercli, "Custommer", customer("c-1"))

    assert result.exit_code == 2
    assert "Custommer" in result.stderr
