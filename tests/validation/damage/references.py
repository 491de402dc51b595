"""Damage to what an order points at: the reference data has no such record, or it does not fit."""

from __future__ import annotations

import json
from pathlib import Path

from validation.damage.kind import Json, Pick, items, kind, relate, relations

REFERENCE = Path(__file__).parents[3] / "samples" / "reference.ndjson"
_RECORDS: list[Json] = [json.loads(line) for line in REFERENCE.read_text("utf-8").splitlines()]
_SPECIFICATIONS: dict[str, Json] = {
    record[name]: record
    for record in _RECORDS
    if record["@type"] == "ProductSpecification"
    for name in ("id", "externalId")
}
_OFFERINGS = [record for record in _RECORDS if record["@type"] == "ProductOffering"]


@kind
def ord301_unknown_offering(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    name = pick(["id", "version", "internalVersion"])
    item["productOffering"][name] = "nowhere"
    return order, f"{pointer}/productOffering/{name}"


@kind
def ord302_unknown_specification(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    name = pick(["id", "version", "internalVersion"])
    item["product"]["productSpecification"][name] = "nowhere"
    return order, f"{pointer}/product/productSpecification/{name}"


@kind
def ord303_unknown_product(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "id" in each[1]["product"]])
    item["product"]["id"] = "nowhere"
    return order, f"{pointer}/product/id"


@kind
def ord303_more_than_there_is(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if each[1]["action"] == "change"])
    pick([record for record in _RECORDS if record["id"] == item["product"]["id"] and "quantity" in record])
    item["quantity"] = 1_000_000
    return order, f"{pointer}/quantity"


@kind
def ord304_resume_what_is_active(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if each[1]["action"] in {"change", "suspend"}])
    item["action"] = "resume"
    return order, f"{pointer}/product/id"


@kind
def ord305_unknown_consumer(order: Json, pick: Pick) -> tuple[Json, str]:
    return _unknown_party(order, pick, "Consumer")


@kind
def ord306_unknown_customer(order: Json, pick: Pick) -> tuple[Json, str]:
    return _unknown_party(order, pick, "Customer")


@kind
def ord310_unknown_contact(order: Json, pick: Pick) -> tuple[Json, str]:
    return _unknown_party(order, pick, "CustomerContact")


def _unknown_party(order: Json, pick: Pick, kind_of_party: str) -> tuple[Json, str]:
    n, party = pick([each for each in enumerate(order["relatedParty"]) if each[1]["@referredType"] == kind_of_party])
    party["id"] = "nobody"
    return order, f"/relatedParty/{n}/id"


@kind
def ord307_currency_of_the_past(order: Json, pick: Pick) -> tuple[Json, str]:
    code = pick(["DEM", "HRK", "XXX"])
    text = json.dumps(order).replace(f'"{order["orderCurrency"]}"', f'"{code}"')
    return json.loads(text), "/orderCurrency"


@kind
def ord308_unknown_channel(order: Json, pick: Pick) -> tuple[Json, str]:
    n = pick(range(len(order.get("channel", []))))
    order["channel"][n]["id"] = "nowhere"
    return order, f"/channel/{n}/id"


@kind
def ord309_unknown_place(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "place" in each[1]["product"]])
    item["product"]["place"]["id"] = "nowhere"
    return order, f"{pointer}/product/place/id"


@kind
def ord311_offering_of_another_business(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    own = next(each for each in _OFFERINGS if item["productOffering"]["id"] in {each["id"], each["externalId"]})
    other = "OFF-SIM" if own["externalId"] == "OFF-SD-WAN" else "OFF-SD-WAN"
    item["productOffering"] = {"id": other}
    return order, f"{pointer}/product/productSpecification/id"


@kind
def ord313_below_a_stranger(order: Json, pick: Pick) -> tuple[Json, str]:
    related = {each["id"] for _, item, relation in relations(order, "HasChild") for each in (item, relation)}
    pointer, child = pick([each for each in items(order) if each[1]["id"] not in related])
    others = [item for _, item in items(order) if item is not child]
    parent = pick([item for item in others if not _is_part_of(_record(child), _record(item))])
    relate(parent, child)
    return order, f"{pointer}/product/productSpecification/id"


@kind
def ord320_unknown_characteristic(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick([each for each in items(order) if "productSpecCharacteristic" in _record(each[1])])
    characteristics = item["product"].setdefault("productCharacteristic", [])
    characteristics.append({"name": "Flavour", "value": "vanilla"})
    return order, f"{pointer}/product/productCharacteristic/{len(characteristics) - 1}/name"


@kind
def ord321_invalid_value(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, characteristic = pick(
        [
            (f"{pointer}/product/productCharacteristic/{n}", characteristic)
            for pointer, item in items(order)
            for n, characteristic in enumerate(item["product"].get("productCharacteristic", []))
            if characteristic["name"] in _limited(_record(item))
        ]
    )
    characteristic["value"] = "octarine"
    return order, f"{pointer}/value"


def _record(item: Json) -> Json:
    return _SPECIFICATIONS[item["product"]["productSpecification"]["id"]]


def _is_part_of(child: Json, parent: Json) -> bool:
    return any(
        relation["id"] in {other["id"], other["externalId"]}
        for one, other in ((parent, child), (child, parent))
        for relation in one.get("productSpecificationRelationship", [])
    )


def _limited(specification: Json) -> set[str]:
    return {
        characteristic["name"]
        for characteristic in specification.get("productSpecCharacteristic", [])
        if characteristic.get("productSpecCharacteristicValue") and not characteristic.get("extensible")
    }
