from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.builders import line, ndjson, product_order, service_order, write_orders
from support.records import currency, customer, offering, product, specification

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli, Result

pytestmark = pytest.mark.every_engine

# The rules of reference data are off: what is in use does not depend on what they accept.
OFF: dict[str, Any] = {"ORDERCLI_VALIDATION_REFERENCE": "off"}


def load(ordercli: Ordercli, *records: Json) -> None:
    (ordercli.folder / "records.ndjson").write_bytes(ndjson(*records))
    assert ordercli("reference", "import", "records.ndjson").exit_code == 0


def submit(ordercli: Ordercli, *orders: Json, mode: str = "sync") -> list[str]:
    write_orders(ordercli.folder / "orders.ndjson", *orders)
    options = ["--async"] if mode == "async" else []
    receipts = ordercli("submit", "orders.ndjson", *options, "-o", "ndjson", **OFF).ndjson
    return [each["orderId"] for each in receipts]


def kept(ordercli: Ordercli, record_type: str) -> list[str]:
    return ordercli("reference", "list", record_type, "-o", "id").stdout.split()


def refusal(result: Result) -> tuple[int, str]:
    return result.exit_code, result.stderr


def in_use(record: str, users: str) -> tuple[int, str]:
    hint = "  hint: nothing was deleted; `--include-used` deletes it nevertheless\n"
    return 4, f"error: {record} is used by {users}\n{hint}"


def test_records_that_nothing_refers_to_are_deleted(ordercli: Ordercli) -> None:
    load(
        ordercli, customer("c-1"), customer("c-2", externalId="ACC"), customer("c-3", externalId="ACC"), customer("c-4")
    )

    result = ordercli("reference", "delete", "customer", "c-1", "ACC", "-o", "json")

    assert result.json == [{"type": "Customer", "id": each, "uses": 0, "usedBy": []} for each in ("c-1", "c-2", "c-3")]
    assert (result.exit_code, kept(ordercli, "Customer")) == (0, ["c-4"])


def test_an_unknown_id_keeps_all(ordercli: Ordercli) -> None:
    load(ordercli, customer("c-1"))

    result = ordercli("reference", "delete", "Customer", "c-1", "c-9")

    assert refusal(result) == (3, "error: no Customer is known as 'c-9'\n  hint: nothing was deleted\n")
    assert kept(ordercli, "Customer") == ["c-1"]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_record_that_an_open_order_names_is_kept(ordercli: Ordercli, mode: str) -> None:
    load(ordercli, offering("fiber", None), offering("dsl", None))
    orders = [product_order(f"PO-{n}", productOrderItem=[line(productOffering={"id": "fiber"})]) for n in range(5)]
    ids = submit(ordercli, *orders, mode=mode)

    result = ordercli("reference", "delete", "ProductOffering", "dsl", "fiber")

    kind = {"sync": "order", "async": "queue entry"}[mode]
    users = ", ".join(f"{kind} {each}" for each in ids[:3])
    assert refusal(result) == in_use("ProductOffering fiber", f"{users} and 2 more")
    assert kept(ordercli, "ProductOffering") == ["dsl", "fiber"]


def test_an_order_that_is_final_keeps_nothing(ordercli: Ordercli) -> None:
    load(ordercli, offering("fiber", None))
    [order] = submit(ordercli, product_order("PO-1", productOrderItem=[line(productOffering={"id": "fiber"})]))
    ordercli("cancel", order, "--reason", "twice")

    assert ordercli("reference", "delete", "ProductOffering", "fiber").exit_code == 0


def test_a_patched_order_names_what_the_patch_names(ordercli: Ordercli) -> None:
    load(ordercli, {"@type": "Place", "id": "old"}, {"@type": "Place", "id": "new"})
    items = [line(product={"place": {"id": "old"}})]
    [order] = submit(ordercli, product_order("PO-1", productOrderItem=items))
    document = ordercli("show", order, "-o", "json").json["productOrderItem"][0]["id"]
    patch = {"productOrderItem": [{"id": document, "product": {"place": {"id": "new"}}}]}
    (ordercli.folder / "patch.json").write_bytes(ndjson(patch))
    patched = ordercli("patch", order, "patch.json", **OFF)

    results = [ordercli("reference", "delete", "Place", each).exit_code for each in ("old", "new")]

    assert (patched.exit_code, results) == (0, [0, 4])


def test_an_external_id_is_in_use_unless_another_version_keeps_it(ordercli: Ordercli) -> None:
    load(ordercli, customer("c-1", externalId="ACC"), customer("c-2", externalId="ACC"))
    [order] = submit(ordercli, product_order("PO-1", relatedParty=[{"id": "ACC", "@referredType": "Customer"}]))

    both = ordercli("reference", "delete", "Customer", "c-1", "c-2")
    first = ordercli("reference", "delete", "Customer", "c-1")
    last = ordercli("reference", "delete", "Customer", "c-2")

    others = "; 1 other record is in use too"
    assert refusal(both) == in_use("Customer c-1", f"order {order}{others}")
    assert first.exit_code == 0
    assert refusal(last) == in_use("Customer c-2", f"order {order}")


def test_a_currency_is_in_use_wherever_its_code_stands(ordercli: Ordercli) -> None:
    load(ordercli, currency("EUR"), currency("USD"))
    submit(ordercli, product_order("PO-1", orderCurrency="EUR"))

    assert [ordercli("reference", "delete", "Currency", each).exit_code for each in ("USD", "EUR")] == [0, 4]


def test_services_of_open_service_orders_are_kept(ordercli: Ordercli) -> None:
    load(ordercli, {"@type": "ServiceSpecification", "id": "spec-1"})
    order = service_order("SO-1")
    order["serviceOrderItem"][0]["service"]["serviceSpecification"] = {"id": "spec-1"}
    submit(ordercli, order)

    assert ordercli("reference", "delete", "ServiceSpecification", "spec-1").exit_code == 4


def test_a_record_that_others_refer_to_is_kept_unless_they_are_deleted_with_it(ordercli: Ordercli) -> None:
    parts = specification("parent", children=["child"]), specification("child")
    load(ordercli, *parts, offering("fiber", "parent"), product("p-1", productSpecification={"id": "parent"}))

    refused = ordercli("reference", "delete", "ProductSpecification", "parent", "child")
    ordercli("reference", "delete", "ProductOffering", "fiber")
    ordercli("reference", "delete", "Product", "p-1")
    alone = ordercli("reference", "delete", "ProductSpecification", "child")
    together = ordercli("reference", "delete", "ProductSpecification", "parent", "child")

    assert refusal(refused) == in_use("ProductSpecification parent", "ProductOffering fiber, Product p-1")
    assert refusal(alone) == in_use("ProductSpecification child", "ProductSpecification parent")
    assert (together.exit_code, kept(ordercli, "ProductSpecification")) == (0, [])


def test_a_record_in_use_is_deleted_if_that_is_asked_for(ordercli: Ordercli) -> None:
    load(ordercli, offering("fiber", None))
    [order] = submit(ordercli, product_order("PO-1", productOrderItem=[line(productOffering={"id": "fiber"})]))
    options = ("ProductOffering", "fiber", "--include-used", "-o", "json")
    deleted = [{"type": "ProductOffering", "id": "fiber", "uses": 1, "usedBy": [f"order {order}"]}]

    assert ordercli("reference", "delete", *options, "--dry-run").json == deleted
    assert kept(ordercli, "ProductOffering") == ["fiber"]
    assert ordercli("reference", "delete", *options).json == deleted
    assert kept(ordercli, "ProductOffering") == []
