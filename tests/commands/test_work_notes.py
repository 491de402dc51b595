"""Work notes from the rules and from the inventory, in the tables and as they are shown."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.opening import open_database
from support.builders import line, ndjson, product_order, service_order, write_orders
from support.records import characteristic, product, specification

if TYPE_CHECKING:
    from pathlib import Path

    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


ACCESS = specification(
    "access",
    externalId="ACCESS",
    version="v2",
    internalVersion="2",
    productSpecCharacteristic=[characteristic("Colour", "white"), characteristic("Speed", 100)],
)
FLAVOUR = (
    "The following Order Item characteristics does not exist: Review specification Flavour and correct the"
    " characteristic and characteristic option in the order line item prior to approving the order."
)
COLOUR = (
    "Order Item characteristic: Colour with characteristic value: mauve is invalid. Correct the characteristic values"
    " before approving the order."
)


def described(external_id: str = "PO-1") -> Json:
    """An order whose second line has characteristics that its specification does not know."""
    wrong = [
        {"name": "Speed", "value": 100},
        {"name": "Colour", "value": "mauve"},
        {"name": "Flavour", "value": "mint"},
    ]
    return product_order(external_id, items=[line("1"), line("2", product={"productCharacteristic": wrong})])


def changing(external_id: str = "PO-1", **named: str) -> Json:
    """An order that changes inventory-1 and names a version of its specification."""
    changed = {"id": "inventory-1", "productSpecification": {"id": "ACCESS", **named}}
    return product_order(external_id, items=[line("1", action="change", product=changed)])


def load(ordercli: Ordercli, *records: Json) -> None:
    assert ordercli("reference", "import", stdin=ndjson(*records)).exit_code == 0


def notes_kept(ordercli: Ordercli) -> list[tuple[Any, ...]]:
    """Line, number and text of every work note."""
    with closing(open_database(ordercli.database)) as connection:
        return connection.execute("SELECT line_n, n, text FROM order_line_work_note ORDER BY order_seq").fetchall()


def notes_shown(order: Json) -> list[list[str] | None]:
    """The texts of the work notes of each line."""
    lines = order["productOrderItem"]
    for each in lines:
        assert all(set(note) == {"date", "text"} and note["date"].endswith("Z") for note in each.get("workNote", ()))
    return [[note["text"] for note in each["workNote"]] if "workNote" in each else None for each in lines]


@pytest.mark.parametrize("how", ["sync", "async", "revalidated"])
def test_what_is_remarked_on_a_characteristic_stays_with_the_line(ordercli: Ordercli, tmp_path: Path, how: str) -> None:
    load(ordercli, ACCESS)
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-0"), described())

    submitted = ordercli("submit", orders, "-o", "json", *(() if how == "sync" else ("--async",))).json
    if how != "sync":
        ordercli("queue", "run", *(("--revalidate",) if how == "revalidated" else ()))

    assert (submitted["accepted"], submitted["warnings"]) == (2, 2)
    assert notes_kept(ordercli) == [(1, 0, FLAVOUR), (1, 1, COLOUR)]
    assert notes_shown(ordercli("show", "PO-1").json) == [None, [FLAVOUR, COLOUR]]
    assert [notes_shown(each) for each in ordercli("list", "--ascending").ndjson] == [[None], [None, [FLAVOUR, COLOUR]]]


def test_a_receipt_with_the_whole_order_has_its_work_notes(ordercli: Ordercli, tmp_path: Path) -> None:
    load(ordercli, ACCESS, product(productSpecification={"id": "access", "version": "v1"}))
    orders = write_orders(tmp_path / "orders.ndjson", described("PO-1"), changing("PO-2", version="v2"))

    receipts = ordercli("submit", orders, "-o", "ndjson", "--full").ndjson

    moved = "Product inventory inventory-1 was moved from specification version v1 to v2."
    assert [notes_shown(each["order"]) for each in receipts] == [[None, [FLAVOUR, COLOUR]], [[moved]]]
    assert [notes_shown(ordercli("show", name).json) for name in ("PO-1", "PO-2")] == [
        [None, [FLAVOUR, COLOUR]],
        [[moved]],
    ]


def test_revalidation_makes_the_notes_afresh(ordercli: Ordercli, tmp_path: Path) -> None:
    load(ordercli, ACCESS)
    ordercli("submit", write_orders(tmp_path / "orders.ndjson", described()), "--async")
    load(
        ordercli, {**ACCESS, "productSpecCharacteristic": [characteristic("Flavour"), characteristic("Colour", "red")]}
    )

    ordercli("queue", "run", "--revalidate")

    speed = FLAVOUR.replace("Flavour", "Speed")
    assert notes_kept(ordercli) == [(1, 0, speed), (1, 1, COLOUR)]


def test_a_nested_line_of_the_standard_has_its_own_notes(ordercli: Ordercli, tmp_path: Path) -> None:
    load(ordercli, ACCESS)
    wrong = {"productSpecification": {"id": "access"}, "productCharacteristic": [{"name": "Flavour", "value": 1}]}
    inner = {"id": "2", "action": "add", "product": wrong}
    order = {
        "externalId": "PO-1",
        "productOrderItem": [{"id": "1", "action": "add", "productOrderItem": [inner]}, {"id": "3", "action": "add"}],
    }

    ordercli("submit", write_orders(tmp_path / "orders.ndjson", order), "--profile", "tmf622")

    assert notes_kept(ordercli) == [(1, 0, FLAVOUR)]
    [outer, alone] = ordercli("show", "PO-1").json["productOrderItem"]
    assert notes_shown({"productOrderItem": [outer, *outer["productOrderItem"], alone]}) == [None, [FLAVOUR], None]


@pytest.mark.parametrize(
    ("installed", "named", "moved", "reported"),
    [
        (
            {"id": "access", "name": "Access", "version": "v1", "internalVersion": "1"},
            {"internalVersion": "2"},
            {"id": "access", "name": "Access", "internalVersion": "2", "version": "v2"},
            ("1", "2"),
        ),
        ({"id": "ACCESS", "version": "v1"}, {"version": "v2"},
         {"id": "ACCESS", "internalVersion": "2", "version": "v2"}, ("v1", "v2")),
        ({"id": "old", "name": "Old", "version": "v1"}, {"version": "v2"},
         {"id": "access", "internalVersion": "2", "version": "v2"}, ("v1", "v2")),
        ({"id": "access", "version": "v2"}, {"version": "v2"}, None, None),
        ({"id": "access"}, {"version": "v2"}, None, None),
        (None, {"version": "v2"}, None, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_change_order_moves_the_inventory_to_the_version_that_it_names(
    ordercli: Ordercli,
    tmp_path: Path,
    installed: Json | None,
    named: Json,
    moved: Json | None,
    reported: tuple[str, str] | None,
    how: str,
) -> None:
    sold = product("inventory-1", quantity=3, price=1.5, productSpecification=installed)
    load(ordercli, ACCESS, specification("old"), sold)
    orders = write_orders(tmp_path / "orders.ndjson", changing("PO-1", **named), changing("PO-2", **named))

    if how == "sync":
        ordercli("submit", orders)
    else:
        ordercli("submit", orders, "--async")
        assert ordercli("reference", "show", "Product", "inventory-1").json == sold
        ordercli("queue", "run")

    text = "Product inventory inventory-1 was moved from specification version {} to {}."
    assert notes_kept(ordercli) == ([(0, 0, text.format(*reported))] if reported else [])
    assert notes_shown(ordercli("show", "PO-1").json) == [[text.format(*reported)] if reported else None]
    after = {**sold, "productSpecification": moved} if moved else sold
    assert ordercli("reference", "show", "Product", "inventory-1").json == after


def changing_service(external_id: str = "SO-1", action: str = "change", **named: str) -> Json:
    """A service order that changes service-1 and names a version of its specification."""
    changed = {"id": "service-1", "serviceSpecification": {"id": "ACCESS", "name": "Access", **named}}
    return service_order(external_id, items=[{"id": "1", "action": action, "service": changed}])


SERVICE_ACCESS: Json = {
    "@type": "ServiceSpecification",
    "id": "access",
    "externalId": "ACCESS",
    "version": "v2",
    "internalVersion": "2",
}
OLD: Json = {"id": "old", "name": "Old", "version": "v1"}
MOVED: Json = {"id": "access", "internalVersion": "2", "version": "v2"}
ONLY_VERSION: Json = {"id": "old", "name": "Old", "version": "v2"}


def service(**members: Any) -> Json:
    return {"@type": "Service", "id": "service-1", "state": "active", **members}


@pytest.mark.parametrize(
    ("loaded", "after"),
    [
        ([service(note=1.5, serviceSpecification=OLD)], [service(note=1.5, serviceSpecification=MOVED)]),
        ([service(serviceSpecification=OLD | {"version": "v2"})], None),
        ([service(serviceSpecification={"id": "old"})], None),
        ([service()], None),
        # A service counts before a product of the same name, and a product has specifications of its own kind.
        (
            [service(serviceSpecification=OLD), product("service-1", productSpecification=OLD)],
            [service(serviceSpecification=MOVED), product("service-1", productSpecification=OLD)],
        ),
        (
            [product("service-1", productSpecification=OLD)],
            [product("service-1", productSpecification=ONLY_VERSION)],
        ),
    ],
)
@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize(("profile", "action"), [("servicenow", "change"), ("tmf641", "modify")])
def test_a_change_order_moves_a_service_to_the_version_that_it_names(
    ordercli: Ordercli,
    tmp_path: Path,
    loaded: list[Json],
    after: list[Json] | None,
    how: str,
    profile: str,
    action: str,
) -> None:
    old = SERVICE_ACCESS | {"id": "old", "externalId": "OLD"}
    load(ordercli, SERVICE_ACCESS, old, specification("old"), *loaded)
    orders = write_orders(
        tmp_path / "orders.ndjson", *(changing_service(each, action, version="v2") for each in ("SO-1", "SO-2"))
    )

    def inventory() -> list[Json]:
        return [ordercli("reference", "show", each["@type"], "service-1").json for each in loaded]

    if how == "sync":
        assert ordercli("submit", orders, "--profile", profile).exit_code == 0
    else:
        assert ordercli("submit", orders, "--async", "--profile", profile).exit_code == 0
        assert inventory() == loaded
        ordercli("queue", "run")

    text = f"{loaded[0]['@type']} inventory service-1 was moved from specification version v1 to v2."
    assert notes_kept(ordercli) == ([(0, 0, text)] if after else [])
    [shown] = ordercli("show", "SO-1").json["serviceOrderItem"]
    assert [each["text"] for each in shown.get("workNote", [])] == ([text] if after else [])
    assert inventory() == (after or loaded)


def test_where_the_inventory_of_services_stays_such_an_order_is_refused(ordercli: Ordercli, tmp_path: Path) -> None:
    installed = service(serviceSpecification={"id": "access", "version": "v1"})
    load(ordercli, SERVICE_ACCESS, installed)
    orders = write_orders(tmp_path / "orders.ndjson", changing_service(version="v2"))

    [receipt] = ordercli(
        "submit", orders, "-o", "ndjson", ORDERCLI_ORDERS_ALLOW_SPEC_VERSION_UPDATE_IN_CHANGE_ORDER="false"
    ).ndjson

    assert [(each["code"], each["pointer"]) for each in receipt["errors"]] == [
        ("ORD312", "/serviceOrderItem/0/service/serviceSpecification/version")
    ]
    assert ordercli("reference", "show", "Service", "service-1").json == installed


def test_where_the_inventory_stays_such_an_order_is_refused(ordercli: Ordercli, tmp_path: Path) -> None:
    sold = product("inventory-1", productSpecification={"id": "access", "version": "v1"})
    load(ordercli, ACCESS, sold)
    orders = write_orders(tmp_path / "orders.ndjson", changing(version="v2"))

    [receipt] = ordercli(
        "submit", orders, "-o", "ndjson", ORDERCLI_ORDERS_ALLOW_SPEC_VERSION_UPDATE_IN_CHANGE_ORDER="false"
    ).ndjson

    assert [(each["code"], each["pointer"]) for each in receipt["errors"]] == [
        ("ORD312", "/productOrderItem/0/product/productSpecification/version")
    ]
    assert ordercli("reference", "show", "Product", "inventory-1").json == sold


def test_a_dry_run_moves_nothing(ordercli: Ordercli, tmp_path: Path) -> None:
    sold = product("inventory-1", productSpecification={"id": "access", "version": "v1"})
    load(ordercli, ACCESS, sold)

    ordercli("submit", write_orders(tmp_path / "orders.ndjson", changing(version="v2")), "--dry-run")

    assert ordercli("reference", "show", "Product", "inventory-1").json == sold


@pytest.mark.of_a_file
def test_an_order_that_cannot_be_created_moves_nothing(ordercli: Ordercli, tmp_path: Path) -> None:
    sold = product("inventory-1", productSpecification={"id": "access", "version": "v1"})
    load(ordercli, ACCESS, sold)
    ordercli("submit", write_orders(tmp_path / "orders.ndjson", changing(version="v2")), "--async")
    with closing(open_database(ordercli.database)) as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON order_line_item BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    ordercli("queue", "run")

    assert ordercli("reference", "show", "Product", "inventory-1").json == sold
    assert notes_kept(ordercli) == []
