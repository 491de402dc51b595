"""Damage to the shape of an order: something is missing, or of the wrong type."""

from __future__ import annotations

from typing import Any

from validation.damage.kind import Json, Pick, items, kind, relations


@kind
def ord102_no_items(order: Json, pick: Pick) -> tuple[Json, str]:
    order["productOrderItem"] = pick([None, []])
    return order, "/productOrderItem"


@kind
def ord103_item_without_id(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(order, pick, "id")


@kind
def ord104_item_without_action(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(order, pick, "action")


@kind
def ord105_item_without_offering(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(order, pick, "productOffering")


@kind
def ord106_offering_without_id(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(order, pick, "productOffering", "id")


@kind
def ord107_item_without_product(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(order, pick, "product")


@kind
def ord108_product_without_specification(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(order, pick, "product", "productSpecification")


@kind
def ord109_specification_without_id(order: Json, pick: Pick) -> tuple[Json, str]:
    return _without(order, pick, "product", "productSpecification", "id")


def _without(order: Json, pick: Pick, *path: str) -> tuple[Json, str]:
    """The order less a member of some item: it is absent, null, or blank where it is text."""
    pointer, holder = pick(items(order))
    for name in path[:-1]:
        holder = holder[name]
    wholes: list[Any] = [None, "", "  "] if isinstance(holder[path[-1]], str) else [None, {}]
    holder[path[-1]] = pick(wholes)
    if pick([True, False]):
        del holder[path[-1]]
    return order, "/".join((pointer, *path))


@kind
def ord110_change_without_product_id(order: Json, pick: Pick) -> tuple[Json, str]:
    acting = {"change", "delete", "suspend", "resume"}
    pointer, item = pick([each for each in items(order) if each[1]["action"] in acting])
    del item["product"]["id"]
    return order, f"{pointer}/product/id"


@kind
def ord111_no_parties(order: Json, pick: Pick) -> tuple[Json, str]:
    order["relatedParty"] = pick([None, []])
    return order, "/relatedParty"


@kind
def ord112_nobody_to_bill(order: Json, pick: Pick) -> tuple[Json, str]:
    contacts = [party for party in order["relatedParty"] if party["@referredType"] == "CustomerContact"]
    order["relatedParty"] = [pick(contacts)]
    return order, "/relatedParty"


@kind
def ord113_no_currency(order: Json, pick: Pick) -> tuple[Json, str]:
    order["orderCurrency"] = pick([None, "", " "])
    return order, "/orderCurrency"


@kind
def ord114_channel_without_id(order: Json, _pick: Pick) -> tuple[Json, str]:
    order["channel"] = [{"name": "Web shop"}]
    return order, "/channel/0/id"


@kind
def ord114_note_without_text(order: Json, pick: Pick) -> tuple[Json, str]:
    order["note"] = [{"text": "Ring twice"}, pick([{}, None, {"author": "Ana"}, {"text": "\t"}])]
    return order, "/note/1/text"


@kind
def ord114_relation_without_member(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, _item, relation = pick(relations(order, "HasChild", "HasParent", "Requires"))
    name = pick(["id", "relationshipType"])
    del relation[name]
    return order, f"{pointer}/{name}"


@kind
def ord114_party_without_member(order: Json, pick: Pick) -> tuple[Json, str]:
    n = pick(range(len(order["relatedParty"])))
    name = pick(["id", "@referredType"])
    del order["relatedParty"][n][name]
    return order, f"/relatedParty/{n}/{name}"


@kind
def ord120_wrong_type_in_the_order(order: Json, pick: Pick) -> tuple[Json, str]:
    name, value = pick([("externalId", 7), ("channel", {}), ("note", "Ring twice"), ("committedDueDate", 20260302)])
    order[name] = value
    return order, f"/{name}"


@kind
def ord120_wrong_type_in_an_item(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    name, value = pick([("quantity", "1"), ("itemPrice", {}), ("action", True), ("actionReason", [])])
    item[name] = value
    return order, f"{pointer}/{name}"


@kind
def ord120_wrong_type_in_a_product(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    name, value = pick([("isBundle", "true"), ("place", []), ("productCharacteristic", {}), ("relatedParty", "Ana")])
    item["product"][name] = value
    return order, f"{pointer}/product/{name}"


@kind
def ord121_unknown_action(order: Json, pick: Pick) -> tuple[Json, str]:
    pointer, item = pick(items(order))
    item["action"] = pick(["ad", "Change", "modify", "noChange", "x" * 5_000])
    return order, f"{pointer}/action"


@kind
def ord121_unknown_party_type(order: Json, pick: Pick) -> tuple[Json, str]:
    n = pick(range(len(order["relatedParty"])))
    order["relatedParty"][n]["@referredType"] = pick(["customer", "Individual"])
    return order, f"/relatedParty/{n}/@referredType"
