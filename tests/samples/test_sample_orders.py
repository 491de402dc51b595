"""The sample orders are many, varied, and sound in themselves."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from samples.conftest import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samples.conftest import Json

BUSINESSES = {
    "MOB": {"add"},
    "FIB": {"add"},
    "SDW": {"add"},
    "CHG": {"add", "change", "no-change", "delete"},
    "SUS": {"suspend", "no-change"},
    "RES": {"resume", "no-change"},
    "DIS": {"delete", "no-change"},
}

# Seed 003, table 45, without `href`, which belongs to the server (contract section 5, ORD903).
TABLE_45 = """
channel channel.id channel.name committedDueDate externalId note note.text orderCurrency productOrderItem
productOrderItem.action productOrderItem.actionReason productOrderItem.committedDueDate
productOrderItem.externalProductInventory productOrderItem.externalProductInventory.externalProductInventoryId
productOrderItem.id productOrderItem.itemPrice productOrderItem.itemPrice.price
productOrderItem.itemPrice.price.taxIncludedAmount productOrderItem.itemPrice.price.taxIncludedAmount.unit
productOrderItem.itemPrice.price.taxIncludedAmount.value productOrderItem.itemPrice.priceType
productOrderItem.itemPrice.recurringChargePeriod productOrderItem.product productOrderItem.product.id
productOrderItem.product.place productOrderItem.product.place.id productOrderItem.product.place.@type
productOrderItem.product.productCharacteristic productOrderItem.product.productCharacteristic.name
productOrderItem.product.productCharacteristic.previousValue productOrderItem.product.productCharacteristic.value
productOrderItem.product.productSpecification productOrderItem.product.productSpecification.id
productOrderItem.product.productSpecification.internalVersion productOrderItem.product.productSpecification.name
productOrderItem.product.productSpecification.version productOrderItem.product.productSpecification.@type
productOrderItem.product.relatedParty productOrderItem.product.relatedParty.email
productOrderItem.product.relatedParty.firstName productOrderItem.product.relatedParty.lastName
productOrderItem.product.relatedParty.phone productOrderItem.product.relatedParty.@referredType
productOrderItem.product.relatedParty.@type productOrderItem.product.@type productOrderItem.productOffering
productOrderItem.productOffering.id productOrderItem.productOffering.internalVersion
productOrderItem.productOffering.name productOrderItem.productOffering.version
productOrderItem.productOrderItemRelationship productOrderItem.productOrderItemRelationship.id
productOrderItem.productOrderItemRelationship.relationshipType productOrderItem.quantity productOrderItem.@type
relatedParty relatedParty.id relatedParty.name relatedParty.@referredType relatedParty.@type
requestedCompletionDate requestedStartDate @type
""".split()  # noqa: SIM905 - a table reads better than seventy quoted names


def paths(value: Any, above: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield ".".join((*above, name))
            yield from paths(member, (*above, name))
    elif isinstance(value, list):
        for member in value:
            yield from paths(member, above)


def relations(order: Json, kind: str) -> set[tuple[str, str]]:
    return {
        (line["id"], relation["id"])
        for line in order["productOrderItem"]
        for relation in line.get("productOrderItemRelationship", [])
        if relation["relationshipType"] == kind
    }


def amounts(order: Json) -> Iterator[Json]:
    for line in order["productOrderItem"]:
        for charge in line.get("itemPrice", []):
            yield from (charge["price"][name] for name in charge["price"] if name.endswith("Amount"))


def test_an_export_has_at_least_two_hundred_orders(exported: list[Json]) -> None:
    assert len(exported) >= 200


def test_no_external_id_is_given_twice(exported: list[Json], orders: dict[str, Json], standard: Json) -> None:
    ids = [order["externalId"] for order in exported] + [standard["externalId"]]

    repeated = {external_id for external_id, times in Counter(ids).items() if times > 1}

    assert repeated == set()
    assert standard["externalId"] not in orders


def test_every_business_is_there_with_its_actions(exported: list[Json]) -> None:
    actions: dict[str, set[str]] = {}

    for order in exported:
        business = order["externalId"].split("-")[0]
        actions.setdefault(business, set()).update(line["action"] for line in order["productOrderItem"])

    assert actions == BUSINESSES


def test_every_member_of_the_field_table_is_used(exported: list[Json]) -> None:
    used = {path for order in exported for path in paths(order)}

    assert set(TABLE_45) - used == set()


def test_all_amounts_of_an_order_are_in_its_currency(orders: dict[str, Json]) -> None:
    mixed = {
        external_id
        for external_id, order in orders.items()
        if {amount["unit"] for amount in amounts(order)} - {order["orderCurrency"]}
    }

    assert mixed == set()
    assert {order["orderCurrency"] for order in orders.values()} == {"EUR", "GBP", "USD", "SEK", "JPY", "KWD"}


def test_amounts_keep_the_decimals_of_their_currency(exported: list[Json]) -> None:
    written = {(amount["unit"], amount["value"]) for order in exported for amount in amounts(order)}

    expected = {("EUR", "19.90"), ("USD", "0.1"), ("USD", "0.2"), ("KWD", "5.970"), ("JPY", 2985), ("SEK", "218.90")}
    assert expected - written == set()


def test_a_child_names_the_parent_that_names_it(orders: dict[str, Json]) -> None:
    one_sided = {
        external_id
        for external_id, order in orders.items()
        if relations(order, "HasChild") != {(parent, child) for child, parent in relations(order, "HasParent")}
    }

    assert one_sided == set()


def test_no_line_is_promised_later_than_its_order(orders: dict[str, Json]) -> None:
    late = {
        (external_id, line["id"])
        for external_id, order in orders.items()
        for line in order["productOrderItem"]
        if {"committedDueDate"} <= order.keys() & line.keys()
        and datetime.fromisoformat(line["committedDueDate"]) > datetime.fromisoformat(order["committedDueDate"])
    }

    assert late == set()


def test_names_come_in_many_scripts(exported: list[Json]) -> None:
    names = {party["name"] for order in exported for party in order["relatedParty"]}

    expected = {"Jürgen Müller", "Niamh O'Sullivan", "田中 健太", "نورة العتيبي", "Bäckerei Großmann & Söhne 🥨 GmbH"}
    assert expected - names == set()


def test_the_standard_order_nests_its_lines_and_speaks_the_words_of_the_standard(standard: Json) -> None:
    def tree(lines: list[Json]) -> dict[str, Any]:
        return {
            f"{line['action']} {line['product']['productSpecification']['name']}": tree(
                line.get("productOrderItem", [])
            )
            for line in lines
        }

    assert tree(standard["productOrderItem"]) == {
        "noChange Home Fibre Bundle": {
            "modify Fibre Internet Access": {},
            "add TV Service": {"add Set-top Box": {}},
        },
    }
    assert "orderCurrency" not in standard


def test_an_export_of_v5_has_at_least_sixty_orders_of_five_businesses(orders: dict[str, Json]) -> None:
    lines = (SAMPLES / "tmf622" / "orders-v5.ndjson").read_text("utf-8").splitlines()
    ids = [each["id"] for order in map(json.loads, lines) for each in order["externalId"]]

    assert len(lines) >= 60
    assert len(set(ids)) == len(ids) > len(lines)
    assert {each[:3] for each in ids} == {"MOB", "FIB", "SDW", "CHG", "DIS", "PO-"}
    assert set(ids).isdisjoint(orders)
