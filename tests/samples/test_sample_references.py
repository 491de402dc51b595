"""Every sample order fits the sample reference data: an independent reading of contract sections 5 and 10."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samples.conftest import Catalogue, Json

WANTED_STATUS = {
    "change": {"active"},
    "suspend": {"active"},
    "resume": {"suspended"},
    "delete": {"active", "suspended"},
    "no-change": {"active", "suspended"},
}


def lines_of(orders: dict[str, Json]) -> Iterator[tuple[Json, Json]]:
    for order in orders.values():
        for line in order["productOrderItem"]:
            yield order, line


def all_lines(lines: list[Json]) -> Iterator[Json]:
    for line in lines:
        yield line
        yield from all_lines(line.get("productOrderItem", []))


def listed(value: Json | list[Json] | None) -> list[Json]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def named_by(order: Json) -> Iterator[tuple[str, str]]:
    """Type and id of everything that an order of either profile points at."""
    if "orderCurrency" in order:
        yield "Currency", order["orderCurrency"]
    for channel in order.get("channel", []):
        yield "DistributionChannel", channel["id"]
    for party in order["relatedParty"]:
        yield party["@referredType"], party["id"]
    for line in all_lines(order["productOrderItem"]):
        yield "ProductOffering", line["productOffering"]["id"]
        yield from named_by_product(line["product"])


def named_by_product(product: Json) -> Iterator[tuple[str, str]]:
    yield "ProductSpecification", product["productSpecification"]["id"]
    if "id" in product:
        yield "Product", product["id"]
    for place in listed(product.get("place")):
        yield "Place", place["id"]
    for relation in product.get("productRelationship", []):
        yield "Product", relation.get("id") or relation["product"]["id"]
    for party in product.get("relatedParty", []):
        if party["@referredType"] != "OrderLineItemContact":
            yield party["@referredType"], party["id"]
        elif "id" in party:
            yield "CustomerContact", party["id"]


def named_by_record(record: Json) -> Iterator[tuple[str, str]]:
    """Type and id of every record that a record points at."""
    for name, kind in (
        ("productSpecification", "ProductSpecification"),
        ("productOffering", "ProductOffering"),
        ("serviceSpecification", "ServiceSpecification"),
    ):
        yield from ((kind, one["id"]) for one in listed(record.get(name)))
    yield from (("ProductOffering", one["id"]) for one in record.get("bundledProductOffering", []))
    yield from (("ProductSpecification", one["id"]) for one in record.get("productSpecificationRelationship", []))
    yield from (("ServiceSpecification", one["id"]) for one in record.get("serviceSpecRelationship", []))
    for one in (*record.get("place", []), *record.get("relatedParty", [])):
        yield one["@referredType"], one["id"]


def related(catalogue: Catalogue) -> set[tuple[str, str]]:
    """Ids of parent and child specification, whichever of the two names the other."""
    pairs = set()
    for (kind, _), record in catalogue.items():
        if kind == "ProductSpecification":
            for relation in record.get("productSpecificationRelationship", []):
                pair = (record["id"], relation["id"])
                pairs.add(pair if relation["relationshipType"] == "HasChild" else pair[::-1])
    return pairs


def offered(offering: Json, catalogue: Catalogue) -> set[str]:
    """Ids of the specifications that an offering may be ordered with."""
    reached = {offering["productSpecification"]["id"]}
    while more := {child for parent, child in related(catalogue) if parent in reached} - reached:
        reached |= more
    bundled = (catalogue["ProductOffering", one["id"]] for one in offering.get("bundledProductOffering", []))
    return reached | {one["productSpecification"]["id"] for one in bundled}


def specification_of(line: Json, catalogue: Catalogue) -> Json:
    return catalogue["ProductSpecification", line["product"]["productSpecification"]["id"]]


def test_every_reference_of_an_order_is_on_record(
    orders: dict[str, Json], standard: Json, catalogue: Catalogue
) -> None:
    unknown = {
        (order["externalId"], *reference)
        for order in (*orders.values(), standard)
        for reference in named_by(order)
        if reference not in catalogue
    }

    assert unknown == set()


def test_every_reference_of_a_record_is_on_record(records: list[Json], catalogue: Catalogue) -> None:
    unknown = {
        (record["@type"], record["id"], *reference)
        for record in records
        for reference in named_by_record(record)
        if reference not in catalogue
    }

    assert unknown == set()


def test_no_two_records_of_a_type_share_an_id(records: list[Json], catalogue: Catalogue) -> None:
    ids = [(record["@type"], record[name]) for record in records for name in ("id", "externalId") if name in record]

    assert sorted(ids) == sorted(catalogue)


def test_orders_know_records_by_their_ids_and_by_external_ids(orders: dict[str, Json], catalogue: Catalogue) -> None:
    references = {reference for order in orders.values() for reference in named_by(order)}

    outside = {kind for kind, name in references if name == catalogue[kind, name].get("externalId")}
    inside = {kind for kind, name in references if name == catalogue[kind, name]["id"]}

    twofold = {"ProductOffering", "ProductSpecification", "Product", "Place", "Customer", "Consumer"}
    assert outside == twofold | {"DistributionChannel"}
    assert inside == twofold | {"CustomerContact", "Currency"}


def test_every_line_has_a_specification_that_its_offering_offers(orders: dict[str, Json], catalogue: Catalogue) -> None:
    strays = {
        (order["externalId"], line["id"])
        for order, line in lines_of(orders)
        if specification_of(line, catalogue)["id"]
        not in offered(catalogue["ProductOffering", line["productOffering"]["id"]], catalogue)
    }

    assert strays == set()


def test_the_specifications_of_parent_and_child_lines_are_related(
    orders: dict[str, Json], catalogue: Catalogue
) -> None:
    pairs = related(catalogue)
    unrelated = set()

    for order, line in lines_of(orders):
        ids = {one["id"]: specification_of(one, catalogue)["id"] for one in order["productOrderItem"]}
        for relation in line.get("productOrderItemRelationship", []):
            if relation["relationshipType"] == "HasParent" and (ids[relation["id"]], ids[line["id"]]) not in pairs:
                unrelated.add((order["externalId"], line["id"]))

    assert unrelated == set()


def test_every_characteristic_has_a_name_and_values_of_its_specification(
    orders: dict[str, Json], catalogue: Catalogue
) -> None:
    wrong = set()

    for order, line in lines_of(orders):
        known = {one["name"]: one for one in specification_of(line, catalogue)["productSpecCharacteristic"]}
        for one in line["product"].get("productCharacteristic", []):
            options = {option["value"] for option in known[one["name"]].get("productSpecCharacteristicValue", [])}
            given = {one["value"], one.get("previousValue", one["value"])}
            if options and not given <= options:
                wrong.add((order["externalId"], line["id"], one["name"]))

    assert wrong == set()


def test_versions_are_those_of_the_catalogue(orders: dict[str, Json], catalogue: Catalogue) -> None:
    def versions(entry: Json) -> set[tuple[str, str]]:
        return {(name, entry[name]) for name in ("version", "internalVersion") if name in entry}

    unknown = {
        (order["externalId"], line["id"])
        for order, line in lines_of(orders)
        for kind, ref in (
            ("ProductOffering", line["productOffering"]),
            ("ProductSpecification", line["product"]["productSpecification"]),
        )
        if not versions(ref) <= versions(catalogue[kind, ref["id"]])
    }

    assert unknown == set()


def test_products_on_record_allow_what_is_done_to_them(orders: dict[str, Json], catalogue: Catalogue) -> None:
    refused = set()

    for order, line in lines_of(orders):
        if line["action"] != "add":
            product = catalogue["Product", line["product"]["id"]]
            short = line["action"] == "change" and line["quantity"] > product.get("quantity", line["quantity"])
            if short or product["status"] not in WANTED_STATUS[line["action"]]:
                refused.add((order["externalId"], line["id"]))

    assert refused == set()


def test_orders_are_paid_in_active_currencies_and_some_others_are_on_record(
    orders: dict[str, Json], records: list[Json]
) -> None:
    status = {record["id"]: record["status"] for record in records if record["@type"] == "Currency"}

    used = {status[order["orderCurrency"]] for order in orders.values()}

    assert used == {"active"}
    assert {code for code, one in status.items() if one == "inactive"} == {"BGN", "DEM", "HRK"}
